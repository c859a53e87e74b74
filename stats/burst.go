package stats

import "math"

// PoissonTail is how likely it is that as many or more come where expected is
// the mean and they come independently of each other. Summed from the nearer
// end, so that small ones are exact.
func PoissonTail(seen int64, expected float64) float64 {
	switch {
	case seen <= 0:
		return 1
	case !(expected > 0):
		return 0
	case expected > 1e9: // of a billion the normal distribution is the same
		return 1 - normal((float64(seen)-0.5-expected)/math.Sqrt(expected))
	}
	k := float64(seen)
	gamma, _ := math.Lgamma(k + 1)
	at := math.Exp(k*math.Log(expected) - expected - gamma) // exactly seen
	if k > expected {
		sum, term := at, at
		for i := k + 1; term > sum*1e-17; i++ {
			term *= expected / i
			sum += term
		}
		return min(sum, 1)
	}
	sum := 0.0
	for i, term := k, at; i >= 1 && term > 0; i-- {
		term *= i / expected // now of i−1
		sum += term
		if term < sum*1e-17 {
			break
		}
	}
	return max(0, 1-sum)
}

// A burst is rarer than once in a million windows, and at least ten answers: a
// family, or an office over lunch, is none.
const (
	Rare       = 1e-6
	LeastBurst = 10
)

// Burst tells whether so many answers in one window are more than the usual
// rate explains. The rate is guessed from before answers in as many windows,
// which may have been few by chance: what is expected is the upper bound of its
// score interval, so that a quiet service is not accused of its first busy hour.
// People answer by day: windows are best compared with those of the same hours.
func Burst(seen, before int64, windows float64) bool {
	if !(windows > 0) || seen < LeastBurst {
		return false
	}
	usual := float64(max(0, before))
	upper := usual + Z*Z/2 + Z*math.Sqrt(usual+Z*Z/4)
	return PoissonTail(seen, upper/windows) < Rare
}

// LongString is the longest run of equal ratings in the order they were asked,
// the measure of answering without reading (Johnson, J. Res. Pers. 39, 2005,
// 103–129).
func LongString(ratings []int) int {
	longest, run := 0, 0
	for n, r := range ratings {
		if n == 0 || r != ratings[n-1] {
			run = 0
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// Straight is the fewest ratings of which all being equal says anything.
const Straight = 4

// StraightLined tells whether all of four or more ratings are the same.
func StraightLined(ratings []int) bool {
	return len(ratings) >= Straight && LongString(ratings) == len(ratings)
}

// StraightExpected is the share that would rate all questions the same if their
// answers to one question told nothing of those to another: what straight lines
// that were seen are held against. It is false when a question has no answers or
// another scale.
func StraightExpected(questions []Distribution) (float64, bool) {
	if len(questions) == 0 {
		return 0, false
	}
	levels := questions[0].levels
	sum := 0.0
	for level := 1; level <= levels; level++ {
		together := 1.0
		for _, q := range questions {
			all := q.sum(1, q.levels)
			if q.levels != levels || !(all > 0) {
				return 0, false
			}
			together *= q.Weight(level) / all
		}
		sum += together
	}
	return min(sum, 1), levels > 0
}
