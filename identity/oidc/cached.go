package oidc

import (
	"context"
	"fmt"
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
// because it did not hold what was looked for. Who gives up does not wait for
// the answer, which is kept for the others all the same.
func (c *cached[T]) get(ctx context.Context, now time.Time, again bool, ask func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if age := now.Sub(c.at); !c.at.IsZero() && age >= 0 && age < keepFresh && !again {
		defer func() { <-c.turn }()
		return c.value, nil
	}
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-c.turn }()
		defer func() {
			if p := recover(); p != nil { // here nobody else would catch it
				answered <- answer{err: fmt.Errorf("read what the provider says: %v", p)}
			}
		}()
		value, err := c.askAgain(context.WithoutCancel(ctx), now, ask)
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// askAgain asks, unless that was done a moment ago. It is called by whoever has the turn.
func (c *cached[T]) askAgain(ctx context.Context, now time.Time, ask func(context.Context) (T, error)) (T, error) {
	if since := now.Sub(c.tried); c.tried.IsZero() || since < 0 || since >= pause {
		c.tried = now
		value, err := ask(ctx)
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
