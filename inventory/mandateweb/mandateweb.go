// Package mandateweb shows who answers for open data, the committee and its
// advice, and the common naming rules. It holds no rule; it reads, asks, and
// shows.
package mandateweb

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/mandatedb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Pages are the room's pages and its part of the JSON API.
type Pages struct {
	shell        *web.Shell
	store        *mandatedb.Store
	register     *inventorydb.Store
	institutions Institutions
	now          func() time.Time
}

// New returns the pages.
func New(shell *web.Shell, store *mandatedb.Store, register *inventorydb.Store, institutions Institutions, now func() time.Time) *Pages {
	return &Pages{shell: shell, store: store, register: register, institutions: institutions, now: now}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/officers", page(p.officers))
	r.GET("/desk/officers/:slug", page(p.officer))
	r.POST("/desk/officers/:slug/designation", page(p.propose))
	r.GET("/desk/mandates/:id", page(p.handover))
	r.POST("/desk/mandates/:id/:act", page(p.decide))

	r.GET("/desk/committee", page(p.committee))
	r.GET("/desk/committee/pack.xlsx", page(p.packFile))
	r.POST("/desk/committee/members", page(p.appoint))
	r.POST("/desk/committee/members/:id/renewal", page(p.renew))
	r.POST("/desk/committee/members/:id/end", page(p.leave))
	r.GET("/desk/committee/advice/new", page(p.newAdvice))
	r.POST("/desk/committee/advice/new", page(p.writeAdvice))
	r.GET("/desk/committee/advice/:id", page(p.advice))
	r.POST("/desk/committee/advice/:id/:act", page(p.advise))
	r.GET("/committee", page(p.public))

	r.GET("/desk/naming", page(p.namingDesk))
	r.POST("/desk/naming", page(p.namingCheck))
	r.GET("/desk/naming/:code", page(p.namingRule))
	r.POST("/desk/naming/:code", page(p.namingAmend))
	r.POST("/desk/datasets/:ref/naming/:act", page(p.namingAct))
	r.GET("/desk/keywords", page(p.keywords))
	r.GET("/desk/nomenclatures/new", page(p.newNomenclature))
	r.POST("/desk/nomenclatures/new", page(p.adoptNomenclature))
	r.GET("/nomenclatures", page(p.nomenclatures))
	r.GET("/nomenclatures/:code", page(p.nomenclatureFile))
	p.shell.AddNav(web.NavItem{Path: "/desk/officers", Key: "mandate.nav.officers", Act: identity.ReadRegister, Desk: true, Rank: 31})
	p.shell.AddNav(web.NavItem{Path: "/desk/committee", Key: "mandate.nav.committee", Act: identity.Advise, Desk: true, Rank: 32})
	p.shell.AddNav(web.NavItem{Path: "/desk/committee", Key: "mandate.nav.committee", Act: identity.KeepCommittee, Desk: true, Rank: 32})
	p.shell.AddNav(web.NavItem{Path: "/desk/naming", Key: "naming.nav", Act: identity.RecordDataset, Desk: true, Group: web.NavRegister, Rank: 15})
	p.api()
}

// form is what a refused form comes back with.
type form struct {
	Faults web.Faults
	Acting string // which form it was
	typed  map[string]string
}

// Typed is what stood in the field.
func (f form) Typed(name string) string { return f.typed[name] }

// Was is what stands in a field: as typed, else as stored.
func (f form) Was(name, stored string) string {
	if s, ok := f.typed[name]; ok {
		return s
	}
	return stored
}

// In is the form as one of several on its page shows it: who did not send it
// shows neither its faults nor what was typed.
func (f form) In(acting string) form {
	if f.Acting == acting {
		return f
	}
	return form{}
}

// formOf keeps what was typed and what was wrong about it.
func (p *Pages) formOf(c *gin.Context, acting string, cause error) form {
	f := form{Faults: p.shell.Faults(c, cause), Acting: acting, typed: map[string]string{}}
	for name := range c.Request.PostForm {
		f.typed[name] = c.PostForm(name)
	}
	return f
}

// tellable tells whether the page itself should say what was wrong.
func tellable(err error) bool {
	kind, ok := fault.KindOf(err)
	return ok && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.Stale)
}

func day(c *gin.Context, name string) inventory.Date {
	return inventory.Date(strings.TrimSpace(c.PostForm(name)))
}

func texts(c *gin.Context, name string) lang.Text {
	x := lang.Text{}
	for _, tag := range lang.All() {
		x[string(tag)] = c.PostForm(name + "." + string(tag))
	}
	return x.Clean()
}

func nameOf(tree identity.Tree, slug string) lang.Text {
	if i, ok := tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}

// options are the values of a closed set, each named by the sentence of its family.
func options[T ~string](p web.Page, family string, values []T) []web.Option {
	list := make([]web.Option, 0, len(values))
	for _, v := range values {
		list = append(list, web.Option{Value: string(v), Label: p.T(family + string(v))})
	}
	return list
}

// dayOf writes a calendar day as the page's readers do.
func dayOf(p web.Page, d inventory.Date) string {
	t, ok := d.In(inventory.Tunis())
	if !ok {
		return "–"
	}
	return p.Date(t)
}

// standingMark names how an institution stands with its officer.
func standingMark(p web.Page, s mandate.StandingState) web.Mark {
	kinds := map[mandate.StandingState]string{
		mandate.Held: "open", mandate.Ending: "due", mandate.Awaiting: "review", mandate.Closed: "down", mandate.Lapsed: "down", mandate.Vacant: "down",
	}
	return p.Mark(kinds[s], "mandate.standing."+string(s))
}

// peopleOptions lists who may be chosen.
func peopleOptions(p web.Page, people []mandate.Person, none string) []web.Option {
	list := []web.Option{{Value: "", Label: p.T(none)}}
	for _, one := range people {
		list = append(list, web.Option{Value: one.Account, Label: one.Name})
	}
	return slices.Clip(list)
}

func noPage() error { return fault.New(fault.NotFound, "fault.no_page") }
