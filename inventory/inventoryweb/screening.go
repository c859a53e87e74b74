package inventoryweb

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/screening"
	"github.com/jard-odi/jard/web"
)

// screeningRoutes adds the page that looks at columns.
func (p *Pages) screeningRoutes() {
	p.shell.Engine().GET("/desk/screening", p.shell.Handle(p.screeningForm))
	p.shell.Engine().POST("/desk/screening", p.shell.Handle(p.screen))
	p.personsRoutes()
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
	Waiting []waitingSigns
}

// columnLine is a column that looks like personal data, in words.
type columnLine struct {
	N       int
	Header  string
	Kind    string
	Why     string
	Samples []string
}

// screeningForm answers GET /desk/screening.
func (p *Pages) screeningForm(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	page := screeningPage{Page: p.shell.Page(c, "screening.title")}
	if page.Waiting, err = p.waitingSigns(c, by); err != nil {
		return err
	}
	return p.shell.Show(c, "inventory_screening", page)
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
	page.Columns = columnLines(page.Page, screening.Columns(table))
	c.Header("Cache-Control", "no-store")
	return p.shell.Show(c, "inventory_screening", page)
}
