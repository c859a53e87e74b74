package monitorweb

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/stats"
	"github.com/jard-odi/jard/web"
)

// WriteSheet writes a workbook of one sheet: the room of workbooks does it.
type WriteSheet func(w io.Writer, title string, header []string, rows iter.Seq2[[]string, error]) error

// Writing lets reports be downloaded as workbooks.
func (p *Pages) Writing(sheet WriteSheet) *Pages {
	p.sheet = sheet
	return p
}

// reportPage is /status/report: one service, or those of an institution, over
// a month, a quarter or a year, to be printed or downloaded.
type reportPage struct {
	web.Page
	Service     string
	Institution string
	Name        lang.Text
	Period      monitor.ReportPeriod
	Last        time.Time // the last day of it
	Over        bool
	Choices     []web.Option
	Lines       []reportLine
	Cut         int // services that are not in it
	Sheet       bool
	At          time.Time
	Method      int
}

// reportLine is one service in a report.
type reportLine struct {
	Slug      string
	Name      lang.Text
	Objective string
	Share     string
	Bounds    string // between which shares it lies
	Interval  string // of Wilson, over the looks
	Kept      web.Mark
	Down      string
	Outages   int
	Planned   string
	Coverage  string
	Looks     int64
	Median    string
	P95       string
	Hash      string // of the edition of exactly this period; empty when none was issued
}

// longestReport is how many services are in one report.
const longestReport = 500

// report answers GET /status/report.
func (p *Pages) report(c *gin.Context) error {
	if c.Query("service") == "" && c.Query("institution") == "" { // of whom, one chooses there
		c.Redirect(http.StatusSeeOther, "/status?by=institution")
		return nil
	}
	page, err := p.readReport(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "standing_report", page)
}

// readReport reads what a report was asked for, and computes it.
func (p *Pages) readReport(c *gin.Context) (*reportPage, error) {
	ctx, now, zone := c.Request.Context(), p.now(), p.store.Zone()
	code := c.Query("period")
	if code == "" {
		code = monitor.Periods(now, zone)[1] // the month that is over
	}
	period, err := monitor.ParsePeriod(code, now, zone)
	if err != nil {
		return nil, err
	}
	page := &reportPage{
		Page: p.shell.Page(c, "standing.report.title"), Period: period, Last: period.To.Add(-time.Hour), Over: period.Over(now),
		At: now, Method: monitor.EditionMethod, Sheet: p.sheet != nil, Service: c.Query("service"), Institution: c.Query("institution"),
	}
	for _, choice := range monitor.Periods(now, zone) {
		page.Choices = append(page.Choices, web.Option{Value: choice, Label: page.periodWord(choice), Chosen: choice == code})
	}
	services, err := p.reported(ctx, page)
	if err != nil {
		return nil, err
	}
	if page.Cut = len(services) - longestReport; page.Cut > 0 {
		services = services[:longestReport]
	}
	for n := range services {
		line, err := p.reportLine(ctx, page, &services[n])
		if err != nil {
			return nil, err
		}
		page.Lines = append(page.Lines, line)
	}
	page.Title = page.T("standing.report.of", page.Text(page.Name), page.periodWord(code))
	return page, nil
}

