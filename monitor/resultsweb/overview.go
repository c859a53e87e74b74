package resultsweb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/stats"
	"github.com/jard-odi/jard/web"
)

// overviewPage is /desk/satisfaction: what needs care first.
type overviewPage struct {
	web.Page
	Rows        []overviewRow
	Institution string
	Choices     []web.Option
	Nothing     web.Empty
	Red, Fallen int
	Starving    int
	Words       int64
}

// overviewRow is a service.
type overviewRow struct {
	Slug        string
	Name        lang.Text
	Institution lang.Text
	Part        partRow
	Change      *web.Mark
	Points      string
	Wave        *web.Mark
	WaveSays    string
	Waiting     int64
	Needed      string
	care        int // the less, the sooner somebody should look
	drawn       float64
}

// overviewDays is how far back the list counts, overviewLimit how many services it has.
const (
	overviewDays  = 90
	overviewLimit = 500
)

// overview answers GET /desk/satisfaction.
func (p *Pages) overview(c *gin.Context) error {
	ctx := c.Request.Context()
	by, err := web.SignedIn(c, identity.ReadAnswers)
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	list, err := p.services.Names(ctx, by, monitordb.Filter{
		State: monitor.Active, Institution: c.Query("institution"), Inside: !by.Everywhere(identity.ReadAnswers), Limit: overviewLimit,
	})
	if err != nil {
		return err
	}
	page := &overviewPage{Page: p.shell.Page(c, "surveydesk.overview.title"), Institution: c.Query("institution")}
	page.Nothing = page.Empty("surveydesk.overview.empty", "surveydesk.overview.empty_text")
	list = slices.DeleteFunc(list, func(v monitor.Service) bool { return !by.May(identity.ReadAnswers, v.Institution) })
	if err := p.overviewRows(ctx, page, list, tree); err != nil {
		return err
	}
	page.choose(by, list, tree)
	return p.shell.Show(c, "survey_desk_overview", page)
}

// choose offers the institutions of the list.
func (page *overviewPage) choose(by identity.Actor, list []monitor.Service, tree identity.Tree) {
	if !by.Everywhere(identity.ReadAnswers) {
		return
	}
	page.Choices = []web.Option{{Label: page.T("surveydesk.overview.all")}}
	seen := map[string]bool{page.Institution: page.Institution != ""}
	slugs := []string{}
	for n := range list {
		seen[list[n].Institution] = true
	}
	for slug, there := range seen {
		if there {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	for _, slug := range slugs {
		page.Choices = append(page.Choices, web.Option{Value: slug, Label: nameOf(tree, slug).In(page.Lang), Chosen: slug == page.Institution})
	}
}

func nameOf(tree identity.Tree, slug string) lang.Text {
	if i, ok := tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}

// standing is what the list is made from.
type standing struct {
	all, week, before map[string]survey.Sums
	waves             map[string]survey.WaveProgress
	waiting           map[string]int64
}

func (p *Pages) standing(ctx context.Context, slugs []string) (*standing, error) {
	s := &standing{}
	end := survey.DayOf(p.now(), p.store.Zone()).AddDate(0, 0, 1)
	var err error
	for _, one := range []struct {
		into     *map[string]survey.Sums
		from, to time.Time
	}{
		{&s.all, end.AddDate(0, 0, -overviewDays), end},
		{&s.week, end.AddDate(0, 0, -7), end},
		{&s.before, end.AddDate(0, 0, -35), end.AddDate(0, 0, -7)},
	} {
		if *one.into, err = p.store.Distribution(ctx, slugs, p.midnight(one.from), p.midnight(one.to)); err != nil {
			return nil, err
		}
	}
	if s.waves, err = p.store.OpenWaves(ctx); err != nil {
		return nil, err
	}
	s.waiting, err = p.store.Waiting(ctx, slugs, p.midnight(end.AddDate(0, 0, -overviewDays)))
	return s, err
}

// midnight is when a day begins where days are cut.
func (p *Pages) midnight(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, p.store.Zone())
}

func (p *Pages) overviewRows(ctx context.Context, page *overviewPage, list []monitor.Service, tree identity.Tree) error {
	if len(list) == 0 {
		return nil
	}
	slugs := make([]string, len(list))
	for n := range list {
		slugs[n] = list[n].Slug
	}
	s, err := p.standing(ctx, slugs)
	if err != nil {
		return err
	}
	drawn := map[string]float64{}
	for _, r := range survey.Rank(s.all, survey.Satisfaction, survey.Part{}, survey.Scale{Mode: survey.Self, Levels: 5}) {
		drawn[r.Service] = r.Drawn
	}
	for n := range list {
		row := page.row(&list[n], s)
		row.Institution, row.drawn = nameOf(tree, list[n].Institution), drawn[row.Slug]
		page.Rows = append(page.Rows, row)
	}
	slices.SortStableFunc(page.Rows, func(a, b overviewRow) int {
		return cmp.Or(cmp.Compare(a.care, b.care), cmp.Compare(a.drawn, b.drawn), cmp.Compare(a.Slug, b.Slug))
	})
	return nil
}

// row says how a service stands, and how soon somebody should look.
func (page *overviewPage) row(v *monitor.Service, s *standing) overviewRow {
	sums := s.all[v.Slug]
	question := headlineOf(sums)
	f := sums.Score(question, survey.Part{})
	row := overviewRow{Slug: v.Slug, Name: v.Name, Part: partRowOf(page.Page, "", &f.Figures), Waiting: s.waiting[v.Slug], care: 5}
	_, _, row.Needed = judgement(page.Page, &f.Figures)
	page.Words += row.Waiting
	switch {
	case f.N == 0:
		row.care = 6
	case f.Colour == stats.Red:
		row.care = 0
		page.Red++
	case f.Colour == stats.Undecidable:
		row.care = 4
	case f.Colour == stats.Amber:
		row.care = 3
	}
	if t, ok := survey.Compare(s.week[v.Slug], s.before[v.Slug], question, survey.Part{Mode: f.Scale.Mode})[f.Scale]; ok && t.Known {
		page.change(&row, &t)
	}
	if w, ok := s.waves[v.Slug]; ok {
		page.wave(&row, &w)
	}
	return row
}

func (page *overviewPage) change(row *overviewRow, t *survey.Trend) {
	row.Points = page.T("surveydesk.points", page.Decimal(100*t.Share.Value, 0))
	switch {
	case t.Worse:
		mark := page.Mark("down", "surveydesk.overview.fell")
		row.Change, row.care = &mark, min(row.care, 1)
		page.Fallen++
	case t.Better:
		mark := page.Mark("open", "surveydesk.overview.rose")
		row.Change = &mark
	}
}

func (page *overviewPage) wave(row *overviewRow, w *survey.WaveProgress) {
	mark := waveMark(page.Page, w)
	row.Wave = &mark
	if w.State == survey.WaveRunning {
		row.WaveSays = page.T("surveydesk.wave.so_far", page.Number(int64(w.Worth)), page.Number(w.Needed))
	}
	if w.Starving {
		row.care = min(row.care, 2)
		page.Starving++
	}
}

// waveMark names how a wave stands.
func waveMark(p web.Page, w *survey.WaveProgress) web.Mark {
	if w.Starving {
		return p.Mark("late", "surveydesk.wave.starving")
	}
	kinds := map[survey.WaveState]string{
		survey.WavePlanned: "due", survey.WaveRunning: "review", survey.WaveReached: "open", survey.WaveEnded: "withdrawn",
	}
	return p.Mark(kinds[w.State], "surveydesk.wave.state."+string(w.State))
}
