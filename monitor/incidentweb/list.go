package incidentweb

import (
	"context"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// listLimit is how many incidents a page lists.
const listLimit = 30

// line is one incident in a list.
type line struct {
	ID       int64
	Revision int
	Title    string
	Severity web.Mark
	State    web.Mark
	Cause    string
	Reason   string
	Since    time.Time
	Lasted   time.Duration
	Open     bool
	Taken    string // by whom it was taken on
	Takes    bool   // the reader may take it on
}

func (p *Pages) line(page web.Page, by identity.Actor, i *monitor.Incident) line {
	members, inside := seen(i, by), i.SeenBy(by)
	l := line{
		ID: i.ID, Revision: i.Revision, Title: headline(page.T, page.Text, i, members), Severity: severityMark(page, i.Severity),
		State: stateMark(page, i), Cause: cause(page.T, page.Text, i, members, inside), Reason: reasonWords(page, i.Reason),
		Since: i.StartedAt, Lasted: i.Lasted(p.now()).Truncate(time.Second), Open: i.Open(),
		Takes: i.Open() && i.AcknowledgedAt == nil && i.RuledBy(by) == nil,
	}
	if i.WholeSeenBy(by) {
		l.Taken = i.Acknowledger
	}
	return l
}

func reasonWords(p web.Page, r monitor.Reason) string {
	if r == monitor.None {
		return ""
	}
	return p.T("monitor.reason." + r.String())
}

// publicPage is /incidents: what happens, what is announced, what happened.
type publicPage struct {
	web.Page
	Open    []line
	Planned []windowLine
	Days    []day
	Service lang.Text // narrowed to one
	Feed    string
	Follow  string
	Pager   web.Pager
	Nothing web.Empty
	Quiet   bool // nothing lasts
}

// day is the incidents of one day.
type day struct {
	Date  time.Time
	Items []line
}

// public answers GET /incidents?service=.
func (p *Pages) public(c *gin.Context) error {
	ctx := c.Request.Context()
	page := publicPage{Page: p.shell.Page(c, "incident.list.title"), Feed: "/incidents.atom", Follow: "/subscriptions/incidents"}
	f := monitordb.IncidentFilter{Ended: true, Limit: listLimit + 1}
	var err error
	if f.Before, err = readCursor(c.Query("after")); err != nil {
		return err
	}
	if slug := c.Query("service"); slug != "" {
		v, err := p.store.Service(ctx, identity.Actor{}, slug)
		if err != nil {
			return err
		}
		f.Service, page.Service = v.Slug, v.Name
		page.Feed = "/services/" + v.Slug + "/incidents.atom"
		page.Follow += "?scope=service&target=" + url.QueryEscape(v.Slug)
	}
	list, err := p.store.ListIncidents(ctx, identity.Actor{}, f)
	if err != nil {
		return err
	}
	if len(list) > listLimit {
		list = list[:listLimit]
		page.Pager = page.Cursor("", next(c, list[listLimit-1].ID))
	}
	for n := range list {
		l := p.line(page.Page, identity.Actor{}, &list[n])
		date := p.store.Day(l.Since)
		if k := len(page.Days); k == 0 || !page.Days[k-1].Date.Equal(date) {
			page.Days = append(page.Days, day{Date: date})
		}
		page.Days[len(page.Days)-1].Items = append(page.Days[len(page.Days)-1].Items, l)
	}
	if err := p.fillOpen(ctx, &page, f); err != nil {
		return err
	}
	page.Quiet = len(page.Open) == 0 && f.Before == 0
	if page.Planned, err = p.announced(ctx, page.Page, f.Service); err != nil {
		return err
	}
	page.Nothing = page.Empty("incident.list.empty", "incident.list.empty_text")
	return p.shell.Show(c, "incident_list", page)
}

// mostOpen is how many open incidents a page tells of.
const mostOpen = 200

// fillOpen adds what lasts, to the first page.
func (p *Pages) fillOpen(ctx context.Context, page *publicPage, f monitordb.IncidentFilter) error {
	if f.Before > 0 {
		return nil
	}
	f.Open, f.Ended, f.Limit = true, false, mostOpen
	list, err := p.store.ListIncidents(ctx, identity.Actor{}, f)
	for n := range list {
		page.Open = append(page.Open, p.line(page.Page, identity.Actor{}, &list[n]))
	}
	return err
}

// deskPage is /desk/incidents: what lasts first, and of that what nobody has taken on.
type deskPage struct {
	web.Page
	Items    []line
	Tabs     []tab
	Severity []web.Option
	Chosen   string // of the tabs
	Pager    web.Pager
	Nothing  web.Empty
	At       time.Time
}

type tab struct {
	Name, Href string
	Active     bool
}

// desk answers GET /desk/incidents.
func (p *Pages) desk(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	page := deskPage{Page: p.shell.Page(c, "incident.desk.title"), Chosen: c.Query("show"), At: p.now()}
	f := monitordb.IncidentFilter{
		Inside: true, Limit: listLimit + 1, Severity: monitor.Severity(c.Query("severity")), Service: c.Query("service"),
		Open: page.Chosen != "all", Unacknowledged: page.Chosen == "new",
	}
	if f.Severity != "" && !f.Severity.Valid() {
		return fault.At("severity", "incident.severity_unknown")
	}
	if f.Before, err = readCursor(c.Query("after")); err != nil {
		return err
	}
	list, err := p.store.ListIncidents(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	if len(list) > listLimit {
		list = list[:listLimit]
		if page.Chosen == "all" { // the queue of what lasts is worked from its top
			page.Pager = page.Cursor("", next(c, list[listLimit-1].ID))
		}
	}
	for n := range list {
		page.Items = append(page.Items, p.line(page.Page, by, &list[n]))
	}
	for _, name := range []string{"", "new", "all"} {
		key := name
		if key == "" {
			key = "open"
		}
		page.Tabs = append(page.Tabs, tab{page.T("incident.desk.tab." + key), "/desk/incidents?show=" + name, page.Chosen == name})
	}
	page.Severity = []web.Option{{Label: page.T("incident.desk.any_severity")}}
	for _, s := range monitor.Severities() {
		page.Severity = append(page.Severity, web.Option{
			Value: string(s), Label: page.T("incident.severity." + string(s)), Chosen: s == f.Severity,
		})
	}
	page.Nothing = page.Empty("incident.desk.empty", "incident.desk.empty_text")
	return p.shell.Show(c, "incident_desk", page)
}

// next is the address of the page after the one that ended at id.
func next(c *gin.Context, id int64) string {
	q := c.Request.URL.Query()
	q.Set("after", cursor(id))
	return "?" + q.Encode()
}

// cursor hides a place in a list, so that nobody builds one by hand.
func cursor(id int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("i:" + strconv.FormatInt(id, 10)))
}

func readCursor(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	place, ours := strings.CutPrefix(string(b), "i:")
	n, bad := strconv.ParseInt(place, 10, 64)
	if err != nil || !ours || bad != nil || n <= 0 {
		return 0, fault.At("cursor", "fault.cursor")
	}
	return n, nil
}
