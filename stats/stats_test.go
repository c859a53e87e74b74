package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// near fails the test when got is not want to within off.
func near(t *testing.T, what string, got, want, off float64) {
	t.Helper()
	if !(math.Abs(got-want) <= off) {
		t.Errorf("%s: %v; want %v", what, got, want)
	}
}

// lawful fails the test when the estimate is not what the package promises.
func lawful(t *testing.T, what string, e Estimate, least, most float64) {
	t.Helper()
	if !finite(e.Value, e.Low, e.High) || !e.Holds(e.Value) || e.Low < least || e.High > most {
		t.Errorf("%s: %+v on %v to %v", what, e, least, most)
	}
}

// draw returns n answers with the given shares of levels.
func draw(rng *rand.Rand, shares []float64, n int) Distribution {
	d := Scale(len(shares))
	for range n {
		u, level := rng.Float64(), 1
		for level < len(shares) && u >= shares[level-1] {
			u -= shares[level-1]
			level++
		}
		d.Add(level, 1)
	}
	return d
}

// onTen is the mean of such answers if all had been asked.
func onTen(shares []float64) float64 {
	mean := 0.0
	for i, p := range shares {
		mean += 10 * p * float64(i) / float64(len(shares)-1)
	}
	return mean
}

// Values of the table that every textbook prints; for one and two degrees of
// freedom there are closed forms.
func TestStudentQuantile(t *testing.T) {
	for _, tt := range []struct{ freedom, want float64 }{
		{3, 3.182}, {4, 2.776}, {5, 2.571}, {7, 2.365}, {10, 2.228}, {14, 2.145}, {20, 2.086}, {29, 2.045}, {60, 2.000}, {120, 1.980},
	} {
		near(t, "t", studentQuantile(tt.freedom), tt.want, 5e-4)
	}
	near(t, "t of 1", studentQuantile(1), math.Tan(math.Pi*0.475), 1e-9)
	p := 0.95
	near(t, "t of 2", studentQuantile(2), p*math.Sqrt(2/(1-p*p)), 1e-9)
	near(t, "t of 100, both ways", studentQuantile(100), studentQuantile(math.Nextafter(100, 0)), 1e-9)
	near(t, "t of many", studentQuantile(1e6), Z, 1e-5)
	near(t, "t of endless", studentQuantile(math.Inf(1)), Z, 0)
	near(t, "t of none", studentQuantile(0), studentQuantile(1), 0)
	near(t, "normal there and back", normal(normalQuantile(0.1)), 0.1, 1e-14)
}

// Newcombe, Stat. Med. 17 (1998), 857–872, table I, method 3.
func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		good, n   int64
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {20, 20, 0.8389, 1}} {
		e, ok := Wilson(tt.good, tt.n)
		if !ok {
			t.Fatalf("%d of %d is no sample", tt.good, tt.n)
		}
		near(t, "low", e.Low, tt.low, 5e-5)
		near(t, "high", e.High, tt.high, 5e-5)
		w, ok := WilsonWeighted(2.5*float64(tt.good), 2.5*float64(tt.n), 6.25*float64(tt.n))
		if !ok {
			t.Fatal("weights that are all the same are no sample")
		}
		near(t, "low of weights all the same", w.Low, e.Low, 1e-12)
		near(t, "high of weights all the same", w.High, e.High, 1e-12)
	}
	if e, ok := Wilson(0, 0); ok || e.Low != 0 || e.High != 1 {
		t.Errorf("no sample says %+v, %v", e, ok)
	}
}

// Kish: n/(1+cv²), where cv is the coefficient of variation of the weights.
func TestEffective(t *testing.T) {
	// 60 answers of weight 1 and 40 of weight 3: mean 1.8, cv² = 0.96/3.24.
	near(t, "effective", Effective(60+120, 60+360), 100/(1+0.96/3.24), 1e-9)
	near(t, "of equal weights", Effective(50, 25), 100, 1e-12)
	for _, tt := range [][2]float64{{0, 0}, {1, 0}, {0, 1}, {-1, 1}, {math.NaN(), 1}, {math.Inf(1), 1}} {
		near(t, "of none", Effective(tt[0], tt[1]), 0, 0)
	}
}

