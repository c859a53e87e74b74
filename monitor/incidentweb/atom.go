package incidentweb

import (
	"context"
	"encoding/xml"
	"net/http"
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

// feedLength is how many incidents a feed tells of.
const feedLength = 50

// atomFeed is an Atom feed (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string         `xml:"id"`
	Title     string         `xml:"title"`
	Published string         `xml:"published"`
	Updated   string         `xml:"updated"`
	Link      atomLink       `xml:"link"`
	Category  []atomCategory `xml:"category"`
	Content   atomText       `xml:"content"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// atom answers GET /incidents.atom.
func (p *Pages) atom(c *gin.Context) error {
	return p.feed(c, monitordb.IncidentFilter{}, "/incidents", nil)
}

// atomOfService answers GET /services/{slug}/incidents.atom.
func (p *Pages) atomOfService(c *gin.Context) error {
	v, err := p.store.Service(c.Request.Context(), identity.Actor{}, c.Param("slug"))
	if err != nil {
		return err
	}
	return p.feed(c, monitordb.IncidentFilter{Service: v.Slug}, "/services/"+v.Slug, v.Name)
}

// atomOfInstitution answers GET /institutions/{slug}/incidents.atom.
func (p *Pages) atomOfInstitution(c *gin.Context) error {
	tree, err := p.institutions.Institutions(c.Request.Context())
	if err != nil {
		return err
	}
	i, ok := tree[c.Param("slug")]
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return p.feed(c, monitordb.IncidentFilter{Institution: i.Slug}, "/institutions/"+i.Slug, i.Name)
}

// feed writes the public incidents as a feed. It says what everybody may know,
// whoever asks: readers of feeds are not signed in.
func (p *Pages) feed(c *gin.Context, f monitordb.IncidentFilter, about string, name lang.Text) error {
	ctx := c.Request.Context()
	tag := web.LangFrom(ctx)
	f.Limit = feedLength
	list, err := p.store.ListIncidents(ctx, identity.Actor{}, f)
	if err != nil {
		return err
	}
	t := p.letters.in(tag)
	out := atomFeed{
		Lang: string(tag), ID: p.shell.URL(c.Request.URL.Path), Title: t("incident.feed.title"), Author: "Jard",
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: p.shell.URL(c.Request.URL.Path)},
			{Rel: "alternate", Type: "text/html", Href: p.shell.URL(about)},
		},
	}
	if !name.Empty() {
		out.Title = t("incident.feed.title_of", name.In(tag))
	}
	newest := time.Time{}
	for n := range list {
		e, err := p.entry(ctx, t, tag, &list[n])
		if err != nil {
			return err
		}
		out.Entries = append(out.Entries, e)
		if list[n].TouchedAt.After(newest) {
			newest = list[n].TouchedAt
			out.Updated = newest.UTC().Format(time.RFC3339)
		}
	}
	body, err := xml.MarshalIndent(out, "", " ")
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=60")
	c.Header("Vary", "Accept-Language, Cookie")
	c.Data(http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
	return nil
}

// entry is one incident in a feed, with its public notes and its review.
func (p *Pages) entry(ctx context.Context, t say, tag lang.Tag, short *monitor.Incident) (atomEntry, error) {
	i, err := p.store.Incident(ctx, identity.Actor{}, short.ID)
	if err != nil {
		return atomEntry{}, err
	}
	text := func(x lang.Text) string { return x.In(tag) }
	members := seen(i, identity.Actor{})
	lines := []string{t("incident.state."+state(i)) + " · " + t("incident.severity."+string(i.Severity))}
	lines = append(lines, t("incident.feed.since", p.letters.moment(tag, i.StartedAt)))
	if i.EndedAt != nil {
		lines = append(lines, t("incident.feed.until", p.letters.moment(tag, *i.EndedAt)))
	}
	if why := cause(t, text, i, members, false); why != "" {
		lines = append(lines, why)
	}
	for _, m := range members[:min(len(members), maxSteps)] {
		lines = append(lines, "– "+m.Name.In(tag))
	}
	for _, n := range i.Notes {
		if n.Public {
			lines = append(lines, p.letters.moment(tag, n.At)+": "+n.Text.In(tag))
		}
	}
	lines = append(lines, reviewLines(t, tag, i.Review)...)
	return atomEntry{
		ID: p.shell.URL(pathOf(i.ID)), Title: headline(t, text, i, members), Published: i.ConfirmedAt.UTC().Format(time.RFC3339),
		Updated: i.TouchedAt.UTC().Format(time.RFC3339), Link: atomLink{Rel: "alternate", Type: "text/html", Href: p.shell.URL(pathOf(i.ID))},
		Category: []atomCategory{{string(i.Severity)}, {state(i)}}, Content: atomText{"text", strings.Join(lines, "\n")},
	}, nil
}

// reviewLines are what was learnt, once it is published.
func reviewLines(t say, tag lang.Tag, r *monitor.Review) []string {
	if !r.Published() {
		return nil
	}
	return []string{
		t("incident.review.what") + ": " + r.What.In(tag), t("incident.review.cause") + ": " + r.Cause.In(tag),
		t("incident.review.done") + ": " + r.Done.In(tag), t("incident.review.change") + ": " + r.Change.In(tag),
	}
}
