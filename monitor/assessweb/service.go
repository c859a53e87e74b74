package assessweb

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// servicePage is /services/{slug}/assessment.
type servicePage struct {
	web.Page
	Slug        string
	Name        lang.Text
	Institution string
	Body        lang.Text
	Private     bool
	At          time.Time
	Edition     string // in words; empty for now
	Latest      *latest
	Card        card
	Place       string
	Trend       trend
	Replies     []assess.Reply
	Method      []string
	JSON        string
}

// latest is the newest frozen edition.
type latest struct{ Code, Quarter string }

// service answers GET /services/{slug}/assessment.
func (p *Pages) service(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.visible(c)
	if err != nil {
		return err
	}
	l, err := p.lookOf(c)
	if err != nil {
		return err
	}
	tree, err := p.people(ctx)
	if err != nil {
		return err
	}
	page := &servicePage{
		Page: p.shell.Page(c, "assessdesk.card.title"), Slug: v.Slug, Name: v.Name, Institution: v.Institution, Body: nameOf(tree, v.Institution),
		Private: !v.Public(), At: l.At, JSON: "/api/v1/services/" + v.Slug + "/assessment",
	}
	page.Title = page.T("assessdesk.card.of", page.Text(v.Name))
	if err := p.fillCard(ctx, page, l, v); err != nil {
		return err
	}
	return p.shell.Show(c, "assess_service", page)
}

// fillCard reads what the scorecard shows.
func (p *Pages) fillCard(ctx context.Context, page *servicePage, l *look, v *monitor.Service) error {
	s, err := p.standing(ctx, l, v)
	if err != nil {
		return err
	}
	page.Card = cardOf(page.Page, l.Set, &s.Score, s.Facts, l.At)
	page.Place = placeWord(page.Page, l.places(), v.Slug)
	page.Method = methodOf(page.Page, l.Set)
	if page.Edition = l.word(page.Page); l.Edition != nil {
		page.JSON += "?edition=" + l.Edition.Quarter
		if page.Replies, err = p.store.Replies(ctx, web.ActorFrom(ctx), l.Edition.Quarter, v.Slug); err != nil {
			return err
		}
	}
	scores, err := p.trend(ctx, v.Slug)
	if err != nil {
		return err
	}
	page.Trend = trendOf(page.Page, l.Set, scores)
	if n := len(scores); n > 0 {
		page.Latest = &latest{scores[n-1].Quarter, quarterWord(page.Page, scores[n-1].Quarter)}
	}
	return nil
}

// standing is a service of the look with its evidence. A service that nobody
// sees yet is judged for those who may see it; in an edition it is or is not.
func (p *Pages) standing(ctx context.Context, l *look, v *monitor.Service) (stood, error) {
	s := l.find(v.Slug)
	if s == nil && l.Edition != nil {
		return stood{}, fault.New(fault.NotFound, "fault.not_found")
	}
	if l.Edition != nil {
		return *s, nil
	}
	facts, err := p.store.Facts(ctx, v.Slug)
	if err != nil {
		return stood{}, err
	}
	out := stood{Slug: v.Slug, Name: v.Name, Institution: v.Institution, Facts: facts}
	if s != nil {
		out.Score, out.Volume = s.Score, s.Volume
		return out, nil
	}
	out.Score = l.Set.Score(facts, l.At)
	return out, nil
}

// trend is a service's score in each frozen edition.
func (p *Pages) trend(ctx context.Context, slug string) ([]past, error) {
	editions, entries, err := p.store.Trend(ctx, slug)
	if err != nil {
		return nil, err
	}
	out := make([]past, min(len(editions), len(entries)))
	for n := range out {
		out[n] = past{editions[n].Quarter, entries[n].Score}
	}
	return out, nil
}

// methodOf tells how a set counts.
func methodOf(p web.Page, set *assess.Set) []string {
	out := []string{p.T("assessdesk.method." + string(set.Method)), p.T("assessdesk.method.coverage", percent(p, set.Coverage))}
	if len(set.Caps) > 0 {
		var names []string
		for _, code := range set.Caps[0].Criteria {
			names = append(names, p.Text(criterionTitle(set, code)))
		}
		out = append(out, p.T("assessdesk.method.caps", p.List(names...), set.Caps[0].Band))
	}
	out = append(out, p.T("assessdesk.method.interval"), p.T("assessdesk.method.grey"), p.T("assessdesk.method.rank"))
	if set.Source != "" {
		out = append(out, p.T("assessdesk.method.source", set.Source))
	}
	return out
}
