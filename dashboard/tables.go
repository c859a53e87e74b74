package dashboard

import (
	"bytes"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

// files leads to the table behind a drawing.
type files struct{ CSV, XLSX string }

func (p *picture) files(name string) files {
	q, folder := p.query(), "/desk/tables/"
	if p.public {
		folder = "/indicators/"
	}
	if p.weeks != halfYear {
		q.Set("weeks", strconv.Itoa(p.weeks))
	}
	q.Set("lang", string(p.Lang))
	return files{folder + name + ".csv?" + q.Encode(), folder + name + ".xlsx?" + q.Encode()}
}

// table answers GET /desk/tables/:file.
func (d *Desks) table(c *gin.Context) error {
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
	return d.send(c, &p)
}

// send answers with the table that the address names.
func (d *Desks) send(c *gin.Context, p *picture) error {
	file := c.Param("file")
	name, format := strings.TrimSuffix(file, path.Ext(file)), path.Ext(file)
	build, ok := map[string]func(*picture) sheet.Report{
		"summary": (*picture).summaryTable, "weeks": (*picture).weekTable, "months": (*picture).monthTable,
		"backlog": (*picture).backlogTable, "queue": (*picture).queueTable, "openness": (*picture).opennessTable,
		"overdue": (*picture).overdueTable,
	}[name]
	if !ok || p.public && (name == "queue" || name == "backlog") {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	r := build(p)
	r.Notes = append(r.Notes, p.T("indicator.file.made", p.DateTime(p.now)))
	return p.download(c, r, "jard-"+name, format)
}

// download answers with a table as CSV or as a workbook.
func (v view) download(c *gin.Context, r sheet.Report, name, format string) error {
	var b bytes.Buffer
	kind, write := "text/csv; charset=utf-8", r.CSV
	switch format {
	case ".csv":
	case ".xlsx":
		kind, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", r.XLSX
	default:
		return fault.New(fault.NotFound, "fault.not_found")
	}
	r.Lang = v.Lang
	if err := write(&b); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="`+name+format+`"`)
	c.Data(http.StatusOK, kind, b.Bytes())
	return nil
}

func (p *picture) head(keys ...string) []string {
	out := make([]string, 0, len(keys))
	for _, key := range keys {
		out = append(out, p.T(key))
	}
	return out
}

// ratio is a share in a table; nothing where there is none.
func ratio(n, of int) any {
	if of == 0 {
		return nil
	}
	return float64(n) / float64(of)
}

// summaryTable has every indicator of every institution, and of all together.
func (p *picture) summaryTable() sheet.Report {
	r := sheet.Report{
		Title: p.T("indicator.title"), Notes: []string{p.periodWords()},
		Head: p.head("dataset.field.institution", "indicator.field.code", "indicator.field.name", "indicator.field.n",
			"indicator.field.of", "indicator.field.value", "indicator.field.unit"),
	}
	add := func(name string, f indicator.Figures) {
		for _, v := range f.Values(p.codes()) {
			row := []any{name, string(v.Code), p.T("indicator.name." + string(v.Code)), nil, nil, nil, p.T("indicator.unit." + string(v.Code.Unit()))}
			if v.Measured {
				row[3], row[5] = v.N, v.Amount
				if v.Of > 0 {
					row[4] = v.Of
				}
			}
			r.Rows = append(r.Rows, row)
		}
	}
	add(p.whole(), p.figures(nil))
	for _, slug := range p.rows() {
		add(p.view.institution(slug).In(p.Lang), p.figures(p.inRow(slug)))
	}
	for _, code := range p.codes() {
		r.Notes = append(r.Notes, p.T("indicator.name."+string(code))+" – "+p.T("indicator.about."+string(code)))
	}
	return r
}

// codes are the indicators that the reader sees.
func (p *picture) codes() []indicator.Code {
	if p.public {
		return indicator.ForPublic()
	}
	return indicator.Codes()
}

// whole names what the page sums up.
func (p *picture) whole() string {
	switch {
	case p.institution != "":
		return p.view.institution(p.institution).In(p.Lang)
	case p.by.Institution != "" && !p.public:
		return p.view.institution(p.by.Institution).In(p.Lang)
	}
	return p.T("indicator.whole")
}

func (p *picture) periodWords() string {
	return p.T("indicator.period", p.Date(p.period.From.Start()), p.Date(p.period.To.Start()))
}

// weekTable is the heat map as rows.
func (p *picture) weekTable() sheet.Report {
	r := sheet.Report{
		Title: p.T("indicator.heat.title"), Notes: []string{p.T("indicator.about.on_time")},
		Head: p.head("dataset.field.institution", "indicator.field.week", "indicator.part.met", "indicator.part.late",
			"indicator.part.waived", "indicator.name.overdue", "indicator.name.on_time"),
	}
	m := indicator.NewHeat(p.firstWeek(), p.thisWeek(), p.measured.Weeks(), p.rowOf, p.rows()...)
	for _, row := range m.Rows {
		for n, c := range row.Cells {
			r.Rows = append(r.Rows, []any{
				p.view.institution(row.Institution).In(p.Lang), string(m.Weeks[n].Monday().Date()), c.Met, c.Late, c.Waived,
				c.Missing, ratio(c.Met, c.Judged()),
			})
		}
	}
	return r
}

func (p *picture) monthTable() sheet.Report {
	r := sheet.Report{
		Title: p.T("indicator.trend.title"), Notes: []string{p.T("indicator.about.on_time"), p.T("indicator.trend.note")},
		Head: p.head("indicator.field.month", "indicator.part.met", "indicator.part.late", "indicator.part.waived",
			"indicator.name.on_time", "indicator.field.low", "indicator.field.high"),
	}
	for _, m := range p.months() {
		row := []any{m.Start.Format("2006-01"), m.Met, m.Late, m.Waived, ratio(m.Met, m.Judged()), nil, nil}
		if m.Judged() > 0 {
			row[5], row[6] = interval(m.Promises)
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func interval(p indicator.Promises) (low, high any) {
	l, h := p.Interval()
	return l, h
}

func (p *picture) backlogTable() sheet.Report {
	r := sheet.Report{
		Title: p.T("indicator.backlog.title"), Notes: []string{p.T("indicator.backlog.note")},
		Head: p.head("indicator.field.week", "indicator.name.overdue"),
	}
	for n, w := range p.shownWeeks() {
		r.Rows = append(r.Rows, []any{string(w.Monday().Date()), p.backlog[n]})
	}
	return r
}

func (p *picture) queueTable() sheet.Report {
	r := sheet.Report{
		Title: p.T("indicator.queue.title"), Notes: []string{p.T("indicator.about.review_age")},
		Head: p.head("indicator.field.waited", "indicator.unit.datasets"),
	}
	for n, count := range p.figures(nil).Queue.Upto {
		r.Rows = append(r.Rows, []any{p.T("indicator.queue.upto." + strconv.Itoa(n)), count})
	}
	return r
}

func (p *picture) opennessTable() sheet.Report {
	parts := indicator.Openness.Parts()
	r := sheet.Report{Title: p.T("indicator.openness.title"), Head: p.head("dataset.field.institution")}
	for _, part := range parts {
		r.Head = append(r.Head, p.T("indicator.part."+part))
	}
	for _, slug := range p.rows() {
		row := []any{p.view.institution(slug).In(p.Lang)}
		s := p.figures(p.inRow(slug)).Stock
		for _, part := range parts {
			switch part {
			case "all":
				row = append(row, s.Datasets)
			case "undecided":
				row = append(row, s.Openness[""])
			default:
				row = append(row, s.Openness[inventory.Openness(part)])
			}
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}
