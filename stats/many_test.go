package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Benjamini and Hochberg's own example (1995, section 4.1): fifteen p-values of
// a trial of myocardial infarction; at 0.05 the first four are findings, where
// Bonferroni's has three.
func TestDiscoveriesOfTheirOwnExample(t *testing.T) {
	p := []float64{
		0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
	}
	want := []bool{true, true, true, true, false, false, false, false, false, false, false, false, false, false, false}
	if got := Discoveries(p, 0.05); !slices.Equal(got, want) {
		t.Errorf("findings %v", got)
	}
	turned := slices.Clone(p)
	slices.Reverse(turned)
	slices.Reverse(want)
	if got := Discoveries(turned, 0.05); !slices.Equal(got, want) {
		t.Errorf("in another order: %v", got)
	}
	if got := Discoveries([]float64{math.NaN(), 0.01}, 0.05); got[0] || !got[1] {
		t.Errorf("beside what is no number: %v", got)
	}
	if got := Discoveries(nil, 0.05); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}

// A step-up procedure: p-values that fail at their own rank are findings when a
// later one passes at its own.
func TestDiscoveriesStepUp(t *testing.T) {
	if got := Discoveries([]float64{0.04, 0.045, 0.049}, 0.05); !slices.Equal(got, []bool{true, true, true}) {
		t.Errorf("findings %v", got)
	}
}

func TestChangeTestedAgreesWithItsInterval(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 8))
	for range 2000 {
		a, b := Scale(5), Scale(5)
		for range 5 + rng.IntN(100) {
			a.Add(1+rng.IntN(5), 1)
		}
		low := rng.IntN(3)
		for range 5 + rng.IntN(300) {
			b.Add(1+low+rng.IntN(5-low), 1)
		}
		x, ok := ChangeTested(a, b)
		if !ok || x.P < 0 || x.P > 1 {
			t.Fatalf("%+v %v", x, ok)
		}
		if excluded := !x.Holds(0); excluded != (x.P < 0.05) && math.Abs(x.P-0.05) > 1e-6 {
			t.Fatalf("%+v: the interval excludes no change: %v", x, excluded)
		}
	}
	if x, ok := ChangeTested(Scale(5), Counted(0, 1, 2, 3, 4)); ok || x.P != 1 {
		t.Errorf("of no answers: %+v %v", x, ok)
	}
}

// Tables of Student's distribution: 12.706 leaves 2.5 % above it with one degree
// of freedom, 6.869 leaves 1 in a million or so with thirty.
func TestStudentAbove(t *testing.T) {
	for _, c := range []struct{ t, v, want float64 }{{12.706, 1, 0.025}, {2.750, 30, 0.005}, {3.646, 30, 0.0005}, {0, 5, 0.5}} {
		if got := studentAbove(c.t, c.v); math.Abs(got-c.want) > 0.002*c.want {
			t.Errorf("above %v with %v: %v, want %v", c.t, c.v, got, c.want)
		}
	}
	if got := studentAbove(40, 200); !(got > 0 && got < 1e-80) {
		t.Errorf("far out: %v", got)
	}
}

func TestPooled(t *testing.T) {
	one := Estimate{-1, Interval{-2, 0}}
	if got, ok := Pooled([]Estimate{one, one, one, one}); !ok || got.Value != -1 || math.Abs(got.Low+1.5) > 1e-12 || math.Abs(got.High+0.5) > 1e-12 {
		t.Errorf("four equal ones: %+v %v", got, ok)
	}
	if got, ok := Pooled([]Estimate{one, {-3, Interval{-3.5, -2.5}}}); !ok || math.Abs(got.Value+2.6) > 1e-12 {
		t.Errorf("weighed: %+v %v", got, ok)
	}
	if _, ok := Pooled(nil); ok {
		t.Error("of none")
	}
	if _, ok := Pooled([]Estimate{{1, Interval{1, 1}}}); ok {
		t.Error("of one without width")
	}
}
