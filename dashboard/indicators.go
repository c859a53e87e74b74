package dashboard

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// indicatorRoutes adds the pages, files and operations about what is measured.
func (d *Desks) indicatorRoutes() {
	r, page := d.shell.Engine(), d.shell.Handle
	r.GET("/desk/indicators", page(d.indicators))
	r.GET("/desk/indicators/:code", page(d.rows))
	r.GET("/desk/indicators/:code/:file", page(d.rowsFile))
	r.GET("/desk/tables/:file", page(d.table))
	r.GET("/desk/wall", page(d.wall))
	r.GET("/indicators", page(d.publicIndicators))
	r.GET("/indicators/:file", page(d.publicTable))
	d.shell.AddNav(web.NavItem{Path: "/indicators", Key: "indicator.nav"})
	d.shell.AddNav(web.NavItem{Path: "/desk/indicators", Key: "indicator.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavFollow, Rank: 21})
	d.indicatorAPI()
}

// indicatorsPage tells every indicator with its definition.
type indicatorsPage struct {
	web.Page
	Public   bool
	Whole    string
	Period   string
	From, To string
	Chosen   []web.Option
	Values   []shownValue
	Heat     heat
	Plots    []plot
	Overdue  overdueTable
	Bodies   []bodyLine
	Summary  files
	Nothing  web.Empty
}

// shownValue is an indicator as a page shows it.
type shownValue struct {
	Code     indicator.Code
	Name     string
	About    string
	Value    string // empty: not measured
	Unit     string
	Counts   string // "870 of 1 234"
	When     string
	Measured bool
	Href     string
	Parts    []web.Link
	Files    files
}

// indicators answers GET /desk/indicators.
func (d *Desks) indicators(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadRegister); err != nil {
		return err
	}
	p, err := d.asked(c, "indicator.title")
	if err != nil {
		return err
	}
	if err := d.measure(c.Request.Context(), &p); err != nil {
		return err
	}
	page := p.page()
	f := p.figures(nil)
	page.Plots = []plot{p.trend(), p.late(), p.queue(f.Queue), p.openness(f.Stock)}
	page.Overdue = p.overdue()
	return d.shell.Show(c, "dashboard_indicators", page)
}

// publicIndicators answers GET /indicators: what rests on what is public.
func (d *Desks) publicIndicators(c *gin.Context) error {
	p, err := d.publicPicture(c)
	if err != nil {
		return err
	}
	page := p.page()
	page.Plots = []plot{p.trend(), p.openness(p.figures(nil).Stock)}
	return d.shell.Show(c, "dashboard_indicators", page)
}

// publicTable answers GET /indicators/:file.
func (d *Desks) publicTable(c *gin.Context) error {
	p, err := d.publicPicture(c)
	if err != nil {
		return err
	}
	return d.send(c, &p)
}

func (d *Desks) publicPicture(c *gin.Context) (picture, error) {
	p := picture{view: view{Page: d.shell.Page(c, "indicator.title"), now: d.now()}, weeks: halfYear, public: true}
	if err := d.ask(c, &p); err != nil {
		return p, err
	}
	return p, d.measure(c.Request.Context(), &p)
}

// page makes what both pages have.
func (p *picture) page() indicatorsPage {
	page := indicatorsPage{
		Page: p.Page, Public: p.public, Whole: p.whole(), Period: p.periodWords(), From: string(p.period.From.Date()),
		To: string(p.period.To.Date()), Heat: p.heat(), Summary: p.files("summary"),
		Nothing: p.Empty("indicator.empty", "indicator.empty_text"),
	}
	f := p.figures(nil)
	for _, code := range p.codes() {
		page.Values = append(page.Values, p.shown(f.Value(code), true))
	}
	for _, slug := range p.rows() {
		page.Bodies = append(page.Bodies, p.bodyLine(slug))
	}
	if p.seesAll() {
		page.Chosen = p.choices()
	}
	return page
}

// seesAll tells whether the reader sees every institution.
func (p *picture) seesAll() bool { return p.public || p.by.Everywhere(identity.ReadRegister) }

// choices are the ministries that the page can be narrowed to.
func (p *picture) choices() []web.Option {
	options := []web.Option{{Label: p.T("indicator.whole"), Chosen: p.institution == ""}}
	var slugs []string
	for slug, i := range p.tree {
		if i.Parent == "" && (i.Pilot || slug == p.institution) {
			slugs = append(slugs, slug)
		}
	}
	for _, slug := range p.byName(slugs) {
		options = append(options, web.Option{Value: slug, Label: p.view.institution(slug).In(p.Lang), Chosen: slug == p.institution})
	}
	return options
}

// shown puts an indicator into words; drill adds the ways to its rows.
func (p *picture) shown(v indicator.Value, drill bool) shownValue {
	s := shownValue{
		Code: v.Code, Name: p.T("indicator.name." + string(v.Code)), About: p.T("indicator.about." + string(v.Code)),
		Measured: v.Measured, When: p.T("indicator.now"),
	}
	if v.Code.OverTime() {
		s.When = p.Period()
	}
	if !v.Measured {
		s.Value = p.T("indicator.unmeasured." + p.silence(v.Code))
		return s
	}
	s.Unit = p.T("indicator.unit." + string(v.Code.Unit()))
	switch v.Code.Unit() {
	case indicator.Share:
		s.Value, s.Unit = p.Percent(v.Amount, 0), ""
		s.Counts = p.T("indicator.counts", v.N, v.Of)
	case indicator.WorkingDays:
		s.Value = p.Number(int(v.Amount))
		s.Counts = p.T("indicator.waiting", v.N)
	default:
		s.Value = p.Number(v.N)
	}
	if drill && !p.public {
		p.drill(&s, v.Code)
	}
	return s
}

// silence says why there is no value: nobody measures it, or there is nothing
// that could be.
func (p *picture) silence(code indicator.Code) string {
	if code == indicator.Feedback && p.answers == nil {
		return "yet"
	}
	return "nothing"
}

// drill leads from a value to the rows that it counts.
func (p *picture) drill(s *shownValue, code indicator.Code) {
	parts := code.Parts()
	if len(parts) == 0 {
		return
	}
	s.Href = p.plainHref(code, parts[0])
	for _, part := range parts {
		if len(parts) > 1 {
			s.Parts = append(s.Parts, p.Link(p.plainHref(code, part), "indicator.part."+part))
		}
	}
}

// plainHref is wholeHref without a period where the indicator is of now.
func (p *picture) plainHref(code indicator.Code, part string) string {
	if code.OverTime() {
		return p.wholeHref(code, part)
	}
	now := *p
	now.period = indicator.Period{}
	return now.wholeHref(code, part)
}

// Period says which time the page is about.
func (p *picture) Period() string { return p.periodWords() }

// bodyLine is an institution's row of the table: a few figures side by side.
type bodyLine struct {
	Name   lang.Text
	Href   string
	Values []bodyValue
}

type bodyValue struct {
	Label string
	Text  string
	Href  string
}

// besides are the indicators that the table of institutions shows.
func (p *picture) besides() []indicator.Code {
	if p.public {
		return []indicator.Code{indicator.Inventoried, indicator.Frequency, indicator.Openness, indicator.OnTime, indicator.Overdue}
	}
	return []indicator.Code{
		indicator.Inventoried, indicator.Frequency, indicator.Published, indicator.Openness, indicator.OnTime,
		indicator.Overdue, indicator.ReviewAge, indicator.Slippage,
	}
}

func (p *picture) bodyLine(slug string) bodyLine {
	f := p.figures(p.inRow(slug))
	line := bodyLine{Name: p.view.institution(slug), Href: p.indicatorsHref(slug)}
	for _, code := range p.besides() {
		v := f.Value(code)
		b := bodyValue{Label: p.T("indicator.name." + string(code)), Text: "–"}
		if v.Measured {
			b.Text = p.shown(v, false).Value
		}
		if v.N > 0 && !p.public {
			period := indicator.Period{}
			if code.OverTime() {
				period = p.period
			}
			b.Href = p.rowHref(code, "", slug, period)
		}
		line.Values = append(line.Values, b)
	}
	return line
}

// Heads names the columns of the table of institutions.
func (p indicatorsPage) Heads() []string {
	if len(p.Bodies) == 0 {
		return nil
	}
	heads := make([]string, 0, len(p.Bodies[0].Values))
	for _, v := range p.Bodies[0].Values {
		heads = append(heads, v.Label)
	}
	return heads
}

// overdueTable is what is late and missing, by institution and since when.
type overdueTable struct {
	Answer string
	Heads  []string
	Rows   []bodyLine
	Table  files
}

// sinceWeeks are the last weeks of each column: late since this week or the
// last, up to four, up to a quarter, longer.
var sinceWeeks = [...]indicator.Week{1, 4, 13, 500}

// since arranges what is overdue by row and column.
func (p *picture) since() map[string][len(sinceWeeks)]int {
	sums := map[string][len(sinceWeeks)]int{}
	for _, one := range p.measured.Overdue {
		row := sums[p.rowOf(one.Institution)]
		for n, most := range sinceWeeks {
			if p.thisWeek()-one.Week <= most {
				row[n] += one.N
				break
			}
		}
		sums[p.rowOf(one.Institution)] = row
	}
	return sums
}

// column is the time since when the rows of a column are late.
func (p *picture) column(n int) indicator.Period {
	from := p.thisWeek() - sinceWeeks[n]
	to := p.thisWeek()
	if n > 0 {
		to -= sinceWeeks[n-1] + 1
	}
	return indicator.Period{From: from.Monday(), To: to.Sunday()}
}

func (p *picture) overdue() overdueTable {
	t := overdueTable{Table: p.files("overdue"), Answer: p.T("indicator.overdue.none")}
	for n := range sinceWeeks {
		t.Heads = append(t.Heads, p.T("indicator.since."+strconv.Itoa(n)))
	}
	sums, total, old := p.since(), 0, 0
	for _, slug := range p.rows() {
		row, ok := sums[slug]
		if !ok {
			continue
		}
		line := bodyLine{Name: p.view.institution(slug), Href: p.rowHref(indicator.Overdue, "", slug, indicator.Period{})}
		for n, count := range row {
			v := bodyValue{Label: t.Heads[n], Text: p.Number(count)}
			if count > 0 {
				v.Href = p.rowHref(indicator.Overdue, "", slug, p.column(n))
			}
			line.Values = append(line.Values, v)
			total += count
		}
		old += row[len(sinceWeeks)-1]
		t.Rows = append(t.Rows, line)
	}
	if total > 0 {
		t.Answer = p.T("indicator.overdue.answer", total, p.Number(old))
	}
	return t
}

func (p *picture) overdueTable() sheet.Report {
	r := sheet.Report{Title: p.T("indicator.name.overdue"), Notes: []string{p.T("indicator.about.overdue")}, Head: p.head("dataset.field.institution")}
	for n := range sinceWeeks {
		r.Head = append(r.Head, p.T("indicator.since."+strconv.Itoa(n)))
	}
	sums := p.since()
	for _, slug := range p.rows() {
		row := []any{p.view.institution(slug).In(p.Lang)}
		for _, n := range sums[slug] {
			row = append(row, n)
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}
