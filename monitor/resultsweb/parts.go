package resultsweb

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// bar is one point of a question: how many gave it.
type bar struct {
	Word  string
	N     string
	Share string
	W     float64 // of a strip 100 wide
	Class string
}

// barsOf are the points of a question, the best first.
func barsOf(p web.Page, f *survey.Figures, q *survey.Question) []bar {
	var bars []bar
	for level := len(f.Counts); level >= 1; level-- {
		share := float64(f.Counts[level-1]) / float64(max(1, f.N))
		bars = append(bars, bar{
			Word: pointWord(p, q, level, len(f.Counts)), N: p.Number(f.Counts[level-1]), Share: p.Percent(share, 0), W: round1(100 * share),
			Class: levelClass(level, len(f.Counts)),
		})
	}
	return bars
}

// pointWord names a point: by its number, and at the ends by what it says.
func pointWord(p web.Page, q *survey.Question, level, levels int) string {
	switch {
	case q == nil || q.Levels() != levels:
		return p.Number(level)
	case q.Kind == survey.Faces:
		return p.T([]string{"surveydesk.face.1", "surveydesk.face.2", "surveydesk.face.3"}[level-1])
	case level == levels:
		return p.T("surveydesk.point", level+q.Least()-1, q.High.In(p.Lang))
	case level == 1:
		return p.T("surveydesk.point", q.Least(), q.Low.In(p.Lang))
	}
	return p.Number(level + q.Least() - 1)
}

// levelClass is the shade of a point: the top two, the lowest two, those between.
func levelClass(level, levels int) string {
	best, worst := levels-1, 2
	if levels <= 3 {
		best, worst = levels, 1
	}
	switch {
	case level >= best:
		return "answer-good"
	case level <= worst:
		return "answer-bad"
	}
	return "answer-middle"
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }

// otherRow is what another question comes to.
type otherRow struct {
	Text     lang.Text
	Answer   string // of a choice
	N        string
	Value    string
	Band     string
	Low, Mid float64 // of a strip 100 wide
	Width    float64
}

// othersOf are the other questions with points.
func othersOf(p web.Page, sums survey.Sums, set *survey.Set, headline string, mode survey.Mode) []otherRow {
	var rows []otherRow
	for n := range set.Questions {
		q := &set.Questions[n]
		if q.Levels() == 0 || q.Code == headline {
			continue
		}
		f := sums.Score(q.Code, survey.Part{Mode: mode, Set: set.Name})
		if f.N == 0 {
			continue
		}
		rows = append(rows, otherRow{
			Text: q.Text, N: p.Number(f.N), Value: p.Decimal(f.Mean10.Value, 1), Band: bandWords(p, f.Mean10.Low, f.Mean10.High),
			Low: round1(10 * f.Mean10.Low), Mid: round1(10 * f.Mean10.Value), Width: round1(10 * (f.Mean10.High - f.Mean10.Low)),
		})
	}
	return rows
}

// choiceRow is a question with choices, and the share of each.
type choiceRow struct {
	Text    lang.Text
	N       int64
	Answers []otherRow
}

// chosenOf are the questions with choices that somebody answered.
func chosenOf(p web.Page, sums survey.Sums, set *survey.Set, mode survey.Mode) []choiceRow {
	var rows []choiceRow
	for n := range set.Questions {
		q := &set.Questions[n]
		one := choiceRow{Text: q.Text}
		for i := range q.Choices {
			o := &q.Choices[i]
			share, all, ok := sums.Chosen(q.Code, survey.Part{Set: set.Name}, mode, o.Code)
			if !ok {
				continue
			}
			one.N = all
			one.Answers = append(one.Answers, otherRow{
				Answer: o.Text.In(p.Lang), Value: p.Percent(share.Value, 0),
				Band: p.T("surveydesk.band_between", p.Percent(share.Low, 0), p.Percent(share.High, 0)),
				Low:  round1(100 * share.Low), Mid: round1(100 * share.Value), Width: round1(100 * (share.High - share.Low)),
			})
		}
		if len(one.Answers) > 0 {
			rows = append(rows, one)
		}
	}
	return rows
}

// partRow is what a part of the answers comes to: a mode, a language, a way.
type partRow struct {
	Word, N, Mean, Band, Top2, Top2Band string
	Mark                                web.Mark
	Low, Mid, Width                     float64
}

func partRowOf(p web.Page, word string, f *survey.Figures) partRow {
	row := partRow{Word: word, N: p.Number(f.N)}
	row.Mark, _, _ = judgement(p, f)
	if f.N > 0 {
		row.Mean, row.Band = p.Decimal(f.Mean10.Value, 1), bandWords(p, f.Mean10.Low, f.Mean10.High)
		row.Top2 = p.Percent(f.Top2.Share, 0)
		row.Top2Band = p.T("surveydesk.band_between", p.Percent(f.Top2.Low, 0), p.Percent(f.Top2.High, 0))
		row.Low, row.Mid, row.Width = round1(10*f.Mean10.Low), round1(10*f.Mean10.Value), round1(10*(f.Mean10.High-f.Mean10.Low))
	}
	return row
}

// parts fills the tables that set parts side by side. Of each only the scale
// of the headline is told, but for modes and numbers of points, which are told all.
func (page *resultsPage) parts(sums survey.Sums, question string) {
	f := &page.Figures.Figures
	for _, levels := range []int{5, 3, 7, 10, 11} {
		for _, mode := range survey.Modes() {
			at := survey.Scale{Mode: mode, Levels: levels}
			if one, ok := page.Figures.ByMode[at.String()]; ok {
				page.Modes = append(page.Modes, partRowOf(page.Page, scaleWord(page.Page, at), &one))
			}
		}
	}
	add := func(into *[]partRow, word string, of survey.Part) {
		of.Mode = f.Scale.Mode
		if one, ok := sums.Score(question, of).ByMode[f.Scale.String()]; ok {
			*into = append(*into, partRowOf(page.Page, word, &one))
		}
	}
	yes, no := true, false
	add(&page.Proofs, page.T("surveydesk.verified"), survey.Part{Verified: &yes})
	add(&page.Proofs, page.T("surveydesk.open"), survey.Part{Verified: &no})
	for _, tag := range lang.All() {
		add(&page.Tongues, page.T("surveydesk.language."+string(tag)), survey.Part{Language: tag})
	}
	for _, way := range survey.Channels() {
		add(&page.Ways, page.T("surveydesk.channel."+string(way)), survey.Part{Channel: way})
	}
}

// scaleWord names who held the pen and on how many points.
func scaleWord(p web.Page, at survey.Scale) string {
	return p.T("surveydesk.scale", p.T("surveydesk.mode."+string(at.Mode)), at.Levels)
}

// ratedIn are the codes of the questions that were answered by points, in an order.
func ratedIn(sums survey.Sums) []string {
	codes := map[string]bool{}
	for _, t := range sums {
		for key := range t.Questions {
			if !strings.Contains(key, "=") {
				codes[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(codes))
}
