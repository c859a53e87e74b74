package mandateweb

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

// nomenclaturesPage lists the common lists.
type nomenclaturesPage struct {
	web.Page
	Lists    []listView
	Rules    []ruleVersion
	CanAdopt bool
}

type listView struct {
	naming.Nomenclature
	On    string
	N     int
	Older []listView // versions before this one
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
	page := nomenclaturesPage{Page: p.shell.Page(c, "naming.lists.title"), CanAdopt: web.ActorFrom(ctx).May(identity.KeepCommittee, "")}
	page.Rules = rulesOf(page.Page, rules)
	for _, n := range naming.Latest(all) {
		page.Lists = append(page.Lists, listView{n, dayOf(page.Page, n.AdoptedOn), len(n.Items(v)), nil})
	}
	for _, n := range all { // every version that was adopted stays to be read
		at := slices.IndexFunc(page.Lists, func(l listView) bool { return l.Code == n.Code })
		if page.Lists[at].Version != n.Version {
			page.Lists[at].Older = append(page.Lists[at].Older, listView{n, dayOf(page.Page, n.AdoptedOn), len(n.Items(v)), nil})
		}
	}
	return p.shell.Show(c, "naming_lists", page)
}

// nomenclatureFile answers GET /nomenclatures/{code}.csv, of the latest version or of ?version=.
func (p *Pages) nomenclatureFile(c *gin.Context) error {
	ctx := c.Request.Context()
	code, isFile := strings.CutSuffix(c.Param("code"), ".csv")
	all, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return err
	}
	list, found := naming.Pick(all, code, c.Query("version"))
	if !isFile || !found {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	var out strings.Builder
	table := sheet.Report{Head: []string{"code", "name_fr", "name_ar", "name_en"}}
	for _, item := range list.Items(v) {
		table.Rows = append(table.Rows, []any{item.Code, item.Name["fr"], item.Name["ar"], item.Name["en"]})
	}
	if err := table.CSV(&out); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="`+code+`-`+list.Version+`.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", []byte(out.String()))
	return nil
}
