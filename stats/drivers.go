package stats

import (
	"fmt"
	"math"
	"slices"
)

// Bounds of a driver analysis.
const (
	MostDrivers = 12    // questions that can be set against the outcome
	LeastSample = 200   // answers below which the ranks would be noise
	mostBlocks  = 5_000 // rows that are resampled one by one
	flat        = 1e-12 // of a variance: nothing but rounding
	collinear   = 1e-6  // of an eigenvalue: one question says what others say
)

// Why a driver analysis is refused.
type Why string

// The reasons.
const (
	TooFew    Why = "few"       // answers
	Constant  Why = "constant"  // everybody answered the same
	Collinear Why = "collinear" // one question follows from the others
	Malformed Why = "malformed" // lengths or numbers
)

// Refusal is the error of a driver analysis that would mislead.
type Refusal struct {
	Why Why
	// Of is the predictor meant, −1 for the outcome or none in particular.
	Of int
	// N is how many answers there were; with weights, how many they are worth.
	N int64
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("no drivers: %s (predictor %d, %d answers)", r.Why, r.Of, r.N)
}

// Driver is what one question has to do with the outcome.
type Driver struct {
	Weight      Estimate `json:"weight"`      // part of R², with its bootstrap percentile interval
	Share       float64  `json:"share"`       // of R², 0–1
	Correlation float64  `json:"correlation"` // tells the direction: weights have none
	Rank        int      `json:"rank"`        // 1 is the first
	Best        int      `json:"best"`        // between this
	Worst       int      `json:"worst"`       // and this the rank lies in 95 of 100 resamples
}

// Explained is a driver analysis: how much of the outcome's variance all
// questions explain, and what each has of it. The weights add up to R2.
type Explained struct {
	R2      float64
	N       float64 // effective answers
	Drivers []Driver
}

// Questioned are the answers of a driver analysis, all lists equally long:
// only those who answered every question.
type Questioned struct {
	Outcome    []float64
	Predictors [][]float64 // one list for each
	Weights    []float64   // nil when all weigh the same
}

// Explain finds the drivers by Johnson's relative weights (Multivar. Behav. Res.
// 35, 2000, 1–19), with intervals of weights and ranks from resampling the
// answers, 500 times unless told otherwise (Johnson, Organ. Res. Methods 7, 2004,
// 283–299). Above 5,000 answers they are resampled in 5,000 groups, which
// takes no longer and says the same of sums. An error is a *Refusal.
func Explain(q Questioned, r Resampling) (Explained, error) {
	sums, err := q.sums()
	if err != nil {
		return Explained{}, err
	}
	size := len(q.Predictors) + 1
	work := newWork(size)
	whole := sums.total()
	weights, r2, refused := work.relative(whole)
	if refused != nil {
		refused.N = int64(sums.effective)
		return Explained{}, refused
	}
	x := Explained{R2: r2, N: sums.effective, Drivers: make([]Driver, size-1)}
	for j := range x.Drivers {
		x.Drivers[j].Weight.Value = weights[j]
		x.Drivers[j].Correlation = min(max(work.correlations.get(0, j+1), -1), 1)
		if r2 > 0 {
			x.Drivers[j].Share = weights[j] / r2
		}
	}
	if r.Times == 0 {
		r.Times = 500
	}
	x.resample(sums, r.sane(), work)
	return x, nil
}

// RelativeWeights returns the parts of R² that Johnson's method gives to each
// predictor, from correlations with the outcome first. An error is a *Refusal.
func RelativeWeights(correlations [][]float64) (weights []float64, r2 float64, err error) {
	size := len(correlations)
	if size < 2 || size > MostDrivers+1 {
		return nil, 0, &Refusal{Malformed, -1, 0}
	}
	work := newWork(size)
	for i, row := range correlations {
		if len(row) != size || !finite(row...) {
			return nil, 0, &Refusal{Malformed, i - 1, 0}
		}
		for j, v := range row {
			if i == j && v != 1 || math.Abs(v) > 1 || len(correlations[j]) != size || v != correlations[j][i] {
				return nil, 0, &Refusal{Malformed, i - 1, 0}
			}
			work.correlations.set(i, j, v)
		}
	}
	weights, r2, refused := work.decompose()
	if refused != nil {
		return nil, 0, refused
	}
	return weights, r2, nil
}

