package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Sauro and Lewis, Quantifying the User Experience (2012), chapter 3: SUS of 15
// users with the mean 80 and the standard deviation 24 is 66.7 to 93.3.
func TestStudentsInterval(t *testing.T) {
	e := moments{n: 15, at: 0.8, variance: 0.24 * 0.24 * 14 / 15}.student().on(0, 100)
	near(t, "low", e.Low, 66.7, 0.05)
	near(t, "high", e.High, 93.3, 0.05)
}

// The interval from counts is the one from the answers themselves.
func TestMeanOfCountsIsMeanOfAnswers(t *testing.T) {
	d := Counted(40, 30, 80, 150, 100)
	var values []float64
	for level, n := range []int{40, 30, 80, 150, 100} {
		for range n {
			values = append(values, 2.5*float64(level))
		}
	}
	mean, variance := meanVariance(values)
	half := studentQuantile(399) * math.Sqrt(variance/400)
	e, ok := d.Mean10()
	if s, _ := d.MeanT(); !ok || s != e {
		t.Errorf("of 400 answers Student's interval was not chosen: %+v, %+v", e, s)
	}
	near(t, "mean", e.Value, mean, 1e-12)
	near(t, "low", e.Low, mean-half, 1e-12)
	near(t, "high", e.High, mean+half, 1e-12)
	scores, ok := MeanOf(values, 0, 10)
	if !ok {
		t.Fatal("no mean of scores")
	}
	near(t, "low of scores", scores.Low, e.Low, 1e-9)
	near(t, "high of scores", scores.High, e.High, 1e-9)
}

// The French observatory's values: faces 0/5/10, five points 0/2.5/5/7.5/10.
func TestScalesAreLaidOnTen(t *testing.T) {
	for _, tt := range []struct {
		counts []int64
		mean   float64
		top    float64
	}{
		{[]int64{1, 1, 2}, 6.25, 0.5}, // (0+5+20)/4
		{[]int64{0, 0, 0, 1, 1}, 8.75, 1},
		{[]int64{1, 0, 0, 0, 0, 0, 1}, 5, 0.5},
		{[]int64{0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 10, 1},
		{[]int64{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 5, 0.5},
		{[]int64{1, 3}, 7.5, 0.75},
	} {
		d := Counted(tt.counts...)
		mean, some := d.Mean10()
		top, any := d.Top2()
		if !some || !any || math.Abs(mean.Value-tt.mean) > 1e-12 || top.Value != tt.top {
			t.Errorf("%v: mean %v, top %v; want %v, %v", tt.counts, mean.Value, top.Value, tt.mean, tt.top)
		}
	}
}

// Of two levels a mean is a share: Wilson's own interval.
func TestGuardedMeanOfTwoLevelsIsWilsons(t *testing.T) {
	for _, tt := range [][2]int64{{0, 20}, {3, 7}, {28, 1}, {1, 0}} {
		d := Counted(tt[0], tt[1])
		mean, _ := d.Mean10()
		share, _ := Wilson(tt[1], tt[0]+tt[1])
		near(t, "low", mean.Low/10, share.Low, 1e-9)
		near(t, "high", mean.High/10, share.High, 1e-9)
	}
}

// Equal answers are no certainty, however many levels there are.
func TestNoVariance(t *testing.T) {
	width := 10.0
	for _, n := range []int64{1, 3, 10, 30, 1000} {
		e, ok := Counted(0, 0, 0, n, 0).Mean10()
		if !ok || e.Value != 7.5 || e.Low >= 7.4995 || e.High <= 7.5005 || e.High-e.Low >= width {
			t.Errorf("%d times the same: %+v", n, e)
		}
		width = e.High - e.Low
	}
}

// What citizens may think of services, from glad to torn.
var opinions = [][]float64{
	{0.1, 0.1, 0.2, 0.3, 0.3},
	{0.05, 0.05, 0.1, 0.3, 0.5},
	{0.02, 0.03, 0.05, 0.2, 0.7},
	{0.4, 0.1, 0.1, 0.1, 0.3},
	{0.2, 0.3, 0.5},
	{0.6, 0.25, 0.15},
	{0.02, 0.02, 0.04, 0.07, 0.1, 0.25, 0.5},
	{0.05, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.15, 0.15, 0.15},
}

// The interval of a mean holds the truth as often as it says, from ten answers
// on; below that it may say more than it has to, never less.
func TestCoverageOfMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	const times = 1200
	for _, n := range []int{3, 5, 10, 20, 29, 30, 60, 150, 400} {
		held := 0
		for _, shares := range opinions {
			own := 0
			for range times {
				if e, _ := draw(rng, shares, n).Mean10(); e.Holds(onTen(shares)) {
					own++
				}
			}
			held += own
			if share := float64(own) / times; share < 0.92 {
				t.Errorf("%d answers of %v: holds the truth in %.1f %%", n, shares, 100*share)
			}
		}
		share := float64(held) / float64(times*len(opinions))
		t.Logf("%d answers: %.1f %%", n, 100*share)
		if share < 0.93 || n >= 10 && share > 0.97 {
			t.Errorf("%d answers: holds the truth in %.1f %%", n, 100*share)
		}
	}
}

// Why there is a guarded mean: five answers where nine in ten are fully content.
func TestStudentFailsWhereTheGuardedHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(97, 98))
	shares := []float64{0.01, 0.01, 0.03, 0.05, 0.9}
	const times = 4000
	student, guarded := 0, 0
	for range times {
		d := draw(rng, shares, 5)
		if e, _ := d.MeanT(); e.Holds(onTen(shares)) {
			student++
		}
		if e, _ := d.Mean10(); e.Holds(onTen(shares)) {
			guarded++
		}
	}
	if student > times/2 || guarded < times*93/100 {
		t.Errorf("of %d samples Student's holds the truth in %d, the guarded in %d", times, student, guarded)
	}
}

