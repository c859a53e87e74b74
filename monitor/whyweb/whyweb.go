// Package whyweb shows why people are satisfied or not: what weighs on it, what
// followed outages, what they write about. It also gives away what the
// assessment found, and the descriptions of services, as open data. It holds no
// rule and no query.
package whyweb

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/monitor/why"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Findings knows what was found at night.
type Findings interface {
	Finding(ctx context.Context, scope why.Scope, slug string) (*why.Finding, error)
}

// Pages are the room's pages.
type Pages struct {
	shell        *web.Shell
	findings     Findings
	services     *monitordb.Store
	answers      *surveydb.Store
	institutions Institutions
	themes       *survey.Themes
	feed         Feed
	now          func() time.Time
	kept         keptScores
}

// Source is what the pages read.
type Source struct {
	Findings     Findings
	Services     *monitordb.Store
	Answers      *surveydb.Store
	Institutions Institutions
	Themes       *survey.Themes
	Feed         Feed
}

// New returns the pages.
func New(shell *web.Shell, from Source, now func() time.Time) *Pages {
	return &Pages{
		shell: shell, findings: from.Findings, services: from.Services, answers: from.Answers, institutions: from.Institutions, themes: from.Themes,
		feed: from.Feed, now: now,
	}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/services/:slug/why", page(p.ofService))
	r.GET("/institutions/:slug/why", page(p.ofInstitution))
	r.GET("/services.jsonld", p.shell.Machine(p.described))
	r.GET("/assessment/scores.csv", p.shell.Machine(p.scoresCSV))
	r.GET("/assessment/scores.json", p.shell.Machine(p.scoresJSON))
	p.api()
}

// whyPage is /services/{slug}/why and /institutions/{slug}/why.
type whyPage struct {
	web.Page
	Name     lang.Text
	Trail    []web.Link
	Found    *why.Finding // nil: nobody looked yet
	Told     []string     // sentences
	Compared int
	First    string // sentence on the first driver, empty when the order is not settled
	Drivers  []driverLine
	Left     []string
	Shifts   []shiftLine
	MoreOf   int // changes past those listed
	Few      int // troubles with too few answers around them
	Doses    []doseLine
	Themes   []themeLine
	Unknown  string
	Private  bool
	Examples bool // this actor may read what people wrote
}

// ofService answers GET /services/{slug}/why.
func (p *Pages) ofService(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.services.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
	if err != nil {
		return err
	}
	page := whyPage{Page: p.shell.Page(c, "why.title"), Name: v.Name, Private: !v.Public()}
	page.Trail = []web.Link{page.Link("/status", "monitor.status.title"), page.LinkTo("/services/"+v.Slug, v.Name)}
	if page.Found, err = p.found(ctx, why.OfService, v.Slug); err != nil {
		return err
	}
	return p.show(c, &page, v)
}

// ofInstitution answers GET /institutions/{slug}/why.
func (p *Pages) ofInstitution(c *gin.Context) error {
	ctx := c.Request.Context()
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	i, ok := tree[c.Param("slug")]
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page := whyPage{Page: p.shell.Page(c, "why.title"), Name: i.Name}
	page.Trail = []web.Link{page.LinkTo("/institutions/"+i.Slug, i.Name)}
	if page.Found, err = p.found(ctx, why.OfInstitution, i.Slug); err != nil {
		return err
	}
	return p.show(c, &page, nil)
}

// found returns nil when nobody looked yet.
func (p *Pages) found(ctx context.Context, scope why.Scope, slug string) (*why.Finding, error) {
	f, err := p.findings.Finding(ctx, scope, slug)
	if errors.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // no finding is none
	}
	return f, err
}

func (p *Pages) show(c *gin.Context, page *whyPage, v *monitor.Service) error {
	page.Title = page.T("why.title_of", page.Text(page.Name))
	if page.Found != nil {
		names, err := p.names(c.Request.Context(), page.Found)
		if err != nil {
			return err
		}
		page.fill(names, p.themes)
		if v != nil {
			if err := p.examples(c.Request.Context(), page, v); err != nil {
				return err
			}
		}
	}
	return p.shell.Show(c, "why_page", *page)
}

// names are those of the services that changes are told of; of an institution only.
func (p *Pages) names(ctx context.Context, f *why.Finding) (map[string]lang.Text, error) {
	out := map[string]lang.Text{}
	if f.Scope != why.OfInstitution {
		return out, nil
	}
	all, err := p.services.Names(ctx, identity.Actor{}, monitordb.Filter{Limit: -1})
	for n := range all {
		out[all[n].Slug] = all[n].Name
	}
	return out, err
}

// Bounds of the examples.
const (
	examplesRead = 300
	examplesEach = 2
)

// examples adds what some people wrote, for who may read it.
func (p *Pages) examples(ctx context.Context, page *whyPage, v *monitor.Service) error {
	by := web.ActorFrom(ctx)
	if !by.May(identity.ReadAnswers, v.Institution) || len(page.Themes) == 0 {
		return nil
	}
	page.Examples = true
	now := p.now()
	list, err := p.answers.Answers(ctx, by, surveydb.Wanted{
		Service: v.Slug, From: why.NotesSince(now), To: now, WithWords: true, Limit: examplesRead,
	})
	if err != nil {
		return err
	}
	for n := range list {
		if !list[n].Counted() {
			continue
		}
		for _, code := range p.themes.Of(list[n].Comment) {
			for k := range page.Themes {
				if t := &page.Themes[k]; t.code == code && len(t.Examples) < examplesEach && !slices.Contains(t.Examples, list[n].Comment) {
					t.Examples = append(t.Examples, list[n].Comment)
				}
			}
		}
	}
	return nil
}
