// Package council decides what stands about a check that is looked at from
// several places. It sits between the rounds of this installation and the
// records: what only this installation looks at passes through untouched, and
// of the rest the records get what all places together say.
package council

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
)

// Council weighs what is seen from several places. It is the Source and the
// Keeper of this installation's rounds.
type Council struct {
	store  *monitordb.Store
	writer *monitordb.Writer
	views  *vantagedb.Store
	log    *slog.Logger
	now    func() time.Time
	news   chan struct{}
	part   Part // nil: everything is watched here

	reading sync.Mutex // one at a time asks the records what others see

	mu        sync.Mutex
	cases     map[int64]*matter // every check that is watched
	seats     []vantagedb.Seat  // who has a say, this installation first
	tally     *vantage.Tally    // of what tells who is blind
	blind     map[int16]bool
	quiet     map[int16]bool // of whom nothing was heard for too long
	silent    map[int16]bool // told of
	version   int64          // of the views
	restless  bool           // who is believed changed: everything is to be weighed
	dirty     map[int64]bool // what is seen from here and not kept yet
	gone      []int64
	opened    map[int64]int64         // incidents by check, since the program started
	incidents int64                   // and all of them
	others    map[int64]monitor.Check // that other processes of this installation watch
}

// Part is what this process watches where several share the watch.
type Part interface {
	// Owns tells whether a service is this process's, be it to be handed over.
	Owns(service string) bool
	// Tenure is the fencing token of the part.
	Tenure() int64
	// Holds tells whether the lease runs at this very moment.
	Holds() bool
}

// Within has the council decide only what this process watches. It is called
// once, before the council is used.
func (c *Council) Within(p Part) *Council {
	c.part = p
	return c
}

// owns tells whether this process watches a service.
func (c *Council) owns(service string) bool { return c.part == nil || c.part.Owns(service) }

// matter is a check and what is known of it.
type matter struct {
	check    monitor.Check
	here     monitor.Current // as this installation sees it
	combined monitor.Current // as all see it together
	outcome  vantage.Outcome
	shared   bool           // others look at it too, or did
	marks    []vantage.Mark // what it says of who is blind, as the tally has it
	tenure   int64          // under which it was taken
}

// New returns a Council over the records of store and the views of others.
func New(store *monitordb.Store, writer *monitordb.Writer, views *vantagedb.Store, now func() time.Time, log *slog.Logger) *Council {
	return &Council{
		store: store, writer: writer, views: views, now: now, log: log.With("room", "council"), news: make(chan struct{}, 1),
		cases: map[int64]*matter{}, quiet: map[int16]bool{}, silent: map[int16]bool{},
		dirty: map[int64]bool{}, opened: map[int64]int64{}, version: -1,
	}
}

// Version returns the version of what is to be watched.
func (c *Council) Version(ctx context.Context) (int64, error) { return c.store.Version(ctx) }