// Cochran (1977), section 4.4, and every table of sample sizes since: 385 for
// ±5 points, 601 for ±4, 1,068 for ±3 where nothing is known of the share.
func TestNeeded(t *testing.T) {
	for _, tt := range []struct {
		p, margin  float64
		have, want int64
	}{
		{0.5, 0.05, 0, 385},
		{0.5, 0.04, 0, 601},
		{0.5, 0.03, 0, 1068},
		{0.5, 0.03, 1000, 68},
		{0.5, 0.05, 400, 0},
		{0.8, 0.04, 0, 385},
		{0.5, 0.5, 0, 0},
		{0.3, 0, 0, math.MaxInt64},
		{0.3, 1e-300, 5, math.MaxInt64},
	} {
		if got := Needed(tt.p, tt.margin, tt.have); got != tt.want {
			t.Errorf("%v ± %v having %d: %d; want %d", tt.p, tt.margin, tt.have, got, tt.want)
		}
	}
	// As many are enough for Wilson's interval, wherever the share is.
	for p := 0.0; p <= 1; p += 0.05 {
		for _, margin := range []float64{0.01, 0.04, 0.1, 0.3, 0.49} {
			n := Needed(p, margin, 0)
			if e := wilson(p, float64(n), Z); e.Half() > margin+1e-12 {
				t.Errorf("%d answers at %v: ±%v; wanted ±%v", n, p, e.Half(), margin)
			}
		}
	}
}

// Newcombe, Stat. Med. 17 (1998), 873–890, table II, method 10.
func TestNewcombe(t *testing.T) {
	for _, tt := range []struct {
		good1, n1, good2, n2 int64
		low, high            float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{0, 10, 0, 10, -0.2775, 0.2775},
		{10, 10, 0, 20, 0.6791, 1.0000},
		{10, 10, 0, 10, 0.6075, 1.0000},
	} {
		d, ok := Newcombe(tt.good1, tt.n1, tt.good2, tt.n2)
		if !ok {
			t.Fatal("no samples")
		}
		near(t, "low", d.Low, tt.low, 6e-5)
		near(t, "high", d.High, tt.high, 6e-5)
	}
	if d, ok := Newcombe(1, 2, 0, 0); ok || !d.Holds(-1) || !d.Holds(1) {
		t.Errorf("against nothing: %+v, %v", d, ok)
	}
}

// Wilson's interval averages 95 % over shares and sizes, Newcombe's too.
func TestCoverageOfShares(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	binomial := func(n int, p float64) int64 {
		k := int64(0)
		for range n {
			if rng.Float64() < p {
				k++
			}
		}
		return k
	}
	const times = 20000
	for _, n := range []int{10, 30, 100, 385} {
		held, both, weighted := 0, 0, 0
		for range times {
			p, q := 0.05+0.9*rng.Float64(), 0.05+0.9*rng.Float64()
			a, b := binomial(n, p), binomial(2*n, q)
			if e, _ := Wilson(a, int64(n)); e.Holds(p) {
				held++
			}
			if d, _ := Newcombe(a, int64(n), b, int64(2*n)); d.Holds(p - q) {
				both++
			}
			d := Scale(2)
			for range n { // weights that have nothing to do with the answer
				level := 1 + int(binomial(1, p))
				d.Add(level, 1/float64(1+rng.IntN(3)))
			}
			if e, _ := d.Share(2); e.Holds(p) {
				weighted++
			}
		}
		for what, k := range map[string]int{"Wilson": held, "Newcombe": both, "weighted": weighted} {
			share := float64(k) / times
			t.Logf("%s of %d: %.1f %%", what, n, 100*share)
			if share < 0.93 || share > 0.97 {
				t.Errorf("%s of %d holds the truth in %.1f %%", what, n, 100*share)
			}
		}
	}
}
