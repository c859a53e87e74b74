package quality

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// Line is one published entry in a report.
type Line struct {
	ID          string
	Ref         string
	Institution string
	Title       lang.Text
	Late        bool // the promised update has not come
	Measurement Measurement
}

// Report is the state of several entries: a body's, or the whole register's.
type Report struct {
	N         int
	Mean      float64 // of the totals
	Reachable float64 // mean if every address that nobody has looked at answered
	Bands     map[Band]int
	Late      int // behind a closed gate, whatever their score
	Sound     int // good or excellent, and not late
	Shares    []Share
	Fixes     []Chore
}

// Band is the class of the mean.
func (r *Report) Band() Band { return BandOf(r.Mean) }

// Share is how many entries a metric holds of.
type Share struct {
	Metric     Metric
	N, Of      int
	Unmeasured int // of those that it does not hold of, how many nobody has looked at
}

// Ratio is the share as a number from 0 to 1.
func (s Share) Ratio() float64 {
	if s.Of == 0 {
		return 0
	}
	return float64(s.N) / float64(s.Of)
}

// MeanOf is what shares add up to: each metric's points by the share it holds of.
func MeanOf(shares []Share) float64 {
	sum := 0.0
	for _, s := range shares {
		sum += s.Ratio() * float64(s.Metric.Points())
	}
	return sum
}

// Chore is one fix over many entries.
type Chore struct {
	Fix    Fix
	N      int     // entries it would raise
	Points int     // what it adds to all of them together
	Mean   float64 // what it adds to the mean
	Lifted int     // of the N, how many reach a better band by it
	To     Band    // the band of the mean then
	UpTo   bool
}

// NewReport sums up lines.
func NewReport(lines []*Line) Report {
	r := Report{N: len(lines), Bands: map[Band]int{}, Shares: make([]Share, metricCount)}
	for m := range r.Shares {
		r.Shares[m] = Share{Metric: Metric(m), Of: len(lines)}
	}
	chores := map[Fix]*Chore{}
	total, reachable := 0, 0
	for _, l := range lines {
		score := l.Measurement.Score()
		total += score.Total
		reachable += score.Reachable
		r.count(score, l.Late)
		for _, g := range OncePerFix(l.Measurement.Gains()) {
			if chores[g.Fix] == nil {
				chores[g.Fix] = &Chore{Fix: g.Fix, UpTo: g.UpTo}
			}
			chores[g.Fix].add(g, score.Band())
		}
	}
	if r.N == 0 {
		return r
	}
	r.Mean, r.Reachable = float64(total)/float64(r.N), float64(reachable)/float64(r.N)
	for _, c := range chores {
		c.Mean = float64(c.Points) / float64(r.N)
		c.To = BandOf(r.Mean + c.Mean)
		r.Fixes = append(r.Fixes, *c)
	}
	slices.SortFunc(r.Fixes, func(a, b Chore) int {
		if a.Points != b.Points {
			return b.Points - a.Points
		}
		return strings.Compare(string(a.Fix), string(b.Fix))
	})
	return r
}

func (r *Report) count(s Score, late bool) {
	r.Bands[s.Band()]++
	switch {
	case late:
		r.Late++
	case s.Band() == Excellent || s.Band() == Good:
		r.Sound++
	}
	for m := range r.Shares {
		switch {
		case s.Holds.Has(Metric(m)):
			r.Shares[m].N++
		case s.Unmeasured.Has(Metric(m)):
			r.Shares[m].Unmeasured++
		}
	}
}

func (c *Chore) add(g Gain, from Band) {
	c.N++
	c.Points += g.Points
	if g.To != from {
		c.Lifted++
	}
}

// OncePerFix keeps the best of the gains that are the same fix: the second
// distribution without a format is no second chore.
func OncePerFix(gains []Gain) []Gain {
	var out []Gain
	for _, g := range gains {
		if !slices.ContainsFunc(out, func(o Gain) bool { return o.Fix == g.Fix }) {
			out = append(out, g)
		}
	}
	return out
}
