package assessweb

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/web"
)

// ownPage is /desk/services/{slug}/assessment: what its department does.
type ownPage struct {
	web.Page
	Faults       web.Faults
	Service      *monitor.Service
	Body         lang.Text
	At           time.Time
	Card         card
	Place        string
	Steps        []stepLine // what to do first
	Later        []stepLine // and afterwards
	Actions      []actionLine
	ActionsTitle string
	Forms        []formLine
	Unknown      []criterionView // grey of what machines and people tell
	Draft        *draftView
	Look         *lookView // nil: nobody looks at pages
	CanWork      bool
	CanJudge     bool
}

// formLine is one thing that people answer.
type formLine struct {
	Measure   assess.Measure
	Name      string
	Criterion lang.Text
	Code      string
	Mark      web.Mark
	Value     string
	Until     *time.Time
	Comment   string
	Urgent    int // lower is first
}

// draftView is a draft edition in which the service stands.
type draftView struct {
	Quarter string
	Word    string
	Until   time.Time
	Open    bool // replies are still taken
	Letter  string
	Tone    string
	Value   string
	Replies []assess.Reply
	Text    string // what was typed
}

// own answers GET /desk/services/{slug}/assessment.
func (p *Pages) own(c *gin.Context) error { return p.showOwn(c, "", nil) }

// reply answers POST /desk/services/{slug}/assessment: the right of reply.
func (p *Pages) reply(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.AssessService)
	if err != nil {
		return err
	}
	slug := c.Param("slug")
	if _, err := p.store.Reply(c.Request.Context(), by, c.PostForm("quarter"), slug, c.PostForm("text")); err != nil {
		if !again(err) {
			return err
		}
		return p.showOwn(c, c.PostForm("text"), err)
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/assessment#draft", "assessdesk.flash.replied")
}

// again tells whether a form is shown again with what was typed.
func again(err error) bool {
	status := web.StatusOf(err)
	return status == 422 || status == 409 || status == 412
}

// readable reads a service of the desk.
func (p *Pages) readable(c *gin.Context) (identity.Actor, *monitor.Service, error) {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return by, nil, err
	}
	v, err := p.visible(c)
	if err != nil {
		return by, nil, err
	}
	return by, v, by.Must(identity.ReadServices, v.Institution)
}

func (p *Pages) showOwn(c *gin.Context, typed string, fault error) error {
	ctx := c.Request.Context()
	by, v, err := p.readable(c)
	if err != nil {
		return err
	}
	l, err := p.lookNow(ctx)
	if err != nil {
		return err
	}
	tree, err := p.people(ctx)
	if err != nil {
		return err
	}
	s, err := p.standing(ctx, l, v)
	if err != nil {
		return err
	}
	page := &ownPage{
		Page: p.shell.Page(c, "assessdesk.own.title"), Faults: p.shell.Faults(c, fault), Service: v, Body: nameOf(tree, v.Institution), At: l.At,
		CanWork: by.May(identity.AssessService, v.Institution), CanJudge: by.May(identity.JudgeAssessment, v.Institution),
	}
	page.Title = page.T("assessdesk.own.of", page.Text(v.Name))
	page.Card, page.Place = cardOf(page.Page, l.Set, &s.Score, s.Facts, l.At), placeWord(page.Page, l.places(), v.Slug)
	if err := p.fillOwn(ctx, page, by, l, &s); err != nil {
		return err
	}
	if page.Draft, err = p.draftOf(ctx, page, by); err != nil {
		return err
	}
	if page.Look, err = p.lookOfService(ctx, page, by); err != nil {
		return err
	}
	if fault == nil {
		return p.shell.Show(c, "assess_own", page)
	}
	if page.Draft != nil {
		page.Draft.Text = typed
	}
	return p.shell.ShowFault(c, fault, "assess_own", page)
}

