package monitorweb

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// What stands in the fields of what a service depends on.
const (
	dependsField   = "settings.depends_on"
	dependsMore    = "settings.depends_on.more"
	mostDependsRow = 200 // services that are offered
	maxDependsOn   = 100 // that are read; the rule says how many may be kept
)

// readDepends reads what was ticked and what was typed, each service once.
func readDepends(f url.Values) []string {
	all := slices.Concat(f[dependsField], strings.FieldsFunc(f.Get(dependsMore), func(r rune) bool {
		return strings.ContainsRune(" ,;\t\r\n،", r)
	}))
	var list []string
	for _, slug := range all[:min(len(all), maxDependsOn)] {
		if slug = strings.TrimSpace(slug); slug != "" && !slices.Contains(list, slug) {
			list = append(list, slug)
		}
	}
	return list
}

// depends is the part of the form about what a service depends on.
type depends struct {
	Choices []web.Option // services that may be declared
	More    string       // slugs that are declared and are not among them
	Typed   bool         // others may be typed
	Open    bool
}

// dependsOf offers the services that by answers for: an owner's own, and for
// who keeps all of them those of the same body, the others being typed.
func (p *Pages) dependsOf(ctx context.Context, page web.Page, form serviceForm) (depends, error) {
	by := page.Actor
	f, d := monitordb.Filter{Inside: true, Limit: mostDependsRow + 1}, depends{Typed: by.Everywhere(identity.ManageService)}
	if d.Typed {
		f.Institution = form.Institution
	}
	var list []monitor.Service
	if !d.Typed || form.Institution != "" {
		var err error
		if list, err = p.store.Names(ctx, by, f); err != nil {
			return d, err
		}
	}
	var offered []string
	for _, v := range list {
		if v.Slug == form.Slug || !by.May(identity.ManageService, v.Institution) || len(offered) == mostDependsRow {
			continue
		}
		offered = append(offered, v.Slug)
		d.Choices = append(d.Choices, web.Option{Value: v.Slug, Label: page.Text(v.Name), Chosen: slices.Contains(form.DependsOn, v.Slug)})
	}
	order := locale.Order(page.Lang)
	slices.SortFunc(d.Choices, func(a, b web.Option) int { return order(a.Label, b.Label) })
	d.More = strings.Join(slices.DeleteFunc(slices.Clone(form.DependsOn), func(slug string) bool {
		return slices.Contains(offered, slug)
	}), " ")
	d.Typed = d.Typed || d.More != ""
	d.Open = len(form.DependsOn) > 0
	return d, nil
}
