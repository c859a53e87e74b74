package stats

import (
	"math"
	"testing"
)

// NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.4.
func TestEWMAOfNIST(t *testing.T) {
	values := []float64{
		52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
	}
	want := []float64{
		50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
	}
	got, ok := Chart{Target: 50, Sigma: 2.0539, Lambda: 0.3, Limit: 3}.EWMA(days(values))
	if !ok {
		t.Fatal("no chart")
	}
	for n, w := range got {
		near(t, "EWMA", w.Value, want[n], 0.0051)
		if w.Out || w.Passed {
			t.Errorf("observation %d: %+v", n+1, w)
		}
	}
	near(t, "lower limit", got[19].Low, 47.4115, 2e-4)
	near(t, "upper limit", got[19].High, 52.5884, 2e-4)
}

// Montgomery, Introduction to Statistical Quality Control, example 9.2: λ = 0.10,
// L = 2.7, with the exact limits; a shift of one standard deviation after the
// twentieth observation is seen in the last two.
func TestEWMAOfMontgomery(t *testing.T) {
	values := []float64{
		9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08,
		9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
	}
	got, ok := Chart{Target: 10, Sigma: 1, Lambda: 0.1, Limit: 2.7}.EWMA(days(values))
	if !ok {
		t.Fatal("no chart")
	}
	for n, want := range []float64{9.945, 9.7495, 9.70355, 9.8992, 10.1253} {
		near(t, "EWMA", got[n].Value, want, 5e-5)
	}
	for n, want := range []float64{10.5731, 10.6468, 10.6341} {
		near(t, "EWMA", got[27+n].Value, want, 5e-5)
	}
	near(t, "first upper limit", got[0].High, 10.27, 5e-3)
	near(t, "second upper limit", got[1].High, 10.36, 5e-3)
	near(t, "last upper limit", got[29].High, 10.62, 5e-3)
	near(t, "last lower limit", got[29].Low, 9.38, 5e-3)
	for n, w := range got {
		if w.Out != (n >= 28) {
			t.Errorf("observation %d: %+v", n+1, w)
		}
	}
}

func days(values []float64) []Day {
	all := make([]Day, len(values))
	for n, v := range values {
		all[n] = Day{v, 1}
	}
	return all
}

// Days with few answers move the limits as much as they move the average, those
// with fewer than the least not at all; a steady service seldom rings.
func TestEWMAOfDailyAnswers(t *testing.T) {
	rng := seeded(77)
	chart := Chart{Target: 7, Sigma: 2.5, Lambda: 0.2, Limit: 3, Least: 5}
	out, seen := 0, 0
	for range 400 {
		var trend []Day
		for range 90 {
			n := float64(rng.IntN(60))
			trend = append(trend, Day{7 + 2.5*rng.NormFloat64()/math.Sqrt(max(n, 1)), n})
		}
		got, _ := chart.EWMA(trend)
		for i, w := range got {
			if w.Passed != (trend[i].N < 5) {
				t.Fatalf("a day of %v answers: %+v", trend[i].N, w)
			}
			if !w.Passed {
				seen++
			}
			if w.Out {
				out++
			}
		}
	}
	if share := float64(out) / float64(seen); share < 0.0015 || share > 0.004 { // 0.27 % by the normal distribution
		t.Errorf("rings on %.2f %% of days", 100*share)
	}
	fallen, _ := chart.EWMA([]Day{{7, 40}, {7, 40}, {5.5, 40}, {5.5, 40}, {0, 2}, {5.5, 40}})
	if fallen[1].Out || !fallen[3].Out || fallen[4].Out || fallen[4].Value != fallen[3].Value || !fallen[5].Out {
		t.Errorf("%+v", fallen)
	}
	for _, bad := range []Chart{{}, {Sigma: 1, Lambda: 2, Limit: 3}, {Sigma: 1, Lambda: 0.2}, {Target: math.NaN(), Sigma: 1, Lambda: 0.2, Limit: 3}} {
		if _, ok := bad.EWMA(nil); ok {
			t.Errorf("%+v is a chart", bad)
		}
	}
}

