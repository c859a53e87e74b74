package monitorweb

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// pastView is the part of a service's page that goes back as far as a year:
// percentiles from merged histograms, phases, and the hours of the week.
type pastView struct {
	web.Page
	Any     bool
	Slug    string
	Check   string
	Spans   []spanTab
	Key     string
	Rows    []spanRow
	Times   timePlot
	Phases  phasePlot
	Steps   []stepRow
	Daily   bool
	Weekly  bool // the rows of the table are weeks
	Week    weekMap
	Promise kept
}

// spanTab is a choice of how far back.
type spanTab struct {
	Key, Word, Href string
	Current         bool
}

// spanRow is what a stretch comes to.
type spanRow struct {
	Word            string
	Looks           int64
	P50, P95, P99   string
	Share, Coverage string
}

// stepRow is one hour or day in the table beside the plots.
type stepRow struct {
	When          string
	Looks         int64
	P50, P95, P99 string
	Phases        []string
	Share         string
}

// kept is the objective and what is left of the outage it allows.
type kept struct {
	Objective, Share, Allowed, Used, Left string
	Over                                  bool
}

// pastSpan is how far back, and in which steps.
type pastSpan struct {
	key   string
	days  int
	daily bool
}

func pastSpans() []pastSpan {
	return []pastSpan{{"day", 1, false}, {"week", 7, false}, {"month", 30, true}, {"quarter", 90, true}, {"year", 365, true}}
}

// pastSpanOf returns the span of a key; a week when there is no such span.
func pastSpanOf(key string) pastSpan {
	spans := pastSpans()
	for _, s := range spans {
		if s.key == key {
			return s
		}
	}
	return spans[1]
}

// weekMapDays is how far back the hours of the week are counted.
const weekMapDays = 90

// past is what is known of a check, in steps.
type past struct {
	now         time.Time
	hours, days []monitordb.Step
	store       *monitordb.Store
}

// readPast reads the year of a check in two queries.
func (p *Pages) readPast(ctx context.Context, check int64) (*past, error) {
	now := p.now()
	r := &past{now: now, store: p.store}
	var err error
	if r.hours, err = p.store.Hours(ctx, check, r.from(pastSpan{days: weekMapDays}), now); err != nil {
		return nil, err
	}
	r.days, err = p.store.Days(ctx, check, r.from(pastSpan{days: 365, daily: true}), now)
	return r, err
}

// from is when a span begins: a whole hour, or a midnight.
func (r *past) from(s pastSpan) time.Time {
	if s.daily {
		return r.store.Day(r.store.Day(r.now).Add(12*time.Hour - time.Duration(s.days-1)*24*time.Hour))
	}
	return r.now.Truncate(time.Hour).Add(-time.Duration(s.days) * 24 * time.Hour)
}

// steps are those of a span.
func (r *past) steps(s pastSpan) []monitordb.Step {
	list, from := r.hours, r.from(s)
	if s.daily {
		list = r.days
	}
	for len(list) > 0 && list[0].Start.Before(from) {
		list = list[1:]
	}
	return list
}

// longestTable is of how many days each has its own row on the page.
const longestTable = 90

// weeks adds days up by weeks that begin on Monday.
func weeks(days []monitordb.Step) []monitordb.Step {
	var list []monitordb.Step
	for n := range days {
		noon := days[n].Start.Add(12 * time.Hour) // of that day, whatever the zone
		first := days[n].Start.AddDate(0, 0, -(int(noon.Weekday())+6)%7)
		if len(list) == 0 || first.Sub(list[len(list)-1].Start) > 3*24*time.Hour {
			list = append(list, monitordb.Step{Start: first})
		}
		list[len(list)-1].Tally.Add(&days[n].Tally)
	}
	return list
}

// sum adds the steps of a span up.
func (r *past) sum(s pastSpan) monitor.Tally {
	var t monitor.Tally
	steps := r.steps(s)
	for n := range steps {
		t.Add(&steps[n].Tally)
	}
	return t
}

// fillPast writes the part of the page that goes back further than a day.
func (p *Pages) fillPast(ctx context.Context, page *servicePage) error {
	r, err := p.readPast(ctx, page.Check.ID)
	if err != nil {
		return err
	}
	chosen := pastSpanOf(page.asked)
	v := &pastView{
		Page: page.Page, Slug: page.Service.Slug, Check: page.Check.Name, Key: chosen.key, Daily: chosen.daily, Any: len(r.hours)+len(r.days) > 0,
	}
	for _, s := range pastSpans() {
		v.Spans = append(v.Spans, spanTab{s.key, v.T("standing.span." + s.key), v.href(s.key), s.key == chosen.key})
		t := r.sum(s)
		row := spanRow{
			Word: v.T("standing.span." + s.key), Looks: t.Readings, Share: share(v.Page, t.Up, t.Known()),
			Coverage: v.Percent(t.Coverage(r.now.Sub(r.from(s))), 1),
		}
		row.P50, row.P95, row.P99 = quantiles(v.Page, &t)
		v.Rows = append(v.Rows, row)
	}
	steps := r.steps(chosen)
	from := r.from(chosen).In(p.store.Zone())
	v.Times = timePlotOf(v.Page, steps, from, r.now, chosen.daily)
	v.Phases = phasePlotOf(v.Page, steps, from, r.now, chosen.daily)
	if chosen.days > longestTable {
		steps, v.Weekly = weeks(steps), true
	}
	for n := len(steps) - 1; n >= 0; n-- {
		v.Steps = append(v.Steps, v.step(&steps[n]))
	}
	v.Week = weekMapOf(v.Page, r.steps(pastSpan{days: weekMapDays}), page.Check.Apdex(), p.store.Zone())
	v.Promise = v.promise(page.Service.Objective(), r.sum(pastSpan{days: 30, daily: true}))
	page.Past = v
	return nil
}

