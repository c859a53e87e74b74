package stats

import "math"

// Shrunk is what figures of several services become when each borrows from
// the others what it has too few answers to tell itself. For ranking only:
// what is shown stays the raw figure.
type Shrunk struct {
	Centre float64   // what they are drawn towards
	Spread float64   // how much the services truly differ: ρ of shares, variance of means
	Values []float64 // in the order given; each between its raw figure and the centre
}

// Tried is how many of how many answers were good; effective sizes of weighted
// answers need be no whole numbers.
type Tried struct{ Good, N float64 }

// ShrinkShares draws shares towards the common one by the beta-binomial model,
// fitted by moments with weights n (Kleinman, J. Am. Stat. Assoc. 68, 1973,
// 46–54). Services that differ no more than chance makes them are all drawn to
// the centre. It is false when nobody answered anywhere.
func ShrinkShares(of []Tried) (Shrunk, bool) {
	var good, n, squares float64
	k := 0.0
	for _, t := range of {
		if t = t.sane(); t.N > 0 {
			good, n, squares, k = good+t.Good, n+t.N, squares+t.N*t.N, k+1
		}
	}
	if k == 0 || !finite(squares) {
		return Shrunk{}, false
	}
	p := min(good/n, 1)
	scatter := 0.0
	for _, t := range of {
		if t = t.sane(); t.N > 0 {
			scatter += t.N * (t.Good/t.N - p) * (t.Good/t.N - p)
		}
	}
	// E scatter = p(1−p) [ρ(N − Σn²/N) + (1−ρ)(k−1)].
	rho, free := 0.0, n-squares/n-(k-1)
	if p > 0 && p < 1 && free > 0 {
		rho = min(max((scatter/(p*(1-p))-(k-1))/free, 0), 1)
	}
	s := Shrunk{p, rho, make([]float64, len(of))}
	for i, t := range of {
		t = t.sane()
		s.Values[i] = p
		switch {
		case t.N <= 0 || rho == 0:
		case rho == 1:
			s.Values[i] = t.Good / t.N
		default:
			// As many answers as the common share stands for: α+β = 1/ρ − 1.
			prior := 1/rho - 1
			own := t.N / (t.N + prior)
			s.Values[i] = p + own*(t.Good/t.N-p)
		}
	}
	return s, true
}

// sane is the same with nothing that could not have been counted.
func (t Tried) sane() Tried {
	if !finite(t.Good, t.N) || t.N <= 0 || t.N > 1e15 {
		return Tried{}
	}
	return Tried{min(max(t.Good, 0), t.N), t.N}
}

// Measured is a mean with the variance of that mean (not of single answers).
type Measured struct{ Mean, Variance float64 }

// ShrinkMeans draws means towards the common one by the normal model: how much
// the services truly differ by the moments of DerSimonian and Laird (Control.
// Clin. Trials 7, 1986, 177–188), and as that is itself a guess from few
// services, each is drawn (k−3)/(k−1) of the way (Morris, J. Am. Stat. Assoc.
// 78, 1983, 47–55), which for equal variances is the estimate of Efron and
// Morris. One whose variance is not above 0 tells nothing of its own and
// becomes the centre. It is false when none has one.
func ShrinkMeans(of []Measured) (Shrunk, bool) {
	tau, k := spreadOfMeans(of)
	if k == 0 {
		return Shrunk{}, false
	}
	centre, weights := 0.0, 0.0
	for _, m := range of {
		if m.tells() {
			w := 1 / (m.Variance + tau)
			weights += w
			centre += (m.Mean - centre) * w / weights
		}
	}
	s := Shrunk{centre, tau, make([]float64, len(of))}
	part := max(0, float64(k-3)/float64(max(1, k-1)))
	for i, m := range of {
		s.Values[i] = centre
		if m.tells() {
			s.Values[i] = m.Mean + part*m.Variance/(m.Variance+tau)*(centre-m.Mean)
		}
	}
	return s, true
}

// tells is whether the mean is one that could have been measured; the bounds
// keep every sum finite and are far outside what anybody answers.
func (m Measured) tells() bool {
	return math.Abs(m.Mean) <= 1e60 && m.Variance >= 1e-60 && m.Variance <= 1e60
}

// spreadOfMeans is the variance between services that is left when chance is
// taken off, and of how many that is.
func spreadOfMeans(of []Measured) (tau float64, k int) {
	var weights, squares, mean float64
	for _, m := range of {
		if m.tells() {
			w := 1 / m.Variance
			weights, squares, k = weights+w, squares+w*w, k+1
			mean += (m.Mean - mean) * w / weights
		}
	}
	if k < 2 {
		return 0, k
	}
	q := 0.0
	for _, m := range of {
		if m.tells() {
			q += (m.Mean - mean) * (m.Mean - mean) / m.Variance
		}
	}
	if free := weights - squares/weights; free > 0 {
		tau = max(0, (q-float64(k-1))/free)
	}
	return tau, k
}
