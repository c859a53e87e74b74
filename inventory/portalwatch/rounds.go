package portalwatch

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/portal"
)

// Store keeps what was read.
type Store interface {
	Record(ctx context.Context, r portal.Reading, out portal.Outcome) (portal.Reading, error)
	Readings(ctx context.Context, limit int) ([]portal.Reading, error)
}

// Options say which portal is read, and how.
type Options struct {
	Store    Store
	Register Register
	Rules    func(ctx context.Context) (portal.Rules, error)
	HTTP     *http.Client // guarded
	URL      string
	Agent    string
	Every    time.Duration
	Pause    time.Duration
	MaxBytes int64
	Now      func() time.Time
	Log      *slog.Logger
}

// Rounds read the portal now and then, and when somebody asks.
type Rounds struct {
	opts   Options
	one    sync.Mutex // held while the portal is read
	failed atomic.Uint64
	asked  chan struct{}
}

// New returns the rounds.
func New(o Options) *Rounds { return &Rounds{opts: o, asked: make(chan struct{}, 1)} }

// Failures is how many reads did not come to their end since the start.
func (r *Rounds) Failures() uint64 { return r.failed.Load() }

// Busy tells whether the portal is being read by this process.
func (r *Rounds) Busy() bool {
	if r.one.TryLock() {
		r.one.Unlock()
		return false
	}
	return true
}

// Ask has the portal read soon; false when that is under way already.
func (r *Rounds) Ask() bool {
	if r.Busy() {
		return false
	}
	select {
	case r.asked <- struct{}{}:
		return true
	default:
		return false
	}
}

// Run reads the portal when somebody asks, until its context ends.
func (r *Rounds) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.asked:
			if _, _, err := r.Read(ctx); err != nil && ctx.Err() == nil {
				r.opts.Log.Error("a read of the portal was not recorded", "err", err)
			}
		}
	}
}

// Look reads the portal when it is time, whichever process read it last.
func (r *Rounds) Look(ctx context.Context) error {
	last, err := r.opts.Store.Readings(ctx, 1)
	if err != nil {
		return err
	}
	if len(last) > 0 {
		if age := r.opts.Now().Sub(last[0].StartedAt); age >= 0 && age < r.opts.Every {
			return nil
		}
	}
	_, _, err = r.Read(ctx)
	if kind, ok := fault.KindOf(err); ok && kind == fault.Conflict {
		return nil // somebody asked for it just now
	}
	return err
}

// Read reads the whole portal now and records what it shows. That the portal
// misbehaves is no error: the reading tells of it.
func (r *Rounds) Read(ctx context.Context) (portal.Reading, portal.Outcome, error) {
	if !r.one.TryLock() {
		return portal.Reading{}, portal.Outcome{}, fault.New(fault.Conflict, "portal.reading.busy")
	}
	defer r.one.Unlock()
	rules, err := r.opts.Rules(ctx)
	if err != nil {
		return portal.Reading{}, portal.Outcome{}, fmt.Errorf("read the portal: %w", err)
	}
	client := &Client{
		HTTP: r.opts.HTTP, Base: r.opts.URL, Agent: r.opts.Agent, MaxBytes: r.opts.MaxBytes, Pause: r.opts.Pause, Now: r.opts.Now,
	}
	reading, out := Walk(ctx, client, r.opts.Register, rules, r.opts.Now())
	if !reading.Whole {
		r.failed.Add(1)
		r.opts.Log.Warn("the portal was not read to its end", "reason", string(reading.Failure), "packages", reading.Packages)
	}
	// A read that was told to stop is recorded all the same.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	reading, err = r.opts.Store.Record(last, reading, out)
	return reading, out, err
}
