// Package assessweb shows the assessment: scorecards of services and
// ministries, the desk where answers, actions, editions and sets of criteria
// are worked on, and reports. It holds no rule and no query; it reads, asks,
// and shows.
package assessweb

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// Pages are the assessment's pages and its part of the JSON API.
type Pages struct {
	shell     *web.Shell
	store     *assessdb.Store
	services  *monitordb.Store
	people    func(context.Context) (identity.Tree, error)
	now       func() time.Time
	sheet     WriteSheet
	quarterly Quarterly
	examiner  Examiner // nil: nobody looks at pages
}

// WriteSheet writes a workbook of one sheet: the room of workbooks does it.
type WriteSheet func(w io.Writer, title string, header []string, rows iter.Seq2[[]string, error]) error

// Quarterly measures just a quarter, for its edition.
type Quarterly func(ctx context.Context, from, to time.Time) ([]assess.Fact, error)

// New returns the pages. people knows every public body; now may be nil.
func New(
	shell *web.Shell, store *assessdb.Store, services *monitordb.Store, people func(context.Context) (identity.Tree, error), now func() time.Time,
) *Pages {
	if now == nil {
		now = time.Now //nolint:forbidigo // the clock that wiring would hand down
	}
	return &Pages{
		shell: shell, store: store, services: services, people: people, now: now,
		quarterly: func(context.Context, time.Time, time.Time) ([]assess.Fact, error) { return nil, nil },
	}
}

// Writing lets reports be downloaded as workbooks.
func (p *Pages) Writing(sheet WriteSheet) *Pages {
	p.sheet = sheet
	return p
}

// Measuring has editions stand on what is measured of just their quarter.
func (p *Pages) Measuring(quarterly Quarterly) *Pages {
	p.quarterly = quarterly
	return p
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/services/:slug/assessment", page(p.service))
	r.GET("/institutions/:slug/assessment", page(p.institution))
	r.GET("/institutions/:slug/assessment/report", page(p.report))
	r.GET("/institutions/:slug/assessment/report.xlsx", p.shell.Machine(p.reportSheet))

	r.GET("/desk/assessment", page(p.overview))
	r.GET("/desk/assessment/editions", page(p.editions))
	r.POST("/desk/assessment/editions", page(p.draft))
	r.GET("/desk/assessment/editions/:quarter", page(p.edition))
	r.POST("/desk/assessment/editions/:quarter", page(p.editionAct))
	r.GET("/desk/assessment/sets", page(p.sets))
	r.POST("/desk/assessment/sets", page(p.upload))
	r.GET("/desk/assessment/sets/:name", page(p.set))
	r.POST("/desk/assessment/sets/:name", page(p.use))

	r.GET("/desk/services/:slug/assessment", page(p.own))
	r.POST("/desk/services/:slug/assessment", page(p.reply))
	r.GET("/desk/services/:slug/assessment/answers/:measure", page(p.answer))
	r.POST("/desk/services/:slug/assessment/answers/:measure", p.large, page(p.saveAnswer))
	r.GET("/desk/services/:slug/assessment/documents/:hash", p.shell.Machine(p.document))
	r.GET("/desk/services/:slug/assessment/criteria/:code", page(p.criterion))
	r.POST("/desk/services/:slug/assessment/criteria/:code", page(p.act))

	p.shell.AddNav(web.NavItem{Path: "/desk/assessment", Key: "assessdesk.nav", Act: identity.ReadServices, Desk: true, Group: web.NavFollow, Rank: 26})
	p.lookRoutes()
	p.actionRoutes()
	p.evidenceRoutes()
	p.api()
}

// look is what is said of services at a time: now, or in an edition.
type look struct {
	Set      *assess.Set
	At       time.Time
	Edition  *assess.Edition // nil: now
	Services []stood
}

// weighed are the services as the rules take them.
func (l *look) weighed() []assess.Weighed {
	out := make([]assess.Weighed, len(l.Services))
	for n := range l.Services {
		out[n] = assess.Weighed{Service: l.Services[n].Slug, Volume: l.Services[n].Volume, Score: l.Services[n].Score}
	}
	return out
}

