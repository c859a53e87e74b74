package mandateweb

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// adoptPage is the form of a new list, or of a list's next version.
type adoptPage struct {
	web.Page
	form
	Before naming.Nomenclature // its latest version; empty for a new list
}

// Value is what stands in a field: as typed, else as in the version before.
func (page *adoptPage) Value(name string) string {
	n := page.Before
	stored := map[string]string{"code": n.Code, "keeper": n.Keeper, "url": n.URL}
	for _, tag := range lang.All() {
		stored["name."+string(tag)] = n.Name[string(tag)]
	}
	var lines []string
	for _, item := range n.Entries {
		lines = append(lines, strings.Join([]string{item.Code, item.Name["fr"], item.Name["ar"], item.Name["en"]}, ";"))
	}
	stored["entries"] = strings.Join(lines, "\n")
	return page.Was(name, stored[name])
}

func (p *Pages) adoptPage(c *gin.Context, code string) (*adoptPage, error) {
	all, err := p.store.Nomenclatures(c.Request.Context())
	if err != nil {
		return nil, err
	}
	page := &adoptPage{Page: p.shell.Page(c, "naming.adopt.title")}
	list := naming.Latest(all)
	if at := slices.IndexFunc(list, func(n naming.Nomenclature) bool { return n.Code == code }); at >= 0 {
		page.Before = list[at]
	}
	return page, nil
}

// newNomenclature answers GET /desk/nomenclatures/new.
func (p *Pages) newNomenclature(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.KeepCommittee); err != nil {
		return err
	}
	page, err := p.adoptPage(c, c.Query("code"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "naming_adopt", page)
}

// adoptNomenclature answers POST /desk/nomenclatures/new.
func (p *Pages) adoptNomenclature(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.KeepCommittee)
	if err != nil {
		return err
	}
	_, err = p.store.AdoptNomenclature(c.Request.Context(), by, naming.Adoption{
		Code: c.PostForm("code"), Version: c.PostForm("version"), Name: texts(c, "name"), Keeper: c.PostForm("keeper"),
		URL: c.PostForm("url"), Entries: c.PostForm("entries"), AdoptedOn: day(c, "adopted_on"), Advice: c.PostForm("advice"),
	})
	if err == nil {
		return p.shell.Redirect(c, "/nomenclatures", "naming.flash.adopted")
	}
	if !tellable(err) {
		return err
	}
	page, broken := p.adoptPage(c, "")
	if broken != nil {
		return broken
	}
	page.form = p.formOf(c, "adopt", err)
	return p.shell.ShowFault(c, err, "naming_adopt", page)
}
