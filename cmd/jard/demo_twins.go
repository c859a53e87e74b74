package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/inventory/twin"
)

// twins shows datasets that were entered twice: one that waits for review, one
// that the operator linked, and a list from the sector portal not yet applied.
func (d *demoFiller) twins(ctx context.Context) error {
	clock := d.now.Add(-50 * time.Hour)
	store := inventorydb.New(d.db, func() time.Time { return clock })
	v, err := store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	var known []inventory.Dataset
	for _, ministry := range []string{"marhp", "ms"} {
		by := d.officers[ministry]
		found, err := store.List(ctx, by, inventorydb.Filter{Institution: ministry, State: inventory.Approved, Limit: 100})
		if err != nil {
			return err
		}
		if known = oneOfEach(found.Items); len(known) == 0 {
			return fmt.Errorf("the story has no dataset of %s to enter twice", ministry)
		}
		one := known[0]
		again, err := store.Create(ctx, by, one.Institution, demo.Again(one.Content))
		if err != nil {
			return fmt.Errorf("enter a dataset twice: %w", err)
		}
		d.filled.datasets++
		clock = clock.Add(time.Minute)
		linked := ministry == "ms" // the other waits for the head of its institution
		if err := d.submitTwice(ctx, store, v, by, again.Ref, linked, func() time.Time { return clock }); err != nil {
			return err
		}
		if !linked {
			continue
		}
		asked := twin.Asked{A: one.Ref, B: again.Ref, Verdict: twin.Linked, Reason: "Publié par la direction et par le ministère : les deux restent."}
		if _, err := store.JudgeTwins(ctx, d.reviewer, asked); err != nil {
			return err
		}
	}
	clock = d.now.Add(-5 * time.Hour)
	return d.portalList(ctx, store, v)
}

// submitTwice hands the second entry over, and has it approved.
func (d *demoFiller) submitTwice(
	ctx context.Context, store *inventorydb.Store, v *inventory.Vocabulary, by identity.Actor, ref string, open bool, now func() time.Time,
) error {
	_, err := store.Change(ctx, by, ref, "dataset.submit", 0, func(x *inventory.Dataset) error { return x.Submit(by, v, now()) })
	if err == nil && open {
		_, err = store.Change(ctx, d.reviewer, ref, "dataset.approve", 0, func(x *inventory.Dataset) error {
			return x.Approve(d.reviewer, v, now())
		})
	}
	if err != nil {
		return fmt.Errorf("hand in a dataset entered twice: %w", err)
	}
	return nil
}

// portalList hands in what the officer of agriculture fetched from the sector portal.
func (d *demoFiller) portalList(ctx context.Context, store *inventorydb.Store, v *inventory.Vocabulary) error {
	by, known := d.officers["marhp"], []string{}
	found, err := store.List(ctx, by, inventorydb.Filter{Institution: "marhp", State: inventory.Approved, Limit: 100})
	if err != nil {
		return err
	}
	for _, one := range oneOfEach(found.Items) {
		if len(known) < 2 {
			known = append(known, one.Content.Title["fr"])
		}
	}
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		return err
	}
	name, data := demo.PortalList(d.now, known...)
	l, err := sheet.Open(data, sheet.Options{Form: form, Vocabulary: v, Name: name, Portal: demo.SectorPortal})
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	_, err = store.Propose(ctx, by, "marhp", inventorydb.HandedIn{Name: name, Format: l.Format, File: data, Rows: l.Rows, Seen: l.Seen})
	if err != nil {
		return fmt.Errorf("hand in %s: %w", name, err)
	}
	return nil
}

// oneOfEach takes the first dataset of each family: its editions have the same keywords.
func oneOfEach(all []inventory.Dataset) (first []inventory.Dataset) {
	met := map[string]bool{}
	for _, one := range all {
		key := fmt.Sprint(one.Content.Keywords["fr"])
		if c := one.Content; !met[key] && c.Openness == inventory.Open && c.Title["fr"] != "" {
			met[key] = true
			first = append(first, one)
		}
	}
	return first
}
