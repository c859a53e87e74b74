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

	mu       sync.Mutex
	cases    map[int64]*matter // every check that is watched
	seats    []vantagedb.Seat  // who has a say, this installation first
	blind    map[int16]bool
	silent   map[int16]bool // told of
	version  int64          // of the views
	dirty    map[int64]bool // what is seen from here and not kept yet
	gone     []int64
	overrule int64
	others   map[int64]monitor.Check // that other processes of this installation watch
}

// Part is what this process watches where several share the watch.
type Part interface {
	// Owns tells whether a service is this process's, be it to be handed over.
	Owns(service string) bool
	// Tenure is the fencing token of the part.
	Tenure() int64
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
	shared   bool // others look at it too, or did
	opened   int64
	tenure   int64 // under which it was taken
}

// New returns a Council over the records of store and the views of others.
func New(store *monitordb.Store, writer *monitordb.Writer, views *vantagedb.Store, now func() time.Time, log *slog.Logger) *Council {
	return &Council{
		store: store, writer: writer, views: views, now: now, log: log.With("room", "council"), news: make(chan struct{}, 1),
		cases: map[int64]*matter{}, silent: map[int16]bool{}, dirty: map[int64]bool{}, version: -1,
	}
}

// Version returns the version of what is to be watched.
func (c *Council) Version(ctx context.Context) (int64, error) { return c.store.Version(ctx) }

// Watched returns what is to be watched; of what others look at too, with the
// state as this installation alone sees it.
func (c *Council) Watched(ctx context.Context) ([]monitordb.Watched, int64, error) {
	list, version, err := c.store.Watched(ctx)
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
	tenure := c.tenure()
	c.others = map[int64]monitor.Check{}
	for n := range list {
		w := &list[n]
		if !c.owns(w.Check.Service) {
			c.others[w.Check.ID] = w.Check
			continue
		}
		m := c.cases[w.Check.ID]
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
		kept[w.Check.ID] = m
	}
	for id, m := range c.cases {
		if _, elsewhere := c.others[id]; kept[id] == nil && m.shared && !elsewhere {
			c.gone = append(c.gone, id)
		}
	}
	c.cases = kept
	c.sit(seats)
	return list, version, nil
}

func (c *Council) tenure() int64 {
	if c.part == nil {
		return 0
	}
	return c.part.Tenure()
}

// sit makes seats those who have a say, and weighs everything anew.
func (c *Council) sit(seats []vantagedb.Seat) {
	c.seats = seats
	for _, seat := range seats[1:] {
		for check := range seat.Sees {
			if m := c.cases[check]; m != nil && !m.shared {
				m.shared = true
				c.dirty[check] = true
			}
		}
	}
	c.weighAll()
}

// Add takes what this installation saw.
func (c *Council) Add(e monitordb.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.cases[e.Reading.Check]
	if m == nil {
		c.writer.Add(e)
		return
	}
	m.here = e.Current
	if !m.shared {
		m.combined = e.Current
		c.writer.Add(e)
		return
	}
	c.dirty[e.Reading.Check] = true
	c.decide(m, c.now())
	if e.Reading.Verdict == monitor.Down && m.outcome.Verdict != monitor.Down {
		// The others do not confirm it: so it stays what one unconfirmed failure is.
		e.Reading.Verdict = monitor.Suspect
		c.overrule++
	}
	c.writer.Add(c.settle(m, e.Reading, m.here))
}

// settle makes the outcome what stands, and returns what is to be kept of it
// with the reading that brought it about. facts give the last reading.
func (c *Council) settle(m *matter, r monitor.Reading, facts monitor.Current) monitordb.Entry {
	since := m.outcome.Since
	if m.combined.Verdict == monitor.Down && m.outcome.Verdict != monitor.Down && since.Before(r.At) {
		since = r.At
	}
	if m.outcome.Verdict == monitor.Down && m.combined.Verdict != monitor.Down && !since.After(m.combined.Since) {
		since = m.combined.Since.Add(time.Microsecond) // an outage is not told twice
	}
	change, at := m.combined.Settle(&facts, m.outcome.Verdict, m.outcome.Reason, since)
	switch change {
	case monitor.Opened:
		m.opened++
		c.log.Warn("service is down", "service", m.check.Service, "check", m.check.Name, "reason", m.outcome.Reason.String(),
			"from", m.outcome.Down, "of", m.outcome.Seeing)
	case monitor.Closed:
		c.log.Info("service answers again", "service", m.check.Service, "check", m.check.Name)
	case monitor.Unchanged:
	}
	return monitordb.Entry{Reading: r, Current: m.combined, Change: change, IncidentAt: at, Tenure: m.tenure}
}

