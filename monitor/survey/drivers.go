package survey

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/stats"
)

// Factor is something that may weigh on satisfaction: what else people were
// asked, and how fast the service answered in the hour that they did.
type Factor string

// The factors.
const (
	ClarityFactor  Factor = "clarity"
	HelpFactor     Factor = "help"
	EffortFactor   Factor = "effort"
	FinishedFactor Factor = "finished"
	OfficeFactor   Factor = "office"
	SpeedFactor    Factor = "speed" // measured, not asked
)

// Factors lists the factors.
func Factors() []Factor {
	return []Factor{ClarityFactor, HelpFactor, EffortFactor, FinishedFactor, OfficeFactor, SpeedFactor}
}

// leastAnswered is the share of answers that a factor must be known of: one that
// few were asked for would leave only those few to be looked at.
const leastAnswered = 0.6

// Opinion is an answer as the drivers are computed from: no words, nobody.
type Opinion struct {
	At       time.Time
	Group    string  // of services, when several are looked at together
	Levels   int     // of the question on satisfaction
	Level    int     // from 1
	Weight   float64 // see Answer
	Verified bool
	Asked    map[Factor]float64 // 0 worst to 1 best; a factor that is not known is not there
}

// OpinionOf reads an answer; false when it does not count, does not tell how
// satisfied somebody was, or somebody else held the pen: what people say to a
// voice is not mixed with what they write.
func OpinionOf(set *Set, a *Answer) (Opinion, bool) {
	q := set.Question(Satisfaction)
	level := a.Points[Satisfaction]
	if q == nil || level < 1 || level > q.Levels() || !a.Counted() || a.Channel.Mode() != Self {
		return Opinion{}, false
	}
	o := Opinion{At: a.At, Levels: q.Levels(), Level: level, Weight: a.Weight, Verified: a.Verified, Asked: map[Factor]float64{}}
	for code, factor := range map[string]Factor{Clarity: ClarityFactor, Effort: EffortFactor} {
		if v, ok := rated(set, a, code); ok {
			o.Asked[factor] = v
		}
	}
	scored := func(code string, factor Factor, worth map[string]float64) {
		if v, ok := worth[a.Words[code]]; ok && set.Question(code) != nil {
			o.Asked[factor] = v
		}
	}
	scored(Finished, FinishedFactor, map[string]float64{"yes": 1, "partly": 0.5, "no": 0})
	scored(Office, OfficeFactor, map[string]float64{"no": 1, "once": 0.5, "more": 0})
	if v, ok := helped(set, a); ok {
		o.Asked[HelpFactor] = v
	}
	return o, true
}

// rated is the answer to a rating on 0–1.
func rated(set *Set, a *Answer, code string) (float64, bool) {
	q := set.Question(code)
	point := a.Points[code]
	if q == nil || q.Levels() < 2 || point < 1 || point > q.Levels() {
		return 0, false
	}
	return float64(point-1) / float64(q.Levels()-1), true
}

// helped says how little was missing in help: nothing where none was needed,
// all where nobody was reached, and between the two how useful it was.
func helped(set *Set, a *Answer) (float64, bool) {
	switch {
	case a.Words["help_tried"] == "no":
		return 1, true
	case a.Words[HelpReached] == "no":
		return 0, true
	case a.Words[HelpReached] == "yes":
		return rated(set, a, HelpUseful)
	}
	return 0, false
}

// Drivers are what weighs on satisfaction, or why that is not told.
type Drivers struct {
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to"`
	Answers  int             `json:"answers"` // that were looked at
	N        float64         `json:"n"`       // effective, of those that know every factor
	Needed   int64           `json:"needed"`  // more answers until it is told; 0 when it is
	R2       float64         `json:"r2"`
	Drivers  []Driver        `json:"drivers"` // the first one first
	Left     map[Factor]Left `json:"left"`    // factors that are not in it, and why
	Same     bool            `json:"same"`    // everybody was equally satisfied
	Verified float64         `json:"verified"`
}

// Driver is one factor's part.
type Driver struct {
	Factor Factor `json:"factor"`
	stats.Driver
}

// Left says why a factor is not in a driver analysis.
type Left string

// The reasons.
const (
	Unasked  Left = "unasked"  // too few were asked
	Constant Left = "constant" // everybody said the same
	Doubled  Left = "doubled"  // it follows from the others
)