// href is the address of the page with another span.
func (v *pastView) href(span string) string {
	return "/services/" + v.Slug + "?check=" + urlQuery(v.Check) + "&span=" + span + "#past"
}

// CSVHref is where the steps are downloaded.
func (v *pastView) CSVHref() string {
	return "/services/" + v.Slug + "/past.csv?check=" + urlQuery(v.Check) + "&span=" + v.Key
}

func (v *pastView) step(s *monitordb.Step) stepRow {
	row := stepRow{When: v.DateTime(s.Start), Looks: s.Tally.Readings, Share: share(v.Page, s.Tally.Up, s.Tally.Known())}
	if v.Daily {
		row.When = v.Date(s.Start)
	}
	row.P50, row.P95, row.P99 = quantiles(v.Page, &s.Tally)
	mean, known := s.Tally.PhaseShares()
	for _, phase := range monitor.PhaseList() {
		word := "–"
		if known {
			word = brief(v.Page, mean[phase])
		}
		row.Phases = append(row.Phases, word)
	}
	return row
}

// promise says what the objective leaves over thirty days.
func (v *pastView) promise(objective float64, t monitor.Tally) kept {
	b := monitor.BudgetOf(objective, &t, 30*24*time.Hour)
	left := b.Remaining
	return kept{
		Objective: v.Percent(objective, 2), Share: share(v.Page, t.Up, t.Known()), Allowed: v.Duration(b.Allowed.Truncate(time.Minute)),
		Used: v.Duration(b.Consumed.Truncate(time.Minute)), Left: v.Duration(max(left, -left).Truncate(time.Minute)), Over: left < 0,
	}
}

// quantile returns a percentile, never above the slowest answer: a bound of the
// histogram may lie there.
func quantile(t *monitor.Tally, q float64) (time.Duration, bool) {
	d, any := t.Times.Quantile(q)
	return min(d, t.Slowest), any
}

// brief writes a time so that two of them can be told apart: seconds alone
// would say the same of most.
func brief(p web.Page, d time.Duration) string {
	if d < time.Second || d >= time.Minute {
		return millis(p, d)
	}
	return p.T("unit.millisecond", p.Number(d.Round(10*time.Millisecond).Milliseconds()))
}

func quantiles(p web.Page, t *monitor.Tally) (p50, p95, p99 string) {
	words := make([]string, 0, 3)
	for _, q := range []float64{0.5, 0.95, 0.99} {
		word := "–"
		if d, any := quantile(t, q); any {
			word = brief(p, d)
		}
		words = append(words, word)
	}
	return words[0], words[1], words[2]
}

// pastCSV answers GET /services/{slug}/past.csv with the steps of a span.
func (p *Pages) pastCSV(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
	if err != nil {
		return err
	}
	check, ok := checkNamed(v, c.Query("check"))
	if !ok {
		return fault.At("check", "check.unknown", c.Query("check"))
	}
	r, err := p.readPast(ctx, check.ID)
	if err != nil {
		return err
	}
	span := pastSpanOf(c.Query("span"))
	rows := [][]string{{
		"start", "check", "readings", "asked", "answered", "up_seconds", "down_seconds", "planned_seconds", "p50_ms", "p95_ms", "p99_ms", "slowest_ms",
		"dns_ms", "connect_ms", "tls_ms", "wait_ms", "transfer_ms",
	}}
	steps := r.steps(span)
	for n := range steps {
		rows = append(rows, stepCells(check.Name, &steps[n]))
	}
	return web.CSV(c, v.Slug+"-"+span.key+".csv", rows)
}

func stepCells(check string, s *monitordb.Step) []string {
	t := &s.Tally
	number := func(d time.Duration, unit time.Duration) string {
		return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
	}
	cells := []string{
		s.Start.Format(time.RFC3339), web.Inert(check), strconv.FormatInt(t.Readings, 10), strconv.FormatInt(t.Asked, 10),
		strconv.FormatInt(t.Answered, 10), number(t.Up, time.Second), number(t.Down, time.Second), number(t.Planned, time.Second),
	}
	for _, q := range []float64{0.5, 0.95, 0.99} {
		cell := ""
		if d, any := quantile(t, q); any {
			cell = number(d.Round(time.Microsecond), time.Millisecond)
		}
		cells = append(cells, cell)
	}
	cells = append(cells, number(t.Slowest, time.Millisecond))
	mean, known := t.PhaseShares()
	for _, phase := range monitor.PhaseList() {
		cell := ""
		if known {
			cell = number(mean[phase].Round(time.Microsecond), time.Millisecond)
		}
		cells = append(cells, cell)
	}
	return cells
}