// Answers that count for less, as those beyond a cap do, widen the interval
// as much as they have to.
func TestCoverageOfWeightedMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(65, 66))
	const times = 3000
	for _, shares := range opinions[:4] {
		held := 0
		for range times {
			d := Scale(len(shares))
			for range 150 {
				one := draw(rng, shares, 1)
				for level := 1; level <= one.Levels(); level++ {
					if one.Count(level) > 0 {
						d.Add(level, 1/float64(1+rng.IntN(5)))
					}
				}
			}
			if e, _ := d.Mean10(); e.Holds(onTen(shares)) {
				held++
			}
		}
		if share := float64(held) / times; share < 0.93 || share > 0.97 {
			t.Errorf("%v: holds the truth in %.1f %%", shares, 100*share)
		}
	}
}

func TestCoverageOfChange(t *testing.T) {
	rng := rand.New(rand.NewPCG(67, 68))
	const times = 2000
	for _, n := range []int{10, 25, 80, 300} {
		means, shares, pairs := 0, 0, 0
		for i, now := range opinions[:4] {
			before := opinions[(i+1)%4]
			for range times {
				a, b := draw(rng, now, n), draw(rng, before, 4*n)
				if e, _ := Change(a, b); e.Holds(onTen(now) - onTen(before)) {
					means++
				}
				if e, _ := ChangeTop2(a, b); e.Holds(now[3] + now[4] - before[3] - before[4]) {
					shares++
				}
				pairs++
			}
		}
		for what, k := range map[string]int{"means": means, "shares": shares} {
			t.Logf("change of %s, %d and %d: %.1f %%", what, n, 4*n, 100*float64(k)/float64(pairs))
			if share := float64(k) / float64(pairs); share < 0.93 || share > 0.97 {
				t.Errorf("change of %s, %d and %d answers: holds the truth in %.1f %%", what, n, 4*n, 100*share)
			}
		}
	}
}

