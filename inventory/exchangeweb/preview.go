package exchangeweb

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// previewPage shows what a file would change, or has changed.
type previewPage struct {
	web.Page
	Faults      web.Faults
	Changeset   *inventory.Changeset
	Institution string
	State       web.Mark
	Tabs        []tab
	Rows        []rowLine
	Pager       web.Pager
	Sheets      []sheetLine
	Codes       []web.Option
	Good, Bad   int
	Workbook    bool // the file can be given back with comments
	Unknown     int  // headings that were not understood
}

type tab struct {
	Name   string
	N      int
	Href   string
	Active bool
}

// rowLine is a row of the file with what becomes of it.
type rowLine struct {
	Kind    string
	Mark    web.Mark
	Place   string
	Title   string
	Ref     string
	Href    string
	Remarks []remarkLine
	Changes []changeLine
}

type remarkLine struct{ Cell, Label, Message string }

type changeLine struct{ Label, Was, Is string }

// sheetLine is a sheet of the file with the headings that were not understood.
type sheetLine struct {
	Name   string
	Header int
	Rows   int
	Known  []headingLine
	Odd    []headingLine
}

type headingLine struct{ Letter, Label, Name, Field string }

// pageRows is how many rows a page shows.
const pageRows = 50

// preview answers GET /desk/import/:id.
func (p *Pages) preview(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	return p.show(c, by, nil)
}

