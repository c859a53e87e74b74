package inventoryweb

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// searchAPI adds what anybody may ask of the public register.
func (p *Pages) searchAPI() {
	open := func(id, path, summary string) huma.Operation {
		op := operation(id, http.MethodGet, path, summary)
		op.Security, op.Tags = web.PublicOperation(), []string{"Search"}
		return op
	}
	web.Register(p.shell, open("search", "/api/v1/search", "Find public datasets, with counts for every filter"), p.apiSearch)
	web.Register(p.shell, open("suggest", "/api/v1/search/suggestions", "What somebody may be typing"), p.apiSuggest)
}

type searchIn struct {
	Q           string `query:"q" doc:"Words in French, Arabic or English; \"a phrase\"; -not" maxLength:"10000"`
	Institution string `query:"institution" doc:"Slug; bodies under it are included"`
	Theme       string `query:"theme"`
	Format      string `query:"format" example:"CSV"`
	Licence     string `query:"licence"`
	Openness    string `query:"openness" enum:"open,openable,restricted,closed"`
	Frequency   string `query:"frequency"`
	Governorate string `query:"governorate" example:"TN-61"`
	Duty        string `query:"duty" enum:"late,on_time,no_date"`
	Sort        string `query:"sort" enum:"relevance,modified,title,late"`
	Limit       int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor      string `query:"cursor" doc:"The next of the page before"`
}

type searchOut struct {
	Body struct {
		Items   []foundOut                 `json:"items"`
		Next    string                     `json:"next" doc:"Cursor of the next page; empty on the last"`
		Total   int                        `json:"total"`
		Facets  map[string][]facetCountOut `json:"facets" doc:"How many each choice would leave, counted with every filter but its own"`
		Meant   string                     `json:"meant" doc:"The words with slips mended, when only the mended ones were found"`
		Partly  bool                       `json:"partly" doc:"Nothing has every word; what was found has all but one"`
		Cut     bool                       `json:"cut" doc:"The question was too long, and its end did not count"`
		Dropped []string                   `json:"dropped" doc:"Words that nothing in the register resembles"`
	}
}

type facetCountOut struct {
	Value string `json:"value"`
	N     int    `json:"n"`
}

type foundOut struct {
	Ref          string            `json:"ref" example:"TN-MARHP-2026-0001"`
	UUID         string            `json:"uuid" format:"uuid"`
	Institution  string            `json:"institution"`
	Title        map[string]string `json:"title"`
	Description  map[string]string `json:"description"`
	Theme        string            `json:"theme"`
	Frequency    string            `json:"frequency"`
	Licence      string            `json:"licence"`
	Openness     string            `json:"openness"`
	Formats      []string          `json:"formats"`
	DataModified string            `json:"data_modified"`
	Modified     time.Time         `json:"modified"`
	Due          *time.Time        `json:"due"`
	Overdue      bool              `json:"overdue"`
	URL          string            `json:"url"`
	Why          whyOut            `json:"why" doc:"A piece of the entry that shows what it was found by"`
}

type whyOut struct {
	Lang  string    `json:"lang"`
	Spans []spanOut `json:"spans"`
}

type spanOut struct {
	Text  string `json:"text"`
	Found bool   `json:"found"`
}

