// Package portalweb shows what the national portal made of the catalogue: what
// is wrong there with both values side by side, who harvested which state and
// how far, and the same as JSON and CSV. It holds no rule and no query.
package portalweb

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Options are what the pages stand on.
type Options struct {
	Store        *portaldb.Store
	Institutions Institutions
	Vocabulary   func(ctx context.Context) (*inventory.Vocabulary, error) // names licences and frequencies
	Current      func() harvest.Snapshot                                  // what is served now
	URL          string                                                   // of the portal; empty: none is read
	Within       time.Duration                                            // that it may take to follow
	Every        time.Duration
	Now          func() time.Time
	Ask          func() bool // has it read soon; nil where none is read
	Busy         func() bool
}

// Pages are the room's pages and its part of the JSON API.
type Pages struct {
	shell *web.Shell
	opts  Options
	store *portaldb.Store
}

// New returns the pages.
func New(shell *web.Shell, o Options) *Pages { return &Pages{shell: shell, opts: o, store: o.Store} }

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/portal", page(p.findings))
	r.GET("/desk/portal/findings.csv", p.shell.Machine(p.csv))
	r.GET("/desk/portal/findings/:id", page(p.finding))
	r.POST("/desk/portal/findings/:id/acknowledgement", page(p.acknowledge))
	r.POST("/desk/portal/findings/:id/reopening", page(p.reopen))
	r.POST("/desk/portal/reading", page(p.read))
	r.GET("/desk/portal/harvests", page(p.harvests))
	p.shell.AddNav(web.NavItem{Path: "/desk/portal", Key: "portal.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavFollow, Rank: 30})
	p.api()
}

// there is the address of a package on the portal; empty when there is none.
func (p *Pages) there(name string) string {
	if p.opts.URL == "" || name == "" {
		return ""
	}
	return strings.TrimSuffix(p.opts.URL, "/") + "/dataset/" + url.PathEscape(name)
}

// markOf is the shape of a finding: what needs an act is never calm.
func markOf(f *portal.Finding) string {
	switch {
	case !f.Open():
		return "open"
	case f.Acknowledged():
		return "paused"
	case f.Kind == portal.Undeleted:
		return "down"
	case f.Kind == portal.Missing:
		return "late"
	}
	return "slow"
}

// consumer names a reader: by the settings, else by its kind.
func consumer(page web.Page, name string) string {
	if harvest.Kind(name).Valid() {
		return page.T("portal.client." + name)
	}
	return name
}