// reported finds the services that the report is about, and its name.
func (p *Pages) reported(ctx context.Context, page *reportPage) ([]monitor.Service, error) {
	if page.Service != "" {
		v, err := p.store.Service(ctx, web.ActorFrom(ctx), page.Service)
		if err != nil {
			return nil, err
		}
		page.Name, page.Institution = v.Name, ""
		return []monitor.Service{*v}, nil
	}
	tree, err := p.tree(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := tree[page.Institution]; !known {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	page.Name = nameOf(tree, page.Institution)
	board, err := p.store.Standings(ctx)
	if err != nil {
		return nil, err
	}
	within := map[string]bool{}
	for _, slug := range tree.Under(page.Institution, page.At) {
		within[slug] = true
	}
	var services []monitor.Service
	for n := range board.Services {
		if v := &board.Services[n].Service; within[v.Institution] {
			services = append(services, *v)
		}
	}
	return services, nil
}

// reportLine computes one service: of its checks, the one that was down longest.
func (p *Pages) reportLine(ctx context.Context, page *reportPage, v *monitor.Service) (reportLine, error) {
	var worst monitor.Tally
	for n, c := range v.Checks {
		days, err := p.store.Days(ctx, c.ID, page.Period.From, page.Period.To)
		if err != nil {
			return reportLine{}, err
		}
		var t monitor.Tally
		for i := range days {
			t.Add(&days[i].Tally)
		}
		if n == 0 || t.Down > worst.Down {
			worst = t
		}
	}
	objective := v.Objective()
	l := reportLine{
		Slug: v.Slug, Name: v.Name, Objective: page.Percent(objective, 2), Share: share(page.Page, worst.Up, worst.Known()), Bounds: "–", Interval: "–",
		Down: page.spent(worst.Down), Planned: page.spent(worst.Planned),
		Coverage: page.Percent(worst.Coverage(page.Period.Length(page.At)), 1), Looks: worst.Asked,
	}
	if low, high, known := worst.Bounds(); known {
		l.Bounds = page.T("standing.report.between", page.Percent(low, 3), page.Percent(high, 3))
	}
	if i, any := stats.Wilson(worst.Answered, worst.Asked); any {
		l.Interval = page.T("standing.report.between", page.Percent(i.Low, 2), page.Percent(i.High, 2))
	}
	answer := worst.DecideTime(objective)
	l.Kept = page.Mark(answerKinds[answer], "standing.report.answer."+string(answer))
	l.Median, l.P95, _ = quantiles(page.Page, &worst)
	var err error
	if l.Outages, err = p.store.OutageCount(ctx, v.Slug, page.Period.From, page.Period.To); err != nil {
		return l, err
	}
	l.Hash, err = p.store.EditionOf(ctx, v.Slug, page.Period.From, page.Period.To)
	return l, err
}

// spent writes a time that may be none at all.
func (p *reportPage) spent(d time.Duration) string {
	if d = d.Truncate(time.Second); d > 0 {
		return p.Duration(d)
	}
	return p.T("standing.report.nothing")
}

// answerKinds are the shapes of whether an objective was kept.
var answerKinds = map[monitor.Answer]string{monitor.Kept: "open", monitor.Missed: "down", monitor.Undecidable: "unknown"}

// periodWord names a period: "octobre 2026", "3e trimestre 2026", "2026".
func (p *reportPage) periodWord(code string) string {
	if at, err := time.Parse("2006-01", code); err == nil {
		return p.Month(at)
	}
	if len(code) == 7 {
		return p.T("standing.report.quarter."+code[6:], code[:4])
	}
	return code
}

// SheetHref is where the workbook is.
func (p *reportPage) SheetHref() string {
	return "/status/report.xlsx?service=" + urlQuery(p.Service) + "&institution=" + urlQuery(p.Institution) + "&period=" + p.Period.Code +
		"&lang=" + string(p.Lang)
}

// reportSheet answers GET /status/report.xlsx: the same as a workbook, with the
// method below it.
func (p *Pages) reportSheet(c *gin.Context) error {
	if p.sheet == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page, err := p.readReport(c)
	if err != nil {
		return err
	}
	var header []string
	for _, name := range []string{
		"service", "slug", "objective", "share", "bounds", "interval", "kept", "down", "outages", "planned", "coverage", "looks", "median", "p95", "hash",
	} {
		header = append(header, page.T("standing.report."+name))
	}
	var body bytes.Buffer
	if err := p.sheet(&body, page.Period.Code, header, page.cells()); err != nil {
		return err
	}
	name := "jard-" + page.Period.Code + ".xlsx"
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Header("Cache-Control", "private, no-cache")
	c.Data(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body.Bytes())
	return nil
}

// cells are the rows of the workbook.
func (p *reportPage) cells() iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for n := range p.Lines {
			l := &p.Lines[n]
			row := []string{
				p.Text(l.Name), l.Slug, l.Objective, l.Share, l.Bounds, l.Interval, l.Kept.Word, l.Down, p.Number(l.Outages), l.Planned, l.Coverage,
				p.Number(l.Looks), l.Median, l.P95, l.Hash,
			}
			if !yield(row, nil) {
				return
			}
		}
		for _, key := range []string{"method.1", "method.2", "method.3", "method.4"} {
			if !yield([]string{p.T("standing.report." + key)}, nil) {
				return
			}
		}
		yield([]string{p.T("standing.report.made", p.DateTime(p.At), p.Method)}, nil)
	}
}
