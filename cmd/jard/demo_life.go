package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

// heads lets one body ask for its head's word first, and its officer submit
// what then waits for it.
func (d *demoFiller) heads(ctx context.Context) error {
	clock := d.now.Add(-50 * time.Hour)
	people := identitydb.New(d.db, func() time.Time { return clock })
	tree, err := people.Institutions(ctx)
	if err != nil {
		return err
	}
	body := tree[demo.HeadOf]
	body.FirstApproval = true
	if err := people.SaveInstitution(ctx, identity.System("jard demo"), body); err != nil {
		return fmt.Errorf("ask the head of %s: %w", body.Slug, err)
	}
	store := inventorydb.New(d.db, func() time.Time { return clock })
	v, err := store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	by := d.officers[tree.Ministry(body.Slug).Slug]
	for _, entry := range demo.ForTheHead(d.now) {
		clock = clock.Add(7 * time.Hour)
		made, err := store.Create(ctx, by, entry.Institution, entry.Content)
		if err != nil {
			return err
		}
		_, err = store.Change(ctx, by, made.Ref, "dataset.submit", made.Revision, func(d *inventory.Dataset) error {
			return d.Submit(by, v, clock)
		})
		if err != nil {
			return fmt.Errorf("submit %s: %w", made.Ref, err)
		}
		d.filled.datasets++
	}
	return nil
}
