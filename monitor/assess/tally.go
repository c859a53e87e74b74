package assess

import (
	"slices"

	"github.com/jard-odi/jard/stats"
)

// tally is a sum over criteria.
type tally struct {
	all, seen float64 // weights
	points    []stats.Point
	doubt     float64 // Σ w·σ of what is not known
}

// How far a criterion's points may be off: nothing known may be anything from
// 0 to 100, whose spread is 100/√12; undecided is half of that.
const (
	doubtGrey      = full / (2 * sqrt3)
	doubtUndecided = doubtGrey / 2
	sqrt3          = 1.7320508075688772
)

// tally sums the results of an area; "" is all areas.
func (s *Set) tally(results []Result, area string, method Method) tally {
	var t tally
	for n, r := range results {
		c := &s.Criteria[n]
		if area != "" && c.Area != area || c.Weight <= 0 {
			continue
		}
		t.all += c.Weight
		p := stats.Point{Weight: c.Weight, Known: r.Colour != Grey}
		switch {
		case !p.Known:
			t.doubt += c.Weight * doubtGrey
		case r.Undecided:
			t.doubt += c.Weight * doubtUndecided
		}
		if p.Known {
			t.seen += c.Weight
			p.Reached = r.Points / full
		}
		if method == Goals && r.Colour != Green {
			p.Reached = 0
		}
		t.points = append(t.points, p)
	}
	return t
}

// mean is the weighted mean of what is known, on a hundred.
func (t tally) mean() float64 {
	v, _, _ := stats.Score(t.points)
	return v
}

func (t tally) coverage() float64 {
	if t.all <= 0 {
		return 0
	}
	return min(t.seen/t.all, 1)
}

func (t tally) spread() float64 {
	if t.all <= 0 {
		return 0
	}
	return t.doubt / t.all
}

// enough tells whether so much is known that a value may be said.
func (s *Set) enough(coverage float64) bool {
	const rounding = 1e-12 // sums of weights are not exact
	least := s.Coverage
	if least <= 0 {
		least = stats.Covered
	}
	return coverage >= least-rounding
}

// areas adds what each area brought by its weights.
func (s *Set) areas(out *Score) {
	for _, a := range s.Areas {
		t := s.tally(out.Results, a.Code, s.Method)
		one := AreaScore{Area: a.Code, Coverage: t.coverage()}
		if t.seen > 0 && s.enough(one.Coverage) {
			v := t.mean()
			one.Value = &v
		}
		out.Areas = append(out.Areas, one)
	}
}

// byAreas is the method "areas": each area brings its share of its points, and
// of what too little is known brings nothing to either side.
func (s *Set) byAreas(out *Score) {
	s.areas(out)
	points, most, all, covered, doubt := 0.0, 0.0, 0.0, 0.0, 0.0
	for n, a := range s.Areas {
		all += a.Points
		one := out.Areas[n]
		covered += a.Points * one.Coverage
		doubt += a.Points * s.tally(out.Results, a.Code, s.Method).spread()
		if one.Value != nil {
			points += a.Points * *one.Value / full
			most += a.Points
		}
	}
	if all <= 0 {
		return
	}
	out.Coverage, out.Spread = min(covered/all, 1), doubt/all
	if most > 0 && s.enough(out.Coverage) {
		v := min(full*points/most, full)
		out.Value = &v
	}
}

// letter names the band of the value, and keeps a good average from hiding a red.
func (s *Set) letter(out *Score) {
	if out.Value == nil || len(s.Bands) == 0 {
		return
	}
	// What the page shows as 80 is 80: sums of fractions end a hair below.
	const hair = 1e-9
	at := len(s.Bands) - 1
	for n, b := range s.Bands {
		if *out.Value >= b.From-hair {
			at = n
			break
		}
	}
	out.Earned, out.Band = s.Bands[at].Code, s.Bands[at].Code
	for _, c := range s.Caps {
		to := slices.IndexFunc(s.Bands, func(b Band) bool { return b.Code == c.Band })
		if to <= at {
			continue // the points alone give no better
		}
		for _, code := range c.Criteria {
			if r := out.Result(code); r != nil && r.Colour == Red && !slices.Contains(out.Capped, code) {
				out.Capped = append(out.Capped, code)
				if now := slices.IndexFunc(s.Bands, func(b Band) bool { return b.Code == out.Band }); to > now {
					out.Band = c.Band
				}
			}
		}
	}
}
