package assess

import (
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/stats"
)

// ScoreAll judges all services by one set. Of the method "index" the value of a
// service says where it stands among them, and so changes when others do.
func (s *Set) ScoreAll(facts map[string]Facts, now time.Time) map[string]Score {
	out := make(map[string]Score, len(facts))
	for service, known := range facts {
		out[service] = s.Score(known, now)
	}
	if s.Method == Index {
		s.index(out, facts)
	}
	return out
}

// index simulates an index of the kind that the United Nations publish: each
// criterion as z-scores among those of whom it is known, the weighted mean of
// them in an area, that from 0 (the least) to 1 (the most), and the areas
// weighed by their points. Where everything is known it is their formula; what
// is not known of a service is left out of its mean.
func (s *Set) index(out map[string]Score, facts map[string]Facts) {
	names := slices.Sorted(maps.Keys(out))
	sums, weights := make([]float64, len(names)), make([]float64, len(names))
	values := make([][]*float64, len(s.Areas))
	for a, area := range s.Areas {
		values[a] = s.component(area.Code, names, out, facts)
		for n, v := range values[a] {
			if v != nil {
				sums[n] += area.Points * *v
				weights[n] += area.Points
			}
		}
	}
	for n, name := range names {
		score := out[name]
		score.Areas = nil
		for a, area := range s.Areas {
			t := s.tally(score.Results, area.Code, s.Method)
			score.Areas = append(score.Areas, AreaScore{area.Code, hundred(values[a][n]), t.coverage()})
		}
		if weights[n] > 0 && s.enough(score.Coverage) {
			v := sums[n] / weights[n]
			score.Value = hundred(&v)
		}
		s.letter(&score)
		out[name] = score
	}
}

// hundred brings a share of one to a hundred.
func hundred(v *float64) *float64 {
	if v == nil {
		return nil
	}
	on := full * *v
	return &on
}

// component is an area's index of each service, 0 to 1; nil where nothing of
// the area is known, and everywhere when no service differs from another.
func (s *Set) component(area string, names []string, out map[string]Score, facts map[string]Facts) []*float64 {
	sums, weights := make([]float64, len(names)), make([]float64, len(names))
	for i := range s.Criteria {
		c := &s.Criteria[i]
		if c.Area != area || c.Weight <= 0 {
			continue
		}
		var who []int
		var numbers []float64
		for n, name := range names {
			score := out[name]
			if score.Results[i].Parts[0].Colour != Grey {
				who, numbers = append(who, n), append(numbers, c.oriented(facts[name][c.Measure]))
			}
		}
		z, ok := stats.ZScores(numbers)
		if !ok {
			continue
		}
		for k, n := range who {
			sums[n] += c.Weight * z[k]
			weights[n] += c.Weight
		}
	}
	var who []int
	var means []float64
	for n := range names {
		if weights[n] > 0 {
			who, means = append(who, n), append(means, sums[n]/weights[n])
		}
	}
	all := make([]*float64, len(names))
	on, ok := stats.MinMax(means)
	if !ok {
		return all
	}
	for k, n := range who {
		all[n] = &on[k]
	}
	return all
}

// oriented is the number of a fact, turned so that more is better.
func (c *Criterion) oriented(f Fact) float64 {
	if (Part{c.Measure, c.Green, c.Red}).better() {
		return f.Number()
	}
	return -f.Number()
}
