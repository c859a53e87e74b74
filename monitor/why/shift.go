// Package why holds what people answered against what was measured: what weighs
// on their satisfaction, how it changed after outages and slow days, and what
// they write about. It says what goes together and when, and never that one
// thing caused another. Rules only; nothing here connects, stores or shows.
package why

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/stats"
)

// Kind says what the watch measured that people may have felt.
type Kind string

// The kinds of trouble.
const (
	Outage      Kind = "outage"
	Certificate Kind = "certificate"
	Slow        Kind = "slow"
	Mobile      Kind = "mobile"
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{Outage, Certificate, Slow, Mobile}
}

// Trouble is a measured stretch of time in which a service did not do well.
type Trouble struct {
	Kind     Kind
	From, To time.Time
}

// How troubles and opinions are held against each other.
const (
	After       = 48 * time.Hour      // after the end of a trouble
	Before      = 28 * 24 * time.Hour // before its beginning
	LeastLasted = 10 * time.Minute    // shorter ones are not looked at
	mostLasted  = 14 * 24 * time.Hour // longer ones are a state, and have no after
	LeastAfter  = 30                  // effective answers without which nothing is compared
	LeastBefore = 100
	// ChanceShare is how much of what is told on a page may be expected to be
	// chance: a little less than one in twenty, as opinions on few points do not
	// quite follow the distributions that the tests suppose.
	ChanceShare = 0.04
)

// Shift is how opinions after a trouble differ from those before. It says what
// was measured and when, and never why.
type Shift struct {
	Service  string       `json:"service,omitempty"`
	Kind     Kind         `json:"kind"`
	From     time.Time    `json:"from"`
	To       time.Time    `json:"to"`
	Troubles int          `json:"troubles"` // so close to each other that they have one after
	Down     Lasting      `json:"down"`     // how long they lasted together
	Change   stats.Tested `json:"change"`   // on ten
	NAfter   float64      `json:"n_after"`  // effective
	NBefore  float64      `json:"n_before"`
	Compared bool         `json:"compared"` // there were enough answers
	Told     bool         `json:"told"`     // more than chance among all that were compared
}

// Lasting is a duration in whole seconds.
type Lasting int64

// Duration is the duration.
func (l Lasting) Duration() time.Duration { return time.Duration(l) * time.Second }

// Dose is what the changes after troubles of a similar length come to.
type Dose struct {
	From   time.Duration  `json:"from"`
	Below  time.Duration  `json:"below"` // 0: no end
	N      int            `json:"n"`
	Change stats.Estimate `json:"change"`
}

// episode is troubles of a kind whose afters overlap.
type episode struct {
	kind     Kind
	from, to time.Time
	n        int
	down     time.Duration
}

// episodes puts together what is too close to be told apart.
func episodes(troubles []Trouble, now time.Time) []episode {
	sorted := slices.Clone(troubles)
	slices.SortStableFunc(sorted, func(a, b Trouble) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.From.Compare(b.From), a.To.Compare(b.To))
	})
	var all []episode
	for _, t := range sorted {
		if t.To.After(now) {
			t.To = now
		}
		if t.To.Sub(t.From) < LeastLasted {
			continue
		}
		if last := len(all) - 1; last >= 0 && all[last].kind == t.Kind && t.From.Before(all[last].to.Add(After)) {
			e := &all[last]
			if fresh := t.To.Sub(laterOf(t.From, e.to)); fresh > 0 {
				e.down += fresh
			}
			e.to = laterOf(e.to, t.To)
			e.n++
			continue
		}
		all = append(all, episode{t.Kind, t.From, t.To, 1, t.To.Sub(t.From)})
	}
	return all
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Shifts compares, for each trouble that is over for as long as its after lasts,
// the opinions from its beginning until 48 hours after its end with those of the
// four weeks before it, leaving out what lies in another trouble or its after.
// What is told is corrected for how many comparisons there were. The newest
// comes first; levels is the number of points of the scale.
func Shifts(troubles []Trouble, opinions []survey.Opinion, levels int, now time.Time) []Shift {
	all := episodes(troubles, now)
	sorted := slices.Clone(opinions)
	slices.SortStableFunc(sorted, func(a, b survey.Opinion) int { return a.At.Compare(b.At) })
	var out []Shift
	for n := range all {
		e := &all[n]
		if e.to.Sub(e.from) > mostLasted || e.to.Add(After).After(now) {
			continue
		}
		out = append(out, e.shift(sorted, all, levels))
	}
	Tell(out)
	slices.SortStableFunc(out, func(a, b Shift) int { return b.From.Compare(a.From) })
	return out
}

