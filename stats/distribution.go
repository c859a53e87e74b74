package stats

import "math"

// Levels is the longest scale: the eleven points from 0 to 10.
const Levels = 11

// Distribution is how often each level of one scale was answered. Everything
// else is computed from it, so that what was published can be recomputed and
// merged. It has no pointers: a copy is a copy.
type Distribution struct {
	levels  int
	counts  [Levels]int64
	weights [Levels]float64
	squares float64 // of the weights of single answers, for Effective
}

// Scale returns an empty distribution over levels 1 to levels, worst first;
// it takes nothing when there are fewer than two or more than eleven.
func Scale(levels int) Distribution {
	if levels < 2 || levels > Levels {
		levels = 0
	}
	return Distribution{levels: levels}
}

// Counted returns the distribution of answers that all weigh the same, given
// how many there were of each level, worst first. Negative counts are none.
func Counted(counts ...int64) Distribution {
	d := Scale(len(counts))
	for n := range d.levels {
		d.AddAll(n+1, max(0, counts[n]), 1)
	}
	return d
}

// Add counts one answer; false when it is not on the scale or its weight is not
// above 0, and then nothing is counted.
func (d *Distribution) Add(level int, weight float64) bool { return d.AddAll(level, 1, weight) }

// AddAll counts several answers of one level that weigh the same each.
func (d *Distribution) AddAll(level int, answers int64, weight float64) bool {
	const heaviest = 1e12 // sums of what any number of answers weigh stay finite
	if level < 1 || level > d.levels || answers < 0 || !(weight > 0 && weight <= heaviest) {
		return false
	}
	d.counts[level-1] += answers
	d.weights[level-1] += float64(answers) * weight
	d.squares += float64(answers) * weight * weight
	return true
}

// Restored returns the distribution that was kept as its counts, its weights
// (nil when every answer weighs 1) and the sum of their squares; false when
// those cannot belong together.
func Restored(counts []int64, weights []float64, squares float64) (Distribution, bool) {
	if weights == nil {
		return Counted(counts...), len(counts) >= 2 && len(counts) <= Levels
	}
	d := Scale(len(counts))
	if d.levels == 0 || len(weights) != len(counts) || !finite(weights...) || !finite(squares) {
		return Distribution{}, false
	}
	var n int64
	sum := 0.0
	for i := range counts {
		if counts[i] < 0 || weights[i] < 0 || (counts[i] == 0) != (weights[i] == 0) {
			return Distribution{}, false
		}
		d.counts[i], d.weights[i] = counts[i], weights[i]
		n, sum = n+counts[i], sum+weights[i]
	}
	// As many answers cannot tell more than they are (Cauchy and Schwarz).
	if n == 0 && squares != 0 || n > 0 && Effective(sum, squares) > float64(n)*(1+1e-9) {
		return Distribution{}, false
	}
	d.squares = squares
	return d, n == 0 || squares > 0
}

// Merge adds the answers of another distribution on the same scale; false, with
// nothing added, when the scales differ: those are never mixed in one figure.
func (d *Distribution) Merge(other Distribution) bool {
	if d.levels != other.levels {
		return false
	}
	for n := range d.levels {
		d.counts[n] += other.counts[n]
		d.weights[n] += other.weights[n]
	}
	d.squares += other.squares
	return true
}

// Levels is how many levels the scale has.
func (d Distribution) Levels() int { return d.levels }

// Count is how many answered with that level.
func (d Distribution) Count(level int) int64 {
	if level < 1 || level > d.levels {
		return 0
	}
	return d.counts[level-1]
}

// Weight is what the answers of that level weigh together.
func (d Distribution) Weight(level int) float64 {
	if level < 1 || level > d.levels {
		return 0
	}
	return d.weights[level-1]
}

// Squares is the sum of the squares of the weights of single answers.
func (d Distribution) Squares() float64 { return d.squares }

// N is how many answered.
func (d Distribution) N() int64 {
	n := int64(0)
	for _, c := range d.counts {
		n += c
	}
	return n
}

// Effective is the number of answers that the weighted ones are worth.
func (d Distribution) Effective() float64 { return Effective(d.sum(1, d.levels), d.squares) }

// sum is what the answers of the levels from to to weigh.
func (d Distribution) sum(from, to int) float64 {
	w := 0.0
	for level := max(1, from); level <= min(to, d.levels); level++ {
		w += d.weights[level-1]
	}
	return w
}

// Share returns the share of answers at a level or above it; false when nobody answered.
func (d Distribution) Share(atLeast int) (Estimate, bool) {
	return WilsonWeighted(d.sum(atLeast, d.levels), d.sum(1, d.levels), d.squares)
}

// Top2 returns the share of the two best levels; of three faces only the best
// one, as the middle one is no praise. It is false when nobody answered.
func (d Distribution) Top2() (Estimate, bool) {
	if d.levels <= 3 {
		return d.Share(d.levels)
	}
	return d.Share(d.levels - 1)
}

// Mean10 returns the mean with the scale stretched to 0–10, so that scales of
// three, five, seven and ten points can be read side by side (and no more than
// that: they are not the same question). It is false when nobody answered.
func (d Distribution) Mean10() (Estimate, bool) { return d.Mean(0, 10) }

// Mean returns the mean with the scale laid from least to most.
func (d Distribution) Mean(least, most float64) (Estimate, bool) {
	m, ok := d.moments()
	if !ok || !finite(least, most) || most <= least {
		return Estimate{least, Interval{least, max(least, most)}}, false
	}
	return m.mean().on(least, most), true
}

// MeanT is Mean10 with Student's interval whatever the answers look like, cut
// to the scale: for comparing with what others published. It is false for
// fewer than two answers.
func (d Distribution) MeanT() (Estimate, bool) {
	m, ok := d.moments()
	if !ok || m.n <= 1 {
		return Estimate{0, Interval{0, 10}}, false
	}
	return m.student().on(0, 10), true
}

// moments computes them with the scale laid from 0 to 1.
func (d Distribution) moments() (moments, bool) {
	w := d.sum(1, d.levels)
	m := moments{n: d.Effective()}
	if m.n <= 0 {
		return m, false
	}
	step := 1 / float64(d.levels-1)
	for n := range d.levels {
		m.at += d.weights[n] / w * float64(n) * step
	}
	third := 0.0
	for n := range d.levels {
		off := float64(n)*step - m.at
		m.variance += d.weights[n] / w * off * off
		third += d.weights[n] / w * off * off * off
	}
	if m.variance > 1e-18 {
		m.skew = third / math.Pow(m.variance, 1.5)
	} else {
		m.variance = 0
	}
	return m, true
}
