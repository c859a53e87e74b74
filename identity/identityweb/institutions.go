package identityweb

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

type institutionsPage struct {
	web.Page
	Institutions []institutionRow
}

type institutionRow struct {
	identity.Institution
	Body   bool // stands under another
	Exists bool // today
}

// institutions answers GET /admin/institutions: each ministry, then its bodies.
func (p *Pages) institutions(c *gin.Context) error {
	ctx := c.Request.Context()
	if err := web.ActorFrom(ctx).Must(identity.ManageInstitutes, ""); err != nil {
		return err
	}
	tree, err := p.store.Institutions(ctx)
	if err != nil {
		return err
	}
	page := institutionsPage{Page: p.shell.Page(c, "institution.admin.title")}
	page.Institutions = ordered(tree, page.Lang, p.shell.Now())
	return p.shell.Show(c, "identity_institutions", page)
}

// ordered walks the tree from the top, each level by name.
func ordered(tree identity.Tree, tag lang.Tag, now time.Time) []institutionRow {
	rows := make([]institutionRow, 0, len(tree))
	sorted, placed := byName(tree, tag), map[string]bool{}
	var under func(parent string)
	under = func(parent string) {
		for _, i := range sorted {
			above := i.Parent
			if _, known := tree[above]; !known {
				above = ""
			}
			if placed[i.Slug] || above != parent {
				continue
			}
			placed[i.Slug] = true
			rows = append(rows, institutionRow{i, parent != "", i.Exists(now)})
			under(i.Slug)
		}
	}
	under("")
	return rows
}

type institutionPage struct {
	web.Page
	Faults web.Faults
	Form   institutionForm
	New    bool
	tree   identity.Tree
}

// institutionForm is an institution as typed: dates stay text until they are read.
type institutionForm struct {
	identity.Institution
	From, Until string
}

// KindOptions are the kinds of institution.
func (p institutionPage) KindOptions() []web.Option {
	options := []web.Option{}
	for _, k := range []identity.Kind{
		identity.Ministry, identity.Establishment, identity.Enterprise, identity.Municipality, identity.OtherBody,
	} {
		options = append(options, web.Option{Value: string(k), Label: p.T("institution.kind." + string(k))})
	}
	return options
}

// ParentOptions are what the institution may stand under, or be followed by.
func (p institutionPage) ParentOptions() []web.Option {
	return institutionOptions(p.Page, p.tree, "institution.none")
}

func (p *Pages) institutionPage(c *gin.Context, titleKey string, form institutionForm) (*institutionPage, error) {
	ctx := c.Request.Context()
	if err := web.ActorFrom(ctx).Must(identity.ManageInstitutes, form.Slug); err != nil {
		return nil, err
	}
	tree, err := p.store.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	return &institutionPage{Page: p.shell.Page(c, titleKey), Form: form, tree: tree}, nil
}

// newInstitution answers GET /admin/institutions/new.
func (p *Pages) newInstitution(c *gin.Context) error {
	page, err := p.institutionPage(c, "institution.new.title",
		institutionForm{Institution: identity.Institution{Kind: identity.Establishment}})
	if err != nil {
		return err
	}
	page.New = true
	return p.shell.Show(c, "identity_institution", page)
}

// institution answers GET /admin/institutions/:slug.
func (p *Pages) institution(c *gin.Context) error {
	page, err := p.institutionPage(c, "institution.edit.title", institutionForm{})
	if err != nil {
		return err
	}
	i, ok := page.tree[c.Param("slug")]
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page.Form = institutionForm{i, p.day(i.ValidFrom), p.day(i.ValidUntil)}
	return p.shell.Show(c, "identity_institution", page)
}

// addInstitution answers POST /admin/institutions.
func (p *Pages) addInstitution(c *gin.Context) error {
	slug := strings.TrimSpace(c.PostForm("slug"))
	page, err := p.institutionPage(c, "institution.new.title", readInstitution(c, identity.Institution{Slug: slug}))
	if err != nil {
		return err
	}
	page.New = true
	if _, taken := page.tree[slug]; taken {
		return p.showInstitution(c, page, fault.At("slug", "institution.slug.taken"))
	}
	return p.saveInstitution(c, page)
}

// changeInstitution answers POST /admin/institutions/:slug.
func (p *Pages) changeInstitution(c *gin.Context) error {
	page, err := p.institutionPage(c, "institution.edit.title", institutionForm{})
	if err != nil {
		return err
	}
	was, ok := page.tree[c.Param("slug")]
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page.Form = readInstitution(c, was)
	return p.saveInstitution(c, page)
}

// readInstitution is was with what the form changes.
func readInstitution(c *gin.Context, was identity.Institution) institutionForm {
	i := was
	i.Acronym = strings.TrimSpace(c.PostForm("acronym"))
	i.Kind = identity.Kind(c.PostForm("kind"))
	i.Parent, i.Successor = c.PostForm("parent"), c.PostForm("successor")
	i.Site, i.PortalOrg = strings.TrimSpace(c.PostForm("site")), strings.TrimSpace(c.PostForm("portal_org"))
	i.Pilot = c.PostForm("pilot") == "true"
	i.FirstApproval = c.PostForm("first_approval") == "true"
	i.Name = lang.Text{}
	for _, tag := range lang.All() {
		i.Name[string(tag)] = c.PostForm("name." + string(tag))
	}
	i.Name = i.Name.Clean()
	return institutionForm{i, c.PostForm("valid_from"), c.PostForm("valid_until")}
}

func (p *Pages) saveInstitution(c *gin.Context, page *institutionPage) error {
	i := page.Form.Institution
	from, err := p.readDay("valid_from", page.Form.From)
	if err != nil {
		return p.showInstitution(c, page, err)
	}
	until, err := p.readDay("valid_until", page.Form.Until)
	if err != nil {
		return p.showInstitution(c, page, err)
	}
	i.ValidFrom, i.ValidUntil = from, until
	if err := p.store.SaveInstitution(c.Request.Context(), web.ActorFrom(c.Request.Context()), i); err != nil {
		return p.showInstitution(c, page, err)
	}
	return p.shell.Redirect(c, "/admin/institutions", "institution.saved")
}

func (p *Pages) showInstitution(c *gin.Context, page *institutionPage, err error) error {
	page.Faults = p.shell.Faults(c, err)
	return p.showAgain(c, err, "identity_institution", page)
}

// day writes a moment as the day it is in Tunis, for a date input.
func (p *Pages) day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(p.shell.Words().Zone()).Format(time.DateOnly)
}

func (p *Pages) readDay(field, typed string) (*time.Time, error) {
	if typed == "" {
		return nil, nil //nolint:nilnil // no date is a date an institution may have
	}
	t, err := time.ParseInLocation(time.DateOnly, typed, p.shell.Words().Zone())
	if err != nil {
		return nil, fault.At(field, "fault.date", typed)
	}
	t = t.UTC()
	return &t, nil
}
