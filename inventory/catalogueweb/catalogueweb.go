// Package catalogueweb serves the catalogue to harvesters: DCAT-AP pages, each
// dataset at its own IRI, data.json, and the CKAN Action API. Nobody watches a
// harvest, so it would rather refuse than mislead: an answer that is not whole
// and current is a 5xx, never an empty 200, since a portal deletes what it no
// longer sees.
package catalogueweb

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/web"
)

// Pages answers harvesters.
type Pages struct {
	shell    *web.Shell
	settings catalogue.Settings
	feed     *feed
	harvests *harvests
	history  History
	latest   atomic.Pointer[latestChanges]
	tables   tables
	measurer Measurer // nil where nobody measures

	lastModified atomic.Pointer[stamp] // the last that was told
}

// New returns the catalogue's pages. The first snapshot is made when first
// asked for, or by Refresh.
func New(
	shell *web.Shell, source Source, settings catalogue.Settings, now func() time.Time, log *slog.Logger,
) *Pages {
	settings.BaseURL = strings.TrimRight(settings.BaseURL, "/")
	return &Pages{
		shell: shell, settings: settings, feed: newFeed(source, settings, now, log.With("room", "catalogue")),
		harvests: newHarvests(), history: source.History,
	}
}

// Routes puts the catalogue's addresses on the shell's engine.
func (p *Pages) Routes() {
	r, m := p.shell.Engine(), p.shell.Machine
	for _, extension := range []string{"jsonld", "ttl", "rdf", "xml", "nt"} {
		r.GET("/catalog."+extension, m(p.catalog(extension)))
		p.shell.Quick("/catalog." + extension)
	}
	p.shell.Quick("/data.json", "/dataset/", "/api/3/action/", "/api/action/")
	r.GET("/catalog", m(p.negotiate))
	r.GET("/dataset/:id", m(p.dataset))
	r.GET("/data.json", m(p.dataJSON))
	r.GET("/sitemap.xml", m(p.sitemap))
	r.GET("/feed.atom", m(p.atom))
	r.GET("/robots.txt", m(p.robots))
	p.formats()

	for _, root := range []string{"/api/3", "/api"} {
		r.GET(root+"/action/:action", m(p.action))
		r.POST(root+"/action/:action", m(p.action))
		r.OPTIONS(root+"/action/:action", m(p.options))
	}
	r.GET("/api/3", m(p.apiVersion))
	r.GET("/api/util/status", m(p.status))
	p.changesAPI()
	p.deskAPI()
	p.deskRoutes()
}

// SnapshotTime says when what is served now was made; zero when nothing is.
func (p *Pages) SnapshotTime() time.Time {
	if s := p.feed.shelf.Current(); s != nil {
		return s.Built
	}
	return time.Time{}
}

// HarvestCounts says how many harvests of each kind of client have begun.
func (p *Pages) HarvestCounts() map[string]uint64 { return p.harvests.counts() }

// Changed says that the register has changed, so that the next reader does not
// have to wait for the next look.
func (p *Pages) Changed() { p.feed.changed() }

// SchemaOrg describes a public dataset for search engines, as JSON-LD that may
// stand in a script element of its page; ok is false when there is nothing to
// describe. The page does without it rather than wait.
func (p *Pages) SchemaOrg(ctx context.Context, id string) (b []byte, ok bool) {
	s, err := p.feed.current(ctx)
	if err != nil {
		return nil, false
	}
	b, ok, err = s.SchemaOrg(ctx, id)
	return b, ok && err == nil
}

// dataJSON answers GET /data.json.
func (p *Pages) dataJSON(c *gin.Context) error {
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	s, v := p.follow(c, harvest.Walk{Dialect: "data.json", Scope: harvest.Whole}, 0, s)
	if err := p.send(c, http.StatusOK, s, s.DataJSON()); err != nil {
		return err
	}
	v.whole()
	return nil
}

// sitemap answers GET /sitemap.xml.
func (p *Pages) sitemap(c *gin.Context) error {
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	return p.send(c, http.StatusOK, s, s.Sitemap())
}

// robots answers GET /robots.txt: everything public may be read, and the
// harvest addresses are no pages.
func (p *Pages) robots(c *gin.Context) error {
	c.Header("Cache-Control", "public, max-age=3600")
	c.String(http.StatusOK, "User-agent: *\nDisallow: /api/\nDisallow: /desk\nDisallow: /login\n\nSitemap: %s\n",
		p.shell.URL("/sitemap.xml"))
	return nil
}
