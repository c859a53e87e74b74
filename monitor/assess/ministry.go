package assess

import (
	"cmp"
	"slices"

	"github.com/jard-odi/jard/stats"
)

// Weighed is a service's score with how many use the service; a volume of 0 is
// one that nobody told.
type Weighed struct {
	Service string
	Volume  float64
	Score   Score
}

// Target is the share of services, or of those of whom a criterion is known,
// that is to be at its goal.
const Target = 0.8

// Ministry is several services judged as one body, both ways that are used.
type Ministry struct {
	Mean     *float64 // of scores, weighted by volume; nil when no service has a score
	Coverage float64  // mean coverage, weighted likewise
	Unsaid   int      // services whose volume nobody told; they count as the middle one of the others
	AtGoal   int      // services at the goal of the set
	Scored   int      // services with a score
	All      int
	Share    *float64 // AtGoal of Scored
	Reached  bool     // the share is at its target
	Criteria []Reach
}

// Reach is how many services reach one criterion's goal.
type Reach struct {
	Criterion string
	Green     int
	Known     int
	Reached   bool // green are at least the target share of known
}

// volumes are the weights of services: what was told, and for those that told
// nothing the middle of the others, so that silence neither lifts nor hides one.
func volumes(of []Weighed) (weights []float64, unsaid int) {
	var told []float64
	for _, w := range of {
		if w.Volume > 0 {
			told = append(told, w.Volume)
		}
	}
	middle := 1.0
	if n := len(told); n > 0 {
		slices.Sort(told)
		middle = (told[(n-1)/2] + told[n/2]) / 2
	}
	for _, w := range of {
		v := w.Volume
		if !(v > 0) {
			v, unsaid = middle, unsaid+1
		}
		weights = append(weights, v)
	}
	return weights, unsaid
}

// Ministry judges services together.
func (s *Set) Ministry(of []Weighed) Ministry {
	weights, unsaid := volumes(of)
	m := Ministry{All: len(of), Unsaid: unsaid, Criteria: s.reaches(of)}
	sum, scored, covered, all := 0.0, 0.0, 0.0, 0.0
	const hair = 1e-9
	for n, w := range of {
		all += weights[n]
		covered += weights[n] * w.Score.Coverage
		if w.Score.Value == nil {
			continue
		}
		m.Scored++
		sum += weights[n] * *w.Score.Value
		scored += weights[n]
		if *w.Score.Value >= s.Goal-hair {
			m.AtGoal++
		}
	}
	if all > 0 {
		m.Coverage = covered / all
	}
	if scored > 0 {
		mean, share := sum/scored, float64(m.AtGoal)/float64(m.Scored)
		m.Mean, m.Share, m.Reached = &mean, &share, share >= Target
	}
	return m
}

func (s *Set) reaches(of []Weighed) []Reach {
	out := make([]Reach, len(s.Criteria))
	for n := range s.Criteria {
		r := Reach{Criterion: s.Criteria[n].Code}
		for i := range of {
			one := of[i].Score.Result(r.Criterion)
			if one == nil || one.Colour == Grey {
				continue
			}
			r.Known++
			if one.Colour == Green {
				r.Green++
			}
		}
		r.Reached = r.Known > 0 && float64(r.Green) >= Target*float64(r.Known)
		out[n] = r
	}
	return out
}

// Place is where a service stands among its peers.
type Place struct {
	Service  string
	Quartile int // 1 is the best
	Rank     int // 1 is the best, those alike share one; 0 until the edition is frozen
	Of       int
}

// decided is how exact a score is when all is known and decided: rounding of
// colours to steps leaves it open by about two points.
const decided = 2.0

// Rank places scored services among each other, the best first. Until an
// edition is frozen only the quarter is told: it goes by scores drawn towards
// the middle as far as what is not known of each leaves them open, so that a
// service of which little is known neither leads nor trails by luck. The number
// of a frozen edition goes by the scores as they are published.
func Rank(of []Weighed, frozen bool) []Place {
	scored := slices.DeleteFunc(slices.Clone(of), func(w Weighed) bool { return w.Score.Value == nil })
	measured := make([]stats.Measured, len(scored))
	for n, w := range scored {
		measured[n] = stats.Measured{Mean: *w.Score.Value, Variance: w.Score.Spread*w.Score.Spread + decided*decided}
	}
	shrunk, _ := stats.ShrinkMeans(measured)
	places := make([]Place, len(scored))
	for n, w := range scored {
		p := Place{Service: w.Service, Of: len(scored), Rank: 1}
		better := 0
		for i, other := range scored {
			if shrunk.Values[i] > shrunk.Values[n]+1e-9 {
				better++
			}
			if *other.Score.Value > *w.Score.Value+1e-9 {
				p.Rank++
			}
		}
		const quarters = 4
		p.Quartile = 1 + better*quarters/len(scored)
		if !frozen {
			p.Rank = 0
		}
		places[n] = p
	}
	slices.SortFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Quartile, b.Quartile), cmp.Compare(a.Service, b.Service))
	})
	return places
}

// Step is one thing that could be mended.
type Step struct {
	Service   string
	Criterion string
	Colour    Colour
	Gap       float64 // of the points that are missing, 0 to 1
	Weight    float64 // of the criterion among all, 0 to 1
	Volume    float64 // of the service among all given, 0 to 1
	Ease      int
	Caps      bool // it is what holds the letter down
	Priority  float64
}

// Improve orders what could be mended, the most worthwhile first: how far from
// the goal, times what it weighs, times how many it concerns, times how easy it
// is. What is grey is not mended but found out, and not in the list.
func (s *Set) Improve(of []Weighed) []Step {
	weights, _ := volumes(of)
	all, used := 0.0, 0.0
	for n := range s.Criteria {
		all += s.Criteria[n].Weight
	}
	for _, v := range weights {
		used += v
	}
	var out []Step
	for n, w := range of {
		for i, r := range w.Score.Results {
			c := &s.Criteria[i]
			if r.Colour == Grey || r.Colour == Green || c.Weight <= 0 {
				continue
			}
			step := Step{
				Service: w.Service, Criterion: c.Code, Colour: r.Colour, Gap: (full - r.Points) / full, Weight: c.Weight / all,
				Volume: weights[n] / used, Ease: c.Ease, Caps: slices.Contains(w.Score.Capped, c.Code),
			}
			step.Priority = stats.Priority(step.Weight, step.Gap, step.Volume, float64(step.Ease)/mostEase)
			out = append(out, step)
		}
	}
	slices.SortStableFunc(out, func(a, b Step) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Criterion, b.Criterion))
	})
	return out
}
