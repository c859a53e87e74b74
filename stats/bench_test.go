package stats

import (
	"math"
	"testing"
	"time"
)

// Each is printed as its time divided by that of something bare, measured in
// the same run: "roots" is how many square roots one interval takes.
func BenchmarkWilson(b *testing.B) {
	const times = 1_000_000
	sum := 0.0
	root := bare(times, func(n int) { sum += math.Sqrt(float64(n)) })
	for n := 0; b.Loop(); n++ {
		e, _ := Wilson(int64(n%1000), 1000)
		sum += e.Low
	}
	keep(b, sum)
	b.ReportMetric(each(b)/root, "roots")
}

func BenchmarkMean10(b *testing.B) {
	d, sum := Counted(40, 30, 80, 150, 100), 0.0
	share := bare(100_000, func(int) { e, _ := d.Top2(); sum += e.Low })
	for b.Loop() {
		e, _ := d.Mean10()
		sum += e.Low
	}
	keep(b, sum)
	b.ReportMetric(each(b)/share, "shares")
}

// 2,000 resamples of 100 answers, against drawing as many random numbers.
func BenchmarkBootstrap(b *testing.B) {
	d, rng, sum := Counted(5, 5, 10, 30, 50), generator(1), 0.0
	draws := bare(10, func(int) {
		for range 2000 * 100 {
			sum += rng.Float64()
		}
	})
	for b.Loop() {
		d.BootstrapMean10(Resampling{})
	}
	keep(b, sum)
	b.ReportMetric(each(b)/draws, "draws")
}

// 5,000 answers to 7 questions with 500 resamples have to stay below a second,
// and 50,000 take hardly longer; printed against one pass over the products.
func BenchmarkDrivers(b *testing.B) {
	q := repeated(questionnaire(seeded(91), 5000, 7), 1)
	sum := 0.0
	pass := bare(20, func(int) {
		for j := range q.Predictors {
			for _, other := range q.Predictors[j:] {
				for i, v := range q.Predictors[j] {
					sum += v * other[i]
				}
			}
		}
	})
	keep(b, sum)
	for _, tt := range []struct {
		name string
		q    Questioned
	}{{"5,000 answers", q}, {"50,000 answers", repeated(questionnaire(seeded(93), 50_000, 7), 1)}} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Explain(tt.q, Resampling{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(each(b)/pass, "passes")
		})
	}
	correlations := correlate(questionnaire(seeded(92), 500, 7))
	b.Run("weights alone", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := RelativeWeights(correlations); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(each(b)/pass, "passes")
	})
}

// bare is how many nanoseconds one of so many calls takes.
func bare(times int, call func(n int)) float64 {
	begun := time.Now()
	for n := range times {
		call(n)
	}
	return float64(time.Since(begun).Nanoseconds()) / float64(times)
}

func each(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }

// keep uses a sum, so that it is computed.
func keep(b *testing.B, sum float64) {
	b.Helper()
	if math.IsNaN(sum) {
		b.Fatal("no number")
	}
}
