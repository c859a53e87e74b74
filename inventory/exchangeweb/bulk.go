package exchangeweb

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// bulkPage is where many datasets are edited at once: which, which field, and
// what it shall say.
type bulkPage struct {
	web.Page
	Faults       web.Faults
	Form         bulkForm
	Institutions []web.Option
	States       []web.Option
	Themes       []web.Option
	Frequencies  []web.Option
	Lacks        []web.Option
	Fields       []web.Option
	Acts         []web.Option
	Values       []web.Option // what may be chosen; empty where it is typed
	Day          bool         // a date is typed
	Long         bool         // more than a line is
	N            int          // datasets that will be edited
	Sample       []sampleLine
	Rest         int
	FieldName    string
}

// sampleLine is one of the datasets that will be edited.
type sampleLine struct {
	Href, Ref string
	Title     lang.Text
}

// sampleSize is how many datasets are shown before the edit is previewed.
const sampleSize = 8

// bulkForm is what stands in the fields, as typed.
type bulkForm struct {
	Institution, State, Theme, Frequency, Missing, Q string
	Refs                                             []string
	Field, Act, Find, Value                          string
}

// readBulk reads the fields of the form or the address.
func readBulk(f url.Values) bulkForm {
	form := bulkForm{
		Institution: f.Get("institution"), State: f.Get("state"), Theme: f.Get("theme"), Frequency: f.Get("frequency"),
		Missing: f.Get("missing"), Q: f.Get("q"), Field: f.Get("field"), Act: f.Get("act"),
		Find:  strings.ReplaceAll(f.Get("find"), "\r\n", "\n"),
		Value: strings.ReplaceAll(f.Get("value"), "\r\n", "\n"),
	}
	if refs := f["ref"]; len(refs) > 0 {
		form.Refs = refs[:min(len(refs), inventorydb.MaxRefs)]
	}
	if known, ok := inventory.BulkFieldOf(form.Field); ok && !slices.Contains(known.Acts, inventory.BulkAct(form.Act)) {
		form.Act = string(known.Acts[0])
	}
	return form
}

func (f bulkForm) filter() inventorydb.Filter {
	return inventorydb.Filter{
		Institution: f.Institution, State: inventory.State(f.State), Theme: f.Theme, Frequency: f.Frequency,
		Missing: f.Missing, Q: f.Q, Refs: f.Refs, Living: true,
	}
}

func (f bulkForm) edit() inventory.BulkEdit {
	return inventory.BulkEdit{Field: f.Field, Act: inventory.BulkAct(f.Act), Find: f.Find, Value: f.Value}
}

// Hidden are the fields that say which datasets, for the second form.
func (f bulkForm) Hidden() []web.Option {
	all := []web.Option{
		{Label: "institution", Value: f.Institution},
		{Label: "state", Value: f.State},
		{Label: "theme", Value: f.Theme},
		{Label: "frequency", Value: f.Frequency},
		{Label: "missing", Value: f.Missing},
		{Label: "q", Value: f.Q},
		{Label: "field", Value: f.Field},
		{Label: "act", Value: f.Act},
	}
	for _, ref := range f.Refs {
		all = append(all, web.Option{Label: "ref", Value: ref})
	}
	return slices.DeleteFunc(all, func(o web.Option) bool { return o.Value == "" })
}

// bulk answers GET /desk/bulk.
func (p *Pages) bulk(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	return p.showBulk(c, by, readBulk(c.Request.URL.Query()), nil)
}

// bulkEdit answers POST /desk/bulk: what the edit would make of each dataset is
// a changeset, shown as that of a file.
func (p *Pages) bulkEdit(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return err
	}
	form := readBulk(c.Request.PostForm)
	form.Institution = cmp.Or(form.Institution, by.Institution)
	made, err := p.proposeBulk(c.Request.Context(), by, form.Institution, form.filter(), []inventory.BulkEdit{form.edit()})
	if err == nil {
		return p.shell.Redirect(c, address(made.ID), "")
	}
	if !shown(err) {
		return err
	}
	return p.showBulk(c, by, form, err)
}

// proposeBulk names the edit in the caller's language and keeps what it would change.
func (p *Pages) proposeBulk(
	ctx context.Context, by identity.Actor, institution string, f inventorydb.Filter, edits []inventory.BulkEdit,
) (*inventory.Changeset, error) {
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	tag := web.LangFrom(ctx)
	say := func(key string, args ...any) string { return p.shell.Words().T(tag, key, args...) }
	var names []string
	for _, e := range edits {
		if _, ok := inventory.BulkFieldOf(e.Field); !ok {
			break // the rule says so
		}
		name := say("bulk.name."+string(e.Act), say("dataset.field."+e.Field), valueName(say, tag, v, e.Field, e.Value), e.Find)
		names = append(names, name)
	}
	return p.store.ProposeBulk(ctx, by, inventorydb.Bulk{
		Institution: institution, Name: strings.Join(names, " ; "), Filter: f, Edits: edits,
	})
}