// fillOwn reads what is to be done about the service.
func (p *Pages) fillOwn(ctx context.Context, page *ownPage, by identity.Actor, l *look, s *stood) error {
	actions, err := p.store.Actions(ctx, by, assessdb.Wanted{Service: s.Slug})
	if err != nil {
		return err
	}
	have := map[[2]string]*actionLine{}
	for n := range actions {
		line := p.actionOf(page.Page, l.Set, &actions[n])
		have[[2]string{line.Slug, line.Code}] = &line
		page.Actions = append(page.Actions, line)
	}
	alone := &look{Set: l.Set, At: l.At, Services: []stood{*s}}
	page.Steps = stepsOf(page.Page, alone, l.Set.Improve(alone.weighed()), have)
	if len(page.Steps) > firstSteps {
		page.Steps, page.Later = page.Steps[:firstSteps], page.Steps[firstSteps:]
	}
	page.ActionsTitle = actionsTitle(page.Page, actions)
	answers, err := p.store.Answers(ctx, by, s.Slug)
	page.Forms = formsOf(page.Page, l.Set, answers, l.At)
	for _, a := range page.Card.Areas {
		for _, row := range a.Rows {
			c := l.Set.Criterion(row.Code)
			if row.Colour == string(assess.Grey) && c.Kind != assess.Form {
				page.Unknown = append(page.Unknown, row)
			}
		}
	}
	return err
}

// firstSteps is how many things one does first.
const firstSteps = 5

// actionsTitle says how many actions are still to be done, and how many were proved.
func actionsTitle(p web.Page, actions []assess.Action) string {
	live, proved := 0, 0
	for n := range actions {
		switch {
		case actions[n].Live():
			live++
		case actions[n].State == assess.Verified:
			proved++
		}
	}
	return p.T("assessdesk.actions.title", live, p.Number(proved))
}

// asked are the measures that people answer, each with its criterion; the last
// is how many use the service.
func asked(set *assess.Set) []formLine {
	var lines []formLine
	for n := range set.Criteria {
		c := &set.Criteria[n]
		if c.Kind != assess.Form {
			continue
		}
		for _, part := range c.Parts() {
			if !slices.ContainsFunc(lines, func(l formLine) bool { return l.Measure == part.Measure }) {
				lines = append(lines, formLine{Measure: part.Measure, Criterion: c.Title, Code: c.Code})
			}
		}
	}
	return append(lines, formLine{Measure: assess.Volume})
}

// formsOf lists the forms: what came back first, then what is missing or has
// expired, then what holds.
func formsOf(p web.Page, set *assess.Set, answers []assess.Answer, now time.Time) []formLine {
	lines := asked(set)
	for n := range lines {
		l := &lines[n]
		l.Name, l.Mark, l.Urgent = measureName(p, l.Measure), p.Mark("draft", "assessdesk.form.missing"), 2
		for i := range answers {
			if answers[i].Measure == l.Measure {
				l.take(p, &answers[i], now)
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b formLine) int { return a.Urgent - b.Urgent })
	return lines
}

// take shows the answer that there is.
func (l *formLine) take(p web.Page, a *assess.Answer, now time.Time) {
	f := a.Fact()
	l.Until = f.Until
	switch {
	case a.State == assess.Returned:
		l.Mark, l.Urgent, l.Comment = p.Mark("returned", "assessdesk.form.returned"), 0, a.Comment
		return
	case !now.Before(a.Until):
		l.Mark, l.Urgent = p.Mark("late", "assessdesk.form.expired"), 1
	case a.State == assess.Confirmed:
		l.Mark, l.Urgent = p.Mark("open", "assessdesk.form.confirmed"), 4
	default:
		l.Mark, l.Urgent = p.Mark("review", "assessdesk.form.given"), 3
	}
	l.Value = value(p, f)
}

// draftOf is the newest draft edition, when the service is in it.
func (p *Pages) draftOf(ctx context.Context, page *ownPage, by identity.Actor) (*draftView, error) {
	editions, err := p.store.Editions(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		if e.State != assess.Draft {
			continue
		}
		l, err := p.lookAt(ctx, e.Quarter)
		if err != nil {
			return nil, err
		}
		s := l.find(page.Service.Slug)
		if s == nil {
			continue
		}
		replies, err := p.store.Replies(ctx, by, e.Quarter, page.Service.Slug)
		return &draftView{
			Quarter: e.Quarter, Word: quarterWord(page.Page, e.Quarter), Until: e.RepliesUntil, Open: !page.At.After(e.RepliesUntil),
			Letter: s.Score.Band, Tone: bandTone(l.Set, s.Score.Band), Value: points(page.Page, s.Score.Value), Replies: replies,
		}, err
	}
	return nil, nil
}

// revisionOf reads the revision that a form was shown with.
func revisionOf(c *gin.Context) int64 {
	n, err := strconv.ParseInt(c.PostForm("revision"), 10, 64)
	if err != nil {
		return -1 // matches none
	}
	return n
}