func (e *episode) shift(sorted []survey.Opinion, all []episode, levels int) Shift {
	after, before := stats.Scale(levels), stats.Scale(levels)
	first, _ := slices.BinarySearchFunc(sorted, e.from.Add(-Before), func(o survey.Opinion, at time.Time) int { return o.At.Compare(at) })
	until := e.to.Add(After)
	for _, o := range sorted[first:] {
		if !o.At.Before(until) {
			break
		}
		if !o.At.Before(e.from) {
			after.Add(o.Level, o.Weight)
		} else if !troubled(all, o.At) {
			before.Add(o.Level, o.Weight)
		}
	}
	s := Shift{
		Kind: e.kind, From: e.from, To: e.to, Troubles: e.n, Down: Lasting(e.down / time.Second),
		NAfter: after.Effective(), NBefore: before.Effective(),
	}
	if s.NAfter >= LeastAfter && s.NBefore >= LeastBefore {
		s.Change, s.Compared = stats.ChangeTested(after, before)
	}
	return s
}

// troubled tells whether a moment lies in a trouble or in its after.
func troubled(all []episode, at time.Time) bool {
	return slices.ContainsFunc(all, func(e episode) bool { return !at.Before(e.from) && at.Before(e.to.Add(After)) })
}

// Tell marks what may be said: its interval excludes no change, and it stands
// when all that was compared is counted.
func Tell(shifts []Shift) {
	var at []int
	var p []float64
	for n := range shifts {
		if shifts[n].Compared {
			at, p = append(at, n), append(p, shifts[n].Change.P)
		}
	}
	for n, found := range stats.Discoveries(p, ChanceShare) {
		s := &shifts[at[n]]
		s.Told = found && !s.Change.Holds(0)
	}
}

// doseLines are where a length of troubles ends and the next one begins.
var doseLines = []time.Duration{0, time.Hour, 4 * time.Hour, 24 * time.Hour}

// Doses pools the changes by how long the troubles lasted; lengths that nothing
// was compared of are left out. All that was compared is in it, and not only
// what was told: else it would show what it was chosen for.
func Doses(shifts []Shift, kind Kind) []Dose {
	var out []Dose
	for n, from := range doseLines {
		below := time.Duration(0)
		if n+1 < len(doseLines) {
			below = doseLines[n+1]
		}
		var changes []stats.Estimate
		for _, s := range shifts {
			down := s.Down.Duration()
			if s.Kind == kind && s.Compared && down >= from && (below == 0 || down < below) {
				changes = append(changes, s.Change.Estimate)
			}
		}
		if pooled, ok := stats.Pooled(changes); ok {
			out = append(out, Dose{from, below, len(changes), pooled})
		}
	}
	return out
}

// Pace is how fast a service answered on one day.
type Pace struct {
	Day    time.Time
	P95    time.Duration
	Enough bool // readings enough for a 95th percentile
}

// slowFloor is below what nobody feels a difference.
const slowFloor = time.Second

// SlowSpells finds days of which the 95th percentile was at least twice the
// median of the four weeks before, and at least a second. Neighbouring days
// are one spell.
func SlowSpells(days []Pace) []Trouble {
	sorted := slices.Clone(days)
	slices.SortFunc(sorted, func(a, b Pace) int { return a.Day.Compare(b.Day) })
	var out []Trouble
	for n, d := range sorted {
		var past []time.Duration
		for _, b := range sorted[max(0, n-28):n] {
			if b.Enough && d.Day.Sub(b.Day) <= Before {
				past = append(past, b.P95)
			}
		}
		if !d.Enough || len(past) < 7 || d.P95 < slowFloor {
			continue
		}
		slices.Sort(past)
		if d.P95 < 2*past[len(past)/2] {
			continue
		}
		end := d.Day.Add(24 * time.Hour)
		if last := len(out) - 1; last >= 0 && !d.Day.After(out[last].To) {
			out[last].To = end
			continue
		}
		out = append(out, Trouble{Slow, d.Day, end})
	}
	return out
}

// Speed is how fast an answer is on a scale that people feel: the same for each
// halving, more is faster.
func Speed(took time.Duration) float64 {
	return -math.Log2(max(took, time.Millisecond).Seconds())
}
