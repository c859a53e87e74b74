package database

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// How often and how long something is tried again. A request does not wait for
// a whole failover: whoever sent it is told, and sends it again.
const (
	triesAtMost = 6
	triesWithin = 6 * time.Second
	pauseFirst  = 30 * time.Millisecond
	pauseAtMost = time.Second
)

// Again runs work, which is one whole transaction, and runs it again while it
// is known to have kept nothing: the database went away before the commit, or
// gave way to another transaction. What a commit without an answer did is not
// known, and stays an error that says so: see Keyed.
//
// work must not leave anything behind but in its transaction.
func Again(ctx context.Context, db *gorm.DB, work func() error) error {
	return tryAgain(ctx, db, work, false)
}

// Keyed is Again for a transaction that first looks whether it was done before,
// by a key that it keeps itself. It is run again after a commit without an
// answer, too: either it finds what it did, or that it did nothing.
func Keyed(ctx context.Context, db *gorm.DB, work func() error) error {
	return tryAgain(ctx, db, work, true)
}

func tryAgain(ctx context.Context, db *gorm.DB, work func() error, keyed bool) error {
	began, pause := time.Now(), pauseFirst
	for tries := 1; ; tries++ {
		err := work()
		count, may := mayTry(err, keyed)
		if !may || tries >= triesAtMost || time.Since(began) > triesWithin || ctx.Err() != nil {
			return err
		}
		if s := serverOf(db); s != nil {
			count(&s.counts).Add(1)
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // only spreads tries
		case <-ctx.Done():
			return err
		}
		pause = min(2*pause, pauseAtMost)
	}
}

// mayTry tells whether what ended in err may be run again, and as what that is
// counted.
func mayTry(err error, keyed bool) (count func(*counts) *atomic.Int64, may bool) {
	switch code := codeOf(err); code {
	case codeSerialization:
		return func(c *counts) *atomic.Int64 { return &c.conflicts }, true
	case codeReplan:
		return func(c *counts) *atomic.Int64 { return &c.again }, true
	case codeDeadlock:
		return func(c *counts) *atomic.Int64 { return &c.deadlocks }, true
	}
	o, ok := errors.AsType[*Outage](err)
	if !ok || o.Unknown && !keyed {
		return nil, false
	}
	return func(c *counts) *atomic.Int64 { return &c.again }, true
}

// Numbers are what this process met with the database since it began.
type Numbers struct {
	Reconnects int64            // connections that came again after the server was away
	Again      map[string]int64 // what was tried again, by why
	Outages    map[string]int64 // what could not be, by what is known of it
	Listening  bool             // told of changes by the server
}

// NumbersOf returns them; ok is false for SQLite.
func NumbersOf(db *gorm.DB) (n Numbers, ok bool) {
	s := serverOf(db)
	if s == nil {
		return n, false
	}
	c := &s.counts
	return Numbers{
		Reconnects: c.reconnects.Load(), Listening: c.listening.Load(),
		Again: map[string]int64{
			"begin": c.begun.Load(), "read": c.read.Load(), "transaction": c.again.Load(),
			"serialization": c.conflicts.Load(), "deadlock": c.deadlocks.Load(),
		},
		Outages: map[string]int64{"lost": c.lost.Load(), "unknown": c.unknown.Load(), "read_only": c.readOnly.Load()},
	}, true
}
