package stats

import "math"

// sums are the sums of products that correlations are made of, for each of a
// number of blocks of answers, so that a resample is a weighted sum of blocks:
// the weights, each variable, and each product of two. The variables are
// standardised first, so that the sums lose nothing to large means.
type sums struct {
	blocks, width int
	at            []float64
	effective     float64
}

// sums checks the answers and sums them up. Answers go round the blocks in
// turn, so that those given one after the other fall into different ones.
func (q Questioned) sums() (*sums, error) {
	size := len(q.Predictors) + 1
	n := len(q.Outcome)
	if size < 2 || size > MostDrivers+1 || q.Weights != nil && len(q.Weights) != n {
		return nil, &Refusal{Malformed, -1, int64(n)}
	}
	weights, squares := 0.0, 0.0
	for i := range n {
		w := q.weight(i)
		if !(w >= 0 && w <= 1e12) {
			return nil, &Refusal{Malformed, -1, int64(n)}
		}
		weights, squares = weights+w, squares+w*w
	}
	s := &sums{blocks: min(n, mostBlocks), width: 1 + size + size*(size+1)/2, effective: Effective(weights, squares)}
	if s.effective < LeastSample {
		return nil, &Refusal{TooFew, -1, int64(s.effective)}
	}
	columns := make([][]float64, size)
	for j := range columns {
		values := q.Outcome
		if j > 0 {
			values = q.Predictors[j-1]
		}
		var why Why
		if columns[j], why = q.standardised(values, weights); why != "" {
			return nil, &Refusal{why, j - 1, int64(s.effective)}
		}
	}
	s.fill(q, columns, n)
	return s, nil
}

func (s *sums) fill(q Questioned, columns [][]float64, n int) {
	s.at = make([]float64, s.blocks*s.width)
	for i := range n {
		w := q.weight(i)
		row := s.at[i%s.blocks*s.width:][:s.width]
		row[0] += w
		at := 1 + len(columns)
		for a, column := range columns {
			v := w * column[i]
			row[1+a] += v
			for _, other := range columns[a:] {
				row[at] += v * other[i]
				at++
			}
		}
	}
}

func (q Questioned) weight(i int) float64 {
	if q.Weights == nil {
		return 1
	}
	return q.Weights[i]
}

// standardised returns values with the weighted mean 0 and variance 1.
func (q Questioned) standardised(values []float64, weights float64) ([]float64, Why) {
	if len(values) != len(q.Outcome) || !measurable(values) {
		return nil, Malformed
	}
	mean, size := 0.0, 0.0
	for i, v := range values {
		mean += v * (q.weight(i) / weights)
		size = max(size, math.Abs(v))
	}
	variance := 0.0
	for i, v := range values {
		variance += (v - mean) * (v - mean) * (q.weight(i) / weights)
	}
	if !(variance > flat*size*size) {
		return nil, Constant
	}
	scale := 1 / math.Sqrt(variance)
	standard := make([]float64, len(values))
	for i, v := range values {
		standard[i] = (v - mean) * scale
	}
	return standard, ""
}

// total adds all blocks up.
func (s *sums) total() []float64 {
	counts, into := make([]float64, s.blocks), make([]float64, s.width)
	for b := range counts {
		counts[b] = 1
	}
	s.weigh(counts, into)
	return into
}

// weigh adds the blocks up, each as often as it was drawn.
func (s *sums) weigh(counts, into []float64) {
	clear(into)
	for b, times := range counts {
		if times == 0 {
			continue
		}
		for i, v := range s.at[b*s.width:][:len(into)] {
			into[i] += times * v
		}
	}
}
