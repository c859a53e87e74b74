package resultsweb

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/stats"
	"github.com/jard-odi/jard/web"
)

// resultsPage is /services/{slug}/satisfaction.
type resultsPage struct {
	web.Page
	Service  *monitor.Service
	Name     lang.Text
	Spans    []spanTab
	Days     int
	Any      bool
	Mark     web.Mark // what the answers allow to say
	Headline string
	Figures  survey.Satisfied
	Mean     string
	MeanBand string
	Top2     string
	Top2Band string
	Needed   string
	Bars     []bar
	Question lang.Text
	Others   []otherRow
	Chosen   []choiceRow
	Modes    []partRow
	Proofs   []partRow
	Tongues  []partRow
	Ways     []partRow
	Trend    trendPlot
	Change   string
	Apart    []apartRow
	ApartAll string
	Offices  []officePart
	FewPlace string
	Weeks    string // that offices are told of
	Editions []editionRow
	MayRead  bool
	CSV      string
}

// spanTab is a choice of how far back.
type spanTab struct {
	Word, Href string
	Current    bool
}

// spans are how many days back the page can look, the usual one first.
func spans() []int { return []int{90, 30, 365} }

// spanOf is the span that was asked for.
func spanOf(asked string) int {
	for _, days := range spans() {
		if asked == strconv.Itoa(days) {
			return days
		}
	}
	return spans()[0]
}

// year is everything that a page about a service's answers is made from: the
// sums of each day.
type year struct {
	now   time.Time
	zone  *time.Location
	daily map[time.Time]survey.Sums // by midnights in UTC
}

// read reads a little more than a year, so that weeks are whole.
func (p *Pages) read(ctx context.Context, slug string) (*year, error) {
	now := p.now()
	y := &year{now: now, zone: p.store.Zone()}
	var err error
	y.daily, err = p.store.Daily(ctx, slug, now.AddDate(0, 0, -380), now)
	return y, err
}

func (y *year) today() time.Time { return survey.DayOf(y.now, y.zone) }

// sum adds up the days from..to, the latter left out.
func (y *year) sum(from, to time.Time) survey.Sums {
	all := survey.Sums{}
	for day, sums := range y.daily {
		if !day.Before(from) && day.Before(to) {
			all.Merge(sums)
		}
	}
	return all
}

// last adds up the last days, today included.
func (y *year) last(days int) survey.Sums {
	end := y.today().AddDate(0, 0, 1)
	return y.sum(end.AddDate(0, 0, -days), end)
}

// headlineOf is the question that stands for a service: satisfaction, or ease
// where nobody was asked the former.
func headlineOf(sums survey.Sums) string {
	if len(sums.Distributions(survey.Satisfaction, survey.Part{})) == 0 && len(sums.Distributions(survey.Ease, survey.Part{})) > 0 {
		return survey.Ease
	}
	return survey.Satisfaction
}

// results answers GET /services/{slug}/satisfaction.
func (p *Pages) results(c *gin.Context) error {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	v, err := p.services.Service(ctx, by, c.Param("slug"))
	if err != nil {
		return err
	}
	y, err := p.read(ctx, v.Slug)
	if err != nil {
		return err
	}
	page := &resultsPage{
		Page: p.shell.Page(c, "surveydesk.results.title", v.Name.In(web.LangFrom(ctx))), Service: v, Name: v.Name, Days: spanOf(c.Query("days")),
		MayRead: by.May("answer.read", v.Institution),
	}
	page.CSV = "/services/" + v.Slug + "/satisfaction.csv?days=" + strconv.Itoa(page.Days) + "&plot="
	for _, days := range spans() {
		page.Spans = append(page.Spans, spanTab{page.T("surveydesk.span", days), "?days=" + strconv.Itoa(days), days == page.Days})
	}
	if err := p.fill(ctx, page, y, v.Slug); err != nil {
		return err
	}
	if err := p.places(ctx, page, v.Slug); err != nil {
		return err
	}
	if page.Editions, err = p.editions(c, page.Page, v.Slug); err != nil {
		return err
	}
	return p.shell.Show(c, "survey_desk_results", page)
}

func (p *Pages) fill(ctx context.Context, page *resultsPage, y *year, slug string) error {
	sums := y.last(page.Days)
	question := headlineOf(sums)
	page.Figures = sums.Score(question, survey.Part{})
	f := &page.Figures.Figures
	page.Any = f.N > 0
	page.Mark, page.Headline, page.Needed = judgement(page.Page, f)
	set, err := p.asked(ctx, slug, sums)
	if err != nil {
		return err
	}
	page.apart(sums)
	if !page.Any {
		return nil
	}
	page.Mean, page.MeanBand = page.Decimal(f.Mean10.Value, 1), page.band(f.Mean10.Low, f.Mean10.High)
	page.Top2, page.Top2Band = page.Percent(f.Top2.Share, 0), page.percentBand(f.Top2.Low, f.Top2.High)
	if q := set.Question(question); q != nil {
		page.Question = q.Text
	}
	page.Bars = barsOf(page.Page, f, set.Question(question))
	page.Others = othersOf(page.Page, sums, set, question, f.Scale.Mode)
	page.Chosen = chosenOf(page.Page, sums, set, f.Scale.Mode)
	page.parts(sums, question)
	page.Trend = trendOf(page.Page, y, question, f.Scale, page.Days)
	page.Change = changeOf(page.Page, y, question, f.Scale)
	return nil
}