// showBulk shows the form, and what was refused about it.
func (p *Pages) showBulk(c *gin.Context, by identity.Actor, form bulkForm, refused error) error {
	ctx := c.Request.Context()
	page := &bulkPage{Page: p.shell.Page(c, "bulk.title"), Form: form}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	page.Institutions = recordable(page.Page, by, tree, cmp.Or(form.Institution, by.Institution), p.now())
	if form.Institution == "" && len(page.Institutions) > 0 {
		page.Form.Institution = cmp.Or(by.Institution, page.Institutions[0].Value)
	}
	page.choices(v)
	if err := p.matching(ctx, by, page); err != nil {
		if !shown(err) {
			return err
		}
		refused = cmp.Or(refused, err)
	}
	if refused != nil {
		page.Faults = p.shell.Faults(c, refused)
		return p.shell.ShowFault(c, refused, "exchange_bulk", page)
	}
	return p.shell.Show(c, "exchange_bulk", page)
}

// matching counts what will be edited and shows the first of it.
func (p *Pages) matching(ctx context.Context, by identity.Actor, page *bulkPage) error {
	f := page.Form.filter()
	if err := by.Must(identity.RecordDataset, f.Institution); err != nil {
		return err
	}
	var err error
	if page.N, err = p.store.Count(ctx, by, f); err != nil {
		return err
	}
	f.Limit = sampleSize
	list, err := p.store.List(ctx, by, f)
	if err != nil {
		return err
	}
	for _, d := range list.Items {
		page.Sample = append(page.Sample, sampleLine{"/desk/datasets/" + d.Ref, d.Ref, d.Content.Title})
	}
	page.Rest = page.N - len(page.Sample)
	return nil
}

// choices fills the lists of the form.
func (page *bulkPage) choices(v *inventory.Vocabulary) {
	any := web.Option{Label: page.T("bulk.any")}
	page.States, page.Themes, page.Frequencies = []web.Option{any}, []web.Option{any}, []web.Option{any}
	for _, s := range inventory.States() {
		if s != inventory.Withdrawn {
			page.States = append(page.States, web.Option{Value: string(s), Label: page.T("dataset.states." + string(s))})
		}
	}
	page.Themes = append(page.Themes, page.values(v, "theme")...)
	page.Frequencies = append(page.Frequencies, page.values(v, "frequency")...)
	page.Lacks = []web.Option{{Label: page.T("bulk.nothing_missing")}}
	for _, name := range inventorydb.MissingFields() {
		page.Lacks = append(page.Lacks, web.Option{Value: name, Label: page.T("dataset.field." + name)})
	}
	slices.SortFunc(page.Lacks[1:], func(a, b web.Option) int {
		return strings.Compare(inventory.Fold(a.Label), inventory.Fold(b.Label))
	})
	page.Fields = []web.Option{{Label: page.T("dataset.choose")}}
	for _, f := range inventory.BulkFields() {
		page.Fields = append(page.Fields, web.Option{Value: f.Name, Label: page.T("dataset.field." + f.Name)})
	}
	field, ok := inventory.BulkFieldOf(page.Form.Field)
	if !ok {
		return
	}
	page.FieldName = page.T("dataset.field." + field.Name)
	for _, act := range field.Acts {
		page.Acts = append(page.Acts, web.Option{Value: string(act), Label: page.T("bulk.act." + string(act))})
	}
	page.Day = field.Name == "target_date" || strings.HasPrefix(field.Name, "temporal.")
	page.Long = strings.HasPrefix(field.Name, "description.") || field.Name == "legal_ground"
	if page.Form.Act != string(inventory.BulkReplace) {
		if page.Values = page.values(v, field.Name); len(page.Values) > 0 {
			page.Values = append([]web.Option{{Label: page.T("dataset.choose")}}, page.Values...)
		}
	}
}

// values are what may be chosen for a field; none where it is typed.
func (page *bulkPage) values(v *inventory.Vocabulary, field string) []web.Option {
	var all []web.Option
	add := func(code string, name lang.Text) {
		all = append(all, web.Option{Value: code, Label: name.In(page.Lang)})
	}
	switch field {
	case "theme":
		for _, t := range v.Themes {
			add(t.Code, t.Name)
		}
	case "frequency":
		for _, f := range v.Frequencies {
			if f.Rule != inventory.Defect {
				add(f.Code, f.Name)
			}
		}
	case "licence":
		for _, l := range v.Licences {
			if l.AliasOf == "" && l.Approvable != "no" {
				add(l.Code, l.Name)
			}
		}
	case "spatial":
		for _, g := range v.Governorates {
			add(g.Code, g.Name)
		}
	case "openness":
		for _, o := range inventory.Opennesses() {
			all = append(all, web.Option{Value: string(o), Label: page.T("dataset.openness." + string(o))})
		}
	case "personal_data":
		for _, code := range []string{"no", "yes"} {
			all = append(all, web.Option{Value: code, Label: page.T("dataset.personal." + code)})
		}
	}
	return all
}
