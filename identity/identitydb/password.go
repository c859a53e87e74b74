package identitydb

import (
	"context"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"
)

// passwordCost bounds how many passwords are hashed at once: each takes 19 MiB
// and a core for a while, and a flood of sign-ins must not take the machine.
type passwordCost struct {
	params *argon2id.Params
	slots  chan struct{}
}

// productionCost is the OWASP recommendation for argon2id (19 MiB, 2 passes, 1 lane).
func productionCost() passwordCost {
	return passwordCost{
		params: &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		slots:  make(chan struct{}, max(2, runtime.GOMAXPROCS(0))),
	}
}

// enter waits for a slot, unless whoever waits for the answer gives up first.
func (c passwordCost) enter(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c passwordCost) hash(ctx context.Context, password string) (string, error) {
	if err := c.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-c.slots }()
	h, err := argon2id.CreateHash(password, c.params)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return h, nil
}

// matches compares in the time of one hash, also when there is no account:
// the answer's delay must not tell which addresses exist.
func (c passwordCost) matches(ctx context.Context, password, hash string) (bool, error) {
	if err := c.enter(ctx); err != nil {
		return false, err
	}
	defer func() { <-c.slots }()
	if hash == "" {
		_, err := argon2id.CreateHash(password, c.params)
		return false, err
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok, nil
}
