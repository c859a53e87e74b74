package dashboard

import (
	"math"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// statementRoutes adds the quarterly statements.
func (d *Desks) statementRoutes() {
	r, page := d.shell.Engine(), d.shell.Handle
	r.GET("/desk/statements", page(d.statements))
	r.GET("/desk/statements/:institution/:quarter", page(d.statement))
	r.POST("/desk/statements/:institution/:quarter", page(d.issue))
	d.shell.AddNav(web.NavItem{Path: "/desk/statements", Key: "statement.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavFollow, Rank: 22})
}

// statementsPage lists the statements by quarter and ministry.
type statementsPage struct {
	web.Page
	Quarters []string
	Rows     []statementRow
	Nothing  web.Empty
}

type statementRow struct {
	Name  lang.Text
	Cells []statementCell
}

type statementCell struct {
	Href string
	Mark web.Mark
}

// quartersShown is how many quarters the list goes back, the running one included.
const quartersShown = 5

// statements answers GET /desk/statements.
func (d *Desks) statements(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	p, err := d.asked(c, "statement.list.title")
	if err != nil {
		return err
	}
	issued, err := d.figures.Statements(c.Request.Context(), by)
	if err != nil {
		return err
	}
	revisions := map[string]int{}
	for _, i := range issued {
		revisions[i.Institution+" "+i.Quarter] = i.Revision
	}
	page := statementsPage{Page: p.Page, Nothing: p.Empty("statement.list.empty", "statement.list.empty_text")}
	quarters := make([]indicator.Quarter, 0, quartersShown)
	for q := indicator.QuarterOf(p.now); len(quarters) < quartersShown; q = q.Before() {
		quarters = append(quarters, q)
		page.Quarters = append(page.Quarters, p.quarter(q.String()))
	}
	for _, slug := range p.byName(p.stating(issued)) {
		row := statementRow{Name: p.view.institution(slug)}
		for _, q := range quarters {
			cell := statementCell{Href: statementHref(slug, q.String())}
			switch n := revisions[slug+" "+q.String()]; {
			case n > 0:
				cell.Mark = p.Mark("open", "statement.state.issued", n)
			case p.now.Before(q.End()):
				cell.Mark = p.Mark("draft", "statement.state.running")
			default:
				cell.Mark = p.Mark("due", "statement.state.due")
			}
			row.Cells = append(row.Cells, cell)
		}
		page.Rows = append(page.Rows, row)
	}
	return d.shell.Show(c, "dashboard_statements", page)
}

// stating are the institutions that statements are made of: the pilot's
// ministries, and the reader's own.
func (p *picture) stating(issued []indicator.Issued) []string {
	seen := map[string]bool{}
	for _, slug := range p.expected() {
		seen[slug] = p.by.May(identity.ReadRegister, slug)
	}
	if p.by.Institution != "" {
		seen[p.by.Institution] = true
	}
	for _, i := range issued {
		seen[i.Institution] = true
	}
	var list []string
	for slug, is := range seen {
		if is {
			list = append(list, slug)
		}
	}
	return list
}

func statementHref(slug, quarter string) string { return "/desk/statements/" + slug + "/" + quarter }

// quarter names a quarter: "3e trimestre 2026".
func (v view) quarter(s string) string {
	q, err := indicator.ParseQuarter(s)
	if err != nil {
		return s
	}
	return v.T("obligation.period.Q"+strconv.Itoa(q.N), strconv.Itoa(q.Year))
}

// statementPage is one statement, as it is printed.
type statementPage struct {
	web.Page
	Name      lang.Text
	Quarter   string
	Before    string
	Until     string
	Made      string
	Statement indicator.Statement
	Issued    *indicator.Issued // nil: a draft
	Short     string            // beginning of the hash
	Revisions []revisionLine
	Changes   []string
	Figures   []statedFigure
	Lists     []statedList
	Band      *web.Mark
	Points    string
	Basis     string
	MayIssue  bool
	Running   bool
	Faults    web.Faults
	Reason    string
	Action    string
}

type revisionLine struct {
	web.Link
	Current bool
}

// statedFigure is a figure beside that of the quarter before.
type statedFigure struct {
	Name, Is, Was, Counts string
	Trend                 string // up, down, same; empty where there is nothing to compare
	Word                  string
}

// statedList is a list of a statement in words.
type statedList struct {
	Key   string
	Title string
	Empty string
	Head  []string
	Rows  []statedRow
	More  string
}

// Columns names the cells beside the title.
func (l statedList) Columns() []string { return l.Head[1:] }

type statedRow struct {
	Ref   string
	Title lang.Text
	Body  lang.Text
	Cells []string
}

// statement answers GET /desk/statements/:institution/:quarter.
func (d *Desks) statement(c *gin.Context) error {
	page, err := d.stating(c)
	if err != nil {
		return err
	}
	return d.shell.Show(c, "dashboard_statement", page)
}

// stating reads what is shown: the revision asked for, the last one, or a draft.
func (d *Desks) stating(c *gin.Context) (statementPage, error) {
	var none statementPage
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return none, err
	}
	p, quarter, err := d.quarterOf(c)
	if err != nil {
		return none, err
	}
	ctx, slug := c.Request.Context(), c.Param("institution")
	all, err := d.figures.Issued(ctx, by, slug, quarter.String())
	if err != nil {
		return none, err
	}
	page := statementPage{
		Page: p.Page, Quarter: p.quarter(quarter.String()), Before: p.quarter(quarter.Before().String()),
		MayIssue: by.May(identity.IssueStatement, slug), Running: p.now.Before(quarter.End()),
		Action: statementHref(slug, quarter.String()),
	}
	chosen, draft := pickRevision(c.Query("revision"), all)
	switch {
	case draft:
		if page.Statement, err = d.draft(c, p, slug, quarter); err != nil {
			return none, err
		}
		page.Made = p.DateTime(p.now)
	case chosen < 0:
		return none, fault.New(fault.NotFound, "fault.not_found")
	default:
		if page.Statement, err = all[chosen].Read(); err != nil {
			return none, err
		}
		page.Issued, page.Short = &all[chosen], all[chosen].Hash[:12]
		page.Made = p.DateTime(all[chosen].IssuedAt)
		if chosen+1 < len(all) {
			before, err := all[chosen+1].Read()
			if err != nil {
				return none, err
			}
			page.Changes = p.changes(page.Statement.Changes(before))
		}
	}
	for n, one := range all {
		l := p.Link(page.Action+"?revision="+strconv.Itoa(one.Revision), "statement.revision", one.Revision, p.Date(one.IssuedAt))
		page.Revisions = append(page.Revisions, revisionLine{l, n == chosen && !draft})
	}
	p.fill(&page)
	return page, nil
}

// quarterOf reads which quarter of which institution is meant.
func (d *Desks) quarterOf(c *gin.Context) (picture, indicator.Quarter, error) {
	p, err := d.asked(c, "statement.title")
	if err != nil {
		return p, indicator.Quarter{}, err
	}
	quarter, err := indicator.ParseQuarter(c.Param("quarter"))
	if _, known := p.tree[c.Param("institution")]; err != nil || !known {
		return p, quarter, fault.New(fault.NotFound, "fault.not_found")
	}
	p.vocabulary, err = d.register.Vocabulary(c.Request.Context())
	if err != nil {
		return p, quarter, err
	}
	p.days = p.vocabulary.Workdays()
	return p, quarter, nil
}

// pickRevision finds the revision asked for; without any, a draft is shown.
func pickRevision(asked string, all []indicator.Issued) (at int, draft bool) {
	switch {
	case asked == "draft" || asked == "" && len(all) == 0:
		return -1, true
	case asked == "":
		return 0, false
	}
	for n, one := range all {
		if strconv.Itoa(one.Revision) == asked {
			return n, false
		}
	}
	return -1, false
}

// draft states the quarter as it can be stated now, with what other rooms know.
func (d *Desks) draft(c *gin.Context, p picture, slug string, quarter indicator.Quarter) (indicator.Statement, error) {
	ctx := c.Request.Context()
	st, err := d.figures.State(ctx, p.by, slug, quarter, p.tree, p.days)
	if err != nil {
		return st, err
	}
	lines, err := d.register.Quality(ctx, p.by, slug)
	if err != nil {
		return st, err
	}
	st.Quality = QualityOf(lines)
	if d.answers == nil {
		return st, nil
	}
	answers, err := d.answers(ctx, quarter.Start(), st.Until)
	if err != nil {
		return st, err
	}
	st.Answers = &indicator.Answers{}
	for _, one := range p.members(slug) {
		a := answers[one]
		st.Answers.Received += a.Received
		st.Answers.Answered += a.Answered
		st.Answers.InTime += a.InTime
	}
	return st, nil
}

// QualityOf is the band of published descriptions; nil where there are none.
func QualityOf(lines []*quality.Line) *indicator.Quality {
	r := quality.NewReport(lines)
	if r.N == 0 {
		return nil
	}
	return &indicator.Quality{Band: string(r.Band()), Points: math.Floor(r.Mean*10) / 10, Most: quality.Possible, Datasets: r.N}
}

// issue answers POST /desk/statements/:institution/:quarter.
func (d *Desks) issue(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	p, quarter, err := d.quarterOf(c)
	if err != nil {
		return err
	}
	slug := c.Param("institution")
	if err := by.Must(identity.IssueStatement, slug); err != nil {
		return err
	}
	st, err := d.draft(c, p, slug, quarter)
	if err != nil {
		return err
	}
	made, err := d.figures.Issue(c.Request.Context(), by, st, c.PostForm("reason"))
	if err == nil {
		return d.shell.Redirect(c, statementHref(slug, quarter.String()), "statement.flash", strconv.Itoa(made.Revision))
	}
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Invalid && kind != fault.Conflict {
		return err
	}
	page, showErr := d.stating(c)
	if showErr != nil {
		return showErr
	}
	page.Faults, page.Reason = d.shell.Faults(c, err), c.PostForm("reason")
	return d.shell.ShowFault(c, err, "dashboard_statement", page)
}

// day writes a day of the register.
func (v view) day(d inventory.Date) string {
	t, ok := d.In(inventory.Tunis())
	if !ok {
		return "–"
	}
	return v.Date(t.Add(time.Hour))
}
