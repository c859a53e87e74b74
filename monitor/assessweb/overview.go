package assessweb

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/web"
)

// Limits of the lists of the overview.
const (
	shownSteps   = 15
	shownAnswers = 20
	shownMoves   = 12
	soon         = 30 * 24 * time.Hour
	movedBy      = 5.0 // points that are worth a line
)

// overviewPage is /desk/assessment: everybody's for the operator, one's own for
// a department.
type overviewPage struct {
	web.Page
	At       time.Time
	Set      lang.Text
	Version  int
	Both     bothScores
	Areas    []lang.Text
	Rows     []heatRow
	Moved    []moveLine
	Since    string // the edition that it is compared with
	Steps    []stepLine
	Waiting  []answerLine
	Expiring []answerLine
	Overdue  []actionLine
	CanJudge bool
	CanWrite bool
}

// heatRow is one institution of the heat map.
type heatRow struct {
	Slug     string
	Name     lang.Text
	Cells    []heatCell
	Mean     heatCell
	Coverage string
	Services int
}

// heatCell is one area of an institution.
type heatCell struct{ Class, Value string }

// moveLine is a service that changed since the last edition.
type moveLine struct {
	Slug     string
	Name     lang.Text
	From, To string // letters, with the score
	Mark     web.Mark
	by       float64
}

// stepLine is one thing that could be mended.
type stepLine struct {
	Slug      string
	Service   lang.Text
	Code      string
	Criterion lang.Text
	Mark      web.Mark
	Gain      string
	Ease      string
	Caps      bool
	Advice    lang.Text
	Action    *actionLine
}

// answerLine is an answer that somebody should look at.
type answerLine struct {
	Slug    string
	Service lang.Text
	Measure assess.Measure
	Name    string
	At      time.Time
	Expired bool
}

// overview answers GET /desk/assessment.
func (p *Pages) overview(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	l, err := p.lookNow(ctx)
	if err != nil {
		return err
	}
	tree, err := p.people(ctx)
	if err != nil {
		return err
	}
	l.Services = slices.DeleteFunc(l.Services, func(s stood) bool { return !by.May(identity.ReadServices, s.Institution) })
	page := &overviewPage{
		Page: p.shell.Page(c, "assessdesk.overview.title"), At: l.At, Set: l.Set.Title, Version: l.Set.Version,
		CanJudge: by.MayAnywhere(identity.JudgeAssessment), CanWrite: by.MayAnywhere(identity.WriteQuestions),
	}
	m := l.Set.Ministry(l.weighed())
	page.Both = bothOf(page.Page, l.Set, &m)
	for _, a := range l.Set.Areas {
		page.Areas = append(page.Areas, a.Title)
	}
	page.Rows = heatRows(page.Page, l, tree)
	if err := p.fillMoved(ctx, page, l); err != nil {
		return err
	}
	if err := p.fillWork(ctx, page, by, l); err != nil {
		return err
	}
	return p.shell.Show(c, "assess_overview", page)
}

// heatRows are the ministries, those with the lowest score first.
func heatRows(p web.Page, l *look, tree identity.Tree) []heatRow {
	groups := map[string][]stood{}
	for _, s := range l.Services {
		top := tree.Ministry(s.Institution).Slug
		if top == "" {
			top = s.Institution
		}
		groups[top] = append(groups[top], s)
	}
	type ranked struct {
		heatRow
		mean float64
	}
	rows := make([]ranked, 0, len(groups))
	for slug, services := range groups {
		part := &look{Set: l.Set, At: l.At, Services: services}
		m := l.Set.Ministry(part.weighed())
		row := ranked{heatRow{
			Slug: slug, Name: nameOf(tree, slug), Services: len(services), Coverage: percent(p, math.Floor(m.Coverage*100)/100),
			Mean: heatCell{heat(m.Mean), points(p, m.Mean)},
		}, 101}
		if m.Mean != nil {
			row.mean = *m.Mean
		}
		for n := range l.Set.Areas {
			v := areaMean(services, n)
			row.Cells = append(row.Cells, heatCell{heat(v), points(p, v)})
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b ranked) int {
		switch {
		case a.mean < b.mean:
			return -1
		case a.mean > b.mean:
			return 1
		case a.Slug < b.Slug:
			return -1
		}
		return 1
	})
	out := make([]heatRow, len(rows))
	for n := range rows {
		out[n] = rows[n].heatRow
	}
	return out
}

// areaMean is the mean of an area over services, by how many use each.
func areaMean(services []stood, area int) *float64 {
	values, weights := make([]*float64, len(services)), make([]float64, len(services))
	for n := range services {
		weights[n] = max(services[n].Volume, 1)
		if areas := services[n].Score.Areas; area < len(areas) {
			values[n] = areas[area].Value
		}
	}
	return mean(values, weights)
}

