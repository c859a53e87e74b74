package monitor

import (
	"math"
	"time"
)

// Interval is a share with the limits between which the true one lies in 95 of
// 100 such samples.
type Interval struct{ Share, Low, High float64 }

// z is the quantile of the normal distribution that leaves 2.5 % on either side.
const z = 1.959963984540054

// Wilson returns the interval of a share seen as good of n, and false when
// there is no sample. Unlike the usual one it stays inside 0 and 1 and says
// something when all or none were good.
func Wilson(good, n int64) (Interval, bool) {
	if n <= 0 {
		return Interval{0, 0, 1}, false
	}
	p, count := float64(good)/float64(n), float64(n)
	middle := (p + z*z/(2*count)) / (1 + z*z/count)
	half := z / (1 + z*z/count) * math.Sqrt(p*(1-p)/count+z*z/(4*count*count))
	return Interval{p, max(0, middle-half), min(1, middle+half)}, true
}

// Answer says whether an objective was kept.
type Answer string

// The answers. Undecidable is one of them: too few readings to tell.
const (
	Kept        Answer = "kept"
	Missed      Answer = "missed"
	Undecidable Answer = "undecidable"
)

// Decide tells whether good of n readings keep the objective, and when they
// cannot tell, how many more would if they went as those so far; 0 when no
// number of them would, because what was seen is the objective itself.
func Decide(good, n int64, objective float64) (answer Answer, needed int64) {
	if answer = decided(good, n, objective); answer != Undecidable {
		return answer, 0
	}
	// As those so far, or all good when there are none.
	p := 1.0
	if n > 0 {
		p = float64(good) / float64(n)
	}
	enough := func(total int64) bool {
		return decided(int64(math.Round(p*float64(total))), total, objective) != Undecidable
	}
	const most = 1 << 40
	high := max(n, 1)
	for ; !enough(high); high *= 2 {
		if high > most {
			return Undecidable, 0
		}
	}
	low := n
	for low+1 < high {
		if middle := low + (high-low)/2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return Undecidable, high - n
}

func decided(good, n int64, objective float64) Answer {
	i, any := Wilson(good, n)
	switch {
	case !any:
	case i.Low >= objective:
		return Kept
	case i.High < objective:
		return Missed
	}
	return Undecidable
}

// DecideTime tells whether the objective was kept by time: it is kept when
// even the lower bound is not below it, missed when even the upper one is, and
// undecidable between the two or when nothing is known.
func (t *Tally) DecideTime(objective float64) Answer {
	low, high, known := t.Bounds()
	switch {
	case !known:
	case low >= objective:
		return Kept
	case high < objective:
		return Missed
	}
	return Undecidable
}

// ApdexDefault is the time within which an answer satisfies when nothing else was agreed.
const ApdexDefault = 512 * time.Millisecond

// ApdexBound returns the bound of the histogram at or above t, at which Apdex
// is counted: four times it is a bound as well, so that the figure is exact for
// any stretch of time, whenever t was agreed.
func ApdexBound(t time.Duration) time.Duration {
	if t <= 0 {
		t = ApdexDefault
	}
	const twoOctaves = 2 * perOctave
	return Bound(min(bucketOf(t), buckets-1-twoOctaves))
}

// Apdex returns the share of scheduled looks that satisfied, those of up to
// four times as long counting half and failed ones not at all; false when
// nobody looked. Readings that the prober itself held up are left out.
func (t *Tally) Apdex(bound time.Duration) (float64, bool) {
	timed := t.Times.Count()
	failed := uint64(max(0, t.Asked-t.Answered)) //nolint:gosec // not negative
	if timed+failed == 0 {
		return 0, false
	}
	satisfied := t.Times.Below(bound)
	tolerated := t.Times.Below(4*bound+4) - satisfied // nanoseconds, for what cutting the bounds lost
	return (float64(satisfied) + float64(tolerated)/2) / float64(timed+failed), true
}
