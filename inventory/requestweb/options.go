package requestweb

import (
	"slices"

	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func sortOptions(list []web.Option, order func(a, b string) int) {
	slices.SortFunc(list, func(a, b web.Option) int {
		if n := order(a.Label, b.Label); n != 0 {
			return n
		}
		return order(a.Value, b.Value)
	})
}

// kindOptions are the kinds of feedback, each with what it is for.
func kindOptions(p web.Page) []web.Option {
	var list []web.Option
	for _, k := range request.Feedbacks() {
		list = append(list, web.Option{Value: string(k), Label: p.T("request.kind." + string(k))})
	}
	return list
}

// languageOptions are the languages a message may be written in.
func languageOptions() []web.Option {
	return []web.Option{
		{Value: string(lang.French), Label: "Français"},
		{Value: string(lang.Arabic), Label: "العربية"},
		{Value: string(lang.English), Label: "English"},
	}
}

func refusalOptions(p web.Page) []web.Option {
	list := []web.Option{{Value: "", Label: p.T("request.choose")}}
	for _, one := range request.Refusals() {
		list = append(list, web.Option{Value: string(one), Label: p.T("request.refusal." + string(one))})
	}
	return list
}

func groundOptions(p web.Page, rules *request.Rules) []web.Option {
	list := []web.Option{{Value: "", Label: p.T("request.choose")}}
	for _, one := range rules.Grounds() {
		label := one.Name.In(p.Lang)
		if one.Basis != "" {
			label = p.T("request.ground_of", label, one.Basis)
		}
		list = append(list, web.Option{Value: one.Code, Label: label})
	}
	return list
}