// fillMoved tells which services changed since the newest frozen edition.
func (p *Pages) fillMoved(ctx context.Context, page *overviewPage, l *look) error {
	editions, err := p.store.Editions(ctx, identity.Actor{}) // those that everybody sees
	if err != nil || len(editions) == 0 {
		return err
	}
	before, err := p.lookAt(ctx, editions[0].Quarter)
	if err != nil {
		return err
	}
	page.Since = quarterWord(page.Page, editions[0].Quarter)
	if before.Set.Key() != l.Set.Key() {
		return nil // other rules: what differs says nothing of the services
	}
	for n := range l.Services {
		now := &l.Services[n]
		was := before.find(now.Slug)
		if was == nil || was.Score.Value == nil || now.Score.Value == nil {
			continue
		}
		by := *now.Score.Value - *was.Score.Value
		if math.Abs(by) < movedBy && was.Score.Band == now.Score.Band {
			continue
		}
		line := moveLine{
			Slug: now.Slug, Name: now.Name, by: by, From: page.T("assessdesk.scored", was.Score.Band, points(page.Page, was.Score.Value)),
			To: page.T("assessdesk.scored", now.Score.Band, points(page.Page, now.Score.Value)), Mark: page.Mark("late", "assessdesk.moved.down"),
		}
		if by >= 0 {
			line.Mark = page.Mark("open", "assessdesk.moved.up")
		}
		page.Moved = append(page.Moved, line)
	}
	slices.SortFunc(page.Moved, func(a, b moveLine) int {
		if a.by < b.by {
			return -1
		}
		return 1
	})
	page.Moved = page.Moved[:min(len(page.Moved), shownMoves)]
	return nil
}

// fillWork reads what is to be done.
func (p *Pages) fillWork(ctx context.Context, page *overviewPage, by identity.Actor, l *look) error {
	actions, err := p.store.Actions(ctx, by, assessdb.Wanted{})
	if err != nil {
		return err
	}
	have := map[[2]string]*actionLine{}
	for n := range actions {
		line := p.actionOf(page.Page, l.Set, &actions[n])
		if s := l.find(actions[n].Service); s != nil {
			line.Service = s.Name
		}
		have[[2]string{line.Slug, line.Code}] = &line
		if line.Overdue {
			page.Overdue = append(page.Overdue, line)
		}
	}
	steps := l.Set.Improve(l.weighed())
	page.Steps = stepsOf(page.Page, l, steps[:min(len(steps), shownSteps)], have)
	if !by.MayAnywhere(identity.AssessService) {
		return nil
	}
	waiting, err := p.store.Waiting(ctx, by, shownAnswers)
	if err != nil {
		return err
	}
	expiring, err := p.store.Expiring(ctx, by, l.At.Add(soon), shownAnswers)
	page.Waiting, page.Expiring = answerLines(page.Page, l, waiting, false), answerLines(page.Page, l, expiring, true)
	return err
}

// stepsOf shows what could be mended, with what is being done about it.
func stepsOf(p web.Page, l *look, steps []assess.Step, have map[[2]string]*actionLine) []stepLine {
	lines := make([]stepLine, 0, len(steps))
	for _, s := range steps {
		line := stepLine{
			Slug: s.Service, Code: s.Criterion, Criterion: criterionTitle(l.Set, s.Criterion), Mark: colourMark(p, s.Colour, false), Caps: s.Caps,
			Gain: p.T("assessdesk.step.gain", p.Number(math.Round(s.Gap*s.Weight*1000)/10)), Ease: p.T("assessdesk.ease." + string(rune('0'+min(max(s.Ease, 1), 5)))),
			Action: have[[2]string{s.Service, s.Criterion}],
		}
		if c := l.Set.Criterion(s.Criterion); c != nil {
			line.Advice = c.Advice
		}
		if of := l.find(s.Service); of != nil {
			line.Service = of.Name
			if r := of.Score.Result(s.Criterion); r != nil {
				line.Mark = colourMark(p, r.Colour, r.Undecided)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func answerLines(p web.Page, l *look, answers []assess.Answer, ends bool) []answerLine {
	lines := make([]answerLine, 0, len(answers))
	for n := range answers {
		a := &answers[n]
		line := answerLine{Slug: a.Service, Service: lang.Text{"fr": a.Service}, Measure: a.Measure, Name: measureName(p, a.Measure), At: a.GivenAt}
		if ends {
			line.At, line.Expired = a.Until, !l.At.Before(a.Until)
		}
		if s := l.find(a.Service); s != nil {
			line.Service = s.Name
		}
		lines = append(lines, line)
	}
	return lines
}
