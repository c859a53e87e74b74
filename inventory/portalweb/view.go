package portalweb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// words are what findings are told with: names and titles in every language.
type words struct {
	page       web.Page
	tree       identity.Tree
	titles     map[string]lang.Text // by dataset
	vocabulary *inventory.Vocabulary
	terms      portal.Terms
}

func (p *Pages) words(ctx context.Context, page web.Page, tree identity.Tree, findings ...portal.Finding) (w words, err error) {
	ids := make([]string, 0, len(findings))
	for n := range findings {
		ids = append(ids, findings[n].Subject)
	}
	w = words{page: page, tree: tree}
	if w.titles, err = p.store.Titles(ctx, ids); err != nil {
		return words{}, err
	}
	if w.vocabulary, err = p.opts.Vocabulary(ctx); err != nil {
		return words{}, err
	}
	w.terms = portal.TermsOf(w.vocabulary)
	return w, nil
}

// view is a finding as a page shows it.
type view struct {
	*portal.Finding
	Kind         web.Mark
	Field        string
	Titles       lang.Text // empty for what was never ours
	Name         lang.Text // of the institution; empty for nobody's
	Here, There  string    // addresses
	Href         string
	Ours, Theirs string
	Nothing      bool // there is nothing to set side by side
}

func (p *Pages) view(w words, f *portal.Finding) view {
	v := view{
		Finding: f, Titles: w.titles[f.Subject], Kind: w.page.Mark(markOf(f), "portal.kind."+string(f.Kind)), There: p.there(f.PortalName),
		Href: "/desk/portal/findings/" + f.ID, Ours: w.said(f.Ours, f.Kind, f.Field), Theirs: w.said(f.Theirs, f.Kind, f.Field),
	}
	v.Nothing = v.Ours == "" && v.Theirs == ""
	if f.Field != "" {
		v.Field = w.page.T("portal.field." + string(f.Field))
	}
	if f.Ref != "" {
		v.Here = "/desk/datasets/" + f.Ref
	}
	if i, ok := w.tree[f.Institution]; ok {
		v.Name = i.Name
	} else if f.Institution != "" {
		v.Name = lang.Text{"fr": f.Institution}
	}
	return v
}

// said writes a value for people: instants as dates, terms by their names, the
// rest as it is.
func (w words) said(value string, kind portal.Kind, field portal.Field) string {
	page := w.page
	if field == portal.Licence || field == portal.Frequency {
		return w.term(field, value)
	}
	if field != portal.Modified && kind != portal.Missing && kind != portal.Undeleted {
		return value
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return value
	}
	switch kind {
	case portal.Missing:
		return page.T("portal.since.approved", t)
	case portal.Undeleted:
		return page.T("portal.since.withdrawn", t)
	}
	return page.DateTime(t)
}

// unspecified is how CKAN writes that a package has no licence.
const unspecified = "notspecified"

// term names a licence or a frequency; what the vocabulary does not know is
// shown as the portal writes it.
func (w words) term(field portal.Field, value string) string {
	if value == unspecified {
		return w.page.T("portal.unspecified")
	}
	code := w.terms.Code(field, value)
	if l, ok := w.vocabulary.Licence(code); ok && field == portal.Licence {
		return l.Name.In(w.page.Lang)
	}
	if f, ok := w.vocabulary.Frequency(code); ok && field == portal.Frequency {
		return f.Name.In(w.page.Lang)
	}
	return value
}
