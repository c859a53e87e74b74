package assessweb

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// diffLine is one thing in which two sets differ.
type diffLine struct {
	Where    string // the criterion, or the set itself
	What     string
	From, To string
}

// diffOf tells what changes from one set to another, in words.
func diffOf(p web.Page, from, to *assess.Set) []diffLine {
	d := &differ{page: p, where: p.T("assessdesk.diff.whole")}
	d.say("assessdesk.diff.title", p.Text(from.Title), p.Text(to.Title))
	d.say("assessdesk.diff.method", p.T("assessdesk.method."+string(from.Method)), p.T("assessdesk.method."+string(to.Method)))
	d.say("assessdesk.diff.grading", gradingWord(p, from.Grading), gradingWord(p, to.Grading))
	d.say("assessdesk.diff.coverage", percent(p, from.Coverage), percent(p, to.Coverage))
	d.say("assessdesk.diff.goal", p.Number(from.Goal), p.Number(to.Goal))
	d.say("assessdesk.diff.bands", bandsWord(p, from), bandsWord(p, to))
	d.say("assessdesk.diff.caps", capsWord(p, from), capsWord(p, to))
	d.say("assessdesk.diff.areas", areasWord(p, from), areasWord(p, to))
	for n := range from.Criteria {
		if c := &from.Criteria[n]; to.Criterion(c.Code) == nil {
			d.where = criterionWord(p, c)
			d.lines = append(d.lines, diffLine{d.where, p.T("assessdesk.diff.gone"), p.T("assessdesk.diff.weighing", p.Number(c.Weight)), ""})
		}
	}
	for n := range to.Criteria {
		c := &to.Criteria[n]
		d.where = criterionWord(p, c)
		if was := from.Criterion(c.Code); was != nil {
			d.criterion(was, c)
			continue
		}
		d.lines = append(d.lines, diffLine{d.where, p.T("assessdesk.diff.new"), "", p.T("assessdesk.diff.weighing", p.Number(c.Weight))})
	}
	return d.lines
}

// differ gathers what differs.
type differ struct {
	page  web.Page
	where string
	lines []diffLine
}

func (d *differ) say(key, from, to string) {
	if from != to {
		d.lines = append(d.lines, diffLine{d.where, d.page.T(key), from, to})
	}
}

// criterion compares one criterion.
func (d *differ) criterion(from, to *assess.Criterion) {
	p := d.page
	d.say("assessdesk.diff.title", p.Text(from.Title), p.Text(to.Title))
	d.say("assessdesk.diff.area", from.Area, to.Area)
	d.say("assessdesk.diff.kind", p.T("assessdesk.kind."+string(from.Kind)), p.T("assessdesk.kind."+string(to.Kind)))
	d.say("assessdesk.diff.weight", p.Number(from.Weight), p.Number(to.Weight))
	d.say("assessdesk.diff.green", linesWord(p, from, true), linesWord(p, to, true))
	d.say("assessdesk.diff.red", linesWord(p, from, false), linesWord(p, to, false))
	d.say("assessdesk.diff.least", p.Number(from.Least), p.Number(to.Least))
	d.say("assessdesk.diff.expires", from.Expires, to.Expires)
	d.say("assessdesk.diff.ease", p.Number(from.Ease), p.Number(to.Ease))
	d.say("assessdesk.diff.advice", p.Text(from.Advice), p.Text(to.Advice))
}

func criterionWord(p web.Page, c *assess.Criterion) string { return c.Code + " · " + p.Text(c.Title) }

func gradingWord(p web.Page, g assess.Grading) string {
	if g == assess.Linear {
		return p.T("assessdesk.diff.linear")
	}
	return p.T("assessdesk.diff.steps")
}

func bandsWord(p web.Page, set *assess.Set) string {
	words := make([]string, 0, len(set.Bands))
	for _, b := range set.Bands {
		words = append(words, p.T("assessdesk.scored", b.Code, p.Number(b.From)))
	}
	return p.List(words...)
}

func capsWord(p web.Page, set *assess.Set) string {
	words := make([]string, 0, len(set.Caps))
	for _, c := range set.Caps {
		words = append(words, strings.Join(c.Criteria, "+")+" → "+c.Band)
	}
	return p.List(words...)
}

func areasWord(p web.Page, set *assess.Set) string {
	words := make([]string, 0, len(set.Areas))
	for _, a := range set.Areas {
		words = append(words, p.T("assessdesk.scored", p.Text(a.Title), p.Number(a.Points)))
	}
	slices.Sort(words)
	return p.List(words...)
}

// linesWord writes where a criterion's colour begins, of each of its measures.
func linesWord(p web.Page, c *assess.Criterion, green bool) string {
	var words []string
	for _, part := range c.Parts() {
		l := part.Red
		if green {
			l = part.Green
		}
		if said := line(p, part.Measure, l); said != "" {
			words = append(words, p.T("assessdesk.diff.line", measureName(p, part.Measure), said))
		}
	}
	return p.List(words...)
}
