package examine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// Examination is what is known of the looks at a service.
type Examination struct {
	Service  string `gorm:"primaryKey"`
	BeganAt  *time.Time
	EndedAt  *time.Time
	GoodAt   *time.Time // when the page was last seen
	Tries    int        // in a row in which it was not
	Requests int
	Bytes    int64
	Why      string // key of why the page was not seen; empty when it was
}

// Rhythm of the looks.
const (
	nightFrom  = 1 * time.Hour       // after midnight, where the service is
	nightLasts = 5 * time.Hour       // over which the looks are spread
	again      = time.Hour           // after a look that brought nothing
	triesEach  = 3                   // a night
	holds      = 30 * 24 * time.Hour // how long what was seen counts
	forgiven   = 7 * 24 * time.Hour  // how long a page may be out of sight before what was seen is given up
)

// Apart is how long lies between two looks at a service at least, whoever
// wants them.
const Apart = 10 * time.Minute

// slot is when a service was last due: each night at a time of its own, which
// stays the same as long as it has its name.
func slot(service string, now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	offset := nightFrom + time.Duration(hash(service)%uint64(nightLasts/time.Second))*time.Second
	at := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone).Add(offset)
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

// Due tells whether the service should be looked at: it was not since its last
// turn, or that look brought nothing and an hour has gone by.
func (x *Examination) Due(now time.Time, zone *time.Location) bool {
	if x.BeganAt == nil || x.BeganAt.Before(slot(x.Service, now, zone)) {
		return true
	}
	return x.Why != "" && fleeting(x.Why) && x.Tries%triesEach != 0 && !now.Before(x.BeganAt.Add(again))
}

// fleeting tells whether a reason may be gone in an hour.
func fleeting(why string) bool {
	switch why {
	case "examine.unknown.unreachable", "examine.unknown.time", "examine.unknown.status", "examine.unknown.walled":
		return true
	}
	return false
}

// Ended notes what a look brought, and returns the facts that are to be kept.
// A page that is out of sight for a night leaves what was known of it.
func (x *Examination) Ended(r Result, now time.Time) []assess.Fact {
	x.EndedAt, x.Requests, x.Bytes, x.Why = &now, r.Requests, r.Bytes, ""
	for _, f := range r.Facts {
		if f.Measure == assess.Viewport {
			x.Why = f.Unknown
		}
	}
	if x.Why == "" {
		x.GoodAt, x.Tries = &now, 0
	} else {
		x.Tries++
	}
	until := now.Add(holds)
	keep := make([]assess.Fact, 0, len(r.Facts))
	for _, f := range r.Facts {
		if f.Unknown != "" && fleeting(f.Unknown) && x.GoodAt != nil && now.Sub(*x.GoodAt) < forgiven {
			continue
		}
		f.Until = &until
		keep = append(keep, f)
	}
	return keep
}

// Store keeps the looks.
type Store interface {
	// All returns what is known of each service.
	All(ctx context.Context) (map[string]Examination, error)
	// One returns what is known of one service; blank when it was never looked at.
	One(ctx context.Context, service string) (Examination, error)
	// Begin claims a look, unless somebody has begun one since x was read.
	Begin(ctx context.Context, x *Examination, by identity.Actor, institution string) (bool, error)
	Keep(ctx context.Context, x *Examination) error
}

// Looker looks at a service once.
type Looker interface {
	Look(ctx context.Context, s Subject) Result
}

// RoundsOptions say how rounds are made.
type RoundsOptions struct {
	Store    Store
	Looker   Looker
	Subjects func(ctx context.Context) ([]Subject, error) // services that anybody may see
	Put      func(ctx context.Context, facts []assess.Fact) error
	After    func(ctx context.Context) error // once somebody's look is kept: nil when nobody waits for it
	Zone     *time.Location
	Now      func() time.Time
	Workers  int
	Wait     time.Duration // that somebody who asks for a look waits for it
	Log      *slog.Logger
}

// Rounds looks at every service once a night, and when somebody asks.
type Rounds struct {
	o       RoundsOptions
	life    context.Context //nolint:containedctx // of the program: looks that somebody asked for end with it
	end     context.CancelFunc
	running sync.WaitGroup
}

