package vantageweb

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// listPage is /desk/vantages.
type listPage struct {
	web.Page
	Items   []line
	Silent  int
	Nothing web.Empty
}

// line is one vantage of the list.
type line struct {
	Vantage vantage.Vantage
	Name    lang.Text
	Network string
	House   lang.Text
	Mark    web.Mark
	Blind   bool
	Live    bool // it is enrolled and has a say
	Clock   string
}

// list answers GET /desk/vantages.
func (p *Pages) list(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageVantages)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	all, err := p.o.Store.List(ctx, by)
	if err != nil {
		return err
	}
	tree, err := p.o.Institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	page := listPage{Page: p.shell.Page(c, "vantage.title")}
	page.Nothing = page.Empty("vantage.empty", "vantage.empty_text").With(page.Link("/desk/vantages/new", "vantage.add"))
	blind := p.o.Council.Blind()
	for n := range all {
		one := p.line(page.Page, &all[n], tree, blind)
		if all[n].State(p.shell.Now()) == vantage.Silent {
			page.Silent++
		}
		page.Items = append(page.Items, one)
	}
	slices.SortStableFunc(page.Items, func(a, b line) int {
		order := slices.Index(vantage.States(), a.Vantage.State(p.shell.Now())) - slices.Index(vantage.States(), b.Vantage.State(p.shell.Now()))
		if a.Vantage.RevokedAt == nil && b.Vantage.RevokedAt == nil {
			order = -order // who sends or ought to comes first, who was revoked last
		}
		return order
	})
	return p.shell.Show(c, "vantage_list", page)
}

func (p *Pages) line(page web.Page, v *vantage.Vantage, tree identity.Tree, blind map[int16]bool) line {
	state := v.State(p.shell.Now())
	one := line{
		Vantage: *v, Name: v.Name, Network: networkWord(page, v.Network), Mark: stateMark(page, state),
		Blind: blind[v.ID] && state == vantage.Enrolled, Live: v.EnrolledAt != nil && v.RevokedAt == nil,
	}
	if house, ok := tree[v.Institution]; ok {
		one.House = house.Name
	}
	if off := time.Duration(v.OffsetUs) * time.Microsecond; off.Abs() >= time.Second {
		one.Clock = page.Duration(off.Abs().Truncate(time.Second))
	}
	return one
}

// form is what somebody typed about a vantage.
type form struct {
	Slug, Network, Institution string
	Name                       map[string]string
	Tiers                      []string
	Services                   string // one slug a line
	Revision                   int
}

func readForm(c *gin.Context) form {
	f := form{
		Slug: c.PostForm("slug"), Network: c.PostForm("network"), Institution: c.PostForm("institution"), Name: map[string]string{},
		Tiers: c.PostFormArray("tiers"), Services: c.PostForm("services"),
	}
	for _, tag := range lang.All() {
		f.Name[string(tag)] = c.PostForm("name." + string(tag))
	}
	f.Revision, _ = strconv.Atoi(c.PostForm("revision")) // anything else agrees with any
	return f
}

func formOf(v *vantage.Vantage) form {
	f := form{
		Slug: v.Slug, Network: string(v.Network), Institution: v.Institution, Name: v.Name,
		Services: strings.Join(v.Scope.Services, "\n"), Revision: v.Revision,
	}
	for _, t := range v.Scope.Tiers {
		f.Tiers = append(f.Tiers, string(t))
	}
	return f
}

// vantage is what the form asks for.
func (f form) vantage() vantage.Vantage {
	v := vantage.Vantage{
		Slug: f.Slug, Name: lang.Text{}, Network: vantage.Network(f.Network), Institution: strings.TrimSpace(f.Institution),
	}
	maps.Copy(v.Name, f.Name)
	for _, t := range f.Tiers {
		v.Scope.Tiers = append(v.Scope.Tiers, monitor.Tier(t))
	}
	for _, slug := range strings.FieldsFunc(strings.ToLower(f.Services), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ' ' || r == '\t' }) {
		if !slices.Contains(v.Scope.Services, slug) {
			v.Scope.Services = append(v.Scope.Services, slug)
		}
	}
	return v
}

// onePage is a vantage, stored or about to be.
type onePage struct {
	web.Page
	Faults       web.Faults
	Form         form
	Stored       *line
	State        vantage.State
	Secret       string // the one-time token just made, shown this once
	Command      string
	Life         string
	Action       string
	Networks     []web.Option
	Institutions []web.Option
	Tiers        []web.Option
}

// blank answers GET /desk/vantages/new.
func (p *Pages) blank(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ManageVantages); err != nil {
		return err
	}
	return p.show(c, form{Network: string(vantage.Ministry)}, nil, "", nil)
}

