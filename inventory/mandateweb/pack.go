package mandateweb

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/sheet"
)

// packFile answers GET /desk/committee/pack.xlsx: the meeting pack as a workbook.
func (p *Pages) packFile(c *gin.Context) error {
	page, err := p.committeePage(c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := sheet.WritePack(&out, page.tables()...); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="comite-`+page.Today+`.xlsx"`)
	c.Data(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", out.Bytes())
	return nil
}

// tables are the sheets of the pack: figures, open advice with its age, terms,
// and institutions that nobody answers for.
func (page *committeePage) tables() []sheet.Report {
	figures := sheet.Report{Lang: page.Lang, Title: page.T("mandate.pack.figures"), Head: []string{page.T("mandate.pack.figure"), page.T("mandate.pack.value")}}
	figures.Rows = [][]any{
		{page.T("desk.figure.public"), page.Public},
		{page.T("desk.figure.late"), page.Late},
		{page.T("mandate.advice.open"), len(page.Open)},
		{page.T("mandate.pack.vacant"), len(page.Vacant)},
	}
	advice := sheet.Report{Lang: page.Lang, Title: page.T("mandate.advice.open"), Head: []string{
		page.T("mandate.pack.number"), page.T("mandate.pack.subject"), page.T("mandate.field.addressee"), page.T("mandate.field.target"),
		page.T("mandate.field.day"), page.T("mandate.pack.age"),
	}}
	for _, a := range page.Open {
		advice.Rows = append(advice.Rows, []any{a.Number, a.Subject.In(page.Lang), a.To, a.Target, string(a.Day), a.Age})
	}
	terms := sheet.Report{Lang: page.Lang, Title: page.T("mandate.members"), Head: []string{
		page.T("mandate.field.name"), page.T("mandate.field.quality"), page.T("mandate.field.organisation"),
		page.T("mandate.field.starts_on"), page.T("mandate.field.ends_on"), page.T("mandate.field.standing"),
	}}
	for _, m := range page.Members {
		terms.Rows = append(terms.Rows, []any{m.Name, m.QualityName, m.Organisation, string(m.StartsOn), string(m.Last()), m.Mark.Word})
	}
	vacant := sheet.Report{Lang: page.Lang, Title: page.T("mandate.pack.vacant"), Head: []string{page.T("mandate.field.institution"), page.T("mandate.field.standing")}}
	for _, v := range page.Vacant {
		vacant.Rows = append(vacant.Rows, []any{v.Name.In(page.Lang), v.Mark.Word})
	}
	return []sheet.Report{figures, advice, terms, vacant}
}