// NewRounds returns Rounds that make none by themselves: Round is for the clock.
func NewRounds(o RoundsOptions) *Rounds {
	r := &Rounds{o: o}
	r.o.Workers = max(1, o.Workers)
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// Run ends the looks that somebody asked for when ctx ends.
func (r *Rounds) Run(ctx context.Context) {
	<-ctx.Done()
	r.end()
	r.running.Wait()
}

// Round looks at the services whose turn it is.
func (r *Rounds) Round(ctx context.Context) error {
	subjects, err := r.o.Subjects(ctx)
	if err != nil {
		return err
	}
	known, err := r.o.Store.All(ctx)
	if err != nil {
		return err
	}
	now := r.o.Now()
	due := make(chan Subject)
	var all sync.WaitGroup
	var mu sync.Mutex
	var faults []error
	for range r.o.Workers {
		all.Go(func() {
			for s := range due {
				x := known[s.Service]
				x.Service = s.Service
				if _, err := r.one(ctx, s, &x, identity.System("examine")); err != nil {
					mu.Lock()
					faults = append(faults, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, s := range subjects {
		x := known[s.Service]
		x.Service = s.Service
		if !x.Due(now, r.o.Zone) {
			continue
		}
		select {
		case due <- s:
		case <-ctx.Done():
		}
	}
	close(due)
	all.Wait()
	return errors.Join(faults...)
}

// one makes one look and has it kept. One that the end of the program cuts
// short is none.
func (r *Rounds) one(ctx context.Context, s Subject, x *Examination, by identity.Actor) (Result, error) {
	now := r.o.Now().UTC().Truncate(time.Second)
	claimed := *x
	claimed.BeganAt = &now
	ours, err := r.o.Store.Begin(ctx, &claimed, by, s.Institution)
	if err != nil || !ours {
		return Result{}, err
	}
	return r.finish(ctx, s, &claimed)
}

func (r *Rounds) finish(ctx context.Context, s Subject, x *Examination) (Result, error) {
	result := r.o.Looker.Look(ctx, s)
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	facts := x.Ended(result, r.o.Now().UTC().Truncate(time.Second))
	if err := r.o.Put(ctx, facts); err != nil {
		return result, err
	}
	return result, r.o.Store.Keep(ctx, x)
}

// Ask has a service looked at because somebody wants to know now. done is false
// when the look takes longer than anybody wants to wait; it goes on.
func (r *Rounds) Ask(ctx context.Context, by identity.Actor, service string) (result Result, done bool, err error) {
	s, x, err := r.asked(ctx, by, service)
	if err != nil {
		return Result{}, false, err
	}
	now := r.o.Now().UTC().Truncate(time.Second)
	if x.BeganAt != nil && now.Sub(*x.BeganAt) < Apart {
		return Result{}, false, fault.New(fault.Throttled, "examine.too_soon", int(Apart.Minutes()))
	}
	x.BeganAt = &now
	ours, err := r.o.Store.Begin(ctx, &x, by, s.Institution)
	if err != nil {
		return Result{}, false, err
	}
	if !ours {
		return Result{}, false, fault.New(fault.Throttled, "examine.too_soon", int(Apart.Minutes()))
	}
	type end struct {
		r   Result
		err error
	}
	answer := make(chan end, 1)
	r.running.Go(func() { // who asked may go away; the site was asked all the same
		result, err := r.finish(r.life, s, &x)
		if err == nil && r.o.After != nil {
			err = r.o.After(r.life)
		}
		if err != nil && r.life.Err() == nil {
			r.o.Log.Error("what a look brought could not be kept", "room", "examine", "service", s.Service, "error", err)
		}
		answer <- end{result, err}
	})
	patience := time.NewTimer(r.o.Wait)
	defer patience.Stop()
	select {
	case e := <-answer:
		return e.r, true, e.err
	case <-patience.C:
	case <-ctx.Done():
	}
	return Result{}, false, nil
}

// asked finds the service and sees whether the actor may have it looked at.
func (r *Rounds) asked(ctx context.Context, by identity.Actor, service string) (Subject, Examination, error) {
	s, err := r.subject(ctx, service)
	if err != nil {
		return s, Examination{}, err
	}
	if err := by.Must(identity.AssessService, s.Institution); err != nil {
		return Subject{}, Examination{}, err
	}
	x, err := r.o.Store.One(ctx, service)
	return s, x, err
}
