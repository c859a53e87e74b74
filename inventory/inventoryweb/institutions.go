package inventoryweb

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// institutionsPage lists the ministries with the bodies under each.
type institutionsPage struct {
	web.Page
	Ministries []body
}

// body is an institution in a list, with how many datasets it has made public.
type body struct {
	Slug   string
	Name   lang.Text
	Href   string
	N      int // its own and those of the bodies under it
	Bodies []body
}

// institutionPage is one institution.
type institutionPage struct {
	web.Page
	Officer     any // who answers for it, as the room of mandates says
	Institution identity.Institution
	Kind        string
	Above       web.Link
	Successor   web.Link
	Ended       bool
	Total       int
	Kept        int // updates that came on time within the last year
	Promised    int // of so many whose last day was within it
	Late        int
	Items       []line
	All         string
	LateHref    string
	Bodies      []body
	Services    []service
	Nothing     web.Empty
}

// OnTime is the share of promised updates that are kept.
func (p institutionPage) OnTime() float64 {
	if p.Promised == 0 {
		return 0
	}
	return float64(p.Kept) / float64(p.Promised)
}

type service struct {
	Name lang.Text
	Href string
	Mark web.Mark
}

// publicInstitutions answers GET /institutions.
func (p *Pages) publicInstitutions(c *gin.Context) error {
	page := institutionsPage{Page: p.shell.Page(c, "institution.list.title")}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	found, err := p.store.Public(c.Request.Context(), inventorydb.PublicFilter{PerPage: 1})
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, f := range found.Facets.Institutions {
		counts[f.Value] = f.N
	}
	page.Ministries = w.bodies("", counts)
	return p.shell.Show(c, "inventory_institutions", page)
}

// bodies lists what stands directly under parent today: those that publish
// first, by name.
func (w words) bodies(parent string, counts map[string]int) []body {
	var all []body
	for slug, i := range w.names.tree {
		if i.Parent != parent || slug == parent || !i.Exists(w.now) {
			continue
		}
		b := body{Slug: slug, Name: i.Name, Href: "/institutions/" + slug, Bodies: w.bodies(slug, counts)}
		for _, under := range w.names.tree.Under(slug, w.now) {
			b.N += counts[under]
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b body) int {
		if (a.N > 0) != (b.N > 0) {
			return b.N - a.N
		}
		return strings.Compare(inventory.Fold(a.Name.In(w.page.Lang)), inventory.Fold(b.Name.In(w.page.Lang)))
	})
	return all
}

// publicInstitution answers GET /institutions/:slug.
func (p *Pages) publicInstitution(c *gin.Context) error {
	ctx, slug := c.Request.Context(), c.Param("slug")
	n, err := p.names(ctx)
	if err != nil {
		return err
	}
	i, ok := n.tree[slug]
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	w := words{page: p.shell.Page(c, "institution.page.title", i.Name), names: n, now: p.now()}
	page := w.institution(i)
	found, err := p.store.Public(ctx, inventorydb.PublicFilter{Institution: slug, Sort: "late"})
	if err != nil {
		return err
	}
	if page.Kept, page.Promised, err = p.store.Kept(ctx, n.tree.Under(slug, p.now())); err != nil {
		return err
	}
	page.Total, page.Late = found.Total, found.Facets.Overdue
	for _, d := range found.Items {
		page.Items = append(page.Items, w.line(d))
	}
	counts := map[string]int{}
	for _, f := range found.Facets.Institutions {
		counts[f.Value] = f.N
	}
	page.Bodies = w.bodies(slug, counts)
	if page.Officer, err = p.beside.Card(c, slug); err != nil {
		return err
	}
	services, err := p.beside.Services(ctx, slug)
	if err != nil {
		return err
	}
	for _, s := range services {
		page.Services = append(page.Services, service{s.Name, "/services/" + s.Slug, w.page.Mark(s.Mark, s.Key)})
	}
	return p.shell.Show(c, "inventory_institution", page)
}

func (w words) institution(i identity.Institution) institutionPage {
	page := institutionPage{
		Page: w.page, Institution: i, Kind: w.page.T("institution.kind." + string(i.Kind)), Ended: !i.Exists(w.now),
		All:      "/datasets?" + url.Values{"institution": {i.Slug}}.Encode(),
		LateHref: "/datasets?" + url.Values{"institution": {i.Slug}, "overdue": {"1"}}.Encode(),
		Nothing:  w.page.Empty("institution.empty", "institution.empty_text"),
	}
	if up, ok := w.names.tree[i.Parent]; ok {
		page.Above = w.page.LinkTo("/institutions/"+up.Slug, up.Name)
	}
	if next, ok := w.names.tree[i.Successor]; ok {
		page.Successor = w.page.LinkTo("/institutions/"+next.Slug, next.Name)
	}
	return page
}

func escape(s string) string { return url.QueryEscape(s) }

// hostOf is where an address leads, for people to see before they follow it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