// resample fills the intervals in.
func (x *Explained) resample(sums *sums, r Resampling, work *work) {
	rng := generator(r.Seed)
	k := len(x.Drivers)
	replicas := make([][]float64, k)
	ranks := make([][]float64, k)
	counts := make([]float64, sums.blocks)
	drawn := make([]float64, sums.width)
	values := make([]float64, k)
	for range r.Times {
		clear(counts)
		for range sums.blocks {
			counts[rng.IntN(sums.blocks)]++
		}
		sums.weigh(counts, drawn)
		weights, _, refused := work.relative(drawn)
		if refused != nil {
			continue // drawn so that two questions were the same: tells nothing
		}
		copy(values, weights)
		place := order(values)
		for j := range k {
			replicas[j] = append(replicas[j], values[j])
			ranks[j] = append(ranks[j], float64(place[j]))
		}
	}
	own := make([]float64, k)
	for j := range k {
		own[j] = x.Drivers[j].Weight.Value
	}
	low, high := (1-r.Level)/2, (1+r.Level)/2
	for j, rank := range order(own) {
		d := &x.Drivers[j]
		d.Rank, d.Best, d.Worst = rank, rank, rank
		d.Weight = about(own[j], own[j], own[j], 0, 1)
		if len(replicas[j]) < r.Times/2 {
			d.Best, d.Worst, d.Weight = 1, k, about(own[j], 0, 1, 0, 1)
			continue // hardly a resample told anything
		}
		slices.Sort(replicas[j])
		slices.Sort(ranks[j])
		d.Weight = about(own[j], quantile(replicas[j], low), quantile(replicas[j], high), 0, 1)
		d.Best = min(rank, int(math.Floor(quantile(ranks[j], low))))
		d.Worst = max(rank, int(math.Ceil(quantile(ranks[j], high))))
	}
}

// order returns the rank of each value, 1 for the largest; of equal ones the
// first comes first.
func order(values []float64) []int {
	rank := make([]int, len(values))
	for i, v := range values {
		rank[i] = 1
		for j, other := range values {
			if other > v || other == v && j < i {
				rank[i]++
			}
		}
	}
	return rank
}

// work is what decomposing needs, kept so that resampling makes no garbage.
type work struct {
	correlations, inner, vectors, roots symmetric
	weights, beta                       []float64
}

func newWork(size int) *work {
	k := size - 1
	return &work{square(size), square(k), square(k), square(k), make([]float64, k), make([]float64, k)}
}

// relative turns sums into correlations and decomposes them.
func (w *work) relative(sums []float64) ([]float64, float64, *Refusal) {
	size := w.correlations.size
	n := sums[0]
	means, products := sums[1:1+size], sums[1+size:]
	at := 0
	for i := range size {
		for j := i; j < size; j++ {
			w.correlations.set(i, j, products[at]/n-means[i]/n*means[j]/n)
			at++
		}
	}
	for i := range size {
		// Sums are of standardised values: the variance of all of them is 1.
		if !(w.correlations.get(i, i) > flat) {
			return nil, 0, &Refusal{Constant, i - 1, 0}
		}
	}
	for i := range size {
		for j := i + 1; j < size; j++ {
			v := w.correlations.get(i, j) / math.Sqrt(w.correlations.get(i, i)*w.correlations.get(j, j))
			w.correlations.set(i, j, v)
			w.correlations.set(j, i, v)
		}
	}
	return w.decompose()
}

// decompose computes the weights from the correlations: the predictors are
// replaced by those uncorrelated ones that are nearest to them, R² is divided
// among these exactly, and their parts go back to the predictors by how much
// each has to do with them.
func (w *work) decompose() ([]float64, float64, *Refusal) {
	k := w.inner.size
	for i := range k {
		for j := range k {
			v := w.correlations.get(i+1, j+1)
			if i == j {
				v = 1
			}
			w.inner.set(i, j, v)
		}
	}
	values := w.inner.eigen(w.vectors)
	for e, v := range values {
		if !(v > collinear) {
			return nil, 0, &Refusal{Collinear, w.involved(e), 0}
		}
	}
	// Λ = V √L V′ are the correlations of predictors with their stand-ins, and
	// β = Λ⁻¹ r those of the outcome with the stand-ins.
	clear(w.beta)
	for i := range k {
		for j := range k {
			root, inverse := 0.0, 0.0
			for e, v := range values {
				part := w.vectors.get(i, e) * w.vectors.get(j, e)
				root += part * math.Sqrt(v)
				inverse += part / math.Sqrt(v)
			}
			w.roots.set(i, j, root)
			w.beta[i] += inverse * w.correlations.get(0, j+1)
		}
	}
	r2 := 0.0
	for i := range k {
		w.weights[i] = 0
		for j := range k {
			w.weights[i] += w.roots.get(i, j) * w.roots.get(i, j) * w.beta[j] * w.beta[j]
		}
		r2 += w.weights[i]
	}
	if r2 > 1 { // by rounding, or by correlations that no answers can have
		for i := range w.weights {
			w.weights[i] /= r2
		}
		r2 = 1
	}
	return w.weights, r2, nil
}

// involved is the predictor that has most to do with an eigenvector.
func (w *work) involved(e int) int {
	most := 0
	for i := range w.vectors.size {
		if math.Abs(w.vectors.get(i, e)) > math.Abs(w.vectors.get(most, e)) {
			most = i
		}
	}
	return most
}
