package dashboard

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// rowsPage lists what an indicator counts.
type rowsPage struct {
	web.Page
	Name    string
	About   string
	Scope   string
	When    string
	Total   int
	Parts   []web.Link
	Part    string
	Head    []string
	Items   []shownRow
	Files   files
	Pager   web.Pager
	Bodies  []bodyCount // institutions instead of entries
	Nothing web.Empty
}

// shownRow is a dataset, or a promise of it.
type shownRow struct {
	Href  string
	Ref   string
	Title lang.Text
	Body  lang.Text
	Mark  *web.Mark
	Cells []string
}

// bodyCount is an institution and what it has in the inventory.
type bodyCount struct {
	Name lang.Text
	Href string
	N    int
}

const (
	rowsPerPage = 25
	// mostRows bounds a file: more is a dump, which the exports are for.
	mostRows = 50_000
)

// sought reads which rows are asked for.
func (d *Desks) sought(c *gin.Context) (picture, indicatordb.Query, error) {
	p, err := d.asked(c, "indicator.title")
	if err != nil {
		return p, indicatordb.Query{}, err
	}
	q := indicatordb.Query{Code: indicator.Code(c.Param("code")), Part: c.Query("part"), Period: p.period}
	if !q.Code.Valid() || len(q.Code.Parts()) == 0 && q.Code != indicator.Institutions {
		return p, q, fault.New(fault.NotFound, "fault.not_found")
	}
	if q.Part == "" && q.Code != indicator.Institutions {
		q.Part = q.Code.Parts()[0]
	}
	q.Since = q.Code == indicator.Overdue && c.Query("from") != ""
	p.Title = p.T("indicator.name." + string(q.Code))
	return p, q, nil
}

// rows answers GET /desk/indicators/:code.
func (d *Desks) rows(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadRegister); err != nil {
		return err
	}
	p, q, err := d.sought(c)
	if err != nil {
		return err
	}
	page := rowsPage{
		Page: p.Page, Name: p.Title, About: p.T("indicator.about." + string(q.Code)), Scope: p.whole(), Part: q.Part,
		When: p.T("indicator.now"), Nothing: p.Empty("indicator.rows.empty", "indicator.rows.empty_text"),
	}
	if q.Code.OverTime() || q.Since {
		page.When = p.periodWords()
	}
	if q.Code == indicator.Institutions {
		return d.bodies(c, p, page)
	}
	number := max(1, whole(c.Query("page")))
	q.Offset, q.Limit = (number-1)*rowsPerPage, rowsPerPage
	list, total, err := d.list(c, &p, q)
	if err != nil {
		return err
	}
	page.Total = total
	pages := max(1, (total+rowsPerPage-1)/rowsPerPage)
	page.Pager = p.Pager(min(number, pages), pages, c.Request.URL.Query())
	page.Head, page.Parts = p.rowHead(q), p.parts(c, q)
	for _, r := range list {
		page.Items = append(page.Items, p.row(r, q))
	}
	query := c.Request.URL.Query()
	query.Set("lang", string(p.Lang))
	base := "/desk/indicators/" + string(q.Code) + "/rows"
	page.Files = files{base + ".csv?" + query.Encode(), base + ".xlsx?" + query.Encode()}
	return d.shell.Show(c, "dashboard_rows", page)
}

// list reads the rows, with the calendar that their days are counted by.
func (d *Desks) list(c *gin.Context, p *picture, q indicatordb.Query) ([]indicatordb.Row, int, error) {
	ctx := c.Request.Context()
	scope, err := p.scope()
	if err != nil {
		return nil, 0, err
	}
	if p.vocabulary, err = d.register.Vocabulary(ctx); err != nil {
		return nil, 0, err
	}
	p.days = p.vocabulary.Workdays()
	return d.figures.Rows(ctx, scope, q)
}

// parts leads to the other parts of the same indicator.
func (p *picture) parts(c *gin.Context, q indicatordb.Query) []web.Link {
	if len(q.Code.Parts()) < 2 {
		return nil
	}
	var links []web.Link
	for _, part := range q.Code.Parts() {
		query := url.Values{}
		for name, values := range c.Request.URL.Query() {
			if name != "page" && name != "part" {
				query[name] = values
			}
		}
		query.Set("part", part)
		l := p.Link("?"+query.Encode(), "indicator.part."+part)
		if part == q.Part {
			l.Href = ""
		}
		links = append(links, l)
	}
	return links
}

// columns are the keys of what is told of a row beside its title and body.
func columns(code indicator.Code) []string {
	switch code {
	case indicator.OnTime, indicator.Overdue:
		return []string{"obligation.field.period", "indicator.field.last_day"}
	case indicator.ReviewAge:
		return []string{"indicator.field.submitted", "indicator.field.waited"}
	case indicator.Slippage:
		return []string{"indicator.field.first", "indicator.field.target", "indicator.field.slipped"}
	}
	return []string{"indicator.field.frequency", "indicator.field.openness"}
}

func (p *picture) rowHead(q indicatordb.Query) []string { return p.head(columns(q.Code)...) }

