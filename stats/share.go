package stats

import "math"

// Wilson returns the interval of a share seen as good of n, and false when
// there is no sample. Unlike the usual one it stays inside 0 and 1 and says
// something when all or none were good (Wilson, J. Am. Stat. Assoc. 22, 1927).
func Wilson(good, n int64) (Estimate, bool) {
	if n <= 0 {
		return Estimate{0, Interval{0, 1}}, false
	}
	return wilson(float64(min(max(good, 0), n))/float64(n), float64(n), Z), true
}

// WilsonWeighted is Wilson's interval of a weighted share: of the weights those
// of good answers, over as many answers as the weighted ones are worth. It is
// false when nothing weighs anything.
func WilsonWeighted(good, weights, squares float64) (Estimate, bool) {
	n := Effective(weights, squares)
	if n <= 0 || math.IsNaN(good) {
		return Estimate{0, Interval{0, 1}}, false
	}
	return wilson(min(max(good/weights, 0), 1), n, Z), true
}

// Effective is the number of answers of equal weight that tell as much as
// answers of these weights do, given their sum and the sum of their squares
// (Kish, Survey Sampling, 1965, section 11.7); 0 when there are none.
func Effective(weights, squares float64) float64 {
	if !(weights > 0 && squares > 0) || !finite(weights, squares) {
		return 0
	}
	if n := weights / squares * weights; finite(n) {
		return n
	}
	return 0
}

// wilson is the score interval of the share p of n, which need be no whole number.
func wilson(p, n, z float64) Estimate {
	u := z * z / n
	if math.IsInf(u, 0) {
		return Estimate{p, Interval{0, 1}}
	}
	middle := (p + u/2) / (1 + u)
	half := math.Sqrt(u*p*(1-p)+u*u/4) / (1 + u)
	return about(p, middle-half, middle+half, 0, 1)
}

// Needed tells how many answers more than have it takes until a share near p is
// known to within margin on either side: Cochran's z²p(1−p)/e² (Sampling
// Techniques, 1977, section 4.4), and never less than Wilson's interval takes,
// which matters where p is near 0 or 1 and Cochran's formula asks for nothing.
func Needed(p, margin float64, have int64) int64 {
	if !(margin > 0) || math.IsNaN(p) {
		return math.MaxInt64
	}
	if margin >= 0.5 {
		return 0
	}
	p = min(max(p, 0), 1)
	pq, e2 := p*(1-p), margin*margin
	cochran := Z * Z * pq / e2
	// Wilson's half width equals the margin at the positive root of
	// u²(1/4−e²) + u(pq−2e²) − e², where u is z²/n.
	a, b := 0.25-e2, pq-2*e2
	u := 2 * e2 / (b + math.Sqrt(b*b+4*a*e2))
	total := math.Ceil(max(cochran, Z*Z/u))
	if !(total < 1<<62) {
		return math.MaxInt64
	}
	return max(0, int64(total)-max(0, have))
}

// Difference returns a − b of two independent estimates with the interval that
// their own intervals make: square and add. Of Wilson's intervals it is the
// hybrid score method of Newcombe (Stat. Med. 17, 1998, 873–890, method 10), of
// means that of Zou and Donner (Stat. Med. 27, 2008, 1693–1702). The two can
// be weighted, and on any scale: that of the difference is twice as wide.
func Difference(a, b Estimate) Estimate {
	d := a.Value - b.Value
	low := d - math.Hypot(a.Value-a.Low, b.High-b.Value)
	high := d + math.Hypot(a.High-a.Value, b.Value-b.Low)
	return Estimate{d, Interval{low, high}}
}

// Newcombe returns how much a share of n1 exceeds another of n2; false when
// either has no sample.
func Newcombe(good1, n1, good2, n2 int64) (Estimate, bool) {
	a, some := Wilson(good1, n1)
	b, any := Wilson(good2, n2)
	if !some || !any {
		return Estimate{0, Interval{-1, 1}}, false
	}
	return Difference(a, b), true
}
