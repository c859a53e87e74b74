package stats

import (
	"math"
	"testing"
)

// Half of the visitors read Arabic and are less content, but nine in ten of
// those who answer read French: balanced, both count the same.
func TestBalance(t *testing.T) {
	french, arabic := Counted(10, 10, 20, 60, 80), Counted(6, 4, 4, 4, 2)
	d, covered, ok := Balance([]Group{{5000, french}, {5000, arabic}})
	if !ok || covered != 1 {
		t.Fatalf("%v, %v", covered, ok)
	}
	near(t, "mean", d.mean10(t), (french.mean10(t)+arabic.mean10(t))/2, 1e-12)
	near(t, "weights", d.sum(1, 5), 200, 1e-9)
	if d.N() != 200 || d.Effective() > 80 || d.Effective() < 20 {
		t.Errorf("%d answers are worth %v", d.N(), d.Effective())
	}
	// In proportion already: nothing changes.
	same, _, _ := Balance([]Group{{900, french}, {100, arabic}})
	near(t, "worth", same.Effective(), 200, 1e-9)
	silent, covered, ok := Balance([]Group{{300, french}, {100, Scale(5)}})
	if !ok || covered != 0.75 || silent.N() != 180 {
		t.Errorf("%+v, %v, %v", silent, covered, ok)
	}
	for _, bad := range [][]Group{
		nil, {{0, french}}, {{5, Scale(5)}}, {{5, french}, {5, Counted(1, 2, 3)}}, {{-1, french}}, {{math.NaN(), french}}, {{math.Inf(1), french}},
	} {
		if d, _, ok := Balance(bad); ok {
			t.Errorf("%v: %+v", bad, d)
		}
	}
}

// Balanced answers tell the truth about all visitors where raw ones do not.
func TestCoverageOfBalance(t *testing.T) {
	rng := seeded(95)
	const times = 3000
	content, torn := opinions[1], opinions[3]
	truth := 0.5*onTen(content) + 0.5*onTen(torn)
	held, raw := 0, 0
	for range times {
		a, b := draw(rng, content, 300), draw(rng, torn, 100)
		d, _, _ := Balance([]Group{{1000, a}, {1000, b}})
		if e, _ := d.Mean10(); e.Holds(truth) {
			held++
		}
		a.Merge(b)
		if e, _ := a.Mean10(); e.Holds(truth) {
			raw++
		}
	}
	if share := float64(held) / times; share < 0.93 || share > 0.985 { // Kish's worth is cautious where groups differ
		t.Errorf("holds the truth in %.1f %%", 100*share)
	}
	if raw > times/3 {
		t.Errorf("raw answers hold the truth in %d of %d", raw, times)
	}
}