// Watched returns what is to be watched; of what others look at too, with the
// state as this installation alone sees it.
func (c *Council) Watched(ctx context.Context) ([]monitordb.Watched, int64, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	list, version, err := c.store.Watched(ctx)
	if err != nil {
		return nil, 0, err
	}
	news, err := c.views.Elsewhere(ctx)
	if err != nil {
		return nil, 0, err
	}
	seats, err := c.views.Seats(ctx, "")
	if err != nil {
		return nil, 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := make(map[int64]*matter, len(list))
	c.others = map[int64]monitor.Check{}
	for n := range list {
		w := &list[n]
		if !c.owns(w.Check.Service) {
			c.others[w.Check.ID] = w.Check
			continue
		}
		kept[w.Check.ID] = c.take(w, seats)
	}
	for id, m := range c.cases {
		if _, elsewhere := c.others[id]; kept[id] == nil && m.shared && !elsewhere {
			c.gone = append(c.gone, id)
		}
	}
	c.cases = kept
	c.sit(seats)
	c.version = news
	return list, version, nil
}

// take returns the matter that w is.
func (c *Council) take(w *monitordb.Watched, seats []vantagedb.Seat) *matter {
	m, tenure := c.cases[w.Check.ID], c.tenure()
	if m == nil || m.tenure != tenure {
		m = &matter{here: w.Current, combined: w.Current, tenure: tenure}
		if stored, ok := seats[0].Sees[w.Check.ID]; ok {
			m.here, m.shared = stored, true
		}
	}
	if w.Current.LastAt.IsZero() && !m.here.LastAt.IsZero() {
		// It was paused and begins anew: nothing of before counts.
		m.here, m.combined = w.Current, w.Current
		c.gone = append(c.gone, w.Check.ID)
		for s := range seats {
			delete(seats[s].Sees, w.Check.ID)
		}
	}
	m.check = w.Check
	if m.shared {
		w.Current = m.here
	}
	return m
}

func (c *Council) tenure() int64 {
	if c.part == nil {
		return 0
	}
	return c.part.Tenure()
}

// sit makes seats those who have a say, and counts anew who is blind. It is
// what a change of services or of vantages costs; a batch costs what it holds.
func (c *Council) sit(seats []vantagedb.Seat) {
	for _, id := range c.gone { // what the records still have of it is about to go
		for n := range seats {
			delete(seats[n].Sees, id)
		}
	}
	c.seats = seats
	networks := make([]vantage.Network, len(seats))
	for n := range seats {
		networks[n] = seats[n].Vantage.Network
		if n > 0 {
			for check := range seats[n].Sees {
				c.join(check)
			}
		}
	}
	now := c.now()
	c.tally = vantage.NewTally(networks)
	c.hush(now)
	for _, m := range c.cases {
		m.marks = m.marks[:0]
		if m.shared {
			c.mark(m, now)
		}
	}
	c.blind = c.whoIsBlind()
	c.restless = true
	c.Heard()
}

// join notes that others look at a check too, and returns its matter.
func (c *Council) join(check int64) *matter {
	m := c.cases[check]
	if m != nil && !m.shared {
		m.shared = true
		c.dirty[check] = true
	}
	return m
}

// Add takes what this installation saw.
func (c *Council) Add(e monitordb.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.cases[e.Reading.Check]
	if m != nil {
		m.here = e.Current
	}
	if m == nil || !m.shared {
		if m != nil {
			m.combined = e.Current
		}
		c.count(e.Reading.Check, e.Change)
		c.writer.Add(e)
		return
	}
	c.dirty[e.Reading.Check] = true
	now := c.now()
	c.mark(m, now)
	c.believe()
	c.decide(m, now)
	m.outcome.Follow(&e.Reading)
	c.writer.Add(c.settle(m, e.Reading, m.here))
}

// count counts an incident that was opened.
func (c *Council) count(check int64, change monitor.Change) {
	if change == monitor.Opened {
		c.opened[check]++
		c.incidents++
	}
}

// settle makes the outcome what stands, and returns what is to be kept of it
// with the reading that brought it about. facts give the last reading.
func (c *Council) settle(m *matter, r monitor.Reading, facts monitor.Current) monitordb.Entry {
	say := m.outcome.Together()
	if m.combined.Verdict == monitor.Down && say.Verdict != monitor.Down && say.Since.Before(r.At) {
		say.Since = r.At
	}
	if say.Verdict == monitor.Down && m.combined.Verdict != monitor.Down && !say.Since.After(m.combined.Since) {
		say.Since = m.combined.Since.Add(time.Microsecond) // an outage is not told twice
	}
	change, at := m.combined.Settle(&facts, say)
	c.count(m.check.ID, change)
	switch change {
	case monitor.Opened:
		c.log.Warn("service is down", "service", m.check.Service, "check", m.check.Name, "reason", m.outcome.Reason.String(),
			"from", m.outcome.Down, "of", m.outcome.Seeing)
	case monitor.Closed:
		c.log.Info("service answers again", "service", m.check.Service, "check", m.check.Name)
	case monitor.Unchanged:
	}
	return monitordb.Entry{Reading: r, Current: m.combined, Change: change, IncidentAt: at, Tenure: m.tenure}
}

// Flush returns once all that was handed over is safe.
func (c *Council) Flush(ctx context.Context) error {
	return errors.Join(c.keepHere(ctx), c.writer.Flush(ctx))
}

// keepHere keeps what is seen from here of checks that others look at too.
func (c *Council) keepHere(ctx context.Context) error {
	if c.part != nil && !c.part.Holds() {
		return nil // others may have taken over, and know better
	}
	c.mu.Lock()
	states := make([]monitor.Current, 0, len(c.dirty))
	for id := range c.dirty {
		if m := c.cases[id]; m != nil && !m.here.LastAt.IsZero() {
			states = append(states, m.here)
		}
	}
	dirty, gone := c.dirty, c.gone
	c.dirty, c.gone = map[int64]bool{}, nil
	c.mu.Unlock()
	err := c.views.KeepHere(ctx, states, gone)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		for id := range dirty {
			c.dirty[id] = true
		}
		c.gone = append(gone, c.gone...)
	}
	return err
}

// Run keeps until ctx ends, and then what is left.
func (c *Council) Run(ctx context.Context) error {
	err := c.writer.Run(ctx)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, c.keepHere(last))
}

// Recover has stored what an earlier process could not.
func (c *Council) Recover(ctx context.Context) error { return c.writer.Recover(ctx) }

// Stats tells what was written.
func (c *Council) Stats() monitordb.Stats { return c.writer.Stats() }
