// Package twinweb shows datasets that look alike and takes what people decide
// about them. It holds no rule; it reads, asks, and shows.
package twinweb

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/twin"
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
	store        *inventorydb.Store
	institutions Institutions
}

// New returns the pages.
func New(shell *web.Shell, store *inventorydb.Store, institutions Institutions) *Pages {
	return &Pages{shell: shell, store: store, institutions: institutions}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/twins", page(p.list))
	r.POST("/desk/twins", page(p.judge))
	p.shell.AddNav(web.NavItem{Path: "/desk/twins", Key: "twins.nav", Act: identity.JudgeTwins, Desk: true, Group: web.NavRegister, Rank: 16})
	p.api()
}

// side is one of two datasets as a card.
type side struct {
	Ref, Href   string
	Title       lang.Text
	Institution lang.Text
	State       web.Mark
	Period      string
	Origin      inventory.Origin
	OriginHref  string // its page there, when the portal is known
	Files       []string
}

// say is what the cards need of a page.
type say struct {
	page web.Page
	tree identity.Tree
	v    *inventory.Vocabulary
}

func (p *Pages) say(ctx context.Context, page web.Page) (say, error) {
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return say{}, err
	}
	v, err := p.store.Vocabulary(ctx)
	return say{page, tree, v}, err
}

// stateKinds are the shapes of the states.
var stateKinds = map[inventory.State]string{
	inventory.Draft: "draft", inventory.Submitted: "review", inventory.Returned: "returned",
	inventory.Approved: "open", inventory.Withdrawn: "withdrawn",
}

// shownFiles is how many addresses a card names.
const shownFiles = 2

func (w say) side(s inventorydb.Side) side {
	c := s.Content
	out := side{
		Ref: s.Ref, Href: "/datasets/" + s.Ref, Title: c.Title, Institution: lang.Text{"fr": s.Institution},
		State: w.page.Mark("open", "dataset.state.approved"), Origin: s.Origin, OriginHref: s.Origin.Link(w.v),
	}
	if s.Desk() {
		out.Href, out.State = "/desk/datasets/"+s.Ref, w.page.Mark(stateKinds[s.State], "dataset.state."+string(s.State))
	}
	if i, ok := w.tree[s.Institution]; ok && !i.Name.Empty() {
		out.Institution = i.Name
	}
	if c.TemporalStart != "" && c.TemporalEnd != "" {
		out.Period = w.page.T("twins.period", w.day(c.TemporalStart), w.day(c.TemporalEnd))
	}
	for _, x := range c.Distributions {
		address := x.DownloadURL
		if address == "" {
			address = x.URL
		}
		if address != "" && len(out.Files) < shownFiles {
			out.Files = append(out.Files, address)
		}
	}
	return out
}

func (w say) day(d inventory.Date) string {
	at, ok := d.In(inventory.Tunis())
	if !ok {
		return string(d)
	}
	return w.page.Date(at)
}

// reasons says by what two look alike.
func (w say) reasons(all []twin.Reason) []string {
	words := make([]string, 0, len(all))
	for _, r := range all {
		words = append(words, w.page.T("twins.reason."+string(r)))
	}
	return words
}

// like is a dataset that looks like the one on whose page it is shown.
type like struct {
	side
	Reasons []string
	Linked  bool // decided: the same, listed twice on purpose
}

// panel is what the pages of a dataset show.
type panel struct {
	Own   side
	Items []like
	Judge bool // the reader may decide
}

// Panel returns what a dataset's page shows of what looks like it, for the
// template "twins-panel"; nil when nothing does.
func (p *Pages) Panel(c *gin.Context, d *inventory.Dataset) (any, error) {
	by := web.ActorFrom(c.Request.Context())
	found, err := p.store.LooksLike(c.Request.Context(), by, d)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	w, err := p.say(c.Request.Context(), p.shell.Page(c, "twins.title"))
	if err != nil {
		return nil, err
	}
	out := &panel{Judge: by.May(identity.JudgeTwins, d.Institution)}
	out.Own = w.side(inventorydb.Side{
		ID: d.ID, Ref: d.Ref, Institution: d.Institution, State: d.State, Content: d.Content, Origin: d.Origin(),
	})
	for _, one := range found {
		out.Items = append(out.Items, like{w.side(one.Side), w.reasons(one.Reasons), one.Decided == twin.Linked})
	}
	return out, nil
}

// tellable tells whether the page itself should say what was wrong.
func tellable(err error) bool {
	kind, ok := fault.KindOf(err)
	return ok && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.Stale)
}
