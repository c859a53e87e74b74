package exchangeweb

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
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
	Odd         []headingLine // headings that were not understood
	Answers     []web.Option
	Outcome     string
	Good, Bad   int  // rows that can still be applied, and that cannot as they are
	Workbook    bool // the file can be given back with comments
	Table       bool // its columns can be matched by hand
	Bulk        bool // an edit of many datasets, no file
	Choosable   bool // a row on this page can be ticked
	Twins       int  // rows that look like a dataset there is
}

type tab struct {
	Name   string
	N      int
	Href   string
	Active bool
}

// rowLine is a row of the file with what becomes of it.
type rowLine struct {
	N       int
	Tick    bool // may be applied
	Settle  bool // may be settled
	Done    bool
	Kind    string
	Mark    web.Mark
	Sheet   string
	Place   string
	Title   string
	Ref     string
	Href    string
	Remarks []remarkLine
	Changes []changeLine
	Twin    *twinLine
}

type remarkLine struct{ Cell, Label, Message string }

type changeLine struct{ Field, Label, Was, Is string }

// headingLine is a heading that was not understood, or is another's twin.
type headingLine struct{ Sheet, Letter, Label, Twin string }

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
	if set.State == inventory.Unread {
		return p.shell.Redirect(c, address(set.ID)+"/columns", "")
	}
	page := &previewPage{Page: p.shell.Page(c, "import.preview.title", set.Name), Changeset: set}
	page.Workbook, page.Bulk = set.Format == "xlsx", set.Format == inventorydb.BulkFormat
	page.Table = page.Workbook || set.Format == "csv"
	page.Institution, page.State = tree[set.Institution].Name.In(page.Lang), stateMark(page.Page, set.State)
	page.Bad = set.Counts[inventory.Conflict] + set.Counts[inventory.Refused]
	if page.Good, page.Twins, err = p.waiting(ctx, set); err != nil {
		return err
	}
	page.Answers = answers(page.Page)
	outcome := inventory.Outcome(c.Query("outcome"))
	if page.Outcome = string(outcome); c.Request.Method == http.MethodPost {
		page.Outcome = c.PostForm("outcome")
		outcome = inventory.Outcome(page.Outcome)
	}
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
		l, err := p.line(c, by, page, v, row)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, l)
		page.Choosable = page.Choosable || l.Tick || l.Settle
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

func (p *Pages) line(c *gin.Context, by identity.Actor, page *previewPage, v *inventory.Vocabulary, row inventorydb.ChangesetRow) (rowLine, error) {
	open := page.Changeset.State != inventory.Undone && !row.Done
	l := rowLine{
		N: row.N, Done: row.Done, Tick: open && (row.Outcome == inventory.Create || row.Outcome == inventory.Change),
		Settle: open && row.Outcome == inventory.Conflict && inventory.Settleable(row.Remarks),
		Kind:   string(row.Outcome), Mark: page.Mark(kinds[row.Outcome], "import.outcome."+string(row.Outcome)),
		Sheet: row.Sheet, Place: page.Number(row.Line), Title: row.Title, Ref: row.Ref,
	}
	if row.Ref != "" && row.Outcome != inventory.Refused {
		l.Href = "/desk/datasets/" + row.Ref
	}
	for _, m := range row.Remarks {
		l.Remarks = append(l.Remarks, remarkLine{cellOf(row, m), label(page.Page, m.Field), page.T(m.Key, m.Words()...)})
	}
	for _, d := range row.Changes {
		l.Changes = append(l.Changes, changeLine{
			d.Field, label(page.Page, d.Field), say(page.Page, v, d.Field, d.Was), say(page.Page, v, d.Field, d.Is),
		})
	}
	var err error
	l.Twin, err = p.twinLine(c, by, page, row)
	return l, err
}

// cellOf is where a remark stands: one on the row as a whole stands in its title.
func cellOf(row inventorydb.ChangesetRow, m inventory.Remark) string { return cmp.Or(m.Cell, row.Cell) }

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
	return valueName(page.T, page.Lang, v, field, value)
}

// valueName writes a value in words where it is a code; t says a sentence.
func valueName(t func(string, ...any) string, tag lang.Tag, v *inventory.Vocabulary, field, value string) string {
	if value == "" {
		return ""
	}
	var name lang.Text
	switch field {
	case "theme":
		found, _ := v.Theme(value)
		name = found.Name
	case "frequency":
		found, _ := v.Frequency(value)
		name = found.Name
	case "licence":
		found, _ := v.Licence(value)
		name = found.Name
	case "openness":
		if inventory.Openness(value).Valid() {
			return t("dataset.openness." + value)
		}
	case "personal_data":
		if value == "yes" || value == "no" {
			return t("dataset.personal." + value)
		}
	case "spatial":
		return places(t, tag, v, value)
	case "distributions":
		return addresses(value)
	}
	if name.Empty() {
		return value
	}
	return name.In(tag)
}

// places names the governorates of a list of codes.
func places(t func(string, ...any) string, tag lang.Tag, v *inventory.Vocabulary, list string) string {
	var names []string
	for _, code := range inventory.Entries(list) {
		name := code
		if g, ok := v.Governorate(code); ok {
			name = g.Name.In(tag)
		}
		names = append(names, name)
	}
	return strings.Join(names, t("import.comma"))
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

// headings says which columns were not understood, unless a person said to leave them out.
func (p *Pages) headings(page *previewPage) {
	for _, s := range page.Changeset.Sheets {
		for _, h := range s.Headings {
			if h.Code == "" && s.Header > 0 && inventory.Fold(h.Label) != "" {
				page.Odd = append(page.Odd, headingLine{s.Name, h.Letter, h.Label, h.Twin})
			}
		}
	}
}
