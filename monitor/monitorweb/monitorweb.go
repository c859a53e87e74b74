// Package monitorweb shows the watch: the public status page, a page and a
// badge for each service, the desk where services are kept, and the JSON API.
// It holds no rule and no query; it reads, asks, and shows.
package monitorweb

import (
	"context"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Pages are the watch's pages and its part of the JSON API.
type Pages struct {
	shell        *web.Shell
	store        *monitordb.Store
	institutions Institutions
	now          func() time.Time
	changed      func()
	calendar     func() monitor.Calendar              // when windows are open
	panel        func(c *gin.Context) (any, error)    // above the list of services; of the room of files and drafts
	places       func(page web.Page, check int64) any // nil: only this installation looks
	prober       Prober                               // nil: checks cannot be tried
	tries, added *web.Allowance
	recounting   chan struct{} // held while an edition is computed again
	domains      Domains
	sheet        WriteSheet // nil: reports are pages only
}

// With adds what another room shows above the desk's list of services.
func (p *Pages) With(panel func(c *gin.Context) (any, error)) *Pages {
	p.panel = panel
	return p
}

// By makes the pages know holidays and office hours.
func (p *Pages) By(calendar func() monitor.Calendar) *Pages {
	p.calendar = calendar
	return p
}

// New returns the pages. changed is called when somebody changed a service, so
// that the watch need not find out by itself; it may be nil.
func New(shell *web.Shell, store *monitordb.Store, institutions Institutions, now func() time.Time, changed func(),
) *Pages {
	if now == nil {
		now = time.Now //nolint:forbidigo // the clock that wiring would hand down
	}
	if changed == nil {
		changed = func() {}
	}
	return &Pages{
		shell: shell, store: store, institutions: institutions, now: now, changed: changed,
		calendar:   func() monitor.Calendar { return monitor.Calendar{Zone: store.Zone()} },
		panel:      func(*gin.Context) (any, error) { return nil, nil },
		recounting: make(chan struct{}, 1), tries: trials(shell.Processes), added: additions(shell.Processes),
		domains: func(context.Context) ([]domain.Standing, error) { return nil, nil },
	}
}

// Beside shows on a service's page what places says of a check: who sees it
// from where. It answers nil when there is nothing to say.
func (p *Pages) Beside(places func(page web.Page, check int64) any) *Pages {
	p.places = places
	return p
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/status", page(p.status))
	r.GET("/status/about", page(p.about))
	r.GET("/status/report", page(p.report))
	r.GET("/status/report.xlsx", p.shell.Machine(p.reportSheet))
	r.GET("/status/expiry", page(p.expiry))
	r.GET("/status/expiry.ics", p.shell.Machine(p.expiryICS))
	r.GET("/services/:slug", page(p.service))
	r.GET("/services/:slug/past.csv", p.shell.Machine(p.pastCSV))
	r.GET("/services/:slug/badge.svg", p.shell.Machine(p.badge))

	r.GET("/desk/services", page(p.desk))
	r.GET("/desk/services/wall", page(p.wall))
	r.GET("/desk/services/new", page(p.blank))
	r.POST("/desk/services/new", page(p.record))
	r.POST("/desk/services/dry-run", page(p.dryRun))
	r.GET("/desk/services/:slug/edit", page(p.edit))
	r.POST("/desk/services/:slug/edit", page(p.save))
	r.POST("/desk/services/:slug/state", page(p.move))
	r.GET("/desk/services/:slug/agreement", page(p.agreement))
	r.POST("/desk/services/:slug/agreement", page(p.agree))
	r.GET("/desk/services/:slug/description", page(p.describing))
	r.POST("/desk/services/:slug/description", page(p.describe))
	r.GET("/desk/services/:slug/measured", page(p.measured))

	p.shell.AddNav(web.NavItem{Path: "/desk/services", Key: "monitor.nav.services", Act: identity.ReadServices, Desk: true, Group: web.NavFollow, Rank: 24})
	p.api()
	p.history()
}

// tree reads the institutions.
func (p *Pages) tree(ctx context.Context) (identity.Tree, error) {
	if p.institutions == nil {
		return identity.Tree{}, nil
	}
	return p.institutions.Institutions(ctx)
}

// nameOf is an institution's name, or its slug when nobody knows it.
func nameOf(tree identity.Tree, slug string) lang.Text {
	if i, ok := tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}

// VerdictKind is the shape of components.html that shows a verdict.
func VerdictKind(v monitor.Verdict) string {
	switch v {
	case monitor.Up:
		return "open"
	case monitor.Degraded, monitor.Suspect:
		return "slow"
	case monitor.Down:
		return "down"
	case monitor.Maintenance:
		return "maintenance"
	}
	return "unknown"
}

// verdictMark names a verdict with its shape.
func verdictMark(p web.Page, v monitor.Verdict) web.Mark {
	return p.Mark(VerdictKind(v), "monitor.verdict."+v.String())
}

// stateMark names a state of a service with its shape.
func stateMark(p web.Page, s monitor.State) web.Mark {
	kinds := map[monitor.State]string{monitor.Draft: "draft", monitor.Active: "open", monitor.Paused: "paused"}
	return p.Mark(kinds[s], "monitor.state."+string(s))
}

// since writes a moment of today as an hour, any other with its day, whose
// number no headline leaves at the end of a line.
func since(p web.Page, now, t time.Time, day func(time.Time) time.Time) string {
	if day(now).Equal(day(t)) {
		return p.Clock(t)
	}
	return p.T("monitor.since_day", strings.Replace(p.DateTime(t), " ", "\u00a0", 1))
}

// millis writes the time a phase took: to a tenth of a millisecond where that
// says more, and a dash where there was no such phase.
func millis(p web.Page, d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Millisecond:
		return p.Duration(d)
	case d >= 10*time.Millisecond:
		return p.Duration(d.Round(time.Millisecond))
	}
	return p.T("unit.millisecond", p.Decimal(float64(d)/float64(time.Millisecond), 1))
}

// reasonWords says why, or nothing when there is no reason.
func reasonWords(p web.Page, r monitor.Reason) string {
	if r == monitor.None {
		return ""
	}
	return p.T("monitor.reason." + r.String())
}

// share writes an availability: two decimals, and never 100 % for less than all.
func share(p web.Page, up, known time.Duration) string { return shareWord(p.Lang, up, known) }

// shareWord is share in a language.
func shareWord(tag lang.Tag, up, known time.Duration) string {
	if known == 0 {
		return "–"
	}
	ratio := float64(up) / float64(known)
	if up < known && ratio > 0.9999 {
		ratio = 0.9999
	}
	return locale.Percent(tag, ratio, 2)
}

// fresh is a fault when the caller's revision is not the stored one; 0 agrees with any.
func fresh(revision int, v *monitor.Service) error {
	if revision != 0 && revision != v.Revision {
		return fault.New(fault.Stale, "service.stale")
	}
	return nil
}
