package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed+1)) }

// Boys among the first 12 children of 6,115 families in Saxony (Geissler 1889, as
// Lindsey and others print it): by moments α = 34.1350 and β = 31.6085.
func TestBetaBinomialOfSaxony(t *testing.T) {
	var families []Tried
	for boys, n := range []int{3, 24, 104, 286, 670, 1033, 1343, 1112, 829, 478, 181, 45, 7} {
		for range n {
			families = append(families, Tried{float64(boys), 12})
		}
	}
	s, ok := ShrinkShares(families)
	if !ok {
		t.Fatal("nothing fitted")
	}
	both := 1/s.Spread - 1
	near(t, "α", s.Centre*both, 34.1350, 0.1)
	near(t, "β", (1-s.Centre)*both, 31.6085, 0.1)
	near(t, "a family without boys", s.Values[0], s.Centre*both/(both+12), 1e-12)
}

// Tuberculosis and vaccination, 13 trials (Colditz and others, 1994), as R's
// metafor documents the fit of DerSimonian and Laird: τ² = 0.3088, mean −0.7141.
func TestNormalModelOfTrials(t *testing.T) {
	var trials []Measured
	for _, c := range [][4]float64{
		{4, 119, 11, 128},
		{6, 300, 29, 274},
		{3, 228, 11, 209},
		{62, 13536, 248, 12619},
		{33, 5036, 47, 5761},
		{180, 1361, 372, 1079},
		{8, 2537, 10, 619},
		{505, 87886, 499, 87892},
		{29, 7470, 45, 7232},
		{17, 1699, 65, 1600},
		{186, 50448, 141, 27197},
		{5, 2493, 3, 2338},
		{27, 16886, 29, 17825},
	} {
		trials = append(trials, Measured{
			math.Log(c[0] / (c[0] + c[1]) / (c[2] / (c[2] + c[3]))), 1/c[0] - 1/(c[0]+c[1]) + 1/c[2] - 1/(c[2]+c[3]),
		})
	}
	s, ok := ShrinkMeans(trials)
	if !ok {
		t.Fatal("nothing fitted")
	}
	near(t, "τ²", s.Spread, 0.3088, 5e-5)
	near(t, "mean", s.Centre, -0.7141, 5e-5)
}

// Efron and Morris, Scientific American 236 (1977): batting averages of 18
// players after 45 at bats, shrunk by c = 0.212 towards 0.265: Clemente's 0.400
// becomes 0.294, Munson's (or Alvis's) 0.156 becomes 0.242.
func TestEfronAndMorris(t *testing.T) {
	var players []Measured
	for _, hits := range []float64{18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7} {
		players = append(players, Measured{hits / 45, 0.265 * 0.735 / 45})
	}
	s, ok := ShrinkMeans(players)
	if !ok {
		t.Fatal("nothing fitted")
	}
	near(t, "centre", s.Centre, 0.265, 5e-4)
	near(t, "c", (s.Values[0]-s.Centre)/(18.0/45-s.Centre), 0.212, 0.006)
	near(t, "Clemente", s.Values[0], 0.294, 1e-3)
	near(t, "the last", s.Values[17], 0.242, 1.5e-3)
}

// Ranked by what they became, small services come nearer to their true order
// than ranked raw, which is what shrinking is for; and every value lies between
// its raw figure and the centre.
func TestShrinkingRanksBetter(t *testing.T) {
	rng := seeded(75)
	raw, drawn := 0.0, 0.0
	for range 300 {
		var truth []float64
		var shares []Tried
		for range 30 {
			p := 0.6 + 0.1*rng.NormFloat64()
			n := 5 + rng.IntN(20)*rng.IntN(40)
			good := 0.0
			for range n {
				if rng.Float64() < p {
					good++
				}
			}
			truth, shares = append(truth, p), append(shares, Tried{good, float64(n)})
		}
		s, _ := ShrinkShares(shares)
		for i, v := range s.Values {
			own := shares[i].Good / shares[i].N
			if (v-own)*(v-s.Centre) > 1e-12 {
				t.Fatalf("%v drawn from %v is not towards %v", v, own, s.Centre)
			}
			raw += (own - truth[i]) * (own - truth[i])
			drawn += (v - truth[i]) * (v - truth[i])
		}
	}
	if drawn > 0.7*raw {
		t.Errorf("squared error %v drawn, %v raw", drawn, raw)
	}
}

func TestShrinkingOfLittle(t *testing.T) {
	if _, ok := ShrinkShares(nil); ok {
		t.Error("nothing was fitted")
	}
	if _, ok := ShrinkMeans([]Measured{{1, 0}, {math.NaN(), 1}, {1, math.Inf(1)}}); ok {
		t.Error("means without variance were fitted")
	}
	same, ok := ShrinkShares([]Tried{{5, 10}, {50, 100}, {0, 0}, {-1, math.NaN()}})
	if !ok || same.Spread != 0 || same.Values[0] != 0.5 || same.Values[2] != 0.5 || same.Values[3] != 0.5 {
		t.Errorf("shares that are the same: %+v", same)
	}
	apart, ok := ShrinkShares([]Tried{{0, 100}, {100, 100}})
	if !ok || apart.Values[0] > 0.01 || apart.Values[1] < 0.99 {
		t.Errorf("shares that could not be further apart: %+v", apart)
	}
	three, ok := ShrinkMeans([]Measured{{7, 0.1}, {8, 0.1}, {9, 0.1}})
	if !ok || three.Values[0] != 7 || three.Values[2] != 9 {
		t.Errorf("three services are too few to draw: %+v", three)
	}
}
