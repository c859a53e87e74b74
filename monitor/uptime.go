package monitor

import "time"

// hold returns how long a reading speaks for: until the next one is due and a
// little more, for a run that is late. After that nobody knows.
func hold(every time.Duration) time.Duration { return every + min(every, 5*time.Minute) }

// Tally sums up a stretch of time of one check. Time is what availability is
// made of; readings are what response times are made of.
type Tally struct {
	Readings int64 // taken
	Good     int64 // of these, answered
	Up       time.Duration
	Down     time.Duration
	Took     time.Duration // sum over the good readings
	Slowest  time.Duration // of the good readings
	Times    Histogram     // of the good readings
}

// Add adds other to t.
func (t *Tally) Add(other *Tally) {
	t.Readings += other.Readings
	t.Good += other.Good
	t.Up += other.Up
	t.Down += other.Down
	t.Took += other.Took
	t.Slowest = max(t.Slowest, other.Slowest)
	t.Times.Merge(&other.Times)
}

// count adds one reading.
func (t *Tally) count(r *Reading) {
	t.Readings++
	if !r.Good() {
		return
	}
	took := r.Phases.Total()
	t.Good++
	t.Took += took
	t.Slowest = max(t.Slowest, took)
	t.Times.Add(took)
}

// Known returns the time of which the state is known.
func (t *Tally) Known() time.Duration { return t.Up + t.Down }

// Availability returns the share of known time in which the check answered,
// and false when nothing is known.
func (t *Tally) Availability() (float64, bool) {
	if t.Known() == 0 {
		return 0, false
	}
	return float64(t.Up) / float64(t.Known()), true
}

// Coverage returns the share of length of which the state is known.
func (t *Tally) Coverage(length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	return min(1, float64(t.Known())/float64(length))
}

// Sum tallies the time from..to of one check from its readings, which are in
// order. They should begin with the last reading before from and end with the
// first certain ones after to, so that the edges are known.
//
// A reading speaks until the next one, but no longer than its period allows. A
// failure that was not yet confirmed takes the verdict that followed it.
func Sum(readings []Reading, from, to time.Time) Tally {
	var t Tally
	each(readings, to, func(r *Reading, v Verdict, end time.Time) {
		if !r.At.Before(from) && r.At.Before(to) {
			t.count(r)
		}
		if span := Overlap(r.At, end, from, to); span > 0 {
			t.spend(v, span)
		}
	})
	return t
}

func (t *Tally) spend(v Verdict, span time.Duration) {
	switch {
	case v.Answers():
		t.Up += span
	case v == Down:
		t.Down += span
	}
}

// each calls visit with each reading, the verdict it turned out to have, and
// the time until which it speaks.
func each(readings []Reading, limit time.Time, visit func(r *Reading, v Verdict, end time.Time)) {
	settled := Unknown // of the first reading after this one that is not a suspicion
	verdicts := make([]Verdict, len(readings))
	for n := len(readings) - 1; n >= 0; n-- {
		if readings[n].Verdict != Suspect {
			settled = readings[n].Verdict
		}
		verdicts[n] = settled
	}
	for n := range readings {
		r := &readings[n]
		end := r.At.Add(hold(r.Every))
		if n+1 < len(readings) && readings[n+1].At.Before(end) {
			end = readings[n+1].At
		}
		if n+1 == len(readings) && limit.Before(end) {
			end = limit
		}
		visit(r, verdicts[n], end)
	}
}

// Overlap returns how long a..b and from..to have in common.
func Overlap(a, b, from, to time.Time) time.Duration {
	if a.Before(from) {
		a = from
	}
	if b.After(to) {
		b = to
	}
	return max(0, b.Sub(a))
}

// Stretch is a time in which one verdict stood.
type Stretch struct {
	From, To time.Time
	Verdict  Verdict
}

// Ribbon cuts from..to into stretches of one verdict each, gaps being unknown:
// together they cover it all.
func Ribbon(readings []Reading, from, to time.Time) []Stretch {
	var ribbon []Stretch
	at := from
	extend := func(until time.Time, v Verdict) {
		if until.After(to) {
			until = to
		}
		if !until.After(at) {
			return
		}
		if n := len(ribbon) - 1; n >= 0 && ribbon[n].Verdict == v {
			ribbon[n].To = until
		} else {
			ribbon = append(ribbon, Stretch{at, until, v})
		}
		at = until
	}
	each(readings, to, func(r *Reading, v Verdict, end time.Time) {
		extend(r.At, Unknown)
		extend(end, v)
	})
	extend(to, Unknown)
	return ribbon
}
