package mandateweb

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/web"
)

// nomenclaturesPage lists the common lists.
type nomenclaturesPage struct {
	web.Page
	Lists []listView
	Rules []naming.Rule
}

type listView struct {
	naming.Nomenclature
	On string
	N  int
}

// nomenclatures answers GET /nomenclatures.
func (p *Pages) nomenclatures(c *gin.Context) error {
	ctx := c.Request.Context()
	all, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return err
	}
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	rules, err := p.store.Rules(ctx)
	if err != nil {
		return err
	}
	page := nomenclaturesPage{Page: p.shell.Page(c, "naming.lists.title"), Rules: naming.Current(rules)}
	for _, n := range naming.Latest(all) {
		page.Lists = append(page.Lists, listView{n, dayOf(page.Page, n.AdoptedOn), len(n.Items(v))})
	}
	return p.shell.Show(c, "naming_lists", page)
}

// nomenclatureFile answers GET /nomenclatures/{code}.csv.
func (p *Pages) nomenclatureFile(c *gin.Context) error {
	ctx := c.Request.Context()
	code, isFile := strings.CutSuffix(c.Param("code"), ".csv")
	all, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return err
	}
	list := naming.Latest(all)
	at := slices.IndexFunc(list, func(n naming.Nomenclature) bool { return n.Code == code })
	if !isFile || at < 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	rows := [][]string{{"code", "name_fr", "name_ar", "name_en"}}
	for _, item := range list[at].Items(v) {
		rows = append(rows, []string{item.Code, item.Name["fr"], item.Name["ar"], item.Name["en"]})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="`+code+`.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", []byte(out.String()))
	return nil
}
