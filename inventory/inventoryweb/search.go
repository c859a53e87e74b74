package inventoryweb

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// excerpt is a text or a piece of it, with what was found in it marked.
type excerpt struct {
	Lang    lang.Tag
	Foreign bool // not in the page's language
	Spans   []search.Span
}

// marked is a text in the page's language, or the first it has.
func (w words) marked(x lang.Text, marks search.Marks) excerpt {
	text, tag := x.Pick(w.page.Lang)
	return w.excerpt(text, tag, marks)
}

func (w words) excerpt(text string, tag lang.Tag, marks search.Marks) excerpt {
	return excerpt{tag, tag != w.page.Lang, marks.Spans(text)}
}

// snippet is how many letters of a text show around what was found.
const snippet = 220

// summary is the piece of an entry that shows why it was found: of the
// description in the page's language, else of a title or description in
// another; the description when the words stand nowhere in them.
func (w words) summary(c inventory.Content, marks search.Marks) excerpt {
	text, tag := c.Description.Pick(w.page.Lang)
	if len(marks) == 0 {
		return w.excerpt(text, tag, nil)
	}
	_, title := c.Title.Pick(w.page.Lang)
	if !marks.In(text) && !marks.In(c.Title[string(title)]) {
		for _, x := range []lang.Text{c.Title, c.Description} {
			for _, other := range lang.All() {
				if one := x[string(other)]; marks.In(one) {
					return w.excerpt(marks.Snippet(one, snippet), other, marks)
				}
			}
		}
	}
	return w.excerpt(marks.Snippet(text, snippet), tag, marks)
}

// said is what the page says of the words that were looked for.
type said struct{ Lines []string }

// said says what became of the words.
func (w words) said(f inventorydb.Found) said {
	var s said
	if f.Meant != "" {
		s.Lines = append(s.Lines, w.page.T("search.meant", f.Meant))
	}
	if f.Partly {
		s.Lines = append(s.Lines, w.page.T("search.partly"))
	}
	if len(f.Dropped) > 0 {
		s.Lines = append(s.Lines, w.page.T("search.dropped", strings.Join(f.Dropped, w.page.T("search.and"))))
	}
	if f.Cut {
		s.Lines = append(s.Lines, w.page.T("search.cut", search.MaxWords, search.MaxQuery))
	}
	return s
}

// nothing is an empty list with ways out of it.
type nothing struct {
	Title, Text string
	Closest     []choice // keywords that resemble what was typed
	Without     []choice // the list without one of the filters
	Ask, Act    web.Link
}

// nothing says why the list is empty, and what to do: other words, fewer
// filters, or asking the institutions for the data.
func (p *Pages) nothing(c *gin.Context, w words, q url.Values, chosen []choice, f inventorydb.Found) (nothing, error) {
	if q.Get("q") == "" && len(chosen) == 0 {
		return nothing{Title: w.page.T("dataset.list.empty"), Text: w.page.T("dataset.list.empty_text")}, nil
	}
	n := nothing{
		Title: w.page.T("dataset.list.none_found"), Text: w.page.T("dataset.list.none_found_text"),
		Act: w.page.Link("/datasets", "dataset.list.show_all"),
	}
	if words := q.Get("q"); words != "" {
		n.Ask = w.page.Link("/requests/new?"+url.Values{"q": {words}}.Encode(), "search.ask")
	}
	var err error
	if n.Without, err = p.without(c, w, q); err != nil {
		return n, err
	}
	n.Closest, err = p.closest(c, f.Dropped)
	return n, err
}

// without lists the filters that may be dropped, with how many datasets each
// would leave.
func (p *Pages) without(c *gin.Context, w words, q url.Values) ([]choice, error) {
	var all []choice
	for _, name := range append(filterNames(), "q") {
		if q.Get(name) == "" || len(q) < 2 {
			continue
		}
		href := with(q, name, "")
		parsed, err := url.Parse(href)
		if err != nil {
			continue
		}
		f := publicFilter(parsed.Query())
		f.PerPage = 1
		found, err := p.store.Public(c.Request.Context(), f)
		if err != nil {
			return nil, err
		}
		if found.Total > 0 {
			all = append(all, choice{Name: w.page.T("search.without." + name), Href: href, N: found.Total})
		}
	}
	return all, nil
}

// closest lists keywords that begin like words that nothing resembles.
func (p *Pages) closest(c *gin.Context, dropped []string) ([]choice, error) {
	const letters, each = 4, 5
	var all []choice
	for _, word := range dropped[:min(len(dropped), each)] {
		s, err := p.store.Suggest(c.Request.Context(), clip(inventory.Fold(word), letters), each)
		if err != nil {
			return nil, err
		}
		for _, k := range s.Keywords {
			all = append(all, choice{Name: k.Text, Href: "/datasets?" + url.Values{"q": {k.Text}}.Encode(), N: k.N})
		}
	}
	return all, nil
}
