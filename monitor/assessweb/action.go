package assessweb

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/configs/snippets"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/web"
)

// actionLine is an action of a list.
type actionLine struct {
	ID        int64
	Slug      string
	Service   lang.Text
	Code      string
	Criterion lang.Text
	Mark      web.Mark
	Owner     string
	Due       time.Time
	Overdue   bool
}

// progressKinds are the shapes of how far an action is.
var progressKinds = map[assess.Progress]string{
	assess.Open: "draft", assess.Doing: "due", assess.Done: "review", assess.Verified: "open", assess.Waived: "paused",
}

func (p *Pages) actionOf(page web.Page, set *assess.Set, a *assess.Action) actionLine {
	return actionLine{
		ID: a.ID, Slug: a.Service, Service: lang.Text{"fr": a.Service}, Code: a.Criterion, Criterion: criterionTitle(set, a.Criterion),
		Mark: page.Mark(progressKinds[a.State], "assess.progress."+string(a.State)), Owner: a.Owner, Due: a.Due, Overdue: a.Overdue(p.now()),
	}
}

// criterionPage is /desk/services/{slug}/assessment/criteria/{code}: what was
// found, what to do, and the action about it.
type criterionPage struct {
	web.Page
	Faults   web.Faults
	Service  *monitor.Service
	Row      criterionView
	Area     lang.Text
	Snippets []snippet
	Action   *assess.Action
	Line     actionLine
	Before   []partView
	After    []partView
	Notes    []noteLine
	Forms    []assess.Measure // what of it people answer
	Form     actionForm
	CanWork  bool
	CanJudge bool
}

// noteLine is one line of an action's story.
type noteLine struct {
	At      time.Time
	Machine bool
	Text    string
}

// actionForm is what is typed.
type actionForm struct{ Owner, Due, Reason, Text string }

// snippet is ready-made settings of a server.
type snippet struct{ Server, ID, Text string }

// beside are settings that a remedy needs as well: a criterion goes by several measures.
var beside = map[string]string{"hsts": "tls", "headers": "security-txt"}

// snippetsOf reads the settings of a remedy, for each server that there are any for.
func snippetsOf(name string) []snippet {
	var out []snippet
	for _, server := range snippets.Servers() {
		text, ok := snippets.Of(server, name)
		if !ok {
			continue
		}
		if more, some := snippets.Of(server, beside[name]); some {
			text += "\n" + more
		}
		title := map[string]string{"apache": "Apache", "iis": "IIS"}[server]
		out = append(out, snippet{cmp.Or(title, server), "snippet-" + server, strings.TrimSpace(text)})
	}
	return out
}

// criterion answers GET …/criteria/{code}.
func (p *Pages) criterion(c *gin.Context) error { return p.showCriterion(c, nil, nil) }

