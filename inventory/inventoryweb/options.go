package inventoryweb

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func (w words) option(code string, name lang.Text) web.Option {
	return web.Option{Value: code, Label: name.In(w.page.Lang)}
}

// unchosen is the first choice of a list that nothing was chosen from.
func (w words) unchosen() []web.Option { return []web.Option{{Label: w.page.T("dataset.choose")}} }

// Themes are the choices of the form.
func (w words) themes() []web.Option {
	options := w.unchosen()
	for _, t := range w.names.Themes {
		options = append(options, w.option(t.Code, t.Name))
	}
	return options
}

func (w words) frequencies() []web.Option {
	options := w.unchosen()
	for _, f := range w.names.Frequencies {
		if f.Rule != inventory.Defect {
			options = append(options, w.option(f.Code, f.Name))
		}
	}
	return options
}

// licences leaves out other spellings of the same licence, and those no
// approval can be given to unless the entry already has one.
func (w words) licences(chosen string) []web.Option {
	options := w.unchosen()
	for _, l := range w.names.Licences {
		if l.AliasOf == "" && l.Approvable != "no" || l.Code == chosen {
			options = append(options, w.option(l.Code, l.Name))
		}
	}
	return options
}

// grounds are the legal grounds for not opening, each with the text it is taken from.
func (w words) grounds() []web.Option {
	options := w.unchosen()
	for _, g := range w.names.Grounds {
		o := w.option(g.Code, g.Name)
		o.Label = w.page.T("life.ground.option", o.Label, g.Basis)
		options = append(options, o)
	}
	return options
}

// scales are the choices of each factor of the plan.
func (w words) scales() map[string][]web.Option {
	all := map[string][]web.Option{}
	for _, code := range []string{"plan_demand", "plan_duty", "plan_sensitivity", "plan_effort"} {
		options := []web.Option{{Label: w.page.T("life.plan.unjudged")}}
		for n := inventory.Little; n <= inventory.Much; n++ {
			options = append(options, web.Option{Value: digit(n), Label: w.page.T("dataset.value." + code + "." + digit(n))})
		}
		all[code] = options
	}
	return all
}

func (w words) governorates(chosen []string) []web.Option {
	options := make([]web.Option, 0, len(w.names.Governorates))
	for _, g := range w.names.Governorates {
		o := w.option(g.Code, g.Name)
		o.Chosen = slices.Contains(chosen, g.Code)
		options = append(options, o)
	}
	return options
}

func (w words) opennesses() []web.Option {
	options := make([]web.Option, 0, len(inventory.Opennesses()))
	for _, o := range inventory.Opennesses() {
		options = append(options, web.Option{
			Value: string(o), Label: w.page.T("dataset.openness." + string(o)),
			Hint: w.page.T("dataset.openness_hint." + string(o)),
		})
	}
	return options
}

func (w words) personals() []web.Option {
	return []web.Option{
		{Value: "no", Label: w.page.T("dataset.personal.no"), Hint: w.page.T("dataset.personal_hint.no")},
		{Value: "yes", Label: w.page.T("dataset.personal.yes"), Hint: w.page.T("dataset.personal_hint.yes")},
	}
}

// recordable are the institutions that by may record datasets for, by name.
func (w words) recordable(by identity.Actor) []web.Option {
	var options []web.Option
	for slug, i := range w.names.tree {
		if by.May(identity.RecordDataset, slug) {
			options = append(options, w.option(slug, i.Name))
		}
	}
	sortOptions(options)
	return options
}

// readable are the institutions whose drafts by may read, by name.
func (w words) readable(by identity.Actor) []web.Option {
	options := []web.Option{{Label: w.page.T("dataset.list.every_institution")}}
	for slug, i := range w.names.tree {
		if by.May(identity.ReadRegister, slug) {
			options = append(options, w.option(slug, i.Name))
		}
	}
	sortOptions(options[1:])
	return options
}

func sortOptions(options []web.Option) {
	slices.SortFunc(options, func(a, b web.Option) int {
		return strings.Compare(inventory.Fold(a.Label), inventory.Fold(b.Label))
	})
}
