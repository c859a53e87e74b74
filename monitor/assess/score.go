package assess

import (
	"slices"
	"time"
)

// Result is one criterion of one service.
type Result struct {
	Criterion string       `json:"criterion"`
	Colour    Colour       `json:"colour"`
	Points    float64      `json:"points"`              // on a hundred; of no sense when grey
	Shown     bool         `json:"shown,omitempty"`     // has no lines: told, and not judged
	Undecided bool         `json:"undecided,omitempty"` // amber because the interval crosses a line
	Needed    int64        `json:"needed,omitempty"`    // about how many more observations would decide
	Declared  bool         `json:"declared,omitempty"`  // rests on words that nobody confirmed
	Unknown   string       `json:"unknown,omitempty"`   // why it is grey
	At        time.Time    `json:"at,omitzero"`         // the oldest of its facts
	Parts     []PartResult `json:"parts,omitempty"`     // of each measure; one unless there are several
}

// PartResult is one measure of a criterion.
type PartResult struct {
	Measure   Measure `json:"measure"`
	Colour    Colour  `json:"colour"`
	Undecided bool    `json:"undecided,omitempty"`
	Unknown   string  `json:"unknown,omitempty"`
}

// AreaScore is what an area brought.
type AreaScore struct {
	Area     string   `json:"area"`
	Value    *float64 `json:"value"` // on a hundred; nil when too little is known
	Coverage float64  `json:"coverage"`
}

// Score is what a set of criteria says of a service.
type Score struct {
	Set      string         `json:"set"`
	Version  int            `json:"version"`
	Value    *float64       `json:"value"`    // on a hundred; nil when too little is known
	Coverage float64        `json:"coverage"` // share of the weights that is known
	Band     string         `json:"band"`     // the letter or colour of the whole; empty without a value
	Earned   string         `json:"earned"`   // what the points alone would give
	Capped   []string       `json:"capped"`   // the reds that took the letter down
	Spread   float64        `json:"spread"`   // about how far off the value may be for what is not known: a standard deviation
	Counts   map[Colour]int `json:"counts"`
	Areas    []AreaScore    `json:"areas"`
	Results  []Result       `json:"results"`
}

// Result finds what the score says of a criterion; nil when it is not of the set.
func (s *Score) Result(criterion string) *Result {
	for n := range s.Results {
		if s.Results[n].Criterion == criterion {
			return &s.Results[n]
		}
	}
	return nil
}

// Parts are the measures that a criterion goes by, its own first.
func (c *Criterion) Parts() []Part {
	return append([]Part{{c.Measure, c.Green, c.Red}}, c.Also...)
}

// shown tells whether the criterion is there to be told only.
func (c *Criterion) shown() bool {
	return c.Weight == 0 && c.Green == nil && c.Red == nil && len(c.Also) == 0
}

// Measures lists every measure that the set goes by, each once.
func (s *Set) Measures() []Measure {
	var all []Measure
	for n := range s.Criteria {
		for _, p := range s.Criteria[n].Parts() {
			if !slices.Contains(all, p.Measure) {
				all = append(all, p.Measure)
			}
		}
	}
	return all
}

// Criterion finds a criterion by its code; nil when the set has none.
func (s *Set) Criterion(code string) *Criterion {
	for n := range s.Criteria {
		if s.Criteria[n].Code == code {
			return &s.Criteria[n]
		}
	}
	return nil
}

// Score judges a service by what is known of it at now. A set of the method
// "index" says colours here and no value: that stands on all services, see
// ScoreAll.
func (s *Set) Score(facts Facts, now time.Time) Score {
	out := Score{Set: s.Name, Version: s.Version, Counts: map[Colour]int{}, Capped: []string{}, Results: make([]Result, 0, len(s.Criteria))}
	for n := range s.Criteria {
		r := s.result(&s.Criteria[n], facts, now)
		if !r.Shown {
			out.Counts[r.Colour]++
		}
		out.Results = append(out.Results, r)
	}
	switch s.Method {
	case Index:
		out.Coverage = s.tally(out.Results, "", s.Method).coverage()
	case Areas:
		s.byAreas(&out)
	default:
		t := s.tally(out.Results, "", s.Method)
		out.Coverage, out.Spread = t.coverage(), t.spread()
		if t.seen > 0 && s.enough(out.Coverage) {
			v := t.mean()
			out.Value = &v
		}
		s.areas(&out)
	}
	s.letter(&out)
	return out
}

// result judges one criterion by all its measures.
func (s *Set) result(c *Criterion, facts Facts, now time.Time) Result {
	r := Result{Criterion: c.Code, Colour: Grey, Shown: c.shown()}
	var known []judged
	for _, p := range c.Parts() {
		f := facts[p.Measure]
		why := f.Why(now)
		if why == "" && f.N < c.Least {
			why = UnknownFew
		}
		if why != "" {
			r.Parts = append(r.Parts, PartResult{Measure: p.Measure, Colour: Grey, Unknown: why})
			if r.Unknown == "" {
				r.Unknown = why
			}
			continue
		}
		if r.Shown {
			r.Parts, r.At = append(r.Parts, PartResult{Measure: p.Measure, Colour: Grey}), f.At
			continue
		}
		j := p.judge(f, s.Grading, c.Plain)
		known = append(known, j)
		r.Parts = append(r.Parts, PartResult{Measure: p.Measure, Colour: j.colour, Undecided: j.undecided})
		r.Declared = r.Declared || f.Declared
		if j.undecided {
			r.Needed = max(r.Needed, p.needed(f))
		}
		if r.At.IsZero() || f.At.Before(r.At) {
			r.At = f.At
		}
	}
	if len(known) == 0 {
		return r
	}
	r.Unknown = ""
	whole := combine(known, c.Combine)
	r.Colour, r.Points, r.Undecided = whole.colour, whole.points, whole.undecided
	if !r.Undecided {
		r.Needed = 0
	}
	return r
}

// combine makes one colour of several. Which is undecided leaves the whole so
// wherever that could change it.
func combine(parts []judged, how Combine) judged {
	if how == Share && len(parts) > 1 {
		return shared(parts)
	}
	whole := parts[0]
	for _, j := range parts[1:] {
		if j.colour.worse(whole.colour) {
			whole.colour = j.colour
		}
		whole.points = min(whole.points, j.points)
		whole.undecided = whole.undecided || j.undecided
	}
	whole.undecided = whole.undecided && whole.colour == Amber
	return whole
}

// shared is green when all are, red when all are, amber else.
func shared(parts []judged) judged {
	counts, undecided := map[Colour]int{}, false
	for _, j := range parts {
		counts[j.colour]++
		undecided = undecided || j.undecided
	}
	for _, c := range []Colour{Green, Red} {
		if counts[c] == len(parts) {
			return judged{colour: c, points: c.points()}
		}
	}
	return judged{colour: Amber, points: Amber.points(), undecided: undecided}
}