// apiSearch answers GET /api/v1/search.
func (p *Pages) apiSearch(ctx context.Context, in *searchIn) (*searchOut, error) {
	number, err := parsePage(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := p.store.Public(ctx, inventorydb.PublicFilter{
		Q: in.Q, Theme: in.Theme, Institution: in.Institution, Frequency: in.Frequency, Format: in.Format,
		Openness: inventory.Openness(in.Openness), Licence: in.Licence, Governorate: in.Governorate, Duty: search.Duty(in.Duty),
		Sort: in.Sort, Page: number, PerPage: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	n, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	w := words{page: web.Page{Lang: web.LangFrom(ctx)}, names: n, now: p.now()}
	out := &searchOut{}
	b := &out.Body
	b.Items, b.Total, b.Facets, b.Dropped = []foundOut{}, found.Total, facetsOut(found.Facets), append([]string{}, found.Search.Dropped...)
	b.Meant, b.Partly, b.Cut = found.Search.Meant, found.Search.Partly, found.Search.Cut
	if found.Page < found.Pages {
		b.Next = pageCursor(found.Page + 1)
	}
	if number > found.Page { // nothing stands beyond the last page, which has been given already
		found.Items = nil
	}
	for _, d := range found.Items {
		b.Items = append(b.Items, p.foundOut(w, d, found.Search.Marks))
	}
	return out, nil
}

func (p *Pages) foundOut(w words, d inventory.Publication, marks search.Marks) foundOut {
	c := d.Content
	out := foundOut{
		Ref: d.Ref, UUID: d.DatasetID, Institution: d.Institution, Title: c.Title.Clean(), Description: c.Description.Clean(),
		Theme: c.Theme, Frequency: c.Frequency, Licence: c.Licence, Openness: string(c.Openness),
		Formats: append([]string{}, strings.Fields(d.Formats)...), DataModified: string(c.DataModified), Modified: d.Modified.UTC(),
		Due: d.DueAt, Overdue: d.Overdue(w.now), URL: p.shell.URL("/datasets/" + d.Ref),
	}
	why := w.summary(c, marks)
	out.Why = whyOut{Lang: string(why.Lang), Spans: []spanOut{}}
	for _, s := range why.Spans {
		out.Why.Spans = append(out.Why.Spans, spanOut(s))
	}
	return out
}

func facetsOut(f inventorydb.Facets) map[string][]facetCountOut {
	out := map[string][]facetCountOut{}
	for name, counts := range map[string][]inventorydb.Facet{
		"institution": f.Institutions, "theme": f.Themes, "format": f.Formats, "licence": f.Licences, "openness": f.Opennesses,
		"frequency": f.Frequencies, "governorate": f.Governorates, "duty": f.Duties,
	} {
		out[name] = []facetCountOut{}
		for _, c := range counts {
			if c.Value != "" {
				out[name] = append(out[name], facetCountOut(c))
			}
		}
	}
	return out
}

// pageCursor names a page of results.
func pageCursor(n int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("page " + strconv.Itoa(n)))
}

func parsePage(s string) (int, error) {
	if s == "" {
		return 1, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(s)
	text, ok := strings.CutPrefix(string(data), "page ")
	n, parseErr := strconv.Atoi(text)
	if err != nil || parseErr != nil || !ok || n < 1 {
		return 0, fault.At("cursor", "fault.cursor")
	}
	return n, nil
}

type suggestIn struct {
	Q string `query:"q" doc:"What was typed so far" maxLength:"200"`
}

type suggestOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []suggestionOut `json:"items"`
		Said  string          `json:"said" doc:"How many there are, as a sentence"`
	}
}

type suggestionOut struct {
	Kind  string `json:"kind" enum:"keyword,institution,dataset"`
	Label string `json:"label" doc:"What kind it is, in the caller's language"`
	Text  string `json:"text"`
	Href  string `json:"href"`
	Lang  string `json:"lang" doc:"Of the text; empty when nobody knows"`
	N     int    `json:"n" doc:"Datasets behind a keyword"`
}

// How many suggestions of each kind.
const (
	suggestedKeywords     = 4
	suggestedInstitutions = 2
	suggestedDatasets     = 5
)

// apiSuggest answers GET /api/v1/search/suggestions.
func (p *Pages) apiSuggest(ctx context.Context, in *suggestIn) (*suggestOut, error) {
	s, err := p.store.Suggest(ctx, in.Q, suggestedDatasets)
	if err != nil {
		return nil, err
	}
	n, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	out := &suggestOut{CacheControl: "private, max-age=60"}
	tag := web.LangFrom(ctx)
	items := []suggestionOut{}
	for _, k := range s.Keywords[:min(len(s.Keywords), suggestedKeywords)] {
		items = append(items, suggestionOut{Kind: "keyword", Text: k.Text, N: k.N, Href: "/datasets?" + url.Values{"q": {k.Text}}.Encode()})
	}
	items = append(items, n.suggested(in.Q, tag, p.now())...)
	for _, d := range s.Titles {
		text, found := d.Content.Title.Pick(tag)
		items = append(items, suggestionOut{Kind: "dataset", Text: text, Lang: string(found), Href: "/datasets/" + d.Ref})
	}
	for i := range items {
		items[i].Label = p.shell.Words().T(tag, "search.kind."+items[i].Kind)
	}
	out.Body.Items, out.Body.Said = items, p.shell.Words().T(tag, "search.suggestions", len(items))
	return out, nil
}

// suggested lists the institutions whose name or short name what was typed may
// become.
func (n names) suggested(typed string, tag lang.Tag, now time.Time) []suggestionOut {
	var all []suggestionOut
	for slug, i := range n.tree {
		text, found := i.Name.Pick(tag)
		if i.Exists(now) && (search.Begins(i.Name["fr"]+" "+slug, typed) || search.Begins(i.Name["ar"]+" "+slug, typed)) {
			all = append(all, suggestionOut{Kind: "institution", Text: text, Lang: string(found), Href: "/institutions/" + slug})
		}
	}
	slices.SortFunc(all, func(a, b suggestionOut) int {
		return cmp.Or(cmp.Compare(len(a.Text), len(b.Text)), strings.Compare(a.Href, b.Href))
	})
	return all[:min(len(all), suggestedInstitutions)]
}
