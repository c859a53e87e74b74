package stats

import (
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// swiss are fertility, agriculture, examination, education, Catholics and infant
// mortality of 47 provinces in 1888 (Mosteller and Tukey, Data Analysis and
// Regression, 1977, 549–551), the data of Grömping's paper on relative importance.
var swiss = [][]float64{
	{80.2, 17, 15, 12, 9.96, 22.2},
	{83.1, 45.1, 6, 9, 84.84, 22.2},
	{92.5, 39.7, 5, 5, 93.4, 20.2},
	{85.8, 36.5, 12, 7, 33.77, 20.3},
	{76.9, 43.5, 17, 15, 5.16, 20.6},
	{76.1, 35.3, 9, 7, 90.57, 26.6},
	{83.8, 70.2, 16, 7, 92.85, 23.6},
	{92.4, 67.8, 14, 8, 97.16, 24.9},
	{82.4, 53.3, 12, 7, 97.67, 21},
	{82.9, 45.2, 16, 13, 91.38, 24.4},
	{87.1, 64.5, 14, 6, 98.61, 24.5},
	{64.1, 62, 21, 12, 8.52, 16.5},
	{66.9, 67.5, 14, 7, 2.27, 19.1},
	{68.9, 60.7, 19, 12, 4.43, 22.7},
	{61.7, 69.3, 22, 5, 2.82, 18.7},
	{68.3, 72.6, 18, 2, 24.2, 21.2},
	{71.7, 34, 17, 8, 3.3, 20},
	{55.7, 19.4, 26, 28, 12.11, 20.2},
	{54.3, 15.2, 31, 20, 2.15, 10.8},
	{65.1, 73, 19, 9, 2.84, 20},
	{65.5, 59.8, 22, 10, 5.23, 18},
	{65, 55.1, 14, 3, 4.52, 22.4},
	{56.6, 50.9, 22, 12, 15.14, 16.7},
	{57.4, 54.1, 20, 6, 4.2, 15.3},
	{72.5, 71.2, 12, 1, 2.4, 21},
	{74.2, 58.1, 14, 8, 5.23, 23.8},
	{72, 63.5, 6, 3, 2.56, 18},
	{60.5, 60.8, 16, 10, 7.72, 16.3},
	{58.3, 26.8, 25, 19, 18.46, 20.9},
	{65.4, 49.5, 15, 8, 6.1, 22.5},
	{75.5, 85.9, 3, 2, 99.71, 15.1},
	{69.3, 84.9, 7, 6, 99.68, 19.8},
	{77.3, 89.7, 5, 2, 100, 18.3},
	{70.5, 78.2, 12, 6, 98.96, 19.4},
	{79.4, 64.9, 7, 3, 98.22, 20.2},
	{65, 75.9, 9, 9, 99.06, 17.8},
	{92.2, 84.6, 3, 3, 99.46, 16.3},
	{79.3, 63.1, 13, 13, 96.83, 18.1},
	{70.4, 38.4, 26, 12, 5.62, 20.3},
	{65.7, 7.7, 29, 11, 13.79, 20.5},
	{72.7, 16.7, 22, 13, 11.22, 18.9},
	{64.4, 17.6, 35, 32, 16.92, 23},
	{77.6, 37.6, 15, 7, 4.97, 20},
	{67.6, 18.7, 25, 7, 8.65, 19.5},
	{35, 1.2, 37, 53, 42.34, 18},
	{44.7, 46.6, 16, 29, 50.43, 18.2},
	{42.8, 27.7, 22, 29, 58.33, 19.3},
}

// cars are miles per gallon, cylinders, displacement, horsepower and gears of 32
// cars (Motor Trend 1974; Henderson and Velleman, Biometrics 37, 1981).
var cars = [][]float64{
	{21, 6, 160, 110, 4},
	{21, 6, 160, 110, 4},
	{22.8, 4, 108, 93, 4},
	{21.4, 6, 258, 110, 3},
	{18.7, 8, 360, 175, 3},
	{18.1, 6, 225, 105, 3},
	{14.3, 8, 360, 245, 3},
	{24.4, 4, 146.7, 62, 4},
	{22.8, 4, 140.8, 95, 4},
	{19.2, 6, 167.6, 123, 4},
	{17.8, 6, 167.6, 123, 4},
	{16.4, 8, 275.8, 180, 3},
	{17.3, 8, 275.8, 180, 3},
	{15.2, 8, 275.8, 180, 3},
	{10.4, 8, 472, 205, 3},
	{10.4, 8, 460, 215, 3},
	{14.7, 8, 440, 230, 3},
	{32.4, 4, 78.7, 66, 4},
	{30.4, 4, 75.7, 52, 4},
	{33.9, 4, 71.1, 65, 4},
	{21.5, 4, 120.1, 97, 3},
	{15.5, 8, 318, 150, 3},
	{15.2, 8, 304, 150, 3},
	{13.3, 8, 350, 245, 3},
	{19.2, 8, 400, 175, 3},
	{27.3, 4, 79, 66, 4},
	{26, 4, 120.3, 91, 5},
	{30.4, 4, 95.1, 113, 5},
	{15.8, 8, 351, 264, 5},
	{19.7, 6, 145, 175, 5},
	{15, 8, 301, 335, 5},
	{21.4, 4, 121, 109, 4},
}

// repeated lays rows out in columns, so often that there are answers enough;
// correlations do not change by that.
func repeated(rows [][]float64, times int) Questioned {
	columns := make([][]float64, len(rows[0]))
	for range times {
		for _, row := range rows {
			for j, v := range row {
				columns[j] = append(columns[j], v)
			}
		}
	}
	return Questioned{Outcome: columns[0], Predictors: columns[1:]}
}

// Johnson's weights of mtcars as R's package rwa documents them (0.2284797,
// 0.2221469, 0.2321744, 0.0963886; R² 0.779), here and for swiss to the digits
// that another program prints (relativeImp 0.0.2).
func TestRelativeWeights(t *testing.T) {
	for _, tt := range []struct {
		what string
		q    Questioned
		want []float64
		r2   float64
	}{
		{"cars", repeated(cars, 7), []float64{0.228479725928, 0.222146870540, 0.232174439299, 0.096388603215}, 0.779189638983},
		{"swiss", repeated(swiss, 5), []float64{0.048416895812, 0.154708249806, 0.271964104646, 0.114680029948, 0.116965721381}, 0.706735001593},
	} {
		x, err := Explain(tt.q, Resampling{Times: 100, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		near(t, tt.what+": R²", x.R2, tt.r2, 1e-11)
		sum, share := 0.0, 0.0
		for j, d := range x.Drivers {
			near(t, tt.what, d.Weight.Value, tt.want[j], 1e-11)
			lawful(t, tt.what, d.Weight, 0, 1)
			sum, share = sum+d.Weight.Value, share+d.Share
			if d.Best > d.Rank || d.Rank > d.Worst || d.Best < 1 || d.Worst > len(x.Drivers) {
				t.Errorf("%s: rank %d between %d and %d", tt.what, d.Rank, d.Best, d.Worst)
			}
		}
		near(t, tt.what+": sum", sum, x.R2, 1e-12)
		near(t, tt.what+": shares", share, 1, 1e-12)
	}
}

// lmg is R² averaged over all orders of the predictors (Lindeman, Merenda and
// Gold, 1980), which is Shapley's value: what relative weights stand in for.
// The correlations have the outcome first.
func lmg(r [][]float64) []float64 {
	k := len(r) - 1
	explained := make([]float64, 1<<k)
	for set := range explained {
		explained[set] = squared(r, set)
	}
	factorial := func(n int) float64 { g, _ := math.Lgamma(float64(n + 1)); return math.Exp(g) }
	values := make([]float64, k)
	for j := range values {
		for set := range explained {
			if set>>j&1 == 0 {
				n := bits.OnesCount(uint(set))
				values[j] += factorial(n) * factorial(k-n-1) / factorial(k) * (explained[set|1<<j] - explained[set])
			}
		}
	}
	return values
}

// squared is R² of the predictors in the set, by Gauss's elimination.
func squared(r [][]float64, set int) float64 {
	var in []int
	for j := range len(r) - 1 {
		if set>>j&1 == 1 {
			in = append(in, j+1)
		}
	}
	rows := make([][]float64, len(in))
	for i, a := range in {
		for _, b := range in {
			rows[i] = append(rows[i], r[a][b])
		}
		rows[i] = append(rows[i], r[0][a])
	}
	for i := range rows {
		for below := i + 1; below < len(rows); below++ {
			f := rows[below][i] / rows[i][i]
			for c := i; c < len(rows[i]); c++ {
				rows[below][c] -= f * rows[i][c]
			}
		}
	}
	r2 := 0.0
	for i := range rows { // of LDLᵀ: the squares of what each adds
		last := rows[i][len(in)]
		r2 += last * last / rows[i][i]
	}
	return r2
}

func correlate(rows [][]float64) [][]float64 {
	k := len(rows[0])
	r := make([][]float64, k)
	for i := range r {
		r[i] = make([]float64, k)
		for j := range r[i] {
			var a, b []float64
			for _, row := range rows {
				a, b = append(a, row[i]), append(b, row[j])
			}
			za, _ := ZScores(a)
			zb, _ := ZScores(b)
			for n := range za {
				r[i][j] += za[n] * zb[n] / float64(len(za))
			}
		}
		r[i][i] = 1
	}
	for i := range r {
		for j := range i {
			r[i][j] = r[j][i]
		}
	}
	return r
}

// Grömping, J. Stat. Softw. 17 (2006): LMG of swiss 0.0571, 0.1712, 0.2601,
// 0.1056 and 0.1128. Relative weights are near it for any questions, and the
// very same for two.
func TestRelativeWeightsAgainstShapley(t *testing.T) {
	for j, v := range lmg(correlate(swiss)) {
		near(t, "LMG of swiss", v, []float64{0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265}[j], 1e-12)
	}
	rng, most := seeded(81), 0.0
	for range 300 {
		k := 2 + rng.IntN(5)
		r := correlate(questionnaire(rng, 150, k))
		weights, r2, err := RelativeWeights(r)
		if err != nil {
			t.Fatal(err)
		}
		shapley, all, apart := lmg(r), 0.0, 0.0
		for j := range weights {
			if weights[j] < 0 {
				t.Fatalf("a weight of %v", weights[j])
			}
			all += weights[j]
			apart += math.Abs(weights[j] - shapley[j])
		}
		most = max(most, apart/r2)
		near(t, "R²", r2, squared(r, 1<<k-1), 1e-9)
		near(t, "sum", all, r2, 1e-12)
		if apart > 0.05*r2 || k == 2 && apart > 1e-9 {
			t.Errorf("%d questions: weights %v, Shapley's %v", k, weights, shapley)
		}
	}
	t.Logf("at most %.1f %% of R² is given to others than Shapley gives it to", 50*most)
}

// questionnaire draws answers on five points to k questions that have something
// to do with each other, and to the outcome first.
func questionnaire(rng *rand.Rand, n, k int) [][]float64 {
	rows := make([][]float64, n)
	five := func(v float64) float64 { return min(max(math.Round(3.5+1.2*v), 1), 5) }
	for i := range rows {
		mood := rng.NormFloat64()
		outcome, row := rng.NormFloat64(), make([]float64, k+1)
		for j := 1; j <= k; j++ {
			v := 0.6*mood + 0.8*rng.NormFloat64()
			outcome += v / float64(j)
			row[j] = five(v)
		}
		row[0] = five(outcome / 1.8)
		rows[i] = row
	}
	return rows
}

// By hand: r₁₂ = 0.5, r₁ = 0.6, r₂ = 0.4 give R² = 0.28/0.75, of which the first
// has (0.36 + R² − 0.16)/2; uncorrelated questions have their squares.
func TestRelativeWeightsByHand(t *testing.T) {
	weights, r2, err := RelativeWeights([][]float64{{1, 0.6, 0.4}, {0.6, 1, 0.5}, {0.4, 0.5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "R²", r2, 0.28/0.75, 1e-15)
	near(t, "first", weights[0], (0.2+0.28/0.75)/2, 1e-15)
	weights, _, err = RelativeWeights([][]float64{{1, 0.5, 0.3, -0.1}, {0.5, 1, 0, 0}, {0.3, 0, 1, 0}, {-0.1, 0, 0, 1}})
	if err != nil || math.Abs(weights[0]-0.25)+math.Abs(weights[1]-0.09)+math.Abs(weights[2]-0.01) > 1e-15 {
		t.Errorf("%v, %v", weights, err)
	}
}

// Weights of answers are as good as answering that often.
func TestWeightedDrivers(t *testing.T) {
	rows := questionnaire(seeded(83), 400, 4)
	var often [][]float64
	weighted := repeated(rows, 1)
	for i, row := range rows {
		times := 1 + i%3
		weighted.Weights = append(weighted.Weights, float64(times))
		for range times {
			often = append(often, row)
		}
	}
	a, err := Explain(weighted, Resampling{Times: 100})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Explain(repeated(often, 1), Resampling{Times: 100})
	if err != nil {
		t.Fatal(err)
	}
	for j := range a.Drivers {
		near(t, "weight", a.Drivers[j].Weight.Value, b.Drivers[j].Weight.Value, 1e-12)
	}
	if a.N >= 400 || a.N < 300 {
		t.Errorf("weighted answers are worth %v", a.N)
	}
}

// The intervals of weights hold the truth as often as they say, of single
// answers and of groups of them; the truth is that of very many answers.
func TestCoverageOfDrivers(t *testing.T) {
	rng := seeded(85)
	truth, err := Explain(repeated(questionnaire(rng, 200_000, 4), 1), Resampling{Times: 100})
	if err != nil {
		t.Fatal(err)
	}
	held, ranked, tried := 0, 0, 0
	for n := range 120 {
		x, err := Explain(repeated(questionnaire(rng, 400, 4), 1), Resampling{Times: 200, Seed: uint64(n)})
		if err != nil {
			t.Fatal(err)
		}
		for j, d := range x.Drivers {
			if d.Weight.Holds(truth.Drivers[j].Weight.Value) {
				held++
			}
			if d.Best <= truth.Drivers[j].Rank && truth.Drivers[j].Rank <= d.Worst {
				ranked++
			}
			tried++
		}
	}
	t.Logf("weights: %.1f %%, ranks: %.1f %%", 100*float64(held)/float64(tried), 100*float64(ranked)/float64(tried))
	if share := float64(held) / float64(tried); share < 0.93 || share > 0.97 {
		t.Errorf("weights: holds the truth in %.1f %%", 100*share)
	}
	if share := float64(ranked) / float64(tried); share < 0.95 { // ranks are whole: their interval says more
		t.Errorf("ranks: holds the truth in %.1f %%", 100*share)
	}
}

func TestDriversAreRefused(t *testing.T) {
	rows := questionnaire(seeded(87), 300, 3)
	with := func(change func(q *Questioned)) Questioned {
		q := repeated(rows, 1)
		change(&q)
		return q
	}
	of := func(q *Questioned, value func(i int) float64) {
		for i := range q.Outcome {
			q.Predictors[2][i] = value(i)
		}
	}
	for what, tt := range map[string]struct {
		q    Questioned
		want Refusal
	}{
		"nothing":       {Questioned{}, Refusal{Malformed, -1, 0}},
		"few":           {repeated(rows[:199], 1), Refusal{TooFew, -1, 199}},
		"light":         {with(func(q *Questioned) { q.Weights = make([]float64, 300); q.Weights[0] = 1 }), Refusal{TooFew, -1, 1}},
		"weightless":    {with(func(q *Questioned) { q.Weights = make([]float64, 300) }), Refusal{TooFew, -1, 0}},
		"negative":      {with(func(q *Questioned) { q.Weights = make([]float64, 300); q.Weights[0] = -1 }), Refusal{Malformed, -1, 300}},
		"short":         {with(func(q *Questioned) { q.Predictors[1] = q.Predictors[1][1:] }), Refusal{Malformed, 1, 300}},
		"no number":     {with(func(q *Questioned) { q.Outcome[7] = math.NaN() }), Refusal{Malformed, -1, 300}},
		"all satisfied": {with(func(q *Questioned) { clear(q.Outcome) }), Refusal{Constant, -1, 300}},
		"constant":      {with(func(q *Questioned) { of(q, func(int) float64 { return 4 }) }), Refusal{Constant, 2, 300}},
		"twice":         {with(func(q *Questioned) { of(q, func(i int) float64 { return 6 - q.Predictors[0][i] }) }), Refusal{Collinear, 0, 300}},
		"sum": {with(func(q *Questioned) {
			of(q, func(i int) float64 { return q.Predictors[0][i] + q.Predictors[1][i] })
		}), Refusal{Collinear, 2, 300}},
		"many": {with(func(q *Questioned) { q.Predictors = make([][]float64, 13) }), Refusal{Malformed, -1, 300}},
	} {
		_, err := Explain(tt.q, Resampling{})
		var refused *Refusal
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if tt.want.Why == Collinear { // either of those that say the same is meant
			refused.Of = tt.want.Of
		}
		if *refused != tt.want {
			t.Errorf("%s: %v; want %v", what, refused, &tt.want)
		}
	}
	for _, bad := range [][][]float64{
		nil,
		{{1}},
		{{1, 0.5}, {0.4, 1}},
		{{1, 2}, {2, 1}},
		{{1, 0.5}, {0.5, 0.9}},
		{{1, math.NaN()}, {math.NaN(), 1}},
		{{1, 0.5}, {0.5}},
		{{1, 0.1, 0.1}, {0.1, 1, 1}, {0.1, 1, 1}},
	} {
		if w, _, err := RelativeWeights(bad); err == nil {
			t.Errorf("%v: %v", bad, w)
		}
	}
	x, err := Explain(with(func(*Questioned) {}), Resampling{Times: -5})
	if err != nil || x.Drivers[0].Rank != 1 || x.Drivers[0].Correlation <= 0 {
		t.Errorf("%+v, %v", x, err)
	}
}

// Eigenvectors put together again are the matrix.
func TestEigen(t *testing.T) {
	rng := seeded(89)
	for range 100 {
		n := 1 + rng.IntN(12)
		m, spent, vectors := square(n), square(n), square(n)
		for i := range n {
			for j := range i + 1 {
				v := rng.NormFloat64()
				m.set(i, j, v)
				m.set(j, i, v)
			}
		}
		copy(spent.at, m.at)
		values := spent.eigen(vectors)
		for i := range n {
			for j := range n {
				sum := 0.0
				for e, v := range values {
					sum += v * vectors.get(i, e) * vectors.get(j, e)
				}
				near(t, "put together", sum, m.get(i, j), 1e-12*float64(n*n))
			}
		}
	}
}
