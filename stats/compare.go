package stats

import "math"

// Change tells how much the mean on ten of now exceeds that of before: by
// Welch's interval (Biometrika 34, 1947, with Satterthwaite's degrees of
// freedom) where both samples bear Student's, else by squaring and adding their
// guarded intervals. It is false when either has no answers or the scales
// differ.
func Change(now, before Distribution) (Estimate, bool) {
	a, some := now.moments()
	b, any := before.moments()
	if !some || !any || now.levels != before.levels {
		return Estimate{0, Interval{-10, 10}}, false
	}
	d := Difference(a.mean(), b.mean())
	if a.bearsStudent() && b.bearsStudent() {
		d = welch(a.at, a.variance/(a.n-1), a.n, b.at, b.variance/(b.n-1), b.n)
	}
	return about(10*d.Value, 10*d.Low, 10*d.High, -10, 10), true
}

// ChangeTop2 tells how much the share of the best levels exceeds that of before
// (a week against the four before), by Newcombe's interval; false when either
// has no answers or the scales differ.
func ChangeTop2(now, before Distribution) (Estimate, bool) {
	a, some := now.Top2()
	b, any := before.Top2()
	if !some || !any || now.levels != before.levels {
		return Estimate{0, Interval{-1, 1}}, false
	}
	return Difference(a, b), true
}

// Welch returns the difference of the means of two samples of values that need
// not vary alike (what was measured rather than answered); false when either
// has fewer than two, or neither varies.
func Welch(a, b []float64) (Estimate, bool) {
	if len(a) < 2 || len(b) < 2 || !finite(a...) || !finite(b...) {
		return Estimate{}, false
	}
	ma, va := meanVariance(a)
	mb, vb := meanVariance(b)
	na, nb := float64(len(a)), float64(len(b))
	d := welch(ma, va/na, na, mb, vb/nb, nb)
	if va+vb == 0 || !finite(d.Value, d.Low, d.High) {
		return Estimate{}, false
	}
	return d, true
}

// welch takes two means with the variances of the means and the sizes.
func welch(a, va, na, b, vb, nb float64) Estimate {
	v := va + vb
	freedom := v * v / (va*va/(na-1) + vb*vb/(nb-1))
	if !finite(freedom) {
		freedom = min(na, nb) - 1 // so small that its square is none
	}
	d, half := a-b, studentQuantile(freedom)*math.Sqrt(v)
	return Estimate{d, Interval{d - half, d + half}}
}

// meanVariance returns the mean and the variance (dividing by n−1).
func meanVariance(values []float64) (mean, variance float64) {
	for n, v := range values {
		mean += (v - mean) / float64(n+1)
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / max(1, float64(len(values)-1))
}
