// Package inventoryweb shows the register: the public list, dataset and
// institution pages, the officer's form, the reviewer's comparison, and the
// JSON API. It holds no rule and no query; it reads, asks, and shows.
package inventoryweb

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Service is an online service as an institution's page lists it.
type Service struct {
	Slug string
	Name lang.Text
	Mark string // as web.Mark draws it: open, slow, down, unknown
	Key  string // sentence that names the state
}

// Beside is what other rooms add to the register's pages. They are not known
// here, so the wiring hands it in; what is nil is left out.
type Beside struct {
	// Services lists the public services of a body and those under it.
	Services func(ctx context.Context, institution string) ([]Service, error)
	// SchemaOrg describes a dataset for search engines, as JSON that may stand in a script element.
	SchemaOrg func(ctx context.Context, id string) ([]byte, bool)
	// Voices is what people outside say about a dataset, for the template "voices".
	Voices func(ctx context.Context, page web.Page, ref string) (any, error)
	// Card, Panel and Charge come from the room of mandates: who answers for an institution, what the common rules
	// say of a dataset, and who was designated at each moment. The templates of that room know the shapes.
	Card   func(c *gin.Context, institution string) (any, error)
	Panel  func(c *gin.Context, d *inventory.Dataset) (any, error)
	Charge func(c *gin.Context, institution string) (func(time.Time) string, error)
	// There tells how a dataset stands on the national portal, for the template "portal-line".
	There func(c *gin.Context, d *inventory.Dataset) (any, error)
	// Portal writes a dataset as portals will be served it, by the functions of the feed itself.
	Portal func(ctx context.Context, p inventory.Publication) (catalogue.PortalView, error)
	// Twins is what looks like a dataset, for the template "twins-panel".
	Twins func(c *gin.Context, d *inventory.Dataset) (any, error)
	// Requests tells how often the public asked for datasets, by ref; it weighs in the priority of opening them.
	Requests inventorydb.Requests
	// Reminders lists who was reminded of a dataset's promises, the latest first.
	Reminders func(ctx context.Context, by identity.Actor, ref string) ([]Reminder, error)
	// Samples shows an officer masked cells of the columns of a file. Nil where nobody looks.
	Samples Samples
	// Check has the file of a distribution looked at now; done is false while the look goes on. Nil where nobody looks.
	Check func(ctx context.Context, by identity.Actor, ref, distribution string) (f *file.File, done bool, err error)
}

// Pages are the register's pages and its part of the JSON API.
type Pages struct {
	shell        *web.Shell
	store        *inventorydb.Store
	institutions Institutions
	beside       Beside
	now          func() time.Time
}

// New returns the pages.
func New(
	shell *web.Shell, store *inventorydb.Store, institutions Institutions, beside Beside, now func() time.Time,
) *Pages {
	if beside.Services == nil {
		beside.Services = func(context.Context, string) ([]Service, error) { return nil, nil }
	}
	if beside.Card == nil {
		beside.Card = func(*gin.Context, string) (any, error) { return nil, nil }
	}
	if beside.Panel == nil {
		beside.Panel = func(*gin.Context, *inventory.Dataset) (any, error) { return nil, nil }
	}
	if beside.There == nil {
		beside.There = func(*gin.Context, *inventory.Dataset) (any, error) { return nil, nil }
	}
	if beside.Twins == nil {
		beside.Twins = func(*gin.Context, *inventory.Dataset) (any, error) { return nil, nil }
	}
	if beside.Charge == nil {
		beside.Charge = func(*gin.Context, string) (func(time.Time) string, error) {
			return func(time.Time) string { return "" }, nil
		}
	}
	if beside.SchemaOrg == nil {
		beside.SchemaOrg = func(context.Context, string) ([]byte, bool) { return nil, false }
	}
	if beside.Voices == nil {
		beside.Voices = func(context.Context, web.Page, string) (any, error) { return nil, nil }
	}
	return &Pages{shell: shell, store: store, institutions: institutions, beside: beside, now: now}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/datasets", page(p.publicList))
	r.GET("/datasets/:ref", page(p.publicDataset))
	r.GET("/institutions", page(p.publicInstitutions))
	r.GET("/institutions/:slug", page(p.publicInstitution))

	r.GET("/desk/datasets", page(p.deskList))
	r.GET("/desk/datasets/new", page(p.blank))
	r.POST("/desk/datasets/new", page(p.record))
	r.GET("/desk/datasets/:ref", page(p.deskDataset))
	r.GET("/desk/datasets/:ref/edit", page(p.edit))
	r.POST("/desk/datasets/:ref/edit", page(p.save))
	r.POST("/desk/datasets/:ref/submission", page(p.submit))
	r.POST("/desk/datasets/:ref/recall", page(p.recall))
	r.POST("/desk/datasets/:ref/update", page(p.refresh))
	r.POST("/desk/datasets/:ref/attestation", page(p.attest))
	r.POST("/desk/datasets/:ref/waiver", page(p.waive))
	r.POST("/desk/datasets/:ref/withdrawal", page(p.withdraw))
	r.GET("/desk/datasets/:ref/history", page(p.history))
	r.GET("/desk/datasets/:ref/review", page(p.review))
	r.POST("/desk/datasets/:ref/approval", page(p.approve))
	r.POST("/desk/datasets/:ref/return", page(p.giveBack))
	r.GET("/desk/review", page(p.queue))
	r.GET("/desk/obligations", page(p.late))

	p.shell.AddNav(web.NavItem{Path: "/institutions", Key: "dataset.nav.institutions"})
	p.shell.AddNav(web.NavItem{Path: "/desk/datasets", Key: "dataset.nav.datasets", Act: identity.ReadRegister, Desk: true, Group: web.NavBar, Rank: 3})
	p.shell.AddNav(web.NavItem{Path: "/desk/review", Key: "dataset.nav.review", Act: identity.ReviewDataset, Desk: true, Group: web.NavBar, Rank: 2})
	p.shell.AddNav(web.NavItem{Path: "/desk/obligations", Key: "obligation.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavBar, Rank: 4})
	p.api()
	p.ledgerAPI()
	p.fileRoutes()
	p.qualityRoutes()
	p.screeningRoutes()
	p.searchAPI()
	p.lifeRoutes()
}

// words reads what a page needs to say codes in words.
func (p *Pages) words(c *gin.Context, page web.Page) (words, error) {
	n, err := p.names(c.Request.Context())
	return words{page: page, names: n, now: p.now()}, err
}

// deskPath is where a dataset is worked on.
func deskPath(ref string) string { return "/desk/datasets/" + ref }

// whole reads a number from an address; anything else is 0.
func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// stateMark names a state with its shape.
func stateMark(p web.Page, s inventory.State) web.Mark {
	kinds := map[inventory.State]string{
		inventory.Draft: "draft", inventory.Submitted: "review", inventory.Returned: "returned",
		inventory.Approved: "open", inventory.Withdrawn: "withdrawn",
	}
	return p.Mark(kinds[s], "dataset.state."+string(s))
}
