package monitor

import (
	"cmp"
	"time"
)

// DefaultObjective returns the share of time in which a service of the tier is
// to answer when nothing else was agreed. The higher ones can only be told from
// the ones below by readings a minute apart, for weeks.
func (t Tier) DefaultObjective() float64 {
	switch t {
	case Critical:
		return 0.999
	case Information:
		return 0.99
	case Normal:
	}
	return 0.995
}

// Budget is how much outage an objective leaves over a period, and how much of
// it is gone.
type Budget struct {
	Objective float64
	Allowed   time.Duration // of outage over the whole period
	Consumed  time.Duration // confirmed outage so far
	Remaining time.Duration // below zero when the objective is missed
}

// BudgetOf returns the budget of a period from what was seen of it. Only
// confirmed outage consumes it; planned time makes the period shorter, and time
// nobody saw consumes nothing, which is what coverage is shown for.
func BudgetOf(objective float64, seen *Tally, period time.Duration) Budget {
	counted := max(0, period-seen.Planned)
	allowed := time.Duration((1 - objective) * float64(counted)).Round(time.Microsecond)
	return Budget{Objective: objective, Allowed: allowed, Consumed: seen.Down, Remaining: allowed - seen.Down}
}

// Left returns the share of the budget that remains: 1 when nothing was used,
// below 0 when more is gone than there was.
func (b Budget) Left() float64 {
	if b.Allowed <= 0 {
		if b.Consumed > 0 {
			return -1
		}
		return 1
	}
	return float64(b.Remaining) / float64(b.Allowed)
}

// BurnWindow is one rule of how fast a budget may be used: over the long
// window, and still over the short one, so that an alarm ends soon after the
// outage does.
type BurnWindow struct {
	Name        string // "1h", as metrics name it
	Long, Short time.Duration
	Factor      float64 // times the rate that uses up the budget in exactly its period
	Fast        bool    // somebody should be called; else a message in working hours is enough
}

// BurnWindows lists the rules: 2 % of a 30-day budget in an hour, 5 % in six
// hours, 10 % in three days.
func BurnWindows() []BurnWindow {
	return []BurnWindow{
		{"1h", time.Hour, 5 * time.Minute, 14.4, true},
		{"6h", 6 * time.Hour, 30 * time.Minute, 6, true},
		{"3d", 72 * time.Hour, 6 * time.Hour, 1, false},
	}
}

// LongestBurn is how far back burn rates look.
func LongestBurn() time.Duration {
	longest := time.Duration(0)
	for _, w := range BurnWindows() {
		longest = max(longest, w.Long)
	}
	return longest
}

const (
	// minBad is how many periods of confirmed outage a window must hold before
	// its rate says anything. At one look a minute and an objective of 99.9 %,
	// one failed look an hour is already more than 14 times the rate.
	minBad = 3
	// minLooks is how many looks the short window is stretched to.
	minLooks = 10
)

// Burn is how fast the budget goes over one window.
type Burn struct {
	BurnWindow
	Rate      float64 // over the long window; 1 uses up the budget in exactly its period
	ShortRate float64
	Bad       int  // periods of confirmed outage in the long window
	Decidable bool // the window holds enough looks for minBad of them to be told from one
	Fires     bool
}

// Burns returns how fast the budget goes at now. down is the confirmed outage
// and unseen the time that does not count (maintenance, or nobody saw), both as
// Spans gives them, over at least the longest window; every is the time between
// two looks. A failure that was never confirmed is no outage and burns nothing.
func Burns(objective float64, every time.Duration, down, unseen []Span, now time.Time) []Burn {
	every = max(every, time.Second)
	down = Without(down, unseen)
	rules := BurnWindows()
	burns := make([]Burn, 0, len(rules))
	for _, w := range rules {
		short := min(max(w.Short, minLooks*every), w.Long)
		b := Burn{BurnWindow: w, Decidable: w.Long >= minBad*every}
		b.Short = short
		long := window(down, unseen, now, w.Long)
		b.Rate = long.rate(objective)
		b.ShortRate = window(down, unseen, now, short).rate(objective)
		// A piece of a period counts as one: the outage was confirmed by readings closer together.
		b.Bad = int((long.bad + max(every, time.Minute) - 1) / max(every, time.Minute))
		b.Fires = b.Decidable && b.Bad >= minBad && b.Rate >= w.Factor && b.ShortRate >= w.Factor
		burns = append(burns, b)
	}
	return burns
}

// part is what one window holds.
type part struct{ bad, known time.Duration }

func window(down, unseen []Span, now time.Time, length time.Duration) part {
	whole := []Span{{now.Add(-length), now}}
	return part{Total(Common(down, whole)), length - Total(Common(unseen, whole))}
}

// rate returns the share of bad time as a multiple of the share allowed.
func (p part) rate(objective float64) float64 {
	if p.known <= 0 || p.bad <= 0 {
		return 0
	}
	allowed := max(1-objective, 1e-9)
	return float64(p.bad) / float64(p.known) / allowed
}

// Outages returns the time that a ribbon shows as down, and the time that does
// not count.
func Outages(ribbon []Stretch) (down, unseen []Span) {
	for _, s := range ribbon {
		switch {
		case s.Verdict == Down:
			down = append(down, Span{s.From, s.To})
		case !s.Verdict.Answers():
			unseen = append(unseen, Span{s.From, s.To})
		}
	}
	return Spans(down...), Spans(unseen...)
}

// Firing returns the gravest rule that fires, if any does.
func Firing(burns []Burn) (Burn, bool) {
	var worst Burn
	found := false
	for _, b := range burns {
		if b.Fires && (!found || cmp.Compare(b.Factor, worst.Factor) > 0) {
			worst, found = b, true
		}
	}
	return worst, found
}
