package assessweb

import (
	"bytes"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// reportPage is /institutions/{slug}/assessment/report: the quarter of a
// ministry, to be printed or downloaded.
type reportPage struct {
	*institutionPage
	Quarter   string // of the edition; empty for now
	Period    string // what stands on the cover
	Hash      string
	Choices   []web.Option
	Services  []reportService
	Steps     []stepLine
	SheetHref string
	Printed   time.Time
}

// reportService is one service of a report.
type reportService struct {
	Line    serviceLine
	Card    card
	Reds    []criterionView
	Replies []assess.Reply
}

const (
	longestReport = 200 // services
	reportSteps   = 10
)

// report answers GET /institutions/{slug}/assessment/report.
func (p *Pages) report(c *gin.Context) error {
	page, err := p.readReport(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "assess_report", page)
}

// readReport reads what the report says.
func (p *Pages) readReport(c *gin.Context) (*reportPage, error) {
	ctx := c.Request.Context()
	quarter, err := p.reportQuarter(c)
	if err != nil {
		return nil, err
	}
	base, l, err := p.readInstitution(c, quarter)
	if err != nil {
		return nil, err
	}
	page := &reportPage{institutionPage: base, Quarter: quarter, Printed: p.now(), Period: base.T("assessdesk.report.now", base.Date(l.At))}
	if l.Edition != nil {
		page.Period, page.Hash = quarterWord(base.Page, quarter), l.Edition.Hash
	}
	page.Title = page.T("assessdesk.report.of", page.Text(page.Name), page.Period)
	if err := p.reportChoices(c, page); err != nil {
		return nil, err
	}
	var replies []assess.Reply
	if quarter != "" {
		if replies, err = p.store.Replies(ctx, identity.Actor{}, quarter, ""); err != nil {
			return nil, err
		}
	}
	for _, line := range page.Lines[:min(len(page.Lines), longestReport)] {
		page.Services = append(page.Services, reportOf(page.Page, l, line, replies))
	}
	steps := l.Set.Improve(l.weighed())
	page.Steps = stepsOf(page.Page, l, steps[:min(len(steps), reportSteps)], nil)
	return page, nil
}

// reportQuarter is the edition that is asked for: the newest frozen one when
// nothing was said, "now" for today.
func (p *Pages) reportQuarter(c *gin.Context) (string, error) {
	quarter := c.Query("edition")
	if quarter != "" {
		if quarter == "now" {
			quarter = ""
		}
		return quarter, nil
	}
	all, err := p.store.Editions(c.Request.Context(), identity.Actor{})
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0].Quarter, nil
}

func (p *Pages) reportChoices(c *gin.Context, page *reportPage) error {
	all, err := p.store.Editions(c.Request.Context(), identity.Actor{})
	if err != nil {
		return err
	}
	for _, e := range all {
		page.Choices = append(page.Choices, web.Option{Value: e.Quarter, Label: quarterWord(page.Page, e.Quarter), Chosen: e.Quarter == page.Quarter})
	}
	page.Choices = append(page.Choices, web.Option{Value: "now", Label: page.T("assessdesk.report.today"), Chosen: page.Quarter == ""})
	if p.sheet != nil {
		asked := url.Values{"edition": {page.Quarter}, "lang": {string(page.Lang)}}
		if page.Quarter == "" {
			asked.Set("edition", "now")
		}
		page.SheetHref = "/institutions/" + page.Institution + "/assessment/report.xlsx?" + asked.Encode()
	}
	return nil
}

// reportOf is one service of the report, with what is red and what its
// department replied.
func reportOf(p web.Page, l *look, line serviceLine, replies []assess.Reply) reportService {
	s := l.find(line.Slug)
	out := reportService{Line: line, Card: cardOf(p, l.Set, &s.Score, s.Facts, l.At)}
	for _, a := range out.Card.Areas {
		for _, row := range a.Rows {
			if row.Colour == string(assess.Red) {
				out.Reds = append(out.Reds, row)
			}
		}
	}
	for _, r := range replies {
		if r.Service == line.Slug {
			out.Replies = append(out.Replies, r)
		}
	}
	return out
}

// reportSheet answers GET /institutions/{slug}/assessment/report.xlsx: a row for
// each criterion of each service, with the method below.
func (p *Pages) reportSheet(c *gin.Context) error {
	if p.sheet == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page, err := p.readReport(c)
	if err != nil {
		return err
	}
	var header []string
	for _, key := range []string{
		"assessdesk.service", "assessdesk.sheet.slug", "assessdesk.letter", "assessdesk.card.value", "assessdesk.known", "assessdesk.area", "assessdesk.sheet.code",
		"assessdesk.criterion", "assessdesk.sheet.colour", "assessdesk.value", "assessdesk.goal", "assessdesk.sheet.weight", "assessdesk.sheet.kind",
		"assessdesk.seen_at", "assessdesk.sheet.unknown",
	} {
		header = append(header, page.T(key))
	}
	title := page.Quarter
	if title == "" {
		title = page.Printed.In(p.store.Zone()).Format(time.DateOnly)
	}
	var body bytes.Buffer
	if err := p.sheet(&body, title, header, page.cells()); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="jard-assessment-`+page.Institution+"-"+title+`.xlsx"`)
	c.Header("Cache-Control", "private, no-cache")
	c.Data(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body.Bytes())
	return nil
}

// cells are the rows of the workbook.
func (p *reportPage) cells() iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for n := range p.Services {
			if !p.serviceCells(&p.Services[n], yield) {
				return
			}
		}
		rest := append(slices.Clone(p.Method), p.Period)
		if p.Hash != "" {
			rest = append(rest, p.T("assessdesk.report.hash")+" "+p.Hash)
		}
		for _, text := range rest {
			if !yield([]string{text}, nil) {
				return
			}
		}
	}
}

func (p *reportPage) serviceCells(s *reportService, yield func([]string, error) bool) bool {
	for _, a := range s.Card.Areas {
		for i := range a.Rows {
			r := &a.Rows[i]
			at := ""
			if !r.At.IsZero() {
				at = r.At.UTC().Format(time.RFC3339)
			}
			row := []string{
				p.Text(s.Line.Name), s.Line.Slug, s.Line.Letter, s.Line.Value, s.Line.Coverage, p.Text(a.Title), r.Code, p.Text(r.Title), r.Mark.Word,
				strings.Join(r.Said, " / "), r.Goal, r.Weight, r.Kind, at, r.Unknown,
			}
			if !yield(row, nil) {
				return false
			}
		}
	}
	return true
}

// AreaNames are the heads of the columns of a report.
func (p *reportPage) AreaNames() []lang.Text {
	if len(p.Services) == 0 {
		return nil
	}
	names := make([]lang.Text, 0, len(p.Services[0].Card.Areas))
	for _, a := range p.Services[0].Card.Areas {
		names = append(names, a.Title)
	}
	return names
}
