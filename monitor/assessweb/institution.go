package assessweb

import (
	"context"
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// institutionPage is /institutions/{slug}/assessment.
type institutionPage struct {
	web.Page
	Institution string
	Name        lang.Text
	At          time.Time
	Edition     string
	Set         lang.Text
	Version     int
	Both        bothScores
	Quadrant    quadrant
	Lines       []serviceLine
	ReachTitle  string
	Reach       []reachLine
	Method      []string
	ReportHref  string
}

// bothScores are the two ways to judge a ministry.
type bothScores struct {
	Any       bool
	Mean      string
	MeanNote  string
	Share     string
	ShareNote string
	Width     float64 // of the part that is at its goal, of a strip 200 wide
	Tone      string
}

// serviceLine is one service of a list.
type serviceLine struct {
	Href         string
	Slug         string
	Name         lang.Text
	Letter       string
	Word         lang.Text
	Tone         string
	Value        string
	Coverage     string
	Satisfaction string
	Reds         int
	Place        string
	score        *assess.Score
}

// reachLine is how many services reach a criterion's goal.
type reachLine struct {
	Title lang.Text
	Share string
	Known string
	Mark  web.Mark
	share float64
}

// institution answers GET /institutions/{slug}/assessment.
func (p *Pages) institution(c *gin.Context) error {
	page, _, err := p.readInstitution(c, c.Query("edition"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "assess_institution", page)
}

// readInstitution judges the services of an institution and of the bodies under
// it, now or in a frozen edition.
func (p *Pages) readInstitution(c *gin.Context, quarter string) (*institutionPage, *look, error) {
	ctx, slug := c.Request.Context(), c.Param("slug")
	tree, err := p.people(ctx)
	if err != nil {
		return nil, nil, err
	}
	if _, known := tree[slug]; !known {
		return nil, nil, fault.New(fault.NotFound, "fault.not_found")
	}
	whole, err := p.lookPublic(ctx, quarter)
	if err != nil {
		return nil, nil, err
	}
	l := whole.among(tree.Under(slug, p.now()))
	page := &institutionPage{
		Page: p.shell.Page(c, "assessdesk.ministry.title"), Institution: slug, Name: nameOf(tree, slug), At: l.At, Edition: l.word(p.shell.Page(c, "assessdesk.ministry.title")),
		Set: l.Set.Title, Version: l.Set.Version, Method: nil,
	}
	page.Title = page.T("assessdesk.ministry.of", page.Text(page.Name))
	page.Method = methodOf(page.Page, l.Set)
	page.ReportHref = "/institutions/" + slug + "/assessment/report"
	if quarter != "" {
		page.ReportHref += "?edition=" + url.QueryEscape(quarter)
	}
	m := l.Set.Ministry(l.weighed())
	page.Both = bothOf(page.Page, l.Set, &m)
	page.Quadrant = quadrantOf(page.Page, l.Set, l.Services, func(f assess.Fact) bool { return f.Known(l.At) })
	page.Lines = linesOf(page.Page, l, whole.places())
	page.Reach, page.ReachTitle = reachOf(page.Page, l.Set, &m)
	return page, l, nil
}

// lookPublic is now, or a frozen edition: what everybody may see alike.
func (p *Pages) lookPublic(ctx context.Context, quarter string) (*look, error) {
	if quarter == "" {
		return p.lookNow(ctx)
	}
	l, err := p.lookAt(ctx, quarter)
	if err == nil && l.Edition.State != assess.Frozen {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return l, err
}

func bothOf(p web.Page, set *assess.Set, m *assess.Ministry) bothScores {
	b := bothScores{Any: m.Scored > 0, Mean: points(p, m.Mean), Share: "–", Tone: toneCalm}
	b.MeanNote = p.T("assessdesk.ministry.mean_note", m.Scored, p.Number(m.All))
	if m.Unsaid > 0 {
		b.MeanNote += " " + p.T("assessdesk.ministry.unsaid", m.Unsaid)
	}
	b.ShareNote = p.T("assessdesk.ministry.none_scored")
	if m.Share != nil {
		b.Share, b.Width, b.Tone = p.Percent(*m.Share, 0), math.Round(200**m.Share), toneWait
		if m.Reached {
			b.Tone = toneGood
		}
		b.ShareNote = p.T("assessdesk.ministry.share_note", m.AtGoal, p.Number(m.Scored), p.Number(set.Goal), p.Percent(assess.Target, 0))
	}
	return b
}

// linesOf lists services, the best first; what has no score comes last.
func linesOf(p web.Page, l *look, places []assess.Place) []serviceLine {
	lines := make([]serviceLine, 0, len(l.Services))
	for n := range l.Services {
		s := &l.Services[n]
		line := serviceLine{
			Slug: s.Slug, Href: "/services/" + s.Slug + "/assessment", Name: s.Name, Letter: s.Score.Band, Word: bandTitle(l.Set, s.Score.Band),
			Tone: bandTone(l.Set, s.Score.Band), Value: points(p, s.Score.Value), Coverage: percent(p, math.Floor(s.Score.Coverage*100)/100),
			Satisfaction: "–", Reds: s.Score.Counts[assess.Red], Place: placeWord(p, places, s.Slug), score: &s.Score,
		}
		if l.Edition != nil {
			line.Href += "?edition=" + l.Edition.Quarter
		}
		if f := s.Facts[assess.SatisfactionMean]; f.Known(l.At) {
			line.Satisfaction = p.Decimal(f.Value, 1)
		}
		lines = append(lines, line)
	}
	order := locale.Order(p.Lang)
	slices.SortStableFunc(lines, func(a, b serviceLine) int {
		switch {
		case (a.score.Value == nil) != (b.score.Value == nil):
			if a.score.Value == nil {
				return 1
			}
			return -1
		case a.score.Value != nil && *a.score.Value != *b.score.Value:
			if *a.score.Value > *b.score.Value {
				return -1
			}
			return 1
		}
		return order(p.Text(a.Name), p.Text(b.Name))
	})
	return lines
}

// reachOf lists the criteria, those that fewest services reach first.
func reachOf(p web.Page, set *assess.Set, m *assess.Ministry) ([]reachLine, string) {
	var lines []reachLine
	reached := 0
	for _, r := range m.Criteria {
		if r.Known == 0 {
			continue
		}
		one := reachLine{
			Title: criterionTitle(set, r.Criterion), share: float64(r.Green) / float64(r.Known), Known: p.T("assessdesk.reach.of", p.Number(r.Green), p.Number(r.Known)),
			Mark: p.Mark("late", "assessdesk.reach.no"),
		}
		one.Share = p.Percent(one.share, 0)
		if r.Reached {
			reached++
			one.Mark = p.Mark("open", "assessdesk.reach.yes")
		}
		lines = append(lines, one)
	}
	slices.SortStableFunc(lines, func(a, b reachLine) int {
		switch {
		case a.share < b.share:
			return -1
		case a.share > b.share:
			return 1
		}
		return 0
	})
	return lines, p.T("assessdesk.reach.title", p.Number(reached), p.Number(len(lines)))
}