// show answers with the preview, and what was refused about it.
func (p *Pages) show(c *gin.Context, by identity.Actor, refused error) error {
	ctx := c.Request.Context()
	set, err := p.store.Changeset(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	page := &previewPage{Page: p.shell.Page(c, "import.preview.title", set.Name), Changeset: set, Workbook: set.Format == "xlsx"}
	page.Institution, page.State = tree[set.Institution].Name.In(page.Lang), stateMark(page.Page, set.State)
	page.Good = set.Counts[inventory.Create] + set.Counts[inventory.Change]
	page.Bad = set.Counts[inventory.Conflict] + set.Counts[inventory.Refused]
	outcome := inventory.Outcome(c.Query("outcome"))
	page.Tabs = tabs(page.Page, set, outcome)
	from, err := strconv.Atoi(c.Query("from"))
	if err != nil || from < 0 {
		from = 0
	}
	rows, err := p.store.ChangesetRows(ctx, set, outcome, from, pageRows+1)
	if err != nil {
		return err
	}
	if page.Pager = pager(page.Page, outcome, from, rows); len(rows) > pageRows {
		rows = rows[:pageRows]
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		page.Rows = append(page.Rows, p.line(page.Page, v, row))
	}
	p.headings(page)
	if refused != nil {
		page.Faults = p.shell.Faults(c, refused)
		return p.shell.ShowFault(c, refused, "exchange_preview", page)
	}
	return p.shell.ShowStatus(c, http.StatusOK, "exchange_preview", page)
}

func pager(p web.Page, outcome inventory.Outcome, from int, rows []inventorydb.ChangesetRow) web.Pager {
	first, next := "", ""
	if from > 0 {
		first = href(outcome, 0)
	}
	if len(rows) > pageRows {
		next = href(outcome, rows[pageRows].N)
	}
	pager := p.Cursor(first, next)
	pager.PrevWord = p.T("import.first_rows")
	return pager
}

func href(outcome inventory.Outcome, from int) string {
	q := url.Values{}
	if outcome != "" {
		q.Set("outcome", string(outcome))
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return "?" + q.Encode()
}

func tabs(p web.Page, set *inventory.Changeset, active inventory.Outcome) []tab {
	all, total := []tab{}, 0
	for _, o := range inventory.Outcomes() {
		total += set.Counts[o]
		all = append(all, tab{p.T("import.outcomes." + string(o)), set.Counts[o], href(o, 0), o == active})
	}
	return append([]tab{{p.T("import.outcomes.every"), total, href("", 0), active == ""}}, all...)
}

// kinds are the shapes of the outcomes.
var kinds = map[inventory.Outcome]string{
	inventory.Create: "open", inventory.Change: "review", inventory.Unchanged: "draft", inventory.Conflict: "late",
	inventory.Refused: "down",
}

func (p *Pages) line(page web.Page, v *inventory.Vocabulary, row inventorydb.ChangesetRow) rowLine {
	l := rowLine{
		Kind: string(row.Outcome), Mark: page.Mark(kinds[row.Outcome], "import.outcome."+string(row.Outcome)),
		Place: strconv.Itoa(row.Line), Title: row.Title, Ref: row.Ref,
	}
	if row.Sheet != "" {
		l.Place = row.Sheet + " · " + l.Place
	}
	if row.Ref != "" && row.Outcome != inventory.Refused {
		l.Href = "/desk/datasets/" + row.Ref
	}
	for _, m := range row.Remarks {
		l.Remarks = append(l.Remarks, remarkLine{m.Cell, label(page, m.Field), page.T(m.Key, m.Words()...)})
	}
	for _, d := range row.Changes {
		l.Changes = append(l.Changes, changeLine{label(page, d.Field), say(page, v, d.Field, d.Was), say(page, v, d.Field, d.Is)})
	}
	return l
}

// label names a field; "" when it has no name of its own.
func label(page web.Page, field string) string {
	parts := strings.Split(field, ".")
	if len(parts) > 2 && parts[0] == "distributions" {
		field = parts[0] + "." + strings.Join(parts[2:], ".")
	}
	if key := "dataset.field." + field; page.Has(key) {
		return page.T(key)
	}
	return ""
}

// say writes a value in words where it is a code.
func say(page web.Page, v *inventory.Vocabulary, field, value string) string {
	if value == "" {
		return ""
	}
	switch field {
	case "theme":
		if t, ok := v.Theme(value); ok {
			return t.Name.In(page.Lang)
		}
	case "frequency":
		if f, ok := v.Frequency(value); ok {
			return f.Name.In(page.Lang)
		}
	case "licence":
		if l, ok := v.Licence(value); ok {
			return l.Name.In(page.Lang)
		}
	case "openness":
		return page.T("dataset.openness." + value)
	case "personal_data":
		return page.T("dataset.personal." + value)
	case "spatial":
		var names []string
		for code := range strings.SplitSeq(value, "; ") {
			g, _ := v.Governorate(code)
			names = append(names, g.Name.In(page.Lang))
		}
		return strings.Join(names, page.T("import.comma"))
	case "distributions":
		return addresses(value)
	}
	return value
}

// addresses takes the links out of a list of distributions.
func addresses(list string) string {
	var out []string
	for part := range strings.SplitSeq(list, `"`) {
		if strings.HasPrefix(part, "http") {
			out = append(out, part)
		}
	}
	if len(out) == 0 {
		return list
	}
	return strings.Join(out, "\n")
}

// headings says which columns were understood, and offers names for the rest.
func (p *Pages) headings(page *previewPage) {
	for _, s := range page.Changeset.Sheets {
		l := sheetLine{Name: s.Name, Header: s.Header, Rows: s.Rows}
		for _, h := range s.Headings {
			one := headingLine{Letter: h.Letter, Label: h.Label, Field: "column." + inventory.Fold(h.Label)}
			if column, ok := p.form.Column(h.Code); ok {
				one.Name = column.Label.In(page.Lang)
				l.Known = append(l.Known, one)
				continue
			}
			if s.Header > 0 && inventory.Fold(h.Label) != "" {
				l.Odd = append(l.Odd, one)
			}
		}
		page.Unknown += len(l.Odd)
		page.Sheets = append(page.Sheets, l)
	}
	page.Codes = []web.Option{{Label: page.T("import.columns.leave")}}
	for _, column := range p.form.Columns {
		if column.Field != "" || column.Code == "ref" {
			page.Codes = append(page.Codes, web.Option{Value: column.Code, Label: column.Label.In(page.Lang)})
		}
	}
}
