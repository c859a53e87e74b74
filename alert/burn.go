package alert

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Objectives is the share of time that services of each tier promise to answer in.
type Objectives map[monitor.Tier]float64

// UsualObjectives are those of an installation that was told nothing. One
// objective for all would wake people for a single failed look: the tier
// decides how much a month may hold.
func UsualObjectives() Objectives {
	return Objectives{monitor.Critical: 0.999, monitor.Normal: 0.995, monitor.Information: 0.99}
}

// Pair is one rule of a burn rate: the budget must burn Factor times too fast
// over a long window, so that it matters, and over a short one, so that it is
// still going on.
type Pair struct {
	Kind        Kind
	Long, Short time.Duration
	Factor      float64
}

// Pairs lists the rules for a budget of thirty days: two percent of it gone in
// an hour, five in six hours, ten in three days.
func Pairs() []Pair {
	return []Pair{
		{BurnFast, time.Hour, 5 * time.Minute, 14.4},
		{BurnFast, 6 * time.Hour, 30 * time.Minute, 6},
		{BurnSlow, 72 * time.Hour, 6 * time.Hour, 1},
	}
}

// Longest is how far back burn rates look.
const Longest = 72 * time.Hour

// Stretch is a time from one moment to another, which is not part of it.
type Stretch struct{ From, To time.Time }

// Record is what burn rates are computed from. Bad are times in which the
// service was down, confirmed: a look that failed by chance burns nothing. They
// may overlap. Planned is maintenance: neither good nor bad.
type Record struct {
	Bad     []Stretch
	Planned []Stretch
	Every   time.Duration // between two looks
}

// What keeps few looks from sounding like many. With one look a minute and an
// objective of 99.9 %, the bare rule of one hour would fire on a single one.
const (
	leastBad   = 3  // looks' worth of bad time, and minutes, in the long window
	leastLooks = 10 // in the short window, which grows until it has them
)

// Burn is how fast a budget burns.
type Burn struct {
	Pair
	Rate float64 // over the long window: 1 uses the budget up exactly at the end of the month
}

// Burning returns the fastest rule that is broken at now.
func (r *Record) Burning(objective float64, now time.Time) (Burn, bool) {
	if objective <= 0 || objective >= 1 {
		return Burn{}, false
	}
	bad := without(merge(r.Bad), merge(r.Planned))
	look := max(r.Every, time.Minute)
	for _, p := range Pairs() {
		p.Short = max(p.Short, leastLooks*look)
		if p.Short > p.Long {
			continue // so few looks cannot decide a window so short
		}
		long, short := r.rate(bad, p.Long, objective, now), r.rate(bad, p.Short, objective, now)
		if within(bad, now.Add(-p.Long), now) >= leastBad*look && long >= p.Factor && short >= p.Factor {
			return Burn{p, long}, true
		}
	}
	return Burn{}, false
}

// rate returns how many times faster than allowed the budget burnt over the
// window that ends now. Time that nobody looked at is not bad.
func (r *Record) rate(bad []Stretch, window time.Duration, objective float64, now time.Time) float64 {
	from := now.Add(-window)
	length := window - within(merge(r.Planned), from, now)
	if length <= 0 {
		return 0
	}
	return float64(within(bad, from, now)) / float64(length) / (1 - objective)
}

// merge returns the stretches in order, each moment once.
func merge(all []Stretch) []Stretch {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Stretch) int { return a.From.Compare(b.From) })
	var out []Stretch
	for _, s := range sorted {
		switch n := len(out) - 1; {
		case !s.To.After(s.From):
		case n >= 0 && !s.From.After(out[n].To):
			if s.To.After(out[n].To) {
				out[n].To = s.To
			}
		default:
			out = append(out, s)
		}
	}
	return out
}

// without returns what of a lies in no stretch of b; both are merged.
func without(a, b []Stretch) []Stretch {
	var out []Stretch
	for _, s := range a {
		for _, gap := range b {
			if !gap.To.After(s.From) || !gap.From.Before(s.To) {
				continue
			}
			if gap.From.After(s.From) {
				out = append(out, Stretch{s.From, gap.From})
			}
			s.From = gap.To
		}
		if s.To.After(s.From) {
			out = append(out, s)
		}
	}
	return out
}

// within returns how much of the stretches lies in from..to.
func within(all []Stretch, from, to time.Time) time.Duration {
	var sum time.Duration
	for _, s := range all {
		sum += monitor.Overlap(s.From, s.To, from, to)
	}
	return sum
}
