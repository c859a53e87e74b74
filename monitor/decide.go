package monitor

import (
	"time"

	"github.com/jard-odi/jard/stats"
)

// Answer says whether an objective was kept.
type Answer string

// The answers. Undecidable is one of them: too few readings to tell.
const (
	Kept        Answer = "kept"
	Missed      Answer = "missed"
	Undecidable Answer = "undecidable"
)

// Decide tells whether good of n readings keep the objective, and when they
// cannot tell, how many more would if they went as those so far (all good, when
// there are none); 0 when no number of them would, because what was seen is the
// objective itself.
func Decide(good, n int64, objective float64) (answer Answer, needed int64) {
	d := stats.DecideShare(good, n, objective, objective)
	switch d.Band {
	case stats.Green:
		return Kept, 0
	case stats.Red:
		return Missed, 0
	}
	return Undecidable, d.Needed
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
