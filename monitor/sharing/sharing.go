// Package sharing is one process's part in the watch: it keeps a lease, learns
// which services are its own, and hands over those that another should have.
package sharing

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/monitor/share"
	"github.com/jard-odi/jard/monitor/sharedb"
)

// Defaults of Options.
const (
	DefaultBeat  = 500 * time.Millisecond
	DefaultLives = 6 * time.Second
)

// Options say who shares.
type Options struct {
	Store   *sharedb.Store
	ID      string // that no other process ever had
	Name    string // of the machine
	Version string // of the program
	Log     *slog.Logger
	Beat    time.Duration // how often the lease is renewed; 0 means half a second
	Lives   time.Duration // how long a lease is good for; 0 means 6 s
}

// Share is the part of this process. It implements watch.Share.
type Share struct {
	o       Options
	started time.Time
	changed chan struct{}
	checks  atomic.Int64
	lag     atomic.Int64

	acts sync.Mutex // one at a time renews the lease or hands over: what one decides on the other must not change

	mu      sync.Mutex
	tenure  int64 // 0: not joined
	version uint64
	slots   [share.Slots]state
	until   time.Time // our own end of the lease, on the monotonic clock: before the database's
	alone   bool      // nobody else was there to take over
}

// state is what a slot is to this process.
type state uint8

const (
	foreign state = iota
	mine
	leaving // ours until nothing of it is under way
)

// New returns the part of a process that has not joined yet.
func New(o Options) *Share {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Beat <= 0 {
		o.Beat = DefaultBeat
	}
	if o.Lives <= 0 {
		o.Lives = DefaultLives
	}
	o.Log = o.Log.With("room", "sharing")
	return &Share{o: o, started: time.Now(), changed: make(chan struct{}, 1)}
}

// Run keeps the lease until ctx ends, and then gives everything up, so that
// others need not wait for it to run out.
func (s *Share) Run(ctx context.Context) {
	tick := time.NewTicker(s.o.Beat)
	defer tick.Stop()
	failing := false
	for {
		err := s.beat(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.o.Log.Error("the lease of this process cannot be renewed", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			s.leave(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		}
	}
}

func (s *Share) leave(ctx context.Context) {
	last, cancel := context.WithTimeout(ctx, s.o.Lives)
	defer cancel()
	if err := s.o.Store.Leave(last, s.o.ID); err != nil {
		s.o.Log.Warn("others wait until the lease of this process runs out", "err", err)
	}
	s.lose()
}

// beat renews the lease. What it is good for is counted from before the
// database was asked: so it ends here before it ends there.
func (s *Share) beat(ctx context.Context) error {
	s.acts.Lock()
	defer s.acts.Unlock()
	within, cancel := context.WithTimeout(ctx, s.o.Lives/2)
	defer cancel()
	s.mu.Lock()
	me := share.Member{
		ID: s.o.ID, Tenure: s.tenure, Name: s.o.Name, Version: s.o.Version, StartedAt: s.started,
		Checks: s.checks.Load(), LagUs: s.lag.Load(),
	}
	s.mu.Unlock()
	asked := time.Now()
	view, err := s.o.Store.Beat(within, me, s.o.Lives)
	if errors.Is(err, sharedb.ErrFenced) {
		s.o.Log.Warn("this process was taken for dead; it begins anew")
		s.lose()
		return nil
	}
	if err != nil {
		s.goOn()
		return err
	}
	for _, name := range view.Dead {
		s.o.Log.Warn("a process is dead and its services are taken over", "name", name)
	}
	s.learn(view, asked.Add(s.o.Lives-s.o.Lives/4))
	return nil
}

// goOn prolongs our own end of the lease when the database cannot be reached
// and nobody else was there: whoever comes must reach it too, and will find the
// lease run out only there. A process that was stopped does not come by here.
func (s *Share) goOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alone && s.tenure != 0 {
		s.until = time.Now().Add(s.o.Lives)
	}
}

// learn takes what a beat told.
func (s *Share) learn(v sharedb.View, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var now [share.Slots]state
	for _, slot := range v.Owned {
		now[slot] = mine
	}
	for _, slot := range v.Surplus {
		now[slot] = leaving
	}
	same := now == s.slots && v.Tenure == s.tenure
	s.slots, s.tenure, s.until = now, v.Tenure, until
	s.alone = len(v.Members) == 1
	if !same {
		s.told()
	}
}

// lose forgets everything: others have it, or may.
func (s *Share) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenure, s.slots, s.until, s.alone = 0, [share.Slots]state{}, time.Time{}, false
	s.told()
}

func (s *Share) told() {
	s.version++
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Changed hears when the part changed.
func (s *Share) Changed() <-chan struct{} { return s.changed }

// Version rises with every change of the part.
func (s *Share) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Tenure is the fencing token; 0 while this process has no part.
func (s *Share) Tenure() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tenure
}

// Holds tells whether the lease runs at this very moment.
func (s *Share) Holds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tenure != 0 && time.Now().Before(s.until)
}

// Left returns for how long the lease still runs.
func (s *Share) Left() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tenure == 0 {
		return 0
	}
	return max(0, time.Until(s.until))
}

// Mine tells whether a service is this process's, and is to stay so.
func (s *Share) Mine(service string) bool { return s.of(service) == mine }

// Owns tells whether a service is this process's, be it to be handed over.
func (s *Share) Owns(service string) bool { return s.of(service) != foreign }

func (s *Share) of(service string) state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slots[share.SlotOf(service)]
}

// Leads tells whether this process does what one of them must.
func (s *Share) Leads() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slots[0] == mine && time.Now().Before(s.until)
}

// HandOver gives up what another should have. The caller vouches that of what
// was to be given up at that version nothing is under way or unsaved.
func (s *Share) HandOver(ctx context.Context, version uint64) error {
	s.acts.Lock()
	defer s.acts.Unlock()
	s.mu.Lock()
	var slots []int
	for slot, state := range s.slots {
		if state == leaving {
			slots = append(slots, slot)
		}
	}
	stale := s.version != version
	s.mu.Unlock()
	if stale || len(slots) == 0 {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, s.o.Lives/4) // the lease is not renewed meanwhile
	defer cancel()
	if err := s.o.Store.Release(within, s.o.ID, slots); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slot := range slots {
		s.slots[slot] = foreign
	}
	s.o.Log.Info("services handed over", "slots", len(slots))
	s.told()
	return nil
}

// Watches notes for others how many checks are watched here and how late looks begin.
func (s *Share) Watches(checks int, lag time.Duration) {
	s.checks.Store(int64(checks))
	s.lag.Store(lag.Microseconds())
}

// Checks returns how many checks are watched here, as it was noted last.
func (s *Share) Checks() int { return int(s.checks.Load()) }

// ID names this process among those that share.
func (s *Share) ID() string { return s.o.ID }
