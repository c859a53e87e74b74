package stats

import (
	"cmp"
	"math"
	"slices"
)

// Tested is a change with how likely one as large would be if nothing had changed.
type Tested struct {
	Estimate
	P float64 `json:"p"`
}

// ChangeTested is Change with its two-sided p-value: of Student's distribution
// with Welch's degrees of freedom where both samples bear it, else of the normal
// deviate that puts the bound of the guarded interval where it is, so that an
// interval that ends at no change has p = 0.05 in both cases.
func ChangeTested(now, before Distribution) (Tested, bool) {
	e, ok := Change(now, before)
	if !ok {
		return Tested{e, 1}, false
	}
	a, _ := now.moments()
	b, _ := before.moments()
	if a.bearsStudent() && b.bearsStudent() {
		va, vb := a.variance/(a.n-1), b.variance/(b.n-1)
		freedom := (va + vb) * (va + vb) / (va*va/(a.n-1) + vb*vb/(b.n-1))
		t := math.Abs(a.at-b.at) / math.Sqrt(va+vb)
		return Tested{e, min(1, 2*studentAbove(t, max(1, freedom)))}, true
	}
	return Tested{e, FromInterval(e)}, true
}

// FromInterval is the two-sided p-value of no change that an interval of 95 %
// stands for: of the normal deviate that puts the bound nearer to no change
// where it is. One that ends at no change has 0.05.
func FromInterval(e Estimate) float64 {
	toward := e.Value - e.Low
	if e.Value < 0 {
		toward = e.High - e.Value
	}
	if !(toward > 0) {
		return 1
	}
	return math.Erfc(math.Abs(e.Value) * Z / toward / math.Sqrt2)
}

// studentAbove is the share of Student's distribution above t, exact where it
// is so small that one less it would be one.
func studentAbove(t, v float64) float64 {
	if t <= 0 {
		return 0.5
	}
	return incompleteBeta(v/2, 0.5, v/(v+t*t)) / 2
}

// Discoveries tells which of many p-values may be called findings so that at
// most the given share of what is so called is expected to be chance (Benjamini
// and Hochberg, J. R. Stat. Soc. B 57, 1995, 289–300). When nothing has changed
// anywhere, the chance of calling anything a finding is no more than that share.
// What is no number is none.
func Discoveries(p []float64, share float64) []bool {
	found := make([]bool, len(p))
	order := make([]int, 0, len(p))
	for n, v := range p {
		if v >= 0 && v <= 1 {
			order = append(order, n)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	for rank := len(order); rank > 0; rank-- {
		if p[order[rank-1]] <= share*float64(rank)/float64(len(p)) {
			for _, n := range order[:rank] {
				found[n] = true
			}
			break
		}
	}
	return found
}

// Pooled is the mean of several independent estimates of one thing, each by how
// certain it is (inverse variance; an interval's half is taken for 1.96 standard
// errors). It is false when there are none, or one has no width.
func Pooled(all []Estimate) (Estimate, bool) {
	sum, weights := 0.0, 0.0
	for _, e := range all {
		se := e.Half() / Z
		if !finite(e.Value, se) || se <= 0 {
			return Estimate{}, false
		}
		sum += e.Value / (se * se)
		weights += 1 / (se * se)
	}
	if weights == 0 {
		return Estimate{}, false
	}
	at, half := sum/weights, Z/math.Sqrt(weights)
	return Estimate{at, Interval{at - half, at + half}}, true
}
