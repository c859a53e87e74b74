package dashboard

import (
	"net/url"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// heat is the map of institutions by weeks, as a page shows it. The oldest
// week comes first in reading direction, in every language.
type heat struct {
	web.Page
	Answer string
	Months []monthHead
	Weeks  []weekHead
	Rows   []heatRow
	Legend []gradeWord
	Table  files
	Wider  web.Link // to as many weeks as are not shown now
	Bare   bool     // on the wall nothing is clicked
}

// monthHead stands above the weeks whose Monday is in a month.
type monthHead struct {
	Name string
	Span int
}

type weekHead struct {
	Day    int // of the Monday
	Spoken string
	ISO    string
}

type heatRow struct {
	Short string
	Name  lang.Text
	Href  string
	Cells []heatCell
	Total heatCell
}

// heatCell is one week of an institution; Text is empty where nothing was due.
type heatCell struct {
	Grade  indicator.Grade
	Kind   string // of the shape
	Text   string
	Spoken string
	Href   string
}

type gradeWord struct {
	Grade indicator.Grade
	Kind  string
	Word  string
}

// gradeKind is the shape of a grade, as everywhere on the pages.
func gradeKind(g indicator.Grade) string {
	switch g {
	case indicator.Kept:
		return "open"
	case indicator.Mostly:
		return "due"
	case indicator.Partly:
		return "slow"
	case indicator.Seldom:
		return "late"
	}
	return ""
}

// heat arranges what is measured by week.
func (p *picture) heat() heat {
	from, to := p.firstWeek(), p.thisWeek()
	m := indicator.NewHeat(from, to, p.measured.Weeks(), p.rowOf, p.rows()...)
	h := heat{Page: p.Page, Answer: p.heatAnswer(m), Table: p.files("weeks")}
	h.Months, h.Weeks = p.weekHeads(m.Weeks)
	for _, r := range m.Rows {
		h.Rows = append(h.Rows, p.heatRow(r, m.Weeks))
	}
	for _, g := range indicator.Grades() {
		h.Legend = append(h.Legend, gradeWord{g, gradeKind(g), p.T("indicator.grade." + string(g))})
	}
	if q := p.query(); p.weeks == halfYear {
		q.Set("weeks", "52")
		h.Wider = p.Link("?"+q.Encode(), "indicator.heat.wider")
	} else {
		h.Wider = p.Link("?"+q.Encode(), "indicator.heat.narrower")
	}
	return h
}

// query is what the address asks for besides the weeks.
func (p *picture) query() url.Values {
	q := url.Values{}
	if p.institution != "" {
		q.Set("institution", p.institution)
	}
	if p.period != indicator.YearTo(p.now) {
		q.Set("from", string(p.period.From.Date()))
		q.Set("to", string(p.period.To.Date()))
	}
	return q
}

// heatAnswer says what the map shows before anybody looks at it.
func (p *picture) heatAnswer(m indicator.Heat) string {
	ratio, known := m.Total().OnTime()
	if !known {
		return p.T("indicator.heat.nothing", p.weeks)
	}
	for _, r := range m.Rows { // the worst first
		if worst, ok := r.Total.OnTime(); ok && len(m.Rows) > 1 && worst < .8 {
			return p.T("indicator.heat.worst", p.Percent(ratio, 0), p.weeks, p.short(r.Institution), p.Percent(worst, 0))
		}
	}
	return p.T("indicator.heat.answer", p.Percent(ratio, 0), p.weeks)
}

func (p *picture) weekHeads(weeks []indicator.Week) (months []monthHead, heads []weekHead) {
	for _, w := range weeks {
		monday := w.Monday().Start()
		name := p.Month(monday)
		if len(months) == 0 || months[len(months)-1].Name != name {
			months = append(months, monthHead{Name: name})
		}
		months[len(months)-1].Span++
		heads = append(heads, weekHead{monday.Day(), p.T("indicator.heat.week", p.Date(monday)), string(w.Monday().Date())})
	}
	for n := range months {
		if months[n].Span < 2 { // a single column has no room for a year
			months[n].Name, _, _ = strings.Cut(months[n].Name, " ")
		}
	}
	return months, heads
}

func (p *picture) heatRow(r indicator.HeatRow, weeks []indicator.Week) heatRow {
	row := heatRow{
		Short: p.short(r.Institution), Name: p.view.institution(r.Institution), Href: p.indicatorsHref(r.Institution),
		Total: p.heatCell(r.Total, indicator.OnTime, r.Institution, weeks[0], weeks[len(weeks)-1]),
	}
	for n, cell := range r.Cells {
		row.Cells = append(row.Cells, p.heatCell(cell, indicator.OnTime, r.Institution, weeks[n], weeks[n]))
	}
	return row
}

func (p *picture) heatCell(c indicator.Promises, code indicator.Code, slug string, from, to indicator.Week) heatCell {
	ratio, known := c.OnTime()
	if !known {
		spoken := p.T("indicator.heat.none")
		if c.Waived > 0 {
			spoken = p.T("indicator.heat.waived", c.Waived)
		}
		return heatCell{Grade: indicator.NothingDue, Spoken: spoken}
	}
	cell := heatCell{
		Grade: c.Grade(), Kind: gradeKind(c.Grade()), Text: p.Decimal(float64(int(ratio*100)), 0),
		Spoken: p.T("indicator.heat.cell", p.Percent(ratio, 0), c.Met, c.Judged()),
	}
	if !p.public {
		cell.Href = p.rowHref(code, "all", slug, indicator.Period{From: from.Monday(), To: to.Sunday()})
	}
	return cell
}

// indicatorsHref is the page of an institution's figures.
func (p *picture) indicatorsHref(slug string) string {
	if p.public {
		return "/institutions/" + slug
	}
	return "/desk/indicators?institution=" + url.QueryEscape(slug)
}

// rowHref is the list of what an indicator counts of a row of a table.
func (p *picture) rowHref(code indicator.Code, part, row string, period indicator.Period) string {
	q := url.Values{"institution": {row}}
	if p.eachBody() {
		q.Set("alone", "1") // the row is of this body, not of those under it
	}
	return rowsHref(code, part, period, q)
}

// wholeHref is the list of what an indicator counts on the whole page.
func (p *picture) wholeHref(code indicator.Code, part string) string {
	q := url.Values{}
	if p.institution != "" {
		q.Set("institution", p.institution)
	}
	return rowsHref(code, part, p.period, q)
}

func rowsHref(code indicator.Code, part string, period indicator.Period, q url.Values) string {
	if part != "" && part != code.Parts()[0] {
		q.Set("part", part)
	}
	if code.OverTime() || period != (indicator.Period{}) && code == indicator.Overdue {
		q.Set("from", string(period.From.Date()))
		q.Set("to", string(period.To.Date()))
	}
	href := "/desk/indicators/" + string(code)
	if len(q) > 0 {
		href += "?" + q.Encode()
	}
	return href
}

// byName sorts institutions as the reader's language does.
func (v view) byName(slugs []string) []string {
	slices.SortFunc(slugs, func(a, b string) int {
		return strings.Compare(inventory.Fold(v.institution(a).In(v.Lang)), inventory.Fold(v.institution(b).In(v.Lang)))
	})
	return slugs
}
