package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// statedServices is how many services of the demo have their availability stated.
const statedServices = 3

// history packs the made-up past and has the operator state last month's
// availability of a few services.
func (d *demoFiller) history(ctx context.Context, store *monitordb.Store) error {
	if err := store.Pack(ctx); err != nil {
		return err
	}
	now := d.now.In(store.Zone())
	to := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, store.Zone())
	for _, s := range demo.Services()[:statedServices] {
		if _, err := store.Issue(ctx, d.reviewer, s.Slug, to.AddDate(0, -1, 0), to); err != nil {
			return fmt.Errorf("state the availability of %s: %w", s.Slug, err)
		}
	}
	return nil
}
