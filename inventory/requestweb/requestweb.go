// Package requestweb shows what people outside ask and say: the public forms
// and lists, the page by which somebody follows a message without an account,
// the desk where messages are read and answered, and the JSON API. It holds no
// rule and no query.
package requestweb

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Register knows what is public.
type Register interface {
	Publication(ctx context.Context, key string) (*inventory.Publication, error)
}

// Pages are the room's pages and its part of the JSON API.
type Pages struct {
	shell        *web.Shell
	store        *requestdb.Store
	register     Register
	institutions Institutions
	now          func() time.Time
}

// New returns the pages.
func New(
	shell *web.Shell, store *requestdb.Store, register Register, institutions Institutions, now func() time.Time,
) *Pages {
	return &Pages{shell: shell, store: store, register: register, institutions: institutions, now: now}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/requests", page(p.publicList))
	r.GET("/requests.csv", p.shell.Machine(p.publicCSV))
	r.GET("/requests/new", page(p.blank))
	r.POST("/requests/new", page(p.send))
	r.GET("/requests/:ref", page(p.publicPage))
	r.POST("/requests/:ref/support", page(p.support))
	r.GET("/requests/follow/:token", page(p.own))
	r.POST("/requests/follow/:token/erasure", page(p.erase))
	r.GET("/datasets/:ref/feedback", page(p.blankFeedback))
	r.POST("/datasets/:ref/feedback", page(p.sendFeedback))

	r.GET("/desk/requests", page(p.desk))
	r.GET("/desk/requests.csv", p.shell.Machine(p.deskCSV))
	r.GET("/desk/requests/:ref", page(p.deskPage))
	for _, a := range acts() {
		r.POST("/desk/requests/:ref/"+a.path, page(func(c *gin.Context) error { return p.do(c, a) }))
	}
	p.shell.AddNav(web.NavItem{Path: "/requests", Key: "request.nav"})
	p.shell.AddNav(web.NavItem{Path: "/desk/requests", Key: "request.nav", Act: identity.AnswerRequest, Desk: true, Group: web.NavBar, Rank: 5})
	p.api()
}

// words is what a page needs to say codes in words.
type words struct {
	page  web.Page
	tree  identity.Tree
	tools requestdb.Tools
}

func (p *Pages) words(ctx context.Context, page web.Page) (words, error) {
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return words{}, err
	}
	tools, err := p.store.Tools(ctx)
	return words{page, tree, tools}, err
}

// institution names a body; empty is nobody yet.
func (w words) institution(slug string) lang.Text {
	if slug == "" {
		return lang.Text{string(w.page.Lang): w.page.T("request.nobody")}
	}
	if i, ok := w.tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}

// institutionOptions lists the bodies that exist, after a choice of none.
func (w words) institutionOptions(noneKey string) []web.Option {
	var list []web.Option
	order := locale.Order(w.page.Lang)
	for slug, i := range w.tree {
		if i.Exists(w.tools.Now) {
			list = append(list, web.Option{Value: slug, Label: i.Name.In(w.page.Lang)})
		}
	}
	sortOptions(list, order)
	return append([]web.Option{{Value: "", Label: w.page.T(noneKey)}}, list...)
}

// mark names a state with its shape; what waits too long says so.
func (w words) mark(r *request.Request) web.Mark {
	if r.Overdue(w.tools.Now) {
		return w.page.Mark("late", "request.overdue", w.tools.Calendar.DaysLate(*r.DueAt, w.tools.Now))
	}
	if r.State == request.Closed && r.Outcome == "" {
		return w.page.Mark("open", "request.state.published")
	}
	state := r.Ending()
	return w.page.Mark(markKind(state), "request.state."+string(state))
}

func markKind(s request.State) string {
	switch s {
	case request.Answered, request.Opened:
		return "open"
	case request.Planned:
		return "due"
	case request.Declined, request.Refused:
		return "withdrawn"
	case request.Merged, request.Closed:
		return "paused"
	}
	return "review"
}

// due says until when a decision is owed, for what still waits.
func (w words) due(r *request.Request) string {
	if r.DueAt == nil || !r.State.Waiting() {
		return ""
	}
	return w.page.T("request.due", w.page.Date(r.DueAt.Add(-time.Minute)))
}

// day writes a calendar day.
func (w words) day(d inventory.Date) string {
	t, ok := d.In(inventory.Tunis())
	if !ok {
		return ""
	}
	return w.page.Date(t)
}

// step is one event of a message as shown.
type step struct {
	At   time.Time
	Text string
}

func (w words) steps(all []request.Event) []step {
	out := make([]step, 0, len(all))
	for _, e := range all {
		out = append(out, step{e.At, w.page.T("request.event."+e.Act, w.institution(e.Institution).In(w.page.Lang), w.day(e.Day))})
	}
	return out
}
