package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
)

// portal replays who harvested, and reads a made-up national portal through
// the same rules as a real one.
func (d *demoFiller) portal(ctx context.Context, base string) error {
	clock := d.now
	store := portaldb.New(d.db, func() time.Time { return clock })
	register := inventorydb.New(d.db, nil)
	offers, err := store.Offers(ctx)
	if err != nil {
		return err
	}
	version, err := register.CatalogueVersion(ctx)
	if err != nil {
		return err
	}
	var walks []harvest.Pending
	for n, r := range demo.Harvests(d.now, public(offers), version.Number) {
		walks = append(walks, harvest.Pending{Key: harvest.Key{byte(n), byte(n >> 8)}, Receipt: r})
	}
	if err := store.Keep(ctx, walks); err != nil {
		return err
	}
	packages, err := d.packages(ctx, register)
	if err != nil {
		return err
	}
	v, err := register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	rules := portal.Rules{BaseURL: base, Within: 24 * time.Hour, Terms: portal.TermsOf(v)}
	for _, at := range []time.Time{d.now.AddDate(0, 0, -6), d.now.Add(-2 * time.Hour)} {
		clock = at
		if err := readDemoPortal(ctx, store, offers, packages, rules, at); err != nil {
			return err
		}
	}
	clock = d.now.Add(-time.Hour)
	return d.admit(ctx, store)
}

// public counts what is still offered: the others only answer that they are gone.
func public(offers []portal.Offer) int {
	n := 0
	for i := range offers {
		if offers[i].Withdrawn == nil {
			n++
		}
	}
	return n
}

// packages are the datasets that are or were public as a harvester would be given them, as far
// as they are compared.
func (d *demoFiller) packages(ctx context.Context, register *inventorydb.Store) (map[string]portal.Package, error) {
	all, err := register.Publications(ctx)
	if err != nil {
		return nil, err
	}
	gone, err := register.Tombstones(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, gone...)
	tree, err := identitydb.New(d.db, nil).Institutions(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]portal.Package, len(all))
	for n := range all {
		out[all[n].DatasetID] = packageOf(&all[n], tree)
	}
	return out, nil
}

func packageOf(p *inventory.Publication, tree identity.Tree) portal.Package {
	c := &p.Content
	x := portal.Package{
		ID: p.DatasetID, Name: p.Name, Licence: []string{c.Licence}, Frequency: []string{c.Frequency}, Modified: p.Modified,
		Organization: []string{p.Institution, tree[p.Institution].Name["fr"]}, Claims: []string{p.Ref},
	}
	for _, tag := range []string{"fr", "ar", "en"} {
		if c.Title[tag] != "" {
			x.Titles = append(x.Titles, c.Title[tag])
		}
		if c.Description[tag] != "" {
			x.Notes = append(x.Notes, c.Description[tag])
		}
	}
	for _, file := range c.Distributions {
		x.Resources = append(x.Resources, file.URL)
	}
	return x
}

// readDemoPortal is one read of the made-up portal.
func readDemoPortal(
	ctx context.Context, store *portaldb.Store, offers []portal.Offer, packages map[string]portal.Package, rules portal.Rules, at time.Time,
) error {
	c := portal.NewComparison(offers, rules, at)
	reading := portal.Reading{Portal: demo.Portal, StartedAt: at.Add(-time.Minute), Whole: true}
	withdrawn := 0
	for n, o := range offers {
		if o.Withdrawn != nil {
			// Some harvesters never delete: the first that was withdrawn is still there.
			if withdrawn++; withdrawn == 1 {
				still := packages[o.ID]
				c.See(&still, nil)
			}
			continue
		}
		reading.Offered++
		ours, ok := packages[o.ID]
		if !ok {
			continue
		}
		if theirs, arrived := demo.OnPortal(ours, n); arrived {
			c.See(&theirs, &ours)
		}
		if n == 59 {
			again := ours
			again.ID, again.Name = "again", ours.Name+"-1"
			c.See(&again, &ours)
		}
	}
	for _, x := range demo.Elsewhere(rules.BaseURL) {
		c.See(&x, nil)
		reading.Packages++
	}
	var missing []portal.Observation
	for _, o := range c.Unseen() {
		ours := packages[o.ID]
		if i := slices.IndexFunc(ours.Titles, func(s string) bool { return s != "" }); i >= 0 {
			missing = append(missing, portal.Lacking(o, ours.Titles[i]))
		}
	}
	out := c.Outcome(true, missing)
	reading.Matched, reading.Sources = out.Matched, out.Sources
	reading.Packages += out.Matched
	reading.Told, reading.Requests = reading.Packages, reading.Packages/100+2
	if _, err := store.Record(ctx, reading, out); err != nil {
		return fmt.Errorf("read the portal of the demo: %w", err)
	}
	return nil
}

// admit lets the operator acknowledge one difference.
func (d *demoFiller) admit(ctx context.Context, store *portaldb.Store) error {
	found, err := store.Findings(ctx, d.reviewer, portaldb.Filter{Kind: portal.Differs, Field: portal.Notes, PerPage: 1})
	if err != nil || len(found.Items) == 0 {
		return err
	}
	_, err = store.Change(ctx, d.reviewer, found.Items[0].ID, "acknowledge", 0, func(f *portal.Finding, now time.Time) error {
		return f.Acknowledge(d.reviewer, "Le portail coupe les descriptions à une ligne dans cette rubrique ; convenu avec son équipe.", now)
	})
	return err
}