// weighAll weighs every check that several look at. What others changed is kept
// with the reading of theirs that changed it, which is in the records already.
func (c *Council) weighAll() {
	now := c.now()
	c.blind = c.whoIsBlind(now)
	for _, m := range c.cases {
		if !m.shared {
			continue
		}
		c.decide(m, now)
		facts, r, any := c.latest(m, now)
		if !any || (m.outcome.Verdict == m.combined.Verdict && m.outcome.Reason == m.combined.Reason && !facts.LastAt.After(m.combined.LastAt)) {
			continue
		}
		c.writer.Settle(c.settle(m, r, facts))
	}
	c.tellSilent(now)
}

// latest returns the state that gives the last reading of m, and the reading
// that speaks for the outcome: the newest of those who see what it says.
func (c *Council) latest(m *matter, now time.Time) (facts monitor.Current, r monitor.Reading, found bool) {
	facts = m.here
	var best *monitor.Current
	var from int16
	for n := range c.seats {
		state := c.seen(n, m)
		if state == nil || state.LastAt.IsZero() {
			continue
		}
		if !facts.Fresh(now) && state.LastAt.After(facts.LastAt) {
			facts = *state
		}
		agrees := state.Verdict == m.outcome.Verdict || (m.outcome.Verdict == monitor.Degraded && state.Verdict == monitor.Down)
		switch {
		case best == nil, agrees && best.Verdict != state.Verdict, agrees && state.LastAt.After(best.LastAt):
			best, from = state, c.seats[n].Vantage.ID
		}
	}
	if best == nil {
		return facts, r, false
	}
	r = best.Last()
	r.Vantage = from
	return facts, r, true
}

// seen is what seat n sees of m, nil when it never looked.
func (c *Council) seen(n int, m *matter) *monitor.Current {
	if n == 0 {
		return &m.here
	}
	if state, ok := c.seats[n].Sees[m.check.ID]; ok {
		return &state
	}
	return nil
}

// decide weighs m.
func (c *Council) decide(m *matter, now time.Time) {
	var places []vantage.Place
	for n := range c.seats {
		if state := c.seen(n, m); state != nil {
			places = append(places, c.place(n, state, now))
		}
	}
	m.outcome = vantage.Judge(places, m.check.Settings.Quorum.Asked())
}

func (c *Council) place(n int, state *monitor.Current, now time.Time) vantage.Place {
	v := &c.seats[n].Vantage
	return vantage.Place{
		Vantage: v.ID, Network: v.Network, Verdict: state.Standing(now), Reason: state.Reason, Since: state.Since,
		Silent: n > 0 && v.Quiet(now), Blind: c.blind[v.ID],
	}
}

// whoIsBlind compares what everybody sees.
func (c *Council) whoIsBlind(now time.Time) map[int16]bool {
	views, networks := vantage.Views{}, map[int16]vantage.Network{}
	for n := range c.seats {
		v := &c.seats[n].Vantage
		networks[v.ID] = v.Network
		if n > 0 && v.Quiet(now) {
			continue
		}
		views[v.ID] = map[int64]monitor.Verdict{}
		for id, m := range c.cases {
			if state := c.seen(n, m); m.shared && state != nil {
				views[v.ID][id] = state.Standing(now)
			}
		}
	}
	return views.Blind(networks)
}

// tellSilent logs vantages that fell silent and those that came back.
func (c *Council) tellSilent(now time.Time) {
	for n := range c.seats[min(1, len(c.seats)):] {
		v := &c.seats[n+1].Vantage
		quiet := v.Quiet(now)
		if quiet == c.silent[v.ID] {
			continue
		}
		c.silent[v.ID] = quiet
		if quiet {
			c.log.Warn("a vantage is silent", "vantage", v.Slug, "last_seen", v.SeenAt)
		} else {
			c.log.Info("a vantage is heard again", "vantage", v.Slug)
		}
	}
}

// Flush returns once all that was handed over is safe.
func (c *Council) Flush(ctx context.Context) error {
	return errors.Join(c.keepHere(ctx), c.writer.Flush(ctx))
}

// keepHere keeps what is seen from here of checks that others look at too.
func (c *Council) keepHere(ctx context.Context) error {
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
