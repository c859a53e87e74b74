package inventoryweb

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/web"
)

// listPage is the public list.
type listPage struct {
	web.Page
	Q       string
	Said    said
	Kept    []kept   // filters that a new search keeps
	Chosen  []choice // filters in force, each with the address without it
	Facets  []facet
	Sorts   []choice
	Items   []line
	Total   int
	Pager   web.Pager
	Nothing nothing
}

// kept is a filter carried through the search form.
type kept struct{ Name, Value string }

// choice is a link that turns a filter on or off.
type choice struct {
	Name   string
	Href   string
	N      int
	Active bool
}

// facet is one group of choices.
type facet struct {
	Name    string
	Choices []choice
	Rest    []choice // beyond the first few
	Open    bool
}

// line is a dataset in a list.
type line struct {
	Href        string
	Ref         string
	Title       excerpt
	Summary     excerpt
	Institution web.Link
	Theme       string
	Frequency   string
	Formats     []string
	DataDate    string
	Duty        duty
}

// filterNames are the parts of the address that choose datasets.
func filterNames() []string {
	return []string{"theme", "institution", "frequency", "format", "openness", "life", "licence", "governorate", "duty"}
}

// publicList answers GET /datasets.
func (p *Pages) publicList(c *gin.Context) error {
	page := listPage{Page: p.shell.Page(c, "dataset.list.title")}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	q := query(c)
	found, err := p.store.Public(c.Request.Context(), publicFilter(q))
	if err != nil {
		return err
	}
	page.Q, page.Total = q.Get("q"), found.Total
	page.Pager = page.Page.Pager(found.Page, found.Pages, q)
	page.Said = w.said(found.Search)
	for _, d := range found.Items {
		page.Items = append(page.Items, w.lineFound(d, found.Search.Marks))
	}
	page.Facets, page.Chosen = w.facets(q, found.Facets)
	for _, name := range append(filterNames(), "sort") {
		if v := q.Get(name); v != "" {
			page.Kept = append(page.Kept, kept{name, v})
		}
	}
	page.Sorts = w.sorts(q)
	if found.Total == 0 {
		if page.Nothing, err = p.nothing(c, w, q, page.Chosen, found.Search); err != nil {
			return err
		}
	}
	return p.shell.Show(c, "inventory_list", page)
}

// sorts are the orders of the list: words have one of their own.
func (w words) sorts(q url.Values) []choice {
	names := []string{"modified", "title", "late"}
	if search.Words(q.Get("q")) {
		names = append([]string{"relevance"}, names...)
	}
	all := make([]choice, 0, len(names))
	for n, sort := range names {
		active := q.Get("sort") == sort || n == 0 && !slices.Contains(names, q.Get("sort"))
		all = append(all, choice{Name: w.page.T("dataset.sort." + sort), Href: with(q, "sort", sort), Active: active})
	}
	return all
}

// query keeps of the address only what this page understands, so that links
// built from it carry nothing else along.
func query(c *gin.Context) url.Values {
	q := url.Values{}
	for _, name := range append(filterNames(), "q", "sort", "page") {
		if v := strings.TrimSpace(strings.ToValidUTF8(c.Query(name), "")); v != "" {
			q.Set(name, clip(v, readOf(name)))
		}
	}
	if c.Query("overdue") != "" { // as it was called first; links to it stand elsewhere
		q.Set("duty", string(search.Late))
	}
	return q
}

// readOf is how much of a part of the address is read: of a question a little
// more than counts, so that the page can say that its end did not.
func readOf(name string) int {
	if name == "q" {
		return search.MaxQuery + 1
	}
	return 200
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func publicFilter(q url.Values) inventorydb.PublicFilter {
	return inventorydb.PublicFilter{
		Q: q.Get("q"), Theme: q.Get("theme"), Institution: q.Get("institution"), Frequency: q.Get("frequency"),
		Format: q.Get("format"), Openness: inventory.Openness(q.Get("openness")), Licence: q.Get("licence"),
		Life:        inventory.Life(q.Get("life")),
		Governorate: q.Get("governorate"), Duty: search.Duty(q.Get("duty")), Sort: sortOf(q.Get("sort")), Page: whole(q.Get("page")),
	}
}

// sortOf keeps an order that the list has.
func sortOf(name string) string {
	if slices.Contains([]string{"relevance", "modified", "title", "late"}, name) {
		return name
	}
	return ""
}

// with is the address with one part changed, back on the first page.
func with(q url.Values, name, value string) string {
	changed := maps.Clone(q)
	changed.Del("page")
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	if len(changed) == 0 {
		return "/datasets"
	}
	return "/datasets?" + changed.Encode()
}

// line is a publication in a list.
func (w words) line(d inventory.Publication) line { return w.lineFound(d, nil) }

// lineFound is a publication in a list, with what it was found by.
func (w words) lineFound(d inventory.Publication, marks search.Marks) line {
	return line{
		Href: "/datasets/" + d.Ref, Ref: d.Ref, Title: w.marked(d.Content.Title, marks), Summary: w.summary(d.Content, marks),
		Institution: w.page.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
		Theme:       w.names.theme(d.Content.Theme).In(w.page.Lang),
		Frequency:   w.names.frequency(d.Content.Frequency).In(w.page.Lang),
		Formats:     strings.Fields(d.Formats), DataDate: w.day(d.Content.DataModified),
		Duty: w.duty(d.Content.Frequency, d.DueAt, d.LateAfter),
	}
}
