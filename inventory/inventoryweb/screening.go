package inventoryweb

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/screening"
	"github.com/jard-odi/jard/web"
)

// screeningRoutes adds the page that looks at columns.
func (p *Pages) screeningRoutes() {
	p.shell.Engine().GET("/desk/screening", p.shell.Handle(p.screeningForm))
	p.shell.Engine().POST("/desk/screening", p.shell.Handle(p.screen))
}

// screeningPage looks at columns that an officer pastes. What was pasted is
// answered and forgotten: neither stored nor logged.
type screeningPage struct {
	web.Page
	Faults  web.Faults
	Table   string
	Looked  bool
	Columns []columnLine
	N, Rows int // columns and rows looked at
}

// columnLine is a column that looks like personal data, in words.
type columnLine struct {
	N       int
	Header  string
	Kind    string
	Why     string
	Samples []string
}

// signLine is something in a description that points to persons, in words.
type signLine struct {
	Href, Label, Kind, Sample string
}

// screeningForm answers GET /desk/screening.
func (p *Pages) screeningForm(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.RecordDataset); err != nil {
		return err
	}
	return p.shell.Show(c, "inventory_screening", screeningPage{Page: p.shell.Page(c, "screening.title")})
}

// screen answers POST /desk/screening.
func (p *Pages) screen(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.RecordDataset); err != nil {
		return err
	}
	page := screeningPage{Page: p.shell.Page(c, "screening.title"), Table: c.PostForm("table")}
	table := screening.Paste(page.Table)
	if len(table) == 0 {
		page.Faults = p.shell.Faults(c, fault.At("table", "fault.required"))
		return p.shell.ShowStatus(c, http.StatusUnprocessableEntity, "inventory_screening", page)
	}
	page.Looked, page.N, page.Rows = true, len(table[0]), len(table)-1
	for _, found := range screening.Columns(table) {
		line := columnLine{N: found.N, Header: found.Header, Kind: page.T("screening.kind." + string(found.Kind)), Samples: found.Samples}
		switch {
		case found.Cells == 0:
			line.Why = page.T("screening.by_name")
		case found.ByName:
			line.Why = page.T("screening.by_both", found.Matches, found.Cells)
		default:
			line.Why = page.T("screening.by_form", found.Matches, found.Cells)
		}
		page.Columns = append(page.Columns, line)
	}
	c.Header("Cache-Control", "no-store")
	return p.shell.Show(c, "inventory_screening", page)
}

// signs lists what in the words of a description points to persons while
// nobody has declared personal data. Only who works on the entry is told, or
// decides on it.
func (w words) signs(d *inventory.Dataset, edit string) []signLine {
	told := w.page.Actor.May(identity.RecordDataset, d.Institution) || w.page.Actor.May(identity.ReviewDataset, d.Institution)
	if !told || d.Content.PersonalData || d.State == inventory.Withdrawn {
		return nil
	}
	var lines []signLine
	for _, s := range screening.Content(d.Content) {
		lines = append(lines, signLine{
			Href: fieldAt(edit, s.Field), Label: w.label(generic(s.Field)), Kind: w.page.T("screening.kind." + string(s.Kind)),
			Sample: s.Sample,
		})
	}
	return lines
}
