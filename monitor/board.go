package monitor

import "time"

// Worst returns the verdict on a service from the states of its checks: the
// worst that is certain. Unknown stands only when no check says more, or when
// the others are all well.
func Worst(checks []Check, currents map[int64]Current, now time.Time) (Verdict, Reason, time.Time) {
	worst, reason, since := Unknown, None, time.Time{}
	rank := -1
	for _, c := range checks {
		cur, ok := currents[c.ID]
		v := Unknown
		if ok {
			v = cur.Standing(now)
		}
		if r := gravity(v); r > rank {
			rank, worst, reason, since = r, v, None, time.Time{}
			if ok {
				reason, since = cur.Reason, cur.Since
			}
		}
	}
	return worst, reason, since
}

// gravity orders verdicts from the best to the worst.
func gravity(v Verdict) int {
	switch v {
	case Down:
		return 3
	case Degraded:
		return 2
	case Unknown, Maintenance:
		return 1
	}
	return 0
}

// DaySum is one day of a service: of its checks, the one that did worst.
type DaySum struct {
	Day      time.Time // its midnight
	Readings int64
	Up, Down time.Duration
	Planned  time.Duration // of maintenance: it counts neither way
}

// Add takes t in if it did worse than what is there.
func (d *DaySum) Add(t *Tally) {
	d.Readings += t.Readings
	d.Planned = max(d.Planned, t.Planned)
	if t.Down > d.Down || d.Up+d.Down == 0 {
		d.Up, d.Down = t.Up, t.Down
	}
}

// Shade says how a day is drawn.
type Shade string

// The shades of a day. A day of which too little is known is drawn as missing,
// never as good.
const (
	ShadeMissing Shade = "missing"
	ShadeGood    Shade = "good"
	ShadeDipped  Shade = "dipped" // down for less than an hour
	ShadeBad     Shade = "bad"
)

// Shade returns how the day is drawn.
func (d DaySum) Shade() Shade {
	switch {
	case d.Up+d.Down == 0:
		return ShadeMissing
	case d.Down == 0:
		return ShadeGood
	case d.Down < time.Hour:
		return ShadeDipped
	}
	return ShadeBad
}
