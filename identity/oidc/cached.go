package oidc

import (
	"context"
	"time"
)

const (
	// keepFresh is how long what was learnt is not asked for again. A key that
	// the provider has withdrawn opens nothing after that.
	keepFresh = time.Hour
	// keepStale is how long it serves when the provider does not answer then.
	keepStale = 24 * time.Hour
	// pause is the least time between two questions: a flood of sign-ins, or of
	// tokens under keys that nobody knows, is none for the provider.
	pause = 10 * time.Second
)

// cached is what was learnt of a provider, asked for by one at a time.
type cached[T any] struct {
	turn  chan struct{}
	value T
	at    time.Time // of the last good answer
	tried time.Time
	err   error // of the last try
}

func newCached[T any]() *cached[T] { return &cached[T]{turn: make(chan struct{}, 1)} }

// get returns what is known, asking when it is old, or when again is set
// because it did not hold what was looked for.
func (c *cached[T]) get(ctx context.Context, now time.Time, again bool, ask func(context.Context) (T, error)) (T, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if age := now.Sub(c.at); !c.at.IsZero() && age >= 0 && age < keepFresh && !again {
		return c.value, nil
	}
	if since := now.Sub(c.tried); c.tried.IsZero() || since < 0 || since >= pause {
		c.tried = now
		// Others wait for this answer, too: it does not end with whoever asked first.
		value, err := ask(context.WithoutCancel(ctx))
		c.err = err
		if err == nil {
			c.value, c.at = value, now
		}
	}
	if c.err != nil && (c.at.IsZero() || now.Sub(c.at) >= keepStale) {
		var none T
		return none, c.err
	}
	return c.value, nil
}
