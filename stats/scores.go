package stats

import "math"

// NPS returns promoters minus detractors in points from −100 to 100, with the
// adjusted Wald interval: ¾ promoter, ¾ detractor and 1½ of the others are added
// for it (Rocks, Am. Stat. 70, 2016, 365–372). Of eleven levels 0–6 detract and
// 9–10 promote; no other scale has the score. It is false when nobody answered.
func NPS(d Distribution) (Estimate, bool) {
	n := d.Effective()
	if d.levels != Levels || n <= 0 {
		return Estimate{0, Interval{-100, 100}}, false
	}
	all := d.sum(1, Levels)
	return netPromoters(d.sum(10, 11)/all, d.sum(1, 7)/all, n), true
}

func netPromoters(promote, detract, n float64) Estimate {
	p, q := (promote*n+0.75)/(n+3), (detract*n+0.75)/(n+3)
	centre := p - q
	half := Z * math.Sqrt((p+q-centre*centre)/(n+3))
	return about(100*(promote-detract), 100*(centre-half), 100*(centre+half), -100, 100)
}

// Effort returns the customer effort score of a question on seven levels where
// seven is easiest: the mean from 1 to 7, and the share of 5 and above (Dixon and
// others, The Effortless Experience, 2013, second form of the question). It is
// false when nobody answered or the scale is another.
func Effort(d Distribution) (mean, easy Estimate, ok bool) {
	if d.levels != 7 {
		return Estimate{1, Interval{1, 7}}, Estimate{0, Interval{0, 1}}, false
	}
	mean, ok = d.Mean(1, 7)
	easy, _ = d.Share(5)
	return mean, easy, ok
}

// SUS returns the score of one answered System Usability Scale, 0–100: ten
// statements on five levels, odd ones praise and even ones blame (Brooke, in
// Usability Evaluation in Industry, 1996, 189–194). It is false when an answer
// is not on the scale.
func SUS(answers [10]int) (float64, bool) {
	sum := 0
	for n, a := range answers {
		switch {
		case a < 1 || a > 5:
			return 0, false
		case n%2 == 0:
			sum += a - 1
		default:
			sum += 5 - a
		}
	}
	return 2.5 * float64(sum), true
}

// UMUXLite returns the score of the two statements of UMUX-LITE on seven levels
// ("does what I need", "is easy to use"), brought to the scale of SUS by the
// regression of Lewis, Utesch and Maher (CHI 2013, 2099–2102): 22.9 to 87.9.
func UMUXLite(capable, easy int) (float64, bool) {
	if capable < 1 || capable > 7 || easy < 1 || easy > 7 {
		return 0, false
	}
	return 0.65*float64(capable+easy-2)*100/12 + 22.9, true
}

// MeanOf returns the mean of single scores on a bounded scale (of SUS or
// UMUX-LITE, 0–100) with the interval that Mean has; false when there are none
// or one is not on the scale.
func MeanOf(values []float64, least, most float64) (Estimate, bool) {
	if len(values) == 0 || !finite(values...) || !finite(most-least) || !(least < most) {
		return Estimate{}, false
	}
	m := moments{n: float64(len(values))}
	at := make([]float64, len(values))
	for i, v := range values {
		if v < least || v > most {
			return Estimate{}, false
		}
		at[i] = (v - least) / (most - least)
		m.at += at[i] / m.n
	}
	third := 0.0
	for _, v := range at {
		off := v - m.at
		m.variance += off * off / m.n
		third += off * off * off / m.n
	}
	if m.variance > 1e-18 {
		m.skew = third / math.Pow(m.variance, 1.5)
	} else {
		m.variance = 0
	}
	return m.mean().on(least, most), true
}

// Point is one criterion's part of a score: its weight and what of it was
// reached, 0–1; not Known is grey, and never counts as nothing reached.
type Point struct {
	Weight, Reached float64
	Known           bool
}

// Covered is the share of the weights that has to be known for a score.
const Covered = 0.6

// Score returns the weighted mean of what is known, 0–100, and which share of
// the weights that is; known tells whether it is enough to be shown.
func Score(points []Point) (score, coverage float64, known bool) {
	all, seen, sum := 0.0, 0.0, 0.0
	for _, p := range points {
		if !(p.Weight > 0) || math.IsInf(p.Weight, 0) || math.IsNaN(p.Reached) {
			continue
		}
		// Divided, so that the sum of any number of weights stays finite.
		w := p.Weight / float64(len(points))
		all += w
		if p.Known {
			seen += w
			sum += w * min(max(p.Reached, 0), 1)
		}
	}
	if seen <= 0 {
		return 0, 0, false
	}
	coverage = min(seen/all, 1)
	return min(100*(sum/seen), 100), coverage, coverage >= Covered-1e-12
}

// Priority orders what to improve first: what it weighs, times how far it is from
// its goal, times how many it concerns, times how easy it is. Nothing of any is
// nothing of all; what is no number counts as nothing.
func Priority(weight, gap, volume, ease float64) float64 {
	product := 1.0
	for _, factor := range []float64{weight, gap, volume, ease} {
		if !(factor > 0) {
			return 0
		}
		product = min(product*min(factor, 1e75), 1e300)
	}
	return product
}