// places are where services stand among all: none in a draft, of which nobody
// sees the whole.
func (l *look) places() []assess.Place {
	if l.Edition != nil && l.Edition.State != assess.Frozen {
		return nil
	}
	return assess.Rank(l.weighed(), l.Edition != nil)
}

// find is one service of the look; nil when it is not in it.
func (l *look) find(slug string) *stood {
	for n := range l.Services {
		if l.Services[n].Slug == slug {
			return &l.Services[n]
		}
	}
	return nil
}

// among keeps the services of some institutions.
func (l *look) among(slugs []string) *look {
	within := map[string]bool{}
	for _, slug := range slugs {
		within[slug] = true
	}
	out := &look{Set: l.Set, At: l.At, Edition: l.Edition}
	for _, s := range l.Services {
		if within[s.Institution] {
			out.Services = append(out.Services, s)
		}
	}
	return out
}

// word names the time of the look: the quarter of an edition, empty for now.
func (l *look) word(p web.Page) string {
	switch {
	case l.Edition == nil:
		return ""
	case l.Edition.State != assess.Frozen:
		return p.T("assessdesk.edition.of_draft", quarterWord(p, l.Edition.Quarter))
	}
	return p.T("assessdesk.edition.of", quarterWord(p, l.Edition.Quarter))
}

// mostServices is far above how many a country has.
const mostServices = 10000

// names are the names of all services.
func (p *Pages) names(ctx context.Context) (map[string]lang.Text, error) {
	list, err := p.services.Names(ctx, identity.System("assessment"), monitordb.Filter{Limit: mostServices})
	names := make(map[string]lang.Text, len(list))
	for n := range list {
		names[list[n].Slug] = list[n].Name
	}
	return names, err
}

// lookNow is what is known now of the services that anybody may see.
func (p *Pages) lookNow(ctx context.Context) (*look, error) {
	names, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	set, all, err := p.store.Standings(ctx)
	if err != nil {
		return nil, err
	}
	facts, err := p.store.Newest(ctx)
	if err != nil {
		return nil, err
	}
	l := &look{Set: set, At: p.now()}
	for _, one := range all {
		l.Services = append(l.Services, stood{
			Slug: one.Service, Name: names[one.Service], Institution: one.Institution, Volume: one.Volume, Score: one.Score, Facts: facts[one.Service],
		})
	}
	return l, nil
}

// lookAt is an edition as the actor may see it.
func (p *Pages) lookAt(ctx context.Context, quarter string) (*look, error) {
	e, entries, err := p.store.Edition(ctx, web.ActorFrom(ctx), quarter)
	if err != nil {
		return nil, err
	}
	set, err := p.store.Set(ctx, e.Set, e.Version)
	if err != nil {
		return nil, err
	}
	names, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	l := &look{Set: set, At: e.JudgedAt, Edition: &e}
	for n := range entries {
		one := &entries[n]
		facts := make(assess.Facts, len(one.Facts))
		for _, f := range one.Facts {
			facts[f.Measure] = f
		}
		name := names[one.Service]
		if name.Empty() {
			name = lang.Text{"fr": one.Service}
		}
		l.Services = append(l.Services, stood{
			Slug: one.Service, Name: name, Institution: one.Institution, Volume: one.Volume, Score: one.Score, Facts: facts,
		})
	}
	return l, nil
}

// lookOf is now, or the edition that the address asks for.
func (p *Pages) lookOf(c *gin.Context) (*look, error) {
	if quarter := c.Query("edition"); quarter != "" {
		return p.lookAt(c.Request.Context(), quarter)
	}
	return p.lookNow(c.Request.Context())
}

// visible reads a service that the actor may see.
func (p *Pages) visible(c *gin.Context) (*monitor.Service, error) {
	ctx := c.Request.Context()
	return p.services.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
}

// nameOf is an institution's name, or its slug when nobody knows it.
func nameOf(tree identity.Tree, slug string) lang.Text {
	if i, ok := tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}
