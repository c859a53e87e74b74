package stats

import "math"

// ZScores returns how many standard deviations (of the population, dividing by
// n) each value is from the mean: 0 for all where none differs. It is false when
// there are none or one is no number.
func ZScores(values []float64) ([]float64, bool) {
	if !measurable(values) {
		return nil, false
	}
	mean, variance := meanVariance(values)
	sigma := math.Sqrt(variance * float64(len(values)-1) / float64(len(values)))
	z := make([]float64, len(values))
	if sigma <= 1e-12*math.Abs(mean) {
		return z, true // nothing but rounding
	}
	for i, v := range values {
		z[i] = (v - mean) / sigma
	}
	return z, true
}

// MinMax returns where each value lies between the least (0) and the most (1)
// of them; false when there are none or all are the same, as then there is no
// telling where any of them lies.
func MinMax(values []float64) ([]float64, bool) {
	if !measurable(values) {
		return nil, false
	}
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	if most-least <= 1e-12*max(math.Abs(least), math.Abs(most)) {
		return nil, false
	}
	at := make([]float64, len(values))
	for i, v := range values {
		at[i] = min(max((v-least)/(most-least), 0), 1)
	}
	return at, true
}

// measurable tells whether sums of squares of the values stay numbers.
func measurable(values []float64) bool {
	for _, v := range values {
		if !(math.Abs(v) < 1e100) {
			return false
		}
	}
	return len(values) > 0
}

// Component returns the index that several indicators of the same bodies make,
// as the United Nations make those of their E-Government Development Index:
// each indicator as z-scores, so that equal weights are equal importance, their
// weighted mean, and that from 0 (the least body) to 1 (the best). Weights nil
// are equal. It is false when the indicators do not fit together or no body
// differs from another.
func Component(indicators [][]float64, weights []float64) ([]float64, bool) {
	z := make([][]float64, len(indicators))
	for i, values := range indicators {
		var ok bool
		if z[i], ok = ZScores(values); !ok {
			return nil, false
		}
	}
	composite, ok := Weighted(z, weights)
	if !ok {
		return nil, false
	}
	return MinMax(composite)
}

// Weighted returns the weighted mean of several areas for each body; weights
// nil are equal, and else one for each area, not negative and not all 0.
func Weighted(areas [][]float64, weights []float64) ([]float64, bool) {
	if len(areas) == 0 || len(areas[0]) == 0 || weights != nil && len(weights) != len(areas) {
		return nil, false
	}
	all := 0.0
	mean := make([]float64, len(areas[0]))
	for a, values := range areas {
		w := 1.0
		if weights != nil {
			w = weights[a]
		}
		if len(values) != len(mean) || !measurable(values) || !(w >= 0 && w < 1e100) {
			return nil, false
		}
		if all += w; w == 0 {
			continue
		}
		for i, v := range values {
			mean[i] += (v - mean[i]) * (w / all)
		}
	}
	return mean, all > 0
}
