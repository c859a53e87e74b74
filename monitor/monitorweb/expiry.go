package monitorweb

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web"
)

// expiryPage is /status/expiry: what will expire, the first first.
type expiryPage struct {
	web.Page
	At     time.Time
	Groups []expiryGroup
	Days   int // how far ahead it looks
	Later  int
	Unseen int
	Cut    int // that are not shown
	Feed   string

	Keeps   bool         // whoever asks may see the desk's page of domains
	Unknown []domainLine // domains whose end nobody knows
	domains []expiryLine // those that end soon
}

type expiryGroup struct {
	Mark  web.Mark
	Lines []expiryLine
}

type expiryLine struct {
	Subject, Issuer string
	Role            string // in the chain
	Until           time.Time
	Left            string // in words
	Services        []expiryService
	More            int
}

type expiryService struct {
	Slug string
	Name lang.Text
}

const (
	expiryDays     = 90  // how far ahead the page looks
	shownExpiries  = 200 // on the page
	shownOfExpiry  = 8   // services of one certificate
	expiryMaxEvent = 1000
)

// expiry answers GET /status/expiry.
func (p *Pages) expiry(c *gin.Context) error {
	now := p.now()
	found, err := p.store.Expiries(c.Request.Context(), now.AddDate(0, 0, expiryDays))
	if err != nil {
		return err
	}
	by := web.ActorFrom(c.Request.Context())
	page := expiryPage{
		Keeps: by.Account != "" && by.Role != identity.Public && by.May(identity.ReadServices, by.Institution),
		Page:  p.shell.Page(c, "standing.expiry.title"), At: now, Days: expiryDays, Later: found.Later, Unseen: found.Unseen,
		Feed: p.shell.URL("/status/expiry.ics"),
	}
	if page.Cut = len(found.List) - shownExpiries; page.Cut > 0 {
		found.List = found.List[:shownExpiries]
	}
	if err := p.registrations(c.Request.Context(), &page, now.AddDate(0, 0, expiryDays)); err != nil {
		return err
	}
	for _, u := range monitor.Urgencies() {
		g := expiryGroup{Mark: page.Mark(urgencyKinds[u], "standing.expiry.in."+string(u))}
		for n := range found.List {
			if e := &found.List[n]; monitor.UrgencyOf(e.NotAfter, now) == u {
				g.Lines = append(g.Lines, page.line(e))
			}
		}
		if g.Lines = append(g.Lines, page.urgent(u)...); len(g.Lines) > 0 {
			page.Groups = append(page.Groups, g)
		}
	}
	return p.shell.Show(c, "standing_expiry", page)
}

// urgencyKinds are the shapes of urgencies.
var urgencyKinds = map[monitor.Urgency]string{
	monitor.Expired: "down", monitor.InAWeek: "late", monitor.InTwoWeeks: "slow", monitor.InAMonth: "due", monitor.Later: "open",
}

func (p *expiryPage) line(e *monitordb.Expiry) expiryLine {
	l := expiryLine{
		Subject: commonName(e.Subject), Issuer: commonName(e.Issuer), Until: e.NotAfter, Left: p.left(e.NotAfter),
		Role: p.T("standing.expiry.own"),
	}
	if e.Position > 0 {
		l.Role = p.T("standing.expiry.between")
	}
	for n := range e.Services {
		if n == shownOfExpiry {
			l.More = len(e.Services) - n
			break
		}
		l.Services = append(l.Services, expiryService{e.Services[n].Slug, e.Services[n].Name})
	}
	return l
}

// left says how many days are left, or since when there are none.
func (p *expiryPage) left(at time.Time) string {
	if days := int(at.Sub(p.At) / (24 * time.Hour)); at.After(p.At) {
		return p.T("standing.expiry.days", days)
	}
	return p.T("standing.expiry.since", int(p.At.Sub(at)/(24*time.Hour)))
}

// commonName is the name in a subject, or all of it.
func commonName(subject string) string {
	for part := range strings.SplitSeq(subject, ",") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(part), "CN="); ok {
			return name
		}
	}
	return subject
}

// expiryICS answers GET /status/expiry.ics: the same as a calendar to subscribe
// to, with an alarm a month, two weeks or a week before, whichever comes next.
func (p *Pages) expiryICS(c *gin.Context) error {
	ctx := c.Request.Context()
	now := p.now()
	found, err := p.store.Expiries(ctx, now.AddDate(1, 0, 0))
	if err != nil {
		return err
	}
	tag, words := web.LangFrom(ctx), p.shell.Words()
	feed := notice.Feed{
		Name: words.T(tag, "standing.expiry.title"), Text: words.T(tag, "standing.expiry.lede"), Lang: string(tag),
	}
	for n := range found.List {
		if n == expiryMaxEvent {
			break
		}
		e := &found.List[n]
		var names []string
		for _, v := range e.Services {
			names = append(names, v.Name.In(tag))
		}
		feed.Events = append(feed.Events, notice.Event{
			UID: eventID(e) + "@" + c.Request.Host, Day: p.store.Day(e.NotAfter).In(p.store.Zone()), Stamp: e.NotAfter.AddDate(0, -1, 0),
			Summary: words.T(tag, "standing.expiry.event", first(commonName(e.Subject), names)), Text: strings.Join(names, "\n"),
			URL: p.shell.URL("/services/" + e.Services[0].Slug), Category: words.T(tag, "standing.expiry.certificate"), Alarm: alarmDays(e.NotAfter.Sub(now)),
		})
	}
	domains, err := p.domainEvents(ctx, c.Request.Host, now)
	if err != nil {
		return err
	}
	feed.Events = append(feed.Events, domains...)
	c.Header("Cache-Control", "public, max-age=3600")
	c.Header("Vary", "Accept-Language, Cookie")
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", feed.ICS())
	return nil
}

// eventID stays the same as long as the certificate does.
func eventID(e *monitordb.Expiry) string {
	if len(e.Mark) == 64 {
		return "certificate-" + e.Mark[:32]
	}
	return fmt.Sprintf("certificate-%s-%d", e.Services[0].Slug, e.NotAfter.Unix())
}

func first(name string, others []string) string {
	if name == "" && len(others) > 0 {
		return others[0]
	}
	return name
}

// alarmDays is the next of thirty, fourteen and seven days before.
func alarmDays(left time.Duration) int {
	for _, days := range []int{30, 14, 7} {
		if left > time.Duration(days)*24*time.Hour {
			return days
		}
	}
	return 1
}
