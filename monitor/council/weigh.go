package council

import (
	"maps"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
)

// slice is how many checks are weighed before the rounds, which wait with what
// they saw, are let in.
const slice = 256

// inSlices does work for each check, letting others in between slices of them.
func (c *Council) inSlices(checks []int64, work func(*matter)) {
	for len(checks) > 0 {
		part := checks[:min(slice, len(checks))]
		checks = checks[len(part):]
		c.mu.Lock()
		for _, id := range part {
			if m := c.cases[id]; m != nil && m.shared {
				work(m)
			}
		}
		c.mu.Unlock()
	}
}

// sweep weighs every check that several look at, although nothing came: what is
// not heard of any more grows stale.
func (c *Council) sweep() {
	c.mu.Lock()
	now := c.now()
	c.restless = false
	c.hush(now)
	var checks []int64
	for id, m := range c.cases {
		if m.shared {
			checks = append(checks, id)
		}
	}
	c.mu.Unlock()
	c.inSlices(checks, func(m *matter) { c.mark(m, now) })
	c.mu.Lock()
	c.blind = c.whoIsBlind()
	c.mu.Unlock()
	c.inSlices(checks, func(m *matter) { c.weigh(m, now) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tellSilent(now)
}

// weigh decides m and keeps what that changed, with the reading of others that
// changed it, which is in the records already.
func (c *Council) weigh(m *matter, now time.Time) {
	c.decide(m, now)
	facts, r, any := c.latest(m, now)
	if !any || (m.stands() && !facts.LastAt.After(m.combined.LastAt)) {
		return
	}
	c.writer.Settle(c.settle(m, r, facts))
}

// stands tells whether what was decided is what stands.
func (m *matter) stands() bool {
	if m.outcome.Verdict.Answers() && m.combined.IncidentAt != nil {
		return m.outcome.Held && m.combined.Reason == monitor.Recovering
	}
	return m.outcome.Verdict == m.combined.Verdict && m.outcome.Reason == m.combined.Reason
}

// latest returns the state that gives the last reading of m, and the reading
// that speaks for the outcome: the newest of those who see what it says.
func (c *Council) latest(m *matter, now time.Time) (facts monitor.Current, r monitor.Reading, found bool) {
	facts = m.here
	var best *monitor.Current
	var from int16
	for n := range c.seats {
		state := seen(c.seats, n, m)
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
func seen(seats []vantagedb.Seat, n int, m *matter) *monitor.Current {
	if n == 0 {
		return &m.here
	}
	if state, ok := seats[n].Sees[m.check.ID]; ok {
		return &state
	}
	return nil
}

// decide weighs m.
func (c *Council) decide(m *matter, now time.Time) { m.outcome = c.judge(c.seats, m, now) }

// judge is what seats say of m together.
func (c *Council) judge(seats []vantagedb.Seat, m *matter, now time.Time) vantage.Outcome {
	places := make([]vantage.Place, 0, len(seats))
	for n := range seats {
		if state := seen(seats, n, m); state != nil {
			places = append(places, c.place(seats, n, state, now))
		}
	}
	return vantage.Judge(places, m.check.Settings.Quorum.Asked())
}

func (c *Council) place(seats []vantagedb.Seat, n int, state *monitor.Current, now time.Time) vantage.Place {
	v := &seats[n].Vantage
	p := vantage.Place{
		Vantage: v.ID, Network: v.Network, Verdict: state.Standing(now), Reason: state.Reason, Since: state.Since,
		Silent: n > 0 && v.Quiet(now), Blind: c.blind[v.ID],
	}
	if p.Verdict.Answers() {
		p.Recovering, p.Flapping = state.IncidentAt != nil, state.Flapping
	}
	return p
}

// mark counts what everybody sees of m for who is blind.
func (c *Council) mark(m *matter, now time.Time) {
	if c.tally == nil { // nobody has a say yet
		return
	}
	var verdicts [16]monitor.Verdict
	sees := verdicts[:0]
	for n := range c.seats {
		verdict := monitor.Unknown
		if state := seen(c.seats, n, m); state != nil && !c.quiet[c.seats[n].Vantage.ID] {
			verdict = state.Standing(now)
		}
		sees = append(sees, verdict)
	}
	var marks [16]vantage.Mark
	fresh := c.tally.Marks(marks[:0], sees)
	c.tally.Replace(m.marks, fresh)
	m.marks = append(m.marks[:0], fresh...)
}

// whoIsBlind is what the tally says.
func (c *Council) whoIsBlind() map[int16]bool {
	blind := map[int16]bool{}
	for n := range c.seats {
		if c.tally.Blind(n) {
			blind[c.seats[n].Vantage.ID] = true
		}
	}
	return blind
}

// believe notes who is blind now. A change says something of every check.
func (c *Council) believe() {
	if c.tally == nil {
		return
	}
	if blind := c.whoIsBlind(); !maps.Equal(blind, c.blind) {
		c.blind, c.restless = blind, true
		c.Heard()
	}
}

// hush notes of whom nothing was heard for too long, and tells whether that changed.
func (c *Council) hush(now time.Time) (changed bool) {
	quiet := map[int16]bool{}
	for n := range c.seats {
		if v := &c.seats[n].Vantage; n > 0 && v.Quiet(now) {
			quiet[v.ID] = true
		}
	}
	changed = !maps.Equal(quiet, c.quiet)
	c.quiet = quiet
	return changed
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