// act answers POST …/criteria/{code}: opens an action, says who does it until
// when, how far it is, what is to be noted.
func (p *Pages) act(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	slug, code := c.Param("slug"), c.Param("code")
	form := actionForm{c.PostForm("owner"), c.PostForm("due"), c.PostForm("reason"), c.PostForm("text")}
	flash, err := p.change(c, by, slug, code, form)
	if err != nil {
		if !again(err) {
			return err
		}
		return p.showCriterion(c, &form, err)
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/assessment/criteria/"+code+"#action", flash)
}

func (p *Pages) change(c *gin.Context, by identity.Actor, slug, code string, form actionForm) (flash string, err error) {
	ctx, do := c.Request.Context(), c.PostForm("do")
	if do == "begin" {
		_, err := p.store.OpenAction(ctx, by, slug, code)
		return "assessdesk.flash.opened", err
	}
	a, err := p.actionAbout(ctx, by, slug, code)
	if err != nil {
		return "", err
	}
	if a == nil {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	switch do {
	case "assign":
		due, err := time.ParseInLocation(time.DateOnly, form.Due, p.store.Zone())
		if err != nil {
			due = time.Time{} // the rule says that it is none
		} else {
			due = due.AddDate(0, 0, 1).Add(-time.Second) // until the end of that day
		}
		_, err = p.store.Assign(ctx, by, a.ID, form.Owner, due, revisionOf(c))
		return "assessdesk.flash.assigned", err
	case "note":
		_, err := p.store.Note(ctx, by, a.ID, form.Text)
		return "assessdesk.flash.noted", err
	}
	_, err = p.store.Move(ctx, by, a.ID, assess.Progress(do), form.Reason, revisionOf(c))
	return "assessdesk.flash.moved", err
}

// actionAbout finds the action about a criterion of a service; nil when there is none.
func (p *Pages) actionAbout(ctx context.Context, by identity.Actor, slug, code string) (*assess.Action, error) {
	all, err := p.store.Actions(ctx, by, assessdb.Wanted{Service: slug})
	if err != nil {
		return nil, err
	}
	for n := range all {
		if all[n].Criterion == code {
			return &all[n], nil
		}
	}
	return nil, nil
}

func (p *Pages) showCriterion(c *gin.Context, typed *actionForm, wrong error) error {
	ctx := c.Request.Context()
	by, v, err := p.readable(c)
	if err != nil {
		return err
	}
	l, err := p.lookNow(ctx)
	if err != nil {
		return err
	}
	of := l.Set.Criterion(c.Param("code"))
	if of == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	s, err := p.standing(ctx, l, v)
	if err != nil {
		return err
	}
	page := &criterionPage{
		Page: p.shell.Page(c, "assessdesk.own.title"), Faults: p.shell.Faults(c, wrong), Service: v, Area: areaTitle(l.Set, of.Area),
		Snippets: snippetsOf(of.Snippet), CanWork: by.May(identity.AssessService, v.Institution), CanJudge: by.May(identity.JudgeAssessment, v.Institution),
	}
	page.Row = criterionOf(page.Page, of, &s.Score, s.Facts, l.At)
	page.Title = page.T("assessdesk.answer.of", page.Text(of.Title), page.Text(v.Name))
	if of.Kind == assess.Form {
		for _, part := range of.Parts() {
			page.Forms = append(page.Forms, part.Measure)
		}
	}
	if err := p.fillAction(ctx, page, by, l, of); err != nil {
		return err
	}
	if typed == nil {
		return p.shell.Show(c, "assess_criterion", page)
	}
	page.Form = *typed
	return p.shell.ShowFault(c, wrong, "assess_criterion", page)
}

// fillAction reads the action about the criterion, its story and its proofs.
func (p *Pages) fillAction(ctx context.Context, page *criterionPage, by identity.Actor, l *look, of *assess.Criterion) error {
	a, err := p.actionAbout(ctx, by, page.Service.Slug, of.Code)
	if err != nil || a == nil {
		return err
	}
	page.Action, page.Line = a, p.actionOf(page.Page, l.Set, a)
	page.Form = actionForm{Owner: a.Owner, Due: a.Due.In(p.store.Zone()).Format(time.DateOnly)}
	page.Before, page.After = proofs(page.Page, of, a.Before), proofs(page.Page, of, a.After)
	notes, err := p.store.Notes(ctx, a.ID)
	for n := range slices.Backward(notes) {
		line := noteLine{At: notes[n].At, Text: notes[n].Text, Machine: notes[n].What != ""}
		if line.Machine {
			line.Text = say(page.Page, notes[n].What)
		}
		page.Notes = append(page.Notes, line)
	}
	return err
}

// proofs show facts as they were at their moment.
func proofs(p web.Page, of *assess.Criterion, facts []assess.Fact) []partView {
	var out []partView
	for _, part := range of.Parts() {
		for _, f := range facts {
			if f.Measure == part.Measure {
				f.Until = nil // it held when it was seen
				out = append(out, partOf(p, part, f, f.At))
			}
		}
	}
	return out
}
