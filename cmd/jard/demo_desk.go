package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/dashboard"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

// desk lets the institutions plan their openings, and the operator issue the
// statements of the quarters before the last: the last one is left to do.
func (d *demoFiller) desk(ctx context.Context) error {
	if err := d.plans(ctx); err != nil {
		return err
	}
	tree, err := identitydb.New(d.db, nil).Institutions(ctx)
	if err != nil {
		return err
	}
	last := indicator.QuarterOf(d.now).Before()
	for q, n := last.Before(), 0; n < 2; q, n = q.Before(), n+1 {
		at := q.End().AddDate(0, 0, 9).Add(10*time.Hour + 40*time.Minute)
		register, figures := inventorydb.New(d.db, func() time.Time { return at }), indicatordb.New(d.db, func() time.Time { return at })
		v, err := register.Vocabulary(ctx)
		if err != nil {
			return err
		}
		for _, slug := range indicatordb.Ministries(tree, indicator.DayOf(at)) {
			st, err := figures.State(ctx, d.reviewer, slug, q, tree, v.Workdays())
			if err != nil {
				return err
			}
			lines, err := register.Quality(ctx, d.reviewer, slug)
			if err != nil {
				return err
			}
			st.Quality = dashboard.QualityOf(lines)
			if _, err := figures.Issue(ctx, d.reviewer, st, ""); err != nil {
				return fmt.Errorf("issue statement of %s %s: %w", slug, q, err)
			}
		}
	}
	return nil
}

// plans records what is to be opened, hands it in, and moves what was put back.
func (d *demoFiller) plans(ctx context.Context) error {
	for _, p := range demo.Plans(d.now) {
		clock := p.Recorded
		store := inventorydb.New(d.db, func() time.Time { return clock })
		v, err := store.Vocabulary(ctx)
		if err != nil {
			return err
		}
		officer := d.officers[p.Institution]
		made, err := store.Create(ctx, officer, p.Institution, p.Content)
		if err != nil {
			return fmt.Errorf("plan %q: %w", p.Content.Title["fr"], err)
		}
		clock = p.Recorded.AddDate(0, 0, 2)
		submit := func(x *inventory.Dataset) error { return x.Submit(officer, v, clock) }
		approve := func(x *inventory.Dataset) error { return x.Approve(d.reviewer, v, clock) }
		if _, err := store.Change(ctx, officer, made.Ref, "dataset.submit", 0, submit); err != nil {
			return fmt.Errorf("plan %q: %w", p.Content.Title["fr"], err)
		}
		if _, err := store.Change(ctx, d.reviewer, made.Ref, "dataset.approve", 0, approve); err != nil {
			return fmt.Errorf("plan %q: %w", p.Content.Title["fr"], err)
		}
		if p.Moved == "" {
			continue
		}
		clock = p.Recorded.AddDate(0, 2, 0)
		_, err = store.Change(ctx, officer, made.Ref, "dataset.edit", 0, func(x *inventory.Dataset) error {
			c := x.Content.Clean()
			c.TargetDate = p.Moved
			return x.Edit(officer, c, v, clock)
		})
		if err != nil {
			return fmt.Errorf("move %q: %w", p.Content.Title["fr"], err)
		}
	}
	d.filled.datasets += len(demo.Plans(d.now))
	return nil
}