// Student's sleeping draughts (Biometrika 6, 1908), as R's t.test documents
// them: t = −1.8608, 17.776 degrees of freedom, −3.3654832 to 0.2054832.
func TestWelch(t *testing.T) {
	one := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	two := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	e, ok := Welch(one, two)
	if !ok {
		t.Fatal("no difference")
	}
	near(t, "difference", e.Value, 0.75-2.33, 1e-12)
	near(t, "low", e.Low, -3.3654832, 5e-8)
	near(t, "high", e.High, 0.2054832, 5e-8)
	for _, bad := range [][2][]float64{{nil, two}, {{1}, two}, {{1, 1}, {1, 1}}, {{1, math.NaN()}, two}, {{1, math.Inf(1)}, two}} {
		if _, ok := Welch(bad[0], bad[1]); ok {
			t.Errorf("%v and %v were compared", bad[0], bad[1])
		}
	}
}

// "Satisfaction fell 1.4 points in the 48 hours after the outage."
func TestFellAfterAnOutage(t *testing.T) {
	before := Counted(40, 60, 100, 500, 300)
	after := Counted(40, 25, 20, 35, 30)
	e, ok := Change(after, before)
	if !ok || e.High >= 0 || math.Abs(e.Value-(after.mean10(t)-before.mean10(t))) > 1e-12 {
		t.Errorf("%+v, %v", e, ok)
	}
	few, ok := Change(Counted(0, 0, 1, 2, 0), before)
	if !ok || !few.Holds(0) {
		t.Errorf("three answers prove a change: %+v", few)
	}
	if _, ok := Change(Counted(1, 2, 3), before); ok {
		t.Error("faces were set against five points")
	}
	if _, ok := Change(Scale(5), before); ok {
		t.Error("no answers were set against some")
	}
}

func (d Distribution) mean10(t *testing.T) float64 {
	t.Helper()
	e, ok := d.Mean10()
	if !ok {
		t.Fatal("no mean")
	}
	return e.Value
}

func TestMergingDistributions(t *testing.T) {
	whole, parts := Counted(5, 4, 3, 2, 1), Counted(1, 0, 3, 0, 1)
	if !parts.Merge(Counted(4, 4, 0, 2, 0)) || parts != whole {
		t.Errorf("merged %+v; want %+v", parts, whole)
	}
	if faces := Counted(1, 2, 3); parts.Merge(faces) || parts != whole {
		t.Error("three faces were mixed with five points")
	}
	d := Scale(5)
	for _, bad := range []struct {
		level  int
		weight float64
	}{{0, 1}, {6, 1}, {-1, 1}, {3, 0}, {3, -1}, {3, math.NaN()}, {3, math.Inf(1)}} {
		if d.Add(bad.level, bad.weight) || d != Scale(5) {
			t.Errorf("level %d of weight %v was counted", bad.level, bad.weight)
		}
	}
	if Scale(1).Levels() != 0 || Scale(12).Levels() != 0 {
		t.Error("a scale of one or twelve levels was made")
	}
}

func TestRestoring(t *testing.T) {
	d := Scale(3)
	d.Add(1, 0.5)
	d.Add(3, 1)
	d.Add(3, 0.25)
	back, ok := Restored([]int64{1, 0, 2}, []float64{0.5, 0, 1.25}, 1.3125)
	if !ok || back != d {
		t.Errorf("restored %+v, %v; want %+v", back, ok, d)
	}
	if back, ok := Restored([]int64{3, 2, 1}, nil, 0); !ok || back != Counted(3, 2, 1) {
		t.Errorf("counts alone restored as %+v, %v", back, ok)
	}
	for _, bad := range []struct {
		counts  []int64
		weights []float64
		squares float64
	}{
		{[]int64{1}, []float64{1}, 1},
		{[]int64{1, 2}, []float64{1}, 1},
		{[]int64{1, -2}, []float64{1, 2}, 3},
		{[]int64{1, 0}, []float64{1, 1}, 2},
		{[]int64{1, 1}, []float64{1, 1}, 0.5},
		{[]int64{1, 1}, []float64{1, math.NaN()}, 2},
		{[]int64{0, 0}, []float64{0, 0}, 1},
		{[]int64{1, 1}, []float64{1, 1}, 0},
	} {
		if d, ok := Restored(bad.counts, bad.weights, bad.squares); ok {
			t.Errorf("%+v was restored as %+v", bad, d)
		}
	}
}
