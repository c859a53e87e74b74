package stats

import (
	"math"
	"testing"
)

// United Nations E-Government Survey 2022, data tables: online services,
// telecommunication and human capital of the first four, and their index.
func TestIndexOfTheUnitedNations(t *testing.T) {
	osi := []float64{0.9797, 0.9833, 0.9826, 0.9579}
	tii := []float64{0.9795, 0.9127, 0.9674, 0.8896}
	hci := []float64{0.9559, 0.9640, 0.9087, 0.9823}
	got, ok := Weighted([][]float64{osi, tii, hci}, nil)
	if !ok {
		t.Fatal("no index")
	}
	for n, want := range []float64{0.9717, 0.9533, 0.9529, 0.9432} { // Denmark, Finland, Republic of Korea, New Zealand
		near(t, "index", got[n], want, 1e-4) // both were printed with four digits
	}
}

// OECD and JRC, Handbook on Constructing Composite Indicators (2008): mean years
// of school of 23 countries, normalised in both ways.
func TestNormalisingOfTheHandbook(t *testing.T) {
	years := []float64{
		10, 12, 11.4, 9.5, 10.8, 9.4, 9.4, 11.6, 10.9, 7.1, 10.2, 11.9, 9.4, 9.3, 11.7, 8.4, 7.9, 9.6, 7.3, 7.2, 9.5, 9.1, 7.1,
	}
	at, ok := MinMax(years)
	if !ok {
		t.Fatal("nothing normalised")
	}
	for n, want := range []float64{0.59, 1.00, 0.88, 0.49, 0.76, 0.47, 0.47, 0.92, 0.78, 0.00} {
		near(t, "min–max", at[n], want, 5e-3)
	}
	z, ok := ZScores(years)
	if !ok {
		t.Fatal("nothing standardised")
	}
	for n, want := range []float64{0.26, 1.52, 1.14, -0.06, 0.76, -0.12} {
		near(t, "z", z[n], want, 0.05)
	}
}

// Without z-scores the indicator that varies most would decide alone, which is
// why the United Nations take them; the least body is 0 and the best 1.
func TestComponent(t *testing.T) {
	wide := []float64{0, 1000, 500, 250}
	narrow := []float64{0.5, 0.1, 0.4, 0.2}
	got, ok := Component([][]float64{wide, narrow}, nil)
	if !ok {
		t.Fatal("no component")
	}
	// z of wide: mean 437.5, σ 369.755; of narrow: mean 0.3, σ 0.158114.
	zw := func(v float64) float64 { return (v - 437.5) / math.Sqrt(136718.75) }
	zn := func(v float64) float64 { return (v - 0.3) / math.Sqrt(0.025) }
	var raw [4]float64
	for n := range raw {
		raw[n] = zw(wide[n]) + zn(narrow[n])
	}
	least, most := min(raw[0], raw[1], raw[2], raw[3]), max(raw[0], raw[1], raw[2], raw[3])
	for n := range raw {
		near(t, "component", got[n], (raw[n]-least)/(most-least), 1e-12)
	}
	only, ok := Component([][]float64{wide, narrow}, []float64{1, 0})
	if !ok || only[1] != 1 || only[0] != 0 {
		t.Errorf("of the first alone: %v, %v", only, ok)
	}
	points, ok := Weighted([][]float64{{100, 50}, {80, 60}, {0, 100}, {50, 50}}, []float64{35, 25, 20, 20})
	if !ok {
		t.Fatal("no points")
	}
	near(t, "points of the first", points[0], 65, 1e-12)
	near(t, "points of the second", points[1], 62.5, 1e-12)
}

func TestIndicesOfNothing(t *testing.T) {
	same := []float64{3, 3, 3}
	if z, ok := ZScores(same); !ok || z[0] != 0 {
		t.Errorf("equal values: %v, %v", z, ok)
	}
	if _, ok := MinMax(same); ok {
		t.Error("equal values were told apart")
	}
	if _, ok := ZScores([]float64{1e16, 1e16, 1e16 + 2}); !ok {
		t.Error("values that differ by rounding are none")
	}
	for _, bad := range [][][]float64{nil, {{}}, {{1, 2}, {1}}, {{1, math.NaN()}}, {{1, math.Inf(1)}}, {same}} {
		if got, ok := Component(bad, nil); ok {
			t.Errorf("%v: %v", bad, got)
		}
	}
	for _, bad := range [][]float64{{1}, {1, -1}, {0, 0}, {math.NaN(), 1}, {math.Inf(1), 1}} {
		if got, ok := Weighted([][]float64{{1, 2}, {3, 4}}, bad); ok {
			t.Errorf("%v: %v", bad, got)
		}
	}
}
