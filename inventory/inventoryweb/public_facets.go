package inventoryweb

import (
	"net/url"
	"slices"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/lang"
)

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
		{"life", f.Lives, w.lifeName},
		{"licence", f.Licences, w.names.licence},
		{"governorate", f.Governorates, w.names.governorate},
		{"duty", f.Duties, w.dutyName},
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

func (w words) dutyName(duty string) lang.Text {
	if duty != string(search.Late) && duty != string(search.OnTime) && duty != string(search.NoDate) {
		return lang.Text{"fr": duty}
	}
	return lang.Text{string(w.page.Lang): w.page.T("search.duty." + duty)}
}
