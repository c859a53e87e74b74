package inventoryweb

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// listPage is the public list.
type listPage struct {
	web.Page
	Q       string
	Kept    []kept   // filters that a new search keeps
	Chosen  []choice // filters in force, each with the address without it
	Facets  []facet
	Sorts   []choice
	Items   []line
	Total   int
	Pager   web.Pager
	Nothing web.Empty
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
	Title       lang.Text
	Summary     lang.Text
	Institution web.Link
	Theme       string
	Frequency   string
	Formats     []string
	DataDate    string
	Duty        duty
}

// filterNames are the parts of the address that choose datasets.
func filterNames() []string {
	return []string{"theme", "institution", "frequency", "format", "openness", "overdue"}
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
	for _, d := range found.Items {
		page.Items = append(page.Items, w.line(d))
	}
	page.Facets, page.Chosen = w.facets(q, found.Facets)
	for _, name := range append(filterNames(), "sort") {
		if v := q.Get(name); v != "" {
			page.Kept = append(page.Kept, kept{name, v})
		}
	}
	for _, sort := range []string{"modified", "title", "late"} {
		active := q.Get("sort") == sort || sort == "modified" && q.Get("sort") == ""
		page.Sorts = append(page.Sorts, choice{Name: w.page.T("dataset.sort." + sort), Href: with(q, "sort", sort), Active: active})
	}
	page.Nothing = w.nothing(len(page.Chosen) > 0 || page.Q != "")
	return p.shell.Show(c, "inventory_list", page)
}

// query keeps of the address only what this page understands, so that links
// built from it carry nothing else along.
func query(c *gin.Context) url.Values {
	q := url.Values{}
	for _, name := range append(filterNames(), "q", "sort", "page") {
		if v := strings.TrimSpace(strings.ToValidUTF8(c.Query(name), "")); v != "" {
			q.Set(name, clip(v, 200))
		}
	}
	return q
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
		Format: q.Get("format"), Openness: inventory.Openness(q.Get("openness")), Overdue: q.Get("overdue") != "",
		Sort: q.Get("sort"), Page: whole(q.Get("page")),
	}
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

func (w words) nothing(searched bool) web.Empty {
	if searched {
		return w.page.Empty("dataset.list.none_found", "dataset.list.none_found_text").
			With(w.page.Link("/datasets", "dataset.list.show_all"))
	}
	return w.page.Empty("dataset.list.empty", "dataset.list.empty_text")
}

// line is a publication in a list.
func (w words) line(d inventory.Publication) line {
	return line{
		Href: "/datasets/" + d.Ref, Ref: d.Ref, Title: d.Content.Title, Summary: d.Content.Description,
		Institution: w.page.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
		Theme:       w.names.theme(d.Content.Theme).In(w.page.Lang),
		Frequency:   w.names.frequency(d.Content.Frequency).In(w.page.Lang),
		Formats:     strings.Fields(d.Formats), DataDate: w.day(d.Content.DataModified),
		Duty: w.duty(d.Content.Frequency, d.DueAt, d.LateAfter),
	}
}

// shown is how many choices a facet shows before the rest is folded away.
const shown = 7

// facets makes the choices of each filter, and lists those in force.
func (w words) facets(q url.Values, f inventorydb.Facets) (all []facet, chosen []choice) {
	for _, one := range []struct {
		name   string
		counts []inventorydb.Facet
		say    func(string) lang.Text
	}{
		{"theme", f.Themes, w.names.theme},
		{"institution", f.Institutions, w.names.institution},
		{"frequency", f.Frequencies, w.names.frequency},
		{"format", f.Formats, plain},
		{"openness", f.Opennesses, w.opennessName},
	} {
		made := facet{Name: w.page.T("dataset.facet." + one.name)}
		in := q.Get(one.name)
		if in != "" && !slices.ContainsFunc(one.counts, func(x inventorydb.Facet) bool { return x.Value == in }) {
			one.counts = append([]inventorydb.Facet{{Value: in}}, one.counts...)
		}
		for _, count := range one.counts {
			if count.Value == "" {
				continue
			}
			link := choice{Name: one.say(count.Value).In(w.page.Lang), N: count.N, Active: count.Value == in}
			link.Href = with(q, one.name, count.Value)
			if link.Active {
				link.Href = with(q, one.name, "")
				chosen = append(chosen, link)
			}
			made.add(link)
		}
		if len(made.Choices) > 0 {
			all = append(all, made)
		}
	}
	late := choice{Name: w.page.T("dataset.facet.late"), N: f.Overdue, Active: q.Get("overdue") != "", Href: with(q, "overdue", "1")}
	if late.Active {
		late.Href = with(q, "overdue", "")
		chosen = append(chosen, late)
	}
	if late.N > 0 || late.Active {
		all = append(all, facet{Name: w.page.T("dataset.facet.duty"), Choices: []choice{late}})
	}
	return all, chosen
}

// add puts a choice among the first few, where one in force always stands.
func (f *facet) add(c choice) {
	switch {
	case c.Active:
		f.Choices = append([]choice{c}, f.Choices...)
	case len(f.Choices) < shown:
		f.Choices = append(f.Choices, c)
	default:
		f.Rest = append(f.Rest, c)
	}
}

func plain(code string) lang.Text { return lang.Text{"fr": code} }

func (w words) opennessName(code string) lang.Text {
	return lang.Text{string(w.page.Lang): w.openness(inventory.Openness(code))}
}
