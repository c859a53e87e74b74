package stats

import (
	"encoding/binary"
	"math"
	"testing"
)

func FuzzShares(f *testing.F) {
	f.Add(int64(3), int64(7), 0.4, 0.04, 0.5, 0.8)
	f.Add(int64(-1), int64(math.MaxInt64), math.NaN(), math.Inf(1), 0.9, 0.1)
	f.Add(int64(math.MaxInt64), int64(1), 1e-320, 1e-320, -1.0, 2.0)
	f.Add(int64(5), int64(5), 1e308, 1e308, 1.0, 1.0)
	f.Fuzz(func(t *testing.T, good, n int64, a, b, red, green float64) {
		e, _ := Wilson(good, n)
		lawful(t, "Wilson", e, 0, 1)
		w, _ := WilsonWeighted(a, b, red)
		lawful(t, "weighted", w, 0, 1)
		lawful(t, "difference", Difference(e, w), -1, 1)
		d, _ := Newcombe(good, n, n/2, n)
		lawful(t, "Newcombe", d, -1, 1)
		if needed := Needed(a, b, n); needed < 0 {
			t.Errorf("%d needed", needed)
		}
		switch d := DecideShare(good, n, red, green); {
		case d.Needed < 0, d.Band != Undecidable && d.Needed != 0, d.Band != Undecidable && !(red <= green):
			t.Errorf("%+v", d)
		}
		if p := PoissonTail(good, a); !(p >= 0 && p <= 1) {
			t.Errorf("tail %v", p)
		}
		Burst(good, n, a)
		if e := Effective(a, b); !finite(e) || e < 0 {
			t.Errorf("effective %v", e)
		}
	})
}

// floats reads numbers of any kind off the bytes.
func floats(data []byte) (values []float64) {
	for ; len(data) >= 8; data = data[8:] {
		values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(data)))
	}
	return values
}

func bytesOf(values ...float64) (data []byte) {
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return data
}

