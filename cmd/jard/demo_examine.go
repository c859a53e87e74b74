package main

import (
	"context"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/examine"
	"github.com/jard-odi/jard/monitor/examinedb"
)

// examined writes down that the pages were looked at this night: what was found
// is in the demo's facts, and the next looks come the night after.
func (d *demoFiller) examined(ctx context.Context) error {
	store := examinedb.New(d.db, nil)
	for n, s := range demo.Services() {
		x := examine.Examination{Service: s.Slug, BeganAt: &d.now}
		if _, err := store.Begin(ctx, &x, identity.System("jard demo"), s.Institution); err != nil {
			return err
		}
		x.EndedAt, x.GoodAt, x.Requests, x.Bytes = &d.now, &d.now, 18+n%21, int64(400_000+n*37_000)
		if err := store.Keep(ctx, &x); err != nil {
			return err
		}
	}
	return nil
}