func TestChartOfThePast(t *testing.T) {
	c, ok := ChartOf(Counted(10, 10, 20, 30, 30))
	if !ok || c.Lambda != 0.2 || c.Limit != 3 || c.Least != 10 {
		t.Fatalf("%+v, %v", c, ok)
	}
	near(t, "target", c.Target, 6.5, 1e-12)
	near(t, "sigma", c.Sigma, math.Sqrt((10*42.25+10*16+20*2.25+30*1+30*12.25)/99), 1e-12)
	for _, bad := range []Distribution{Scale(5), Counted(0, 0, 0, 100, 0), Counted(1, 2, 3, 4, 5)} {
		if c, ok := ChartOf(bad); ok {
			t.Errorf("%+v: %+v", bad, c)
		}
	}
}

// Tails as the tables of the Poisson distribution have them, 1 − F(k−1).
func TestPoissonTail(t *testing.T) {
	for _, tt := range []struct {
		seen           int64
		expected, want float64
	}{
		{1, 1, 1 - 0.3679},
		{2, 1, 1 - 0.7358},
		{4, 2, 1 - 0.8571},
		{6, 3, 1 - 0.9161},
		{11, 5, 1 - 0.9863},
		{5, 5, 1 - 0.4405},
		{16, 10, 1 - 0.9513},
		{10, 10, 1 - 0.4579},
		{0, 3, 1},
		{1, 0, 0},
		{-1, 0, 1},
	} {
		near(t, "tail", PoissonTail(tt.seen, tt.expected), tt.want, 5.1e-5)
	}
	// Far out, where 1 − F is nothing but rounding: e⁻¹ Σ 1/i! from 20 on.
	want, term := 0.0, math.Exp(-1)
	for i := 1; i < 60; i++ {
		term /= float64(i)
		if i >= 20 {
			want += term
		}
	}
	near(t, "a tail of 20 in 1", PoissonTail(20, 1)/want, 1, 1e-12)
	near(t, "a large mean", PoissonTail(1_000_000, 1_000_000), 0.5, 1e-3)
	near(t, "a huge mean", PoissonTail(2_000_000_000, 2_000_000_000), 0.5, 1e-3)
}

// 10,000 answers in a minute from where some come each day are a burst; a good
// hour is not, nor are two who answer together, nor the first answers of all.
func TestBurst(t *testing.T) {
	for _, tt := range []struct {
		seen, before int64
		windows      float64
		want         bool
	}{
		{10_000, 28, 28 * 1440, true},
		{12, 28, 28 * 1440, true},
		{2, 28, 28 * 1440, false},
		{140, 100 * 24, 24, false},
		{200, 100 * 24, 24, true},
		{9, 0, 1000, false},
		{3, 0, 1, false},
		{60, 0, 24, true},
		{5, 10, 0, false},
		{0, 0, 1, false},
	} {
		if got := Burst(tt.seen, tt.before, tt.windows); got != tt.want {
			t.Errorf("%d where %d came in %v windows: %v", tt.seen, tt.before, tt.windows, got)
		}
	}
}

func TestStraightLines(t *testing.T) {
	for _, tt := range []struct {
		ratings  []int
		longest  int
		straight bool
	}{
		{nil, 0, false},
		{[]int{3}, 1, false},
		{[]int{3, 3, 3}, 3, false},
		{[]int{3, 3, 3, 3}, 4, true},
		{[]int{3, 3, 2, 3, 3, 3}, 3, false},
		{[]int{1, 2, 2, 2, 2}, 4, false},
	} {
		if got := LongString(tt.ratings); got != tt.longest || StraightLined(tt.ratings) != tt.straight {
			t.Errorf("%v: %d, %v", tt.ratings, got, StraightLined(tt.ratings))
		}
	}
	// Four questions, each level as often: 5·(1/5)⁴.
	even := Counted(10, 10, 10, 10, 10)
	share, ok := StraightExpected([]Distribution{even, even, even, even})
	if !ok {
		t.Fatal("nothing expected")
	}
	near(t, "expected", share, 1.0/125, 1e-15)
	if _, ok := StraightExpected([]Distribution{even, Counted(1, 2, 3)}); ok {
		t.Error("scales were mixed")
	}
	if _, ok := StraightExpected(nil); ok {
		t.Error("no questions expect something")
	}
}
