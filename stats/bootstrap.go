package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Resampling says how a bootstrap is drawn. The same seed draws the same, so
// that a figure can be recomputed; the zero value draws 2,000 times for 95 %.
type Resampling struct {
	Times int
	Seed  uint64
	Level float64
}

// MostTimes bounds how often is drawn, whatever was asked for.
const MostTimes = 20_000

func (r Resampling) sane() Resampling {
	if r.Times < 100 || r.Times > MostTimes {
		r.Times = 2000
	}
	if !(r.Level > 0 && r.Level < 1) {
		r.Level = 0.95
	}
	return r
}

// generator draws numbers that follow from the seed alone.
func generator(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) //nolint:gosec // no secret: it must come out the same again
}

// Resampled is a statistic with two bootstrap intervals: the percentile one, and
// BCa, which corrects it for bias and skewness and is the better one of few
// values (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 14).
type Resampled struct{ Percentile, BCa Estimate }

// Bootstrap resamples the values and takes the statistic of each; false when
// there are fewer than two, the statistic is no number, or it never varies:
// equal values say nothing of what others would have been.
func Bootstrap(values []float64, statistic func([]float64) float64, r Resampling) (Resampled, bool) {
	r = r.sane()
	seen := math.NaN()
	if len(values) >= 2 && finite(values...) {
		seen = statistic(slices.Clone(values))
	}
	if !finite(seen) {
		return Resampled{}, false
	}
	rng, drawn := generator(r.Seed), make([]float64, len(values))
	replicas := make([]float64, 0, r.Times)
	for range r.Times {
		for i := range drawn {
			drawn[i] = values[rng.IntN(len(values))]
		}
		if v := statistic(drawn); finite(v) {
			replicas = append(replicas, v)
		}
	}
	// Once more without each value, for the acceleration.
	without, sum := make([]float64, len(values)), 0.0
	for i := range values {
		rest := append(append(drawn[:0:0], values[:i]...), values[i+1:]...)
		without[i] = statistic(rest)
		sum += without[i] / float64(len(values))
	}
	second, third := 0.0, 0.0
	for _, v := range without {
		second += (sum - v) * (sum - v)
		third += (sum - v) * (sum - v) * (sum - v)
	}
	acceleration := third / (6 * math.Pow(second, 1.5))
	if !finite(acceleration) {
		acceleration = 0
	}
	return limits(seen, replicas, acceleration, r.Level)
}

// BootstrapMean10 is the bootstrap of Mean10, for few or odd answers. It is false
// where Bootstrap is, and above 2,000 answers, where Student's interval is the
// same and free.
func (d Distribution) BootstrapMean10(r Resampling) (Resampled, bool) {
	r = r.sane()
	m, ok := d.moments()
	n := int(min(math.Round(m.n), 1e6))
	if !ok || n < 2 || n > 2000 || m.variance == 0 {
		return Resampled{}, false
	}
	var upTo [Levels]float64
	all, sum := d.sum(1, d.levels), 0.0
	for i := range d.levels {
		sum += d.weights[i] / all
		upTo[i] = sum
	}
	upTo[d.levels-1] = 2 // whatever rounding left
	rng, step := generator(r.Seed), 10/float64(d.levels-1)
	replicas := make([]float64, r.Times)
	for t := range replicas {
		total := 0
		for range n {
			u, level := rng.Float64(), 0
			for u >= upTo[level] {
				level++
			}
			total += level
		}
		replicas[t] = float64(total) / float64(n) * step
	}
	b, ok := limits(10*m.at, replicas, m.skew/(6*math.Sqrt(float64(n))), r.Level)
	for _, e := range []*Estimate{&b.Percentile, &b.BCa} {
		*e = about(e.Value, e.Low, e.High, 0, 10)
	}
	return b, ok
}

// limits reads both intervals off the replicas.
func limits(seen float64, replicas []float64, acceleration, level float64) (Resampled, bool) {
	slices.Sort(replicas)
	if len(replicas) < 100 || replicas[0] == replicas[len(replicas)-1] {
		return Resampled{}, false
	}
	low, high := (1-level)/2, (1+level)/2
	b := Resampled{Percentile: between(seen, replicas, low, high)}
	b.BCa = b.Percentile
	below := 0.0
	for _, v := range replicas {
		if v < seen {
			below++
		} else if v == seen {
			below += 0.5
		}
	}
	if below == 0 || below == float64(len(replicas)) {
		return b, true // no telling how far off: the percentile interval stands
	}
	bias := normalQuantile(below / float64(len(replicas)))
	corrected := func(share float64) float64 {
		shift := bias + normalQuantile(share)
		if acceleration*shift >= 1 {
			return share
		}
		return normal(bias + shift/(1-acceleration*shift))
	}
	if l, h := corrected(low), corrected(high); l < h {
		b.BCa = between(seen, replicas, l, h)
	}
	return b, true
}

// between makes an estimate of two quantiles of sorted replicas.
func between(seen float64, replicas []float64, low, high float64) Estimate {
	return about(seen, quantile(replicas, low), quantile(replicas, high), math.Inf(-1), math.Inf(1))
}

// quantile reads a share's value off sorted ones, between two where it falls
// between them (positions share·(n+1), as the bootstrap's are counted).
func quantile(sorted []float64, share float64) float64 {
	at := share*float64(len(sorted)+1) - 1
	below := min(max(int(math.Floor(at)), 0), len(sorted)-1)
	above := min(below+1, len(sorted)-1)
	part := min(max(at-float64(below), 0), 1)
	return sorted[below] + part*(sorted[above]-sorted[below])
}
