package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The adjusted Wald interval of Rocks (2016) by its definition, worked by hand:
// 100 answers, 50 promote and 20 detract. p = 50.75/103 = 0.492718, q =
// 20.75/103 = 0.201456, p−q = 0.291262, variance (0.694175−0.084834)/103 =
// 0.00591593, and 1.959964·0.0769151 = 0.150751.
func TestNPS(t *testing.T) {
	e, ok := NPS(Counted(2, 2, 2, 2, 2, 5, 5, 15, 15, 30, 20))
	if !ok {
		t.Fatal("no score")
	}
	near(t, "NPS", e.Value, 30, 1e-12)
	near(t, "low", e.Low, 14.0511, 1e-3)
	near(t, "high", e.High, 44.2013, 1e-3)
	all, _ := NPS(Counted(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5))
	if all.Value != 100 || all.High != 100 || all.Low > 75 {
		t.Errorf("five promoters: %+v", all)
	}
	for _, d := range []Distribution{Counted(1, 2, 3, 4, 5), Scale(11)} {
		if e, ok := NPS(d); ok || e.Low != -100 || e.High != 100 {
			t.Errorf("%+v has a net promoter score: %+v", d, e)
		}
	}
}

func TestCoverageOfNPS(t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 72))
	const times = 4000
	for _, n := range []int{20, 50, 200} {
		held, tried := 0, 0
		for _, shares := range [][]float64{
			{0.02, 0.02, 0.02, 0.02, 0.02, 0.05, 0.05, 0.15, 0.15, 0.2, 0.3},
			{0.2, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.1, 0.1, 0.05, 0.1},
			{0, 0, 0, 0, 0.02, 0.03, 0.05, 0.1, 0.1, 0.3, 0.4},
		} {
			truth := 100 * (shares[9] + shares[10])
			for _, p := range shares[:7] {
				truth -= 100 * p
			}
			for range times {
				if e, _ := NPS(draw(rng, shares, n)); e.Holds(truth) {
					held++
				}
				tried++
			}
		}
		if share := float64(held) / float64(tried); share < 0.93 || share > 0.97 {
			t.Errorf("%d answers: holds the truth in %.1f %%", n, 100*share)
		}
	}
}

// The example of Brooke's own paper (1996): 22 points, a score of 55.
func TestSUS(t *testing.T) {
	if got, ok := SUS([10]int{5, 4, 2, 1, 2, 3, 2, 4, 5, 2}); !ok || got != 55 {
		t.Errorf("%v, %v; want 55", got, ok)
	}
	for _, tt := range []struct {
		answers [10]int
		want    float64
	}{
		{[10]int{5, 1, 5, 1, 5, 1, 5, 1, 5, 1}, 100}, {[10]int{1, 5, 1, 5, 1, 5, 1, 5, 1, 5}, 0}, {[10]int{3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, 50},
	} {
		if got, ok := SUS(tt.answers); !ok || got != tt.want {
			t.Errorf("%v: %v, %v; want %v", tt.answers, got, ok, tt.want)
		}
	}
	if _, ok := SUS([10]int{5, 4, 2, 1, 2, 3, 2, 4, 5, 6}); ok {
		t.Error("an answer of 6 was scored")
	}
	if _, ok := SUS([10]int{}); ok {
		t.Error("nothing was scored")
	}
}

// Lewis, Utesch and Maher (2013): 0.65·UMUX-LITE + 22.9, which goes from 22.9 to 87.9.
func TestUMUXLite(t *testing.T) {
	for _, tt := range []struct {
		capable, easy int
		want          float64
		ok            bool
	}{{1, 1, 22.9, true}, {7, 7, 87.9, true}, {4, 4, 55.4, true}, {6, 7, 82.4833, true}, {0, 7, 0, false}, {7, 8, 0, false}} {
		got, ok := UMUXLite(tt.capable, tt.easy)
		if ok != tt.ok || math.Abs(got-tt.want) > 1e-4 {
			t.Errorf("%d, %d: %v, %v; want %v", tt.capable, tt.easy, got, ok, tt.want)
		}
	}
}

func TestEffort(t *testing.T) {
	mean, easy, ok := Effort(Counted(5, 5, 10, 20, 60, 50, 50))
	if !ok {
		t.Fatal("no score")
	}
	near(t, "mean", mean.Value, float64(5+10+30+80+300+300+350)/200, 1e-12)
	near(t, "share", easy.Value, 0.8, 1e-12)
	lawful(t, "mean", mean, 1, 7)
	if _, _, ok := Effort(Counted(1, 2, 3, 4, 5)); ok {
		t.Error("five levels have an effort score")
	}
	if mean, easy, ok := Effort(Scale(7)); ok || mean.Low != 1 || mean.High != 7 || easy.High != 1 {
		t.Errorf("no answers: %+v, %+v, %v", mean, easy, ok)
	}
}

func TestMeanOf(t *testing.T) {
	for _, bad := range [][]float64{nil, {1, math.NaN()}, {-1}, {101}} {
		if _, ok := MeanOf(bad, 0, 100); ok {
			t.Errorf("%v has a mean", bad)
		}
	}
	if e, ok := MeanOf([]float64{72.5}, 0, 100); !ok || e.Value != 72.5 || e.High-e.Low < 60 {
		t.Errorf("one score tells %+v", e)
	}
	if _, ok := MeanOf([]float64{1}, 5, 5); ok {
		t.Error("a scale of one point")
	}
}

func TestScore(t *testing.T) {
	for _, tt := range []struct {
		points          []Point
		score, coverage float64
		known           bool
	}{
		{nil, 0, 0, false},
		{[]Point{{3, 1, true}, {2, 0.5, true}, {5, 0, false}}, 80, 0.5, false},
		{[]Point{{3, 1, true}, {3, 0.5, true}, {4, 0, false}}, 75, 0.6, true},
		{[]Point{{1, 2, true}, {1, -1, true}}, 50, 1, true},
		{[]Point{{0, 1, true}, {-1, 1, true}, {math.NaN(), 1, true}, {1, 1, false}}, 0, 0, false},
		{[]Point{{1e308, 1, true}, {1e308, 0, true}, {1e308, 0, true}}, 100.0 / 3, 1, true},
	} {
		score, coverage, known := Score(tt.points)
		if known != tt.known || math.Abs(score-tt.score) > 1e-9 || math.Abs(coverage-tt.coverage) > 1e-9 {
			t.Errorf("%v: %v, %v, %v; want %v, %v, %v", tt.points, score, coverage, known, tt.score, tt.coverage, tt.known)
		}
	}
}

func TestPriority(t *testing.T) {
	if got := Priority(0.3, 4, 1000, 0.5); got != 600 {
		t.Errorf("%v; want 600", got)
	}
	for _, bad := range [][4]float64{{0, 1, 1, 1}, {1, -1, 1, 1}, {1, 1, math.NaN(), 1}} {
		if got := Priority(bad[0], bad[1], bad[2], bad[3]); got != 0 {
			t.Errorf("%v: %v", bad, got)
		}
	}
	inf := math.Inf(1)
	if got := Priority(inf, inf, inf, inf); !finite(got) {
		t.Errorf("endless: %v", got)
	}
}
