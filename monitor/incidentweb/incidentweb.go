// Package incidentweb shows incidents and maintenance: the public timeline
// with its Atom feeds and mail, the page of one incident, the desk's queue,
// the announcing of maintenance, and their part of the JSON API. It holds no
// rule and no query.
package incidentweb

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Pages are the pages of incidents and their part of the JSON API.
type Pages struct {
	shell        *web.Shell
	store        *monitordb.Store
	institutions Institutions
	now          func() time.Time
	letters      Letters
	asking       *web.Allowance // of one network: behind each is a mail to an address that somebody typed
}

// New returns the pages.
func New(shell *web.Shell, store *monitordb.Store, institutions Institutions, now func() time.Time) *Pages {
	return &Pages{
		shell: shell, store: store, institutions: institutions, now: now, letters: Letters{shell.Words(), shell.URL, store.Zone()},
		asking: &web.Allowance{Within: time.Hour, AtMost: 20, Throttled: "incident.subscribe.throttled", Processes: shell.Processes},
	}
}

// Letters puts news in words; the timed work that tells subscribers uses it.
func (p *Pages) Letters() Letters { return p.letters }

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/incidents", page(p.public))
	r.GET("/incidents.atom", p.shell.Machine(p.atom))
	r.GET("/services/:slug/incidents.atom", p.shell.Machine(p.atomOfService))
	r.GET("/institutions/:slug/incidents.atom", p.shell.Machine(p.atomOfInstitution))
	r.GET("/incidents/:id", page(p.one))
	r.POST("/incidents/:id/:act", page(p.act))

	r.GET("/subscriptions/incidents", page(p.subscribing))
	r.POST("/subscriptions/incidents", page(p.subscribe))
	r.GET("/subscriptions/incidents/:secret", page(p.link))
	r.POST("/subscriptions/incidents/:secret", page(p.follow))

	r.GET("/desk/incidents", page(p.desk))
	r.GET("/desk/maintenance", page(p.maintenance))
	r.POST("/desk/maintenance", page(p.announce))
	r.GET("/desk/maintenance/:id/edit", page(p.editing))
	r.POST("/desk/maintenance/:id/:act", page(p.actOnWindow))

	p.shell.AddNav(web.NavItem{
		Path: "/desk/incidents", Key: "incident.nav", Act: identity.ReadServices, Desk: true, Group: web.NavFollow, Rank: 22,
	})
	p.shell.AddNav(web.NavItem{
		Path: "/desk/maintenance", Key: "maintenance.nav", Act: identity.ReadServices, Desk: true, Group: web.NavFollow, Rank: 23,
	})
	p.api()
}

// idOf reads the number in an address.
func idOf(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.New(fault.NotFound, "fault.not_found")
	}
	return id, nil
}

// revisionOf reads the revision a form was filled from; 0 agrees with any.
func revisionOf(c *gin.Context) int {
	n, err := strconv.Atoi(c.PostForm("revision"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// severityMark names a severity with its shape.
func severityMark(p web.Page, s monitor.Severity) web.Mark {
	kinds := map[monitor.Severity]string{monitor.Grave: "down", monitor.Major: "late", monitor.Minor: "slow"}
	return p.Mark(kinds[s], "incident.severity."+string(s))
}

// state is where an incident stands, in one word of the API and of the pages.
func state(i *monitor.Incident) string {
	switch {
	case i.Resolution == monitor.Dismissed:
		return "dismissed"
	case i.Resolution == monitor.Handled:
		return "settled"
	case !i.Open():
		return "ended"
	case i.AcknowledgedAt != nil:
		return "acknowledged"
	}
	return "open"
}

// stateMark names where an incident stands with its shape.
func stateMark(p web.Page, i *monitor.Incident) web.Mark {
	kinds := map[string]string{"open": "down", "acknowledged": "review", "ended": "open", "settled": "open", "dismissed": "withdrawn"}
	s := state(i)
	return p.Mark(kinds[s], "incident.state."+s)
}

// seen are the members that the reader may know of.
func seen(i *monitor.Incident, by identity.Actor) []monitor.Member {
	var list []monitor.Member
	for _, m := range i.Members {
		if m.Public || by.May(identity.ReadServices, m.Institution) {
			list = append(list, m)
		}
	}
	return list
}

// services counts the services among members.
func services(members []monitor.Member) int {
	slugs := map[string]bool{}
	for _, m := range members {
		slugs[m.Service] = true
	}
	return len(slugs)
}

// say is how a page, a feed or a mail says a sentence.
type say func(key string, args ...any) string

// headline says in one sentence what the incident is.
func headline(t say, text func(lang.Text) string, i *monitor.Incident, members []monitor.Member) string {
	tense := "past"
	if i.Open() {
		tense = "now"
	}
	if n := services(members); n > 1 {
		return t("incident.headline.many."+tense, n)
	}
	name := lang.Text{"fr": i.Service}
	for _, m := range members {
		name = m.Name
		if m.Service == i.Service {
			break
		}
	}
	return t("incident.headline.one."+tense, text(name))
}

// cause says what the services of an incident have in common. What an address
// or a name server is called is for the inside only.
func cause(t say, text func(lang.Text) string, i *monitor.Incident, members []monitor.Member, inside bool) string {
	if i.CauseKind == "" || services(members) < 2 {
		return ""
	}
	n := services(members)
	if i.CauseKind == monitor.OnService {
		for _, m := range members {
			if m.Service == i.Cause {
				return t("incident.cause.on", n-1, text(m.Name))
			}
		}
		if inside {
			return t("incident.cause.on_all", n, i.Cause)
		}
		return t("incident.cause.service", n)
	}
	if inside {
		return t("incident.cause_inside."+string(i.CauseKind), n, i.Cause)
	}
	return t("incident.cause."+string(i.CauseKind), n)
}
