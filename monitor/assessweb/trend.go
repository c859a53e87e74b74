package assessweb

import (
	"fmt"
	"math"
	"strings"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// trend draws a score from edition to edition. Time runs from left to right in
// every language. The band is where the score would lie if what was not known
// of each edition had been known.
type trend struct {
	Title  string
	Points []trendPoint
	Line   string
	Band   string
	Rules  []rule
	Goal   float64 // height of the goal
	GoalAt string
}

// trendPoint is one edition.
type trendPoint struct {
	X, Y     float64
	Quarter  string
	Code     string
	Value    string
	Low      string
	High     string
	Letter   string
	Coverage string
	Known    bool
	Version  int
	Switched bool // judged by another set than the one before
}

// rule is a horizontal line with its value.
type rule struct {
	Y    float64
	Word string
}

// The measures of the drawing.
const (
	trendWidth  = 640.0
	trendHeight = 160.0
	normal95    = 1.96
)

// past is a service's score in an edition.
type past struct {
	Quarter string
	Score   assess.Score
}

// trendOf draws scores, the oldest first. One edition alone is no trend.
func trendOf(p web.Page, set *assess.Set, scores []past) trend {
	t := trend{}
	for _, v := range []float64{0, 50, 100} {
		t.Rules = append(t.Rules, rule{trendHeight * (1 - v/100), p.Number(v)})
	}
	t.Goal, t.GoalAt = round1(trendHeight*(1-set.Goal/100)), p.T("assessdesk.trend.goal", p.Number(set.Goal))
	for n, one := range scores {
		at := trendPoint{
			X: round1(trendWidth * (float64(n) + 0.5) / float64(len(scores))), Quarter: quarterWord(p, one.Quarter), Code: one.Quarter,
			Value: points(p, one.Score.Value), Letter: one.Score.Band, Coverage: percent(p, math.Floor(one.Score.Coverage*100)/100),
			Known: one.Score.Value != nil, Version: one.Score.Version, Low: "–", High: "–",
		}
		at.Switched = n > 0 && (scores[n-1].Score.Set != one.Score.Set || scores[n-1].Score.Version != one.Score.Version)
		if at.Known {
			low, high := spreadOf(&one.Score)
			at.Y, at.Low, at.High = round1(trendHeight*(1-*one.Score.Value/100)), points(p, &low), points(p, &high)
		}
		t.Points = append(t.Points, at)
	}
	t.Line, t.Band = t.draw(scores)
	t.Title = movement(p, scores)
	return t
}

// spreadOf is about between which values a score lies, for what is not known.
func spreadOf(s *assess.Score) (low, high float64) {
	return max(0, *s.Value-normal95*s.Spread), min(100, *s.Value+normal95*s.Spread)
}

// draw joins neighbours that are both known and were judged by the same set: an
// edition without a score is a gap, and scores by other rules are not joined.
func (t *trend) draw(scores []past) (line, band string) {
	var l, b strings.Builder
	for n := 1; n < len(t.Points); n++ {
		from, to := t.Points[n-1], t.Points[n]
		if !from.Known || !to.Known || to.Switched {
			continue
		}
		fmt.Fprintf(&l, "M%.1f %.1fL%.1f %.1f", from.X, from.Y, to.X, to.Y)
		fl, fh := spreadOf(&scores[n-1].Score)
		tl, th := spreadOf(&scores[n].Score)
		y := func(v float64) float64 { return trendHeight * (1 - v/100) }
		fmt.Fprintf(&b, "M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fz", from.X, y(fh), to.X, y(th), to.X, y(tl), from.X, y(fl))
	}
	return l.String(), b.String()
}

// movement says how the newest edition compares with the one before: only as
// much as their sets and what is known of both allow.
func movement(p web.Page, scores []past) string {
	n := len(scores)
	if n < 2 {
		return p.T("assessdesk.trend.first")
	}
	now, before := &scores[n-1].Score, &scores[n-2].Score
	switch {
	case now.Value == nil || before.Value == nil:
		return p.T("assessdesk.trend.gap")
	case now.Set != before.Set || now.Version != before.Version:
		return p.T("assessdesk.trend.switched")
	}
	by := *now.Value - *before.Value
	switch quarter := quarterWord(p, scores[n-2].Quarter); {
	case math.Abs(by) <= normal95*math.Hypot(now.Spread, before.Spread) || math.Abs(by) < 1:
		return p.T("assessdesk.trend.same", quarter)
	case by > 0:
		return p.T("assessdesk.trend.up", p.Number(math.Round(by)), quarter)
	default:
		return p.T("assessdesk.trend.down", p.Number(math.Round(-by)), quarter)
	}
}
