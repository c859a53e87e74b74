package quality

import (
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Score is what a measurement is worth.
type Score struct {
	Total         int // as the method counts: what nobody has measured is worth nothing
	Reachable     int // if every address that nobody has looked at answered
	Best          int // the distribution that counts, from 0; -1 when there is none
	Holds         Set // of the dataset with its best distribution
	Unmeasured    Set
	Distributions []int // the points of each distribution by itself
}

// Band is the class of the score.
func (s Score) Band() Band { return BandOf(float64(s.Total)) }

// ReachableBand is the class it would have if every address answered.
func (s Score) ReachableBand() Band { return BandOf(float64(s.Reachable)) }

// Of returns what the dimension earned, and what it could have.
func (s Score) Of(d Dimension) (points, possible int) {
	for m := range metricCount {
		if m.Dimension() == d {
			possible += m.Points()
			if s.Holds.Has(m) {
				points += m.Points()
			}
		}
	}
	return points, possible
}

// Score adds up as the method's code does, not as its prose says: the one
// distribution with the most points counts, the first of equals, with
// everything that holds of the dataset. A date that stands on both counts once.
func (m Measurement) Score() Score {
	s := Score{Distributions: make([]int, len(m.Distributions))}
	for n, r := range m.Distributions {
		s.Distributions[n] = r.Holds.Points()
	}
	best, holds, unmeasured := m.best(false)
	s.Best, s.Holds, s.Unmeasured = best, holds, unmeasured
	_, reach, _ := m.best(true)
	s.Total, s.Reachable = holds.Points(), reach.Points()
	return s
}

// best finds the distribution that counts; hopeful takes what is unmeasured
// for good.
func (m Measurement) best(hopeful bool) (best int, holds, unmeasured Set) {
	best, most := -1, -1
	holds = m.Dataset
	for n, r := range m.Distributions {
		own := r.Holds
		if hopeful {
			own |= r.Unmeasured
		}
		if points := own.Points(); points > most && !r.Lost {
			best, most, holds, unmeasured = n, points, m.Dataset|own, r.Unmeasured
		}
	}
	return best, holds, unmeasured
}

// Gate stands beside the score: a description, however good, of data that are
// late is not good. The method itself has no measure of freshness.
type Gate string

// The gates.
const (
	OnTime Gate = "on_time" // the promise is kept
	Late   Gate = "late"    // the promise is broken: the gate is closed
	Free   Gate = "free"    // nothing with a date was promised
)

// GateOf judges the promise of the public revision at now.
func GateOf(lateAfter *time.Time, now time.Time) Gate {
	switch {
	case lateAfter == nil:
		return Free
	case now.Before(*lateAfter):
		return OnTime
	}
	return Late
}

// ScoreOf measures and scores c.
func ScoreOf(c *inventory.Content, v *inventory.Vocabulary, links Links) Score {
	return Measure(c, v, links).Score()
}