// asked is the set that most of the answers were given to, or that the service
// asks now.
func (p *Pages) asked(ctx context.Context, slug string, sums survey.Sums) (*survey.Set, error) {
	most, best := int64(0), survey.Group{}
	for g, t := range sums {
		if t.Answers > most || t.Answers == most && g.Set+strconv.Itoa(g.Version) < best.Set+strconv.Itoa(best.Version) {
			most, best = t.Answers, g
		}
	}
	if most > 0 {
		return p.store.Set(ctx, best.Set, best.Version)
	}
	asking, err := p.store.Asking(ctx, slug)
	if err != nil {
		return nil, err
	}
	return p.store.Set(ctx, asking.Set, asking.Pinned)
}

// judgement says in words and by a shape what the figures allow to say.
func judgement(p web.Page, f *survey.Figures) (mark web.Mark, headline, needed string) {
	mark = p.Mark(bandKinds[f.Colour], bandKeys[f.Colour])
	if f.N == 0 {
		return p.Mark("unknown", "surveydesk.band.none"), "", p.T("surveydesk.needed", stats.Needed(0.5, 0.04, 0))
	}
	headline = p.T("surveydesk.headline", p.Decimal(f.Mean10.Value, 1), p.Decimal(f.Mean10.Low, 1), p.Decimal(f.Mean10.High, 1))
	switch {
	case f.Decidable:
		return mark, headline, ""
	case f.Needed > 0 && f.Needed < 100_000:
		return mark, headline, p.T("surveydesk.needed", f.Needed)
	}
	return mark, headline, p.T("surveydesk.never")
}

var bandKinds = map[stats.Band]string{stats.Green: "open", stats.Amber: "slow", stats.Red: "down", stats.Undecidable: "unknown"}

var bandKeys = map[stats.Band]string{
	stats.Green: "surveydesk.band.green", stats.Amber: "surveydesk.band.amber", stats.Red: "surveydesk.band.red",
	stats.Undecidable: "surveydesk.band.undecidable",
}

func (page *resultsPage) band(low, high float64) string { return bandWords(page.Page, low, high) }

func bandWords(p web.Page, low, high float64) string {
	return p.T("surveydesk.band_between", p.Decimal(low, 1), p.Decimal(high, 1))
}

func (page *resultsPage) percentBand(low, high float64) string {
	return page.T("surveydesk.band_between", page.Percent(low, 0), page.Percent(high, 0))
}

// apartRow is a flag and how many answers bear it.
type apartRow struct{ Word, Means, N string }

func (page *resultsPage) apart(sums survey.Sums) {
	answers, apart, flags := sums.Apart()
	if apart > 0 {
		page.ApartAll = page.T("surveydesk.apart", apart, page.Number(answers+apart))
	}
	page.Apart = flagRows(page.Page, flags)
}

// flagList is the flags in the order they are told.
func flagList() []survey.Flag {
	return []survey.Flag{survey.Burst, survey.Fast, survey.Honeypot, survey.Repeated, survey.Copied, survey.Straight}
}

func flagRows(p web.Page, flags map[survey.Flag]int64) []apartRow {
	var rows []apartRow
	for _, f := range flagList() {
		if flags[f] > 0 {
			rows = append(rows, apartRow{p.T("surveydesk.flag." + string(f)), p.T("surveydesk.flag_means." + string(f)), p.Number(flags[f])})
		}
	}
	return rows
}

// editionRow is a quarter that was stated.
type editionRow struct {
	Name, Hash, Short string
	At                time.Time
	Again             *web.Mark
}

// editions lists them; ?again=HASH counts one again.
func (p *Pages) editions(c *gin.Context, page web.Page, slug string) ([]editionRow, error) {
	list, err := p.store.Editions(c.Request.Context(), slug)
	if err != nil {
		return nil, err
	}
	var rows []editionRow
	for n := range list {
		e := &list[n]
		row := editionRow{Name: quarterWords(page, e), Hash: e.Hash, Short: e.Hash[:12], At: e.FrozenAt}
		if c.Query("again") == e.Hash {
			same, err := p.store.Same(c.Request.Context(), e)
			if err != nil {
				return nil, err
			}
			mark := page.Mark("late", "surveydesk.edition.differs")
			if same {
				mark = page.Mark("open", "surveydesk.edition.same")
			}
			row.Again = &mark
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func quarterWords(p web.Page, e *surveydb.Edition) string {
	return p.T("surveydesk.edition.quarter", (int(e.From().Month())+2)/3, strconv.Itoa(e.From().Year()))
}

// document answers GET /services/{slug}/satisfaction/editions/{hash}: the text
// that was hashed.
func (p *Pages) document(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.services.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
	if err != nil {
		return err
	}
	if len(c.Param("hash")) != 64 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	e, err := p.store.Edition(ctx, v.Slug, c.Param("hash"))
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="`+v.Slug+"-"+e.Name()+`.txt"`)
	c.Data(200, "text/plain; charset=utf-8", []byte(e.Document))
	return nil
}