// row puts a row into words.
func (p *picture) row(r indicatordb.Row, q indicatordb.Query) shownRow {
	s := shownRow{
		Href: "/desk/datasets/" + r.Dataset.Ref, Ref: r.Dataset.Ref, Title: r.Dataset.Content.Title,
		Body: p.view.institution(r.Dataset.Institution),
	}
	mark := p.state(r.Dataset.State)
	if o := r.Obligation; o != nil {
		mark = p.promise(r)
	}
	s.Mark = &mark
	for _, cell := range p.cells(r, q) {
		text := "–"
		switch v := cell.(type) {
		case inventory.Date:
			text = p.day(v)
		case string:
			if v != "" {
				text = v
			}
		case int:
			text = p.Number(v)
		}
		s.Cells = append(s.Cells, text)
	}
	if r.Obligation != nil {
		s.Cells[0] = p.reference(r.Obligation.Period)
	}
	return s
}

// promise says how a promise stands.
func (p *picture) promise(r indicatordb.Row) web.Mark {
	o := r.Obligation
	state := o.State(p.now)
	kinds := map[string]string{"met": "open", "late": "late", "waived": "paused", "due": "due", "future": "draft"}
	if o.Overdue(p.now) {
		if n := p.days.DaysLate(o.Limit(), p.now); n > 0 {
			return p.Mark("late", "dataset.duty.late", n)
		}
		return p.Mark("late", "dataset.duty.late_just")
	}
	return p.Mark(kinds[string(state)], "obligation.state."+string(state))
}

// cells are the values of columns.
func (p *picture) cells(r indicatordb.Row, q indicatordb.Query) []any {
	d := r.Dataset
	switch q.Code {
	case indicator.OnTime, indicator.Overdue:
		return []any{r.Obligation.Period, (indicator.DayOf(r.Obligation.LateAfter) - 1).Date()}
	case indicator.ReviewAge:
		if d.SubmittedAt == nil {
			return []any{inventory.Date(""), nil}
		}
		since := indicator.DayOf(*d.SubmittedAt)
		return []any{since.Date(), p.days.DaysLate((since + 1).Start(), p.now)}
	case indicator.Slippage:
		m := indicator.Move{First: r.First, Last: d.Content.TargetDate}
		if m.First == "" {
			m.First = m.Last
		}
		return []any{m.First, m.Last, m.Slipped()}
	}
	openness := "undecided"
	if d.Content.Openness != "" {
		openness = string(d.Content.Openness)
	}
	frequency := d.Content.Frequency
	if f, ok := p.vocabulary.Frequency(frequency); ok {
		frequency = f.Name.In(p.Lang)
	}
	return []any{frequency, p.T("indicator.part." + openness)}
}

// rowsFile answers GET /desk/indicators/:code/rows.csv and rows.xlsx.
func (d *Desks) rowsFile(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadRegister); err != nil {
		return err
	}
	p, q, err := d.sought(c)
	if err != nil {
		return err
	}
	format := path.Ext(c.Param("file"))
	if strings.TrimSuffix(c.Param("file"), format) != "rows" || q.Code == indicator.Institutions {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	q.Limit = mostRows
	list, total, err := d.list(c, &p, q)
	if err != nil {
		return err
	}
	r := sheet.Report{
		Title: p.Title + " – " + p.whole(), Notes: []string{p.T("indicator.about." + string(q.Code)), p.T("indicator.file.made", p.DateTime(p.now))},
		Head: append(p.head("indicator.field.ref", "indicator.field.title_fr", "indicator.field.title_ar", "dataset.field.institution",
			"obligation.field.state"), p.rowHead(q)...),
	}
	if total > len(list) {
		r.Notes = append(r.Notes, p.T("indicator.file.cut", len(list), p.Number(total)))
	}
	for _, row := range list {
		s := p.row(row, q)
		title := row.Dataset.Content.Title
		r.Rows = append(r.Rows, append([]any{s.Ref, title["fr"], title["ar"], s.Body.In(p.Lang), s.Mark.Word}, p.cells(row, q)...))
	}
	return p.download(c, r, "jard-"+string(q.Code), format)
}

// bodies lists the institutions that an inventory is expected of.
func (d *Desks) bodies(c *gin.Context, p picture, page rowsPage) error {
	if err := d.measure(c.Request.Context(), &p); err != nil {
		return err
	}
	for _, slug := range p.byName(p.expected()) {
		f := p.figures(func(s string) bool { return p.tree.Ministry(s).Slug == slug })
		page.Bodies = append(page.Bodies, bodyCount{p.view.institution(slug), p.indicatorsHref(slug), f.Stock.Datasets})
	}
	page.Total = len(page.Bodies)
	return d.shell.Show(c, "dashboard_rows", page)
}

// expected are the ministries that the indicator is of.
func (p *picture) expected() []string {
	scope := p.by.Institutions
	if p.institution != "" {
		scope = p.slugs()
	} else if p.seesAll() {
		scope = nil
	}
	var list []string
	for _, slug := range indicatordb.Ministries(p.tree, indicator.DayOf(p.now)) {
		if scope == nil {
			list = append(list, slug)
			continue
		}
		for _, one := range scope {
			if p.tree.Ministry(one).Slug == slug {
				list = append(list, slug)
				break
			}
		}
	}
	return list
}

// whole reads a number from an address; anything else is 0.
func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}
