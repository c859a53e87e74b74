package assessweb

import (
	"math"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// quadrant sets what people say of services against what machines measure of
// them. Points carry numbers; the table beside says which service each is.
type quadrant struct {
	Any        bool
	Title      string
	Dots       []dot
	GoalX      float64 // where quality is at its goal
	GoalY      float64 // where satisfaction is
	GoodWidth  float64 // from the goal of quality to the end
	GoalXWord  string
	GoalYWord  string
	Corners    [4]int // how many are in each: praise, simplify, repair, both
	Missing    []lang.Text
	Horizontal []rule // of satisfaction
	Vertical   []rule // of quality; Y is the horizontal place here
}

// dot is one service.
type dot struct {
	N          int
	Slug       string
	Name       lang.Text
	X, Y       float64
	Low, High  float64 // heights of the interval's ends
	Tone       string
	Quality    string
	Content    string
	Interval   string
	CornerWord string
}

// The measures of the drawing.
const (
	quadWidth  = 560.0
	quadHeight = 320.0
	goalPoints = 8.0 // satisfaction on ten, where the set draws no line of its own
)

// corner names, by whether quality and satisfaction are at their goals.
const (
	cornerBoth = iota
	cornerRepair
	cornerSimplify
	cornerNeither
)

// cornerKey names a corner.
func cornerKey(corner int) string {
	return [...]string{"assessdesk.corner.both", "assessdesk.corner.repair", "assessdesk.corner.simplify", "assessdesk.corner.neither"}[corner]
}

// stood is a service with what is known of it.
type stood struct {
	Slug        string
	Name        lang.Text
	Institution string
	Volume      float64
	Score       assess.Score
	Facts       assess.Facts
}

// measured is the weighted mean of what machines measure of a service, on a
// hundred; nil under the set's coverage.
func measured(set *assess.Set, score *assess.Score) *float64 {
	var sum, seen, all float64
	for n := range set.Criteria {
		c := &set.Criteria[n]
		if c.Kind != assess.Automatic && c.Kind != assess.Browser || c.Weight <= 0 {
			continue
		}
		all += c.Weight
		if r := score.Result(c.Code); r != nil && r.Colour != assess.Grey {
			seen += c.Weight
			sum += c.Weight * r.Points
		}
	}
	if all <= 0 || seen/all < set.Coverage {
		return nil
	}
	v := sum / seen
	return &v
}

// contentGoal is the line of satisfaction that the set draws.
func contentGoal(set *assess.Set) float64 {
	for n := range set.Criteria {
		c := &set.Criteria[n]
		if c.Measure == assess.SatisfactionMean && c.Green != nil && c.Green.AtLeast != nil {
			return *c.Green.AtLeast
		}
	}
	return goalPoints
}

// quadrantOf draws services.
func quadrantOf(p web.Page, set *assess.Set, services []stood, known func(assess.Fact) bool) quadrant {
	goal := contentGoal(set)
	y := func(v float64) float64 { return round1(quadHeight * (1 - v/10)) }
	q := quadrant{
		GoalX: round1(quadWidth * set.Goal / 100), GoalY: y(goal), GoalXWord: p.T("assessdesk.trend.goal", p.Number(set.Goal)),
		GoalYWord: p.T("assessdesk.trend.goal", p.Number(goal)), GoodWidth: round1(quadWidth * (1 - set.Goal/100)),
	}
	for _, v := range []float64{0, 5, 10} {
		q.Horizontal = append(q.Horizontal, rule{y(v), p.Number(v)})
		q.Vertical = append(q.Vertical, rule{round1(quadWidth * v / 10), p.Number(v * 10)})
	}
	for n := range services {
		s := &services[n]
		quality, said := measured(set, &s.Score), s.Facts[assess.SatisfactionMean]
		if quality == nil || !known(said) {
			q.Missing = append(q.Missing, s.Name)
			continue
		}
		d := dot{
			N: len(q.Dots) + 1, Slug: s.Slug, Name: s.Name, X: round1(quadWidth * *quality / 100), Y: y(said.Value), Tone: bandTone(set, s.Score.Band),
			Quality: points(p, quality), Content: p.Decimal(said.Value, 1), Interval: between(p, said),
		}
		d.Low, d.High = d.Y, d.Y
		if said.Low != nil && said.High != nil {
			d.Low, d.High = y(*said.Low), y(*said.High)
		}
		at := cornerOf(*quality >= set.Goal, said.Value >= goal)
		q.Corners[at]++
		d.CornerWord = p.T(cornerKey(at))
		q.Dots = append(q.Dots, d)
	}
	q.Any = len(q.Dots) > 0
	q.Title = q.title(p)
	return q
}

func cornerOf(quality, content bool) int {
	switch {
	case quality && content:
		return cornerBoth
	case content:
		return cornerRepair
	case quality:
		return cornerSimplify
	}
	return cornerNeither
}

// title is the answer: how many are at both goals, or what most lack.
func (q *quadrant) title(p web.Page) string {
	n := len(q.Dots)
	if n == 0 {
		return p.T("assessdesk.quadrant.none")
	}
	return p.T("assessdesk.quadrant.title", p.Number(q.Corners[cornerBoth]), p.Number(n))
}

// heat is the class of a cell of a heat map: 0 the best to 4 the worst.
func heat(v *float64) string {
	switch {
	case v == nil:
		return "map-none"
	case *v >= 80:
		return "map-0"
	case *v >= 65:
		return "map-1"
	case *v >= 50:
		return "map-2"
	case *v >= 35:
		return "map-3"
	}
	return "map-4"
}

// mean is the weighted mean of what is known; nil when nothing is.
func mean(values []*float64, weights []float64) *float64 {
	var sum, all float64
	for n, v := range values {
		if v != nil && !math.IsNaN(*v) {
			sum += weights[n] * *v
			all += weights[n]
		}
	}
	if all <= 0 {
		return nil
	}
	v := sum / all
	return &v
}
