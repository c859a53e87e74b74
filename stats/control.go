package stats

import "math"

// Day is one point of a trend: a mean and how many answers it is of.
type Day struct {
	Mean float64
	N    float64
}

// Chart says how a trend is watched.
type Chart struct {
	Target float64 // what the mean is as a rule
	Sigma  float64 // the standard deviation of single answers
	Lambda float64 // how much a day weighs: 0.2 unless another is wanted
	Limit  float64 // how many standard deviations are too many: 3
	Least  float64 // answers without which a day is passed over
}

// ChartOf returns the chart by which daily means on ten are watched for leaving
// what they were: λ 0.2, three standard deviations, days of ten answers or more.
// It is false when the past has too few answers to say what is usual, or none
// that differ.
func ChartOf(past Distribution) (Chart, bool) {
	m, ok := past.moments()
	if !ok || m.n < Few || m.variance == 0 {
		return Chart{}, false
	}
	sigma := 10 * math.Sqrt(m.variance*m.n/(m.n-1))
	return Chart{Target: 10 * m.at, Sigma: sigma, Lambda: 0.2, Limit: 3, Least: 10}, true
}

// Watched is one day as the chart has it. A day with too few answers is Passed
// over: it changes nothing and is never Out.
type Watched struct {
	Value, Low, High float64
	Out, Passed      bool
}

// EWMA follows daily means by their exponentially weighted moving average, which
// finds small lasting shifts that single days hide (Roberts, Technometrics 1,
// 1959; exact limits as Lucas and Saccucci, Technometrics 32, 1990). The limits
// follow how many answered each day: a day of n answers has the variance σ²/n.
// It is false when the chart is none.
func (c Chart) EWMA(days []Day) ([]Watched, bool) {
	const far = 1e100
	if !(math.Abs(c.Target) < far && c.Sigma > 0 && c.Sigma < far) ||
		!(c.Lambda > 0 && c.Lambda <= 1) || !(c.Limit > 0 && c.Limit < far) {
		return nil, false
	}
	all := make([]Watched, len(days))
	value, variance := c.Target, 0.0
	for i, d := range days {
		passed := !(d.N > 0 && d.N >= c.Least) || math.IsInf(d.N, 0) || !(math.Abs(d.Mean) < far)
		if !passed {
			value += c.Lambda * (d.Mean - value)
			variance = (1-c.Lambda)*(1-c.Lambda)*variance + c.Lambda*c.Lambda*c.Sigma*c.Sigma/max(d.N, 1e-9)
		}
		half := c.Limit * math.Sqrt(variance)
		w := Watched{Value: value, Low: c.Target - half, High: c.Target + half, Passed: passed}
		w.Out = !passed && (value < w.Low || value > w.High)
		all[i] = w
	}
	return all, true
}