func FuzzDistribution(f *testing.F) {
	f.Add(uint8(5), []byte{5, 5, 4, 1}, bytesOf(1, 0.5), uint64(1))
	f.Add(uint8(11), []byte{0, 11, 12, 1}, bytesOf(math.NaN(), 1e12, 1e-300), uint64(2))
	f.Add(uint8(2), []byte{1, 1, 1}, []byte{}, uint64(3))
	f.Add(uint8(7), []byte{7, 7, 7, 7, 7, 1}, bytesOf(1e-160), uint64(4))
	f.Fuzz(func(t *testing.T, levels uint8, answers, weights []byte, seed uint64) {
		d, other := Scale(int(levels)), Scale(int(levels))
		heavy := floats(weights)
		for i, level := range answers[:min(len(answers), 500)] {
			w := 1.0
			if len(heavy) > 0 {
				w = heavy[i%len(heavy)]
			}
			d.Add(int(level), w)
			other.Add(int(level)/2, 1)
		}
		mean, some := d.Mean10()
		lawful(t, "mean", mean, 0, 10)
		student, _ := d.MeanT()
		lawful(t, "Student's", student, 0, 10)
		top, any := d.Top2()
		lawful(t, "top", top, 0, 1)
		if some != any {
			t.Errorf("a mean %v, a share %v of %+v", some, any, d)
		}
		nps, _ := NPS(d)
		lawful(t, "NPS", nps, -100, 100)
		effort, easy, _ := Effort(d)
		lawful(t, "effort", effort, 1, 7)
		lawful(t, "easy", easy, 0, 1)
		change, _ := Change(d, other)
		lawful(t, "change", change, -10, 10)
		shares, _ := ChangeTop2(d, other)
		lawful(t, "change of shares", shares, -1, 1)
		for _, decision := range []Decision{d.DecideMean10(5, 8), d.DecideTop2(0.5, 0.8)} {
			if decision.Needed < 0 || decision.Band != Undecidable && decision.Needed != 0 {
				t.Errorf("%+v", decision)
			}
		}
		if b, ok := d.BootstrapMean10(Resampling{Times: 100, Seed: seed}); ok {
			lawful(t, "percentile", b.Percentile, 0, 10)
			lawful(t, "BCa", b.BCa, 0, 10)
		}
		visits := append(heavy, 1, 2)
		balanced, covered, _ := Balance([]Group{{visits[0], d}, {visits[1], other}})
		level, _ := balanced.Mean10()
		lawful(t, "balanced", level, 0, 10)
		if !(covered >= 0 && covered <= 1) {
			t.Errorf("covered %v", covered)
		}
		if share, _ := StraightExpected([]Distribution{d, other, d}); !(share >= 0 && share <= 1) {
			t.Errorf("straight %v", share)
		}
		if both := d; both.Merge(other) && both.N() != d.N()+other.N() {
			t.Errorf("merged %+v", both)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	f.Add(bytesOf(1, 2, 3, 4, 5, 6, 7, 8, 9))
	f.Add(bytesOf(0, 0, 0, 0))
	f.Add(bytesOf(1e308, -1e308, math.NaN(), math.Inf(1), 5e-324))
	f.Add(bytesOf(1e99, -1e99, 1e-99, 1, 1+1e-15, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		values := floats(data[:min(len(data), 8*60)])
		half := len(values) / 2
		every := func(what string, got []float64, least, most float64) {
			for _, v := range got {
				if !finite(v) || v < least || v > most {
					t.Errorf("%s: %v", what, v)
				}
			}
		}
		most := math.MaxFloat64
		z, _ := ZScores(values)
		every("z", z, -most, most)
		at, _ := MinMax(values)
		every("min–max", at, 0, 1)
		component, _ := Component([][]float64{values[:half], values[half : 2*half]}, nil)
		every("component", component, 0, 1)
		if e, ok := Welch(values[:half], values[half:]); ok {
			lawful(t, "Welch", e, -most, most)
		}
		if e, ok := MeanOf(values, 0, 100); ok {
			lawful(t, "mean of scores", e, 0, 100)
		}
		var tried []Tried
		var measured []Measured
		var days []Day
		var points []Point
		for n := range half {
			a, b := values[2*n], values[2*n+1]
			tried, measured = append(tried, Tried{a, b}), append(measured, Measured{a, b})
			days, points = append(days, Day{a, b}), append(points, Point{a, b, n%3 > 0})
		}
		if s, ok := ShrinkShares(tried); ok {
			every("share", append(s.Values, s.Centre, s.Spread), 0, 1)
		}
		if s, ok := ShrinkMeans(measured); ok {
			every("mean", append(s.Values, s.Centre, s.Spread), -most, most)
		}
		for _, chart := range []Chart{{Target: 7, Sigma: 2, Lambda: 0.2, Limit: 3}, {}} {
			if half > 1 && chart.Sigma == 0 {
				chart = Chart{values[0], values[1], values[2], values[3], 0}
			}
			watched, _ := chart.EWMA(days)
			for _, w := range watched {
				every("chart", []float64{w.Value, w.Low, w.High}, -most, most)
			}
		}
		score, coverage, _ := Score(points)
		every("score", []float64{score}, 0, 100)
		every("coverage", []float64{coverage}, 0, 1)
		mean := func(values []float64) float64 { m, _ := meanVariance(values); return m }
		if b, ok := Bootstrap(values, mean, Resampling{Times: 100}); ok {
			lawful(t, "percentile", b.Percentile, -most, most)
			lawful(t, "BCa", b.BCa, -most, most)
		}
	})
}

func FuzzDrivers(f *testing.F) {
	f.Add(uint64(1), uint8(3), 1.0, 0.0, 1.0, false)
	f.Add(uint64(2), uint8(12), 1e90, 1e90, 1e12, true)
	f.Add(uint64(3), uint8(1), 1e-200, 1.0, 1e-9, true)
	f.Add(uint64(4), uint8(5), math.Inf(1), 0.0, math.NaN(), true)
	f.Fuzz(func(t *testing.T, seed uint64, k uint8, scale, shift, weight float64, weighted bool) {
		rng := seeded(seed)
		q := repeated(questionnaire(rng, 250, 1+int(k)%14), 1)
		for i := range q.Outcome {
			q.Predictors[0][i] = q.Predictors[0][i]*scale + shift
			if weighted {
				q.Weights = append(q.Weights, 1+weight*float64(rng.IntN(3)))
			}
		}
		x, err := Explain(q, Resampling{Times: 100, Seed: seed})
		if err != nil {
			return
		}
		sum := 0.0
		for _, d := range x.Drivers {
			lawful(t, "weight", d.Weight, 0, 1)
			if !finite(d.Share, d.Correlation) || d.Share < 0 || d.Share > 1+1e-9 || math.Abs(d.Correlation) > 1 || d.Best > d.Rank || d.Worst < d.Rank {
				t.Errorf("%+v", d)
			}
			sum += d.Weight.Value
		}
		if !(math.Abs(sum-x.R2) < 1e-9) || x.R2 > 1 {
			t.Errorf("weights add up to %v of %v", sum, x.R2)
		}
	})
}
