// Package alertweb shows who was told of trouble with services, keeps the
// table of routing, tries channels, and lets the links of mails act. It holds
// no rule.
package alertweb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

// People knows accounts and institutions.
type People interface {
	ActorOf(ctx context.Context, id string) (identity.Actor, error)
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Try sends a trial through a channel and says what came of it; a nil failure
// means that it arrived.
type Try func(ctx context.Context, by identity.Actor, channel string) (*alert.Failure, error)

// Pages are the pages of alerts.
type Pages struct {
	shell  *web.Shell
	store  *alertdb.Store
	people People
	try    Try
	now    func() time.Time
}

// New returns the pages; Routes puts them on the shell's engine.
func New(shell *web.Shell, store *alertdb.Store, people People, try Try, now func() time.Time) *Pages {
	return &Pages{shell: shell, store: store, people: people, try: try, now: now}
}

// Routes adds every address of this room.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/alerts", page(p.desk))
	r.POST("/desk/alerts/acknowledgement", page(p.acknowledge))
	r.POST("/desk/alerts/channels/:name/trial", page(p.trial))
	r.POST("/desk/alerts/messages/:id/retry", page(p.retry))
	r.GET("/desk/alerts/services/:slug", page(p.foresee))

	r.POST("/desk/alerts/usual", page(p.usual))
	r.GET("/desk/alerts/routes/new", page(p.blank))
	r.POST("/desk/alerts/routes", page(p.add))
	r.GET("/desk/alerts/routes/:id", page(p.route))
	r.POST("/desk/alerts/routes/:id", page(p.change))
	r.POST("/desk/alerts/routes/:id/removal", page(p.remove))

	r.GET("/alert/:secret", page(p.link))
	r.POST("/alert/:secret", page(p.follow))
	p.api()

	p.shell.AddNav(web.NavItem{Path: "/desk/alerts", Key: "alert.nav", Act: identity.ReadAlerts, Desk: true, Group: web.NavFollow, Rank: 26})
}