// record answers POST /desk/vantages/new.
func (p *Pages) record(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageVantages)
	if err != nil {
		return err
	}
	f := readForm(c)
	made, err := p.o.Store.Add(c.Request.Context(), by, f.vantage())
	if err != nil {
		return p.again(c, f, nil, err)
	}
	return p.shell.Redirect(c, path(made.Slug), "vantage.flash.added")
}

func path(slug string) string { return "/desk/vantages/" + slug }

// stored returns the vantage of the address.
func (p *Pages) stored(c *gin.Context) (identity.Actor, *vantage.Vantage, error) {
	by, err := web.SignedIn(c, identity.ManageVantages)
	if err != nil {
		return by, nil, err
	}
	v, err := p.o.Store.Vantage(c.Request.Context(), by, c.Param("slug"))
	return by, v, err
}

// one answers GET /desk/vantages/{slug}.
func (p *Pages) one(c *gin.Context) error {
	_, v, err := p.stored(c)
	if err != nil {
		return err
	}
	return p.show(c, formOf(v), v, "", nil)
}

// save answers POST /desk/vantages/{slug}.
func (p *Pages) save(c *gin.Context) error {
	by, v, err := p.stored(c)
	if err != nil {
		return err
	}
	f := readForm(c)
	f.Slug = v.Slug
	_, err = p.o.Store.Change(c.Request.Context(), by, v.Slug, f.Revision, "vantage.change", func(stored *vantage.Vantage) error {
		return stored.Edit(by, f.vantage(), p.shell.Now())
	})
	if err != nil {
		return p.again(c, f, v, err)
	}
	return p.shell.Redirect(c, path(v.Slug), "vantage.flash.saved")
}

// invite answers POST /desk/vantages/{slug}/invitation with the page that shows
// the token, once: it is stored nowhere, so no later page could.
func (p *Pages) invite(c *gin.Context) error {
	by, v, err := p.stored(c)
	if err != nil {
		return err
	}
	token, invited, err := p.o.Store.Invite(c.Request.Context(), by, v.Slug)
	if err != nil {
		return p.again(c, formOf(v), v, err)
	}
	c.Header("Cache-Control", "no-store")
	return p.show(c, formOf(invited), invited, token, nil)
}

// revoke answers POST /desk/vantages/{slug}/revocation.
func (p *Pages) revoke(c *gin.Context) error {
	by, v, err := p.stored(c)
	if err != nil {
		return err
	}
	if _, err := p.o.Store.Revoke(c.Request.Context(), by, v.Slug); err != nil {
		return p.again(c, formOf(v), v, err)
	}
	p.o.Council.Heard()
	return p.shell.Redirect(c, path(v.Slug), "vantage.flash.revoked")
}

// again shows the form with everything typed and what was wrong with it.
func (p *Pages) again(c *gin.Context, f form, v *vantage.Vantage, err error) error {
	kind, ours := fault.KindOf(err)
	if !ours || (kind != fault.Invalid && kind != fault.Conflict && kind != fault.Stale) {
		return err
	}
	return p.show(c, f, v, "", err)
}

func (p *Pages) show(c *gin.Context, f form, v *vantage.Vantage, secret string, err error) error {
	tree, treeErr := p.o.Institutions.Institutions(c.Request.Context())
	if treeErr != nil {
		return treeErr
	}
	page := onePage{Page: p.shell.Page(c, "vantage.new"), Faults: p.shell.Faults(c, err), Form: f, Secret: secret, Action: "/desk/vantages/new"}
	if v != nil {
		one := p.line(page.Page, v, tree, p.o.Council.Blind())
		page.Stored, page.State, page.Action = &one, v.State(p.shell.Now()), path(v.Slug)
		page.Title = page.Text(v.Name)
	}
	page.Life = page.T("unit.hour", int(vantage.TokenLife.Hours()))
	page.Command = "jard agent --server " + p.shell.URL("")
	for _, n := range vantage.Networks() {
		page.Networks = append(page.Networks, web.Option{Value: string(n), Label: networkWord(page.Page, n), Hint: page.T("vantage.network.hint." + string(n))})
	}
	for _, t := range monitor.Tiers() {
		page.Tiers = append(page.Tiers, web.Option{Value: string(t), Label: page.T("monitor.tier." + string(t)), Chosen: slices.Contains(f.Tiers, string(t))})
	}
	for slug, i := range tree {
		if i.Exists(p.shell.Now()) || slug == f.Institution {
			page.Institutions = append(page.Institutions, web.Option{Value: slug, Label: page.Text(i.Name)})
		}
	}
	order := locale.Order(page.Lang)
	slices.SortFunc(page.Institutions, func(a, b web.Option) int { return order(a.Label, b.Label) })
	page.Institutions = append([]web.Option{{Value: "", Label: page.T("vantage.institution.none")}}, page.Institutions...)
	if err != nil {
		return p.shell.ShowFault(c, err, "vantage_one", page)
	}
	return p.shell.Show(c, "vantage_one", page)
}
