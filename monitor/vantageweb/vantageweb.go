// Package vantageweb is where vantages are made and revoked, where agents
// fetch their checks and deliver what they saw, and what a service's page tells
// of who sees it.
package vantageweb

import (
	"context"
	"sync"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/council"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Options say what the pages stand on.
type Options struct {
	Store        *vantagedb.Store
	Council      *council.Council
	Institutions Institutions
	Manner       vantage.Manner // in which agents look
}

// Pages are the room's pages and its part of the JSON API.
type Pages struct {
	shell *web.Shell
	o     Options

	mu      sync.Mutex
	refused map[refusal]int64
}

// refusal is one series of what was refused.
type refusal struct {
	vantage string
	why     vantage.Refusal
}

// New returns the pages.
func New(shell *web.Shell, o Options) *Pages {
	return &Pages{shell: shell, o: o, refused: map[refusal]int64{}}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/vantages", page(p.list))
	r.GET("/desk/vantages/new", page(p.blank))
	r.POST("/desk/vantages/new", page(p.record))
	r.GET("/desk/vantages/:slug", page(p.one))
	r.POST("/desk/vantages/:slug", page(p.save))
	r.POST("/desk/vantages/:slug/invitation", page(p.invite))
	r.POST("/desk/vantages/:slug/revocation", page(p.revoke))
	p.shell.AddNav(web.NavItem{Path: "/desk/vantages", Key: "vantage.nav", Act: identity.ManageVantages, Desk: true, Group: web.NavFollow, Rank: 25})
	p.api()
}

// count remembers that something was refused; an unknown sender has no name.
func (p *Pages) count(slug string, why vantage.Refusal, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused[refusal{slug, why}] += int64(n)
}

// Refused calls tell with how often something was refused, by vantage and reason.
func (p *Pages) Refused(tell func(vantage, reason string, n int64)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for one, n := range p.refused {
		tell(one.vantage, string(one.why), n)
	}
}

// networkMark is the word for a network.
func networkWord(p web.Page, n vantage.Network) string { return p.T("vantage.network." + string(n)) }

// stateMark names a state with its shape.
func stateMark(p web.Page, s vantage.State) web.Mark {
	kinds := map[vantage.State]string{
		vantage.Planned: "draft", vantage.Invited: "due", vantage.Enrolled: "open", vantage.Silent: "down", vantage.Revoked: "withdrawn",
	}
	return p.Mark(kinds[s], "vantage.state."+string(s))
}

// verdictMark names what a vantage sees.
func verdictMark(p web.Page, v monitor.Verdict) web.Mark {
	kind := "unknown"
	switch v {
	case monitor.Up:
		kind = "open"
	case monitor.Degraded, monitor.Suspect:
		kind = "slow"
	case monitor.Down:
		kind = "down"
	}
	return p.Mark(kind, "monitor.verdict."+v.String())
}
