package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
)

// sheets puts on the officer's desk what she has not decided about: a file with
// rows of every outcome, one whose columns nobody understands, and an edit of
// many datasets.
func (d *demoFiller) sheets(ctx context.Context) error {
	clock := d.now
	store := inventorydb.New(d.db, func() time.Time { return clock })
	by := d.officers["marhp"]
	v, err := store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		return err
	}
	known, err := store.List(ctx, by, inventorydb.Filter{Institution: "marhp", State: inventory.Approved, Limit: 1})
	if err != nil || len(known.Items) == 0 {
		return fmt.Errorf("find a dataset of the story: %w", cmp.Or(err, errUsage))
	}
	for _, s := range demo.Sheets(d.now, known.Items[0].Content.Title["fr"]) {
		clock = s.At
		l, err := sheet.Open([]byte(s.Text), sheet.Options{Form: form, Vocabulary: v, Name: s.Name})
		if err != nil {
			return fmt.Errorf("open %s: %w", s.Name, err)
		}
		file := inventorydb.HandedIn{Name: s.Name, Format: l.Format, File: []byte(s.Text), Rows: l.Rows, Seen: l.Seen}
		keep := store.Propose
		if s.Odd {
			keep = store.Hold
		}
		if _, err := keep(ctx, by, "marhp", file); err != nil {
			return fmt.Errorf("hand in %s: %w", s.Name, err)
		}
	}
	clock = d.now.Add(-time.Hour)
	_, err = store.ProposeBulk(ctx, by, inventorydb.Bulk{
		Institution: "marhp", Name: demo.EditsName, Filter: inventorydb.Filter{Theme: "agriculture"}, Edits: demo.Edits(),
	})
	return err
}
