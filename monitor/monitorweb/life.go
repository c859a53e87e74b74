package monitorweb

import (
	"slices"

	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// lifeEvents are the codes the form offers, those that have a sentence. The API
// takes others too: a new one is shown as it was written until it has a name.
func lifeEvents() []string {
	return []string{
		"agriculture", "birth", "business", "culture", "health", "home", "identity", "information", "justice", "mobility",
		"municipality", "participation", "payment", "property", "retirement", "statistics", "study", "tax", "trade",
		"transparency", "vehicle", "work", "worship",
	}
}

// lifeEventOptions are the life events by name, none first, and the stored one
// even if it is unknown here.
func lifeEventOptions(p web.Page, stored string) []web.Option {
	codes := lifeEvents()
	if stored != "" && !slices.Contains(codes, stored) {
		codes = append(codes, stored)
	}
	options := make([]web.Option, 0, len(codes)+1)
	for _, code := range codes {
		options = append(options, web.Option{Value: code, Label: lifeEventWord(p, code)})
	}
	order := locale.Order(p.Lang)
	slices.SortFunc(options, func(a, b web.Option) int { return order(a.Label, b.Label) })
	return append([]web.Option{{Value: "", Label: lifeEventWord(p, "")}}, options...)
}
