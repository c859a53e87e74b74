package monitor

import "time"

// hold returns how long a reading speaks for: until the next one is due and a
// little more, for a run that is late. After that nobody knows.
func hold(every time.Duration) time.Duration { return every + min(every, 5*time.Minute) }

// Tally sums up a stretch of time of one check. Time is what availability is
// made of; readings are what response times are made of. All of it adds up.
type Tally struct {
	Readings int64 // taken
	Good     int64 // of these, answered
	Asked    int64 // scheduled readings outside maintenance that saw the service, answered or not
	Answered int64 // of these, answered
	Up       time.Duration
	Down     time.Duration
	Planned  time.Duration // of maintenance: neither up nor down, and not missing either
	MayDown  time.Duration // counted as up, but the fall that was seen after it may have come as early
	MayUp    time.Duration // counted as down, but the return that was seen after it may have come as early
	Delayed  int64         // good readings that the prober itself held up: their time says nothing
	Took     time.Duration // sum over the readings in Times
	Phases   Phases        // the parts of Took; sums of versions before these were kept have none
	Slowest  time.Duration // of the readings in Times
	Times    Histogram     // of the good readings outside maintenance that nothing held up
}

// Add adds other to t.
func (t *Tally) Add(other *Tally) {
	t.Readings += other.Readings
	t.Good += other.Good
	t.Asked += other.Asked
	t.Answered += other.Answered
	t.Up += other.Up
	t.Down += other.Down
	t.Planned += other.Planned
	t.MayDown += other.MayDown
	t.MayUp += other.MayUp
	t.Delayed += other.Delayed
	t.Took += other.Took
	for n, d := range other.Phases {
		t.Phases[n] += d
	}
	t.Slowest = max(t.Slowest, other.Slowest)
	t.Times.Merge(&other.Times)
}

// count adds one reading; planned tells whether it fell into maintenance.
func (t *Tally) count(r *Reading, planned bool) {
	t.Readings++
	if r.Good() {
		t.Good++
	}
	if planned {
		return
	}
	if r.Verdict != Unknown && r.Attempt <= 1 {
		t.Asked++
		if r.Good() {
			t.Answered++
		}
	}
	switch took := r.Phases.Total(); {
	case !r.Good():
	case r.Reason.Network(): // it answers elsewhere, and not in a time that was measured
	case r.Delayed:
		t.Delayed++
	default:
		t.Took += took
		for n, d := range r.Phases {
			t.Phases[n] += d
		}
		t.Slowest = max(t.Slowest, took)
		t.Times.Add(took)
	}
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

// Bounds returns between which shares the availability lies: a fall and a
// return happen between two readings, and the figure counts that time one way.
// The bounds count it the other. An outage that fits between two readings is
// seen by neither.
func (t *Tally) Bounds() (low, high float64, known bool) {
	all := float64(t.Known())
	if all == 0 {
		return 0, 1, false
	}
	low = float64(max(0, t.Up-t.MayDown)) / all
	high = float64(min(t.Known(), t.Up+t.MayUp)) / all
	return low, high, true
}

// Coverage returns the share of length of which the state is known.
// Maintenance is not asked for.
func (t *Tally) Coverage(length time.Duration) float64 {
	length -= t.Planned
	if length <= 0 {
		return 0
	}
	return min(1, float64(t.Known())/float64(length))
}

// Sum tallies the time from..to of one check from its readings, which are in
// order, without what was planned, as Spans gives it. The readings should begin
// with the last one before from and end with the first certain ones after to,
// so that the edges are known.
//
// A reading speaks until the next one, but no longer than its period allows. A
// failure that was not yet confirmed takes the verdict that followed it.
func Sum(readings []Reading, from, to time.Time, planned []Span) Tally {
	var t Tally
	for _, s := range planned {
		t.Planned += Overlap(s.From, s.To, from, to)
	}
	last, spoke := Unknown, Span{} // the one before, and how long it spoke
	each(readings, to, func(r *Reading, v Verdict, end time.Time) {
		if !r.At.Before(from) && r.At.Before(to) {
			t.count(r, Inside(planned, r.At))
		}
		s := Span{r.At, end}
		t.spend(v, s.counted(from, to, planned))
		if spoke.To.Equal(r.At) { // nothing unknown lies between
			t.doubt(last, v, spoke.counted(from, to, planned))
		}
		last, spoke = v, s
	})
	return t
}

// counted returns how much of s lies in from..to and outside what was planned.
func (s Span) counted(from, to time.Time, planned []Span) time.Duration {
	in := s.within(from, to)
	length := in.Length()
	for _, p := range planned {
		if length == 0 {
			break
		}
		length -= Overlap(p.From, p.To, in.From, in.To)
	}
	return length
}

func (t *Tally) spend(v Verdict, span time.Duration) {
	switch {
	case v.Answers():
		t.Up += span
	case v == Down:
		t.Down += span
	}
}

// doubt notes that the state changed from a to b at some moment of span, which
// was counted as a.
func (t *Tally) doubt(a, b Verdict, span time.Duration) {
	switch {
	case a.Answers() && b == Down:
		t.MayDown += span
	case a == Down && b.Answers():
		t.MayUp += span
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

// Ribbon cuts from..to into stretches of one verdict each, gaps being unknown
// and what was planned being maintenance: together they cover it all.
func Ribbon(readings []Reading, from, to time.Time, planned []Span) []Stretch {
	r := ribbon{at: from, to: to, planned: planned}
	each(readings, to, func(read *Reading, v Verdict, end time.Time) {
		r.extend(read.At, Unknown)
		r.extend(end, v)
	})
	r.extend(to, Unknown)
	return r.list
}

// ribbon is one under way, drawn as far as at.
type ribbon struct {
	at, to  time.Time
	planned []Span // those not yet behind
	list    []Stretch
}

// extend draws v until a moment, and over it what was planned.
func (r *ribbon) extend(until time.Time, v Verdict) {
	if until.After(r.to) {
		until = r.to
	}
	for until.After(r.at) {
		for len(r.planned) > 0 && !r.planned[0].To.After(r.at) {
			r.planned = r.planned[1:]
		}
		end, is := until, v
		if len(r.planned) > 0 {
			next := r.planned[0]
			switch {
			case next.Holds(r.at):
				is = Maintenance
				if next.To.Before(end) {
					end = next.To
				}
			case next.From.Before(end):
				end = next.From
			}
		}
		r.draw(end, is)
	}
}

func (r *ribbon) draw(until time.Time, v Verdict) {
	if n := len(r.list) - 1; n >= 0 && r.list[n].Verdict == v {
		r.list[n].To = until
	} else {
		r.list = append(r.list, Stretch{r.at, until, v})
	}
	r.at = until
}
