package catalogueweb

import (
	"context"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// Preview returns what portals will be served of p, which need not be public yet.
func (p *Pages) Preview(ctx context.Context, pub inventory.Publication) (catalogue.PortalView, error) {
	source := p.feed.source
	v, err := source.Register.Vocabulary(ctx)
	if err != nil {
		return catalogue.PortalView{}, err
	}
	tree, err := source.Institutions.Institutions(ctx)
	if err != nil {
		return catalogue.PortalView{}, err
	}
	return catalogue.View(p.settings, v, tree, pub)
}