// Settled tells whether the first driver is more than the first of a draw: in 95
// of 100 resamples it is first or second.
func (d *Drivers) Settled() bool { return len(d.Drivers) > 0 && d.Drivers[0].Worst <= 2 }

// MostOpinions is how many answers, the newest, a driver analysis looks at.
const MostOpinions = 20_000

// Drive finds the drivers of satisfaction. All answers are of one number of
// points, the most common one; those that do not know every factor that is
// looked at are left out.
func Drive(opinions []Opinion, from, to time.Time, times int) Drivers {
	opinions = OneScale(opinions)
	d := Drivers{From: from, To: to, Answers: len(opinions), Left: map[Factor]Left{}}
	factors := d.known(opinions)
	for len(factors) > 0 {
		q, verified := questioned(opinions, factors)
		x, err := stats.Explain(q, stats.Resampling{Seed: 1, Times: times})
		if err == nil {
			d.fill(x, factors)
			d.Verified = verified
			return d
		}
		var refused *stats.Refusal
		if !errors.As(err, &refused) {
			break
		}
		d.N = float64(refused.N)
		if of := refused.Of; (refused.Why == stats.Constant || refused.Why == stats.Collinear) && of >= 0 && of < len(factors) {
			d.Left[factors[of]] = map[stats.Why]Left{stats.Constant: Constant, stats.Collinear: Doubled}[refused.Why]
			factors = slices.Delete(factors, of, of+1)
			continue
		}
		d.Same = refused.Why == stats.Constant
		break
	}
	d.Needed = max(0, stats.LeastSample-int64(d.N))
	return d
}

// known returns the factors that enough answers know.
func (d *Drivers) known(opinions []Opinion) []Factor {
	var factors []Factor
	for _, f := range Factors() {
		n := 0
		for _, o := range opinions {
			if _, ok := o.Asked[f]; ok {
				n++
			}
		}
		if n == 0 || float64(n) < leastAnswered*float64(len(opinions)) {
			d.Left[f] = Unasked
			continue
		}
		factors = append(factors, f)
	}
	return factors
}

// questioned lists those who answered everything, and which share came with a token.
func questioned(opinions []Opinion, factors []Factor) (q stats.Questioned, verified float64) {
	q.Predictors = make([][]float64, len(factors))
	tokens := 0
	var groups []string
	for _, o := range opinions {
		if slices.ContainsFunc(factors, func(f Factor) bool { _, ok := o.Asked[f]; return !ok }) {
			continue
		}
		groups = append(groups, o.Group)
		q.Outcome = append(q.Outcome, float64(o.Level))
		q.Weights = append(q.Weights, o.Weight)
		for n, f := range factors {
			q.Predictors[n] = append(q.Predictors[n], o.Asked[f])
		}
		if o.Verified {
			tokens++
		}
	}
	within(groups, q.Outcome, q.Weights)
	for _, p := range q.Predictors {
		within(groups, p, q.Weights)
	}
	return q, float64(tokens) / max(1, float64(len(q.Outcome)))
}

// within takes each group's own mean away where there are several groups: what
// is left is how people of one group differ, and not groups among themselves.
func within(groups []string, values, weights []float64) {
	sums, total := map[string]float64{}, map[string]float64{}
	for n, g := range groups {
		sums[g] += weights[n] * values[n]
		total[g] += weights[n]
	}
	if len(total) < 2 {
		return
	}
	for n, g := range groups {
		if total[g] > 0 {
			values[n] -= sums[g] / total[g]
		}
	}
}

func (d *Drivers) fill(x stats.Explained, factors []Factor) {
	d.N, d.R2 = x.N, x.R2
	for n, one := range x.Drivers {
		d.Drivers = append(d.Drivers, Driver{factors[n], one})
	}
	slices.SortFunc(d.Drivers, func(a, b Driver) int { return a.Rank - b.Rank })
}

// OneScale returns the opinions of the most common number of points, the newest
// MostOpinions of them.
func OneScale(opinions []Opinion) []Opinion {
	counts := map[int]int{}
	for _, o := range opinions {
		counts[o.Levels]++
	}
	levels := 0
	for _, l := range slices.Sorted(maps.Keys(counts)) {
		if counts[l] > counts[levels] {
			levels = l
		}
	}
	out := slices.DeleteFunc(slices.Clone(opinions), func(o Opinion) bool { return o.Levels != levels })
	slices.SortStableFunc(out, func(a, b Opinion) int { return b.At.Compare(a.At) })
	return out[:min(len(out), MostOpinions)]
}
