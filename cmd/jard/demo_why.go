package main

import (
	"context"
	"log/slog"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/monitor/assessdb"
)

// whys has the demo's night find out why people are satisfied, and the scores of
// services stand in the register as a dataset of the body that runs the programme.
func (d *demoFiller) whys(ctx context.Context, c configs.Config) error {
	keep := openStores(d.db, c)
	f, err := newFinder(d.db, keep, c)
	if err != nil {
		return err
	}
	if err := f.round(ctx); err != nil {
		return err
	}
	d.filled.datasets++ // the scores themselves
	return ownData{
		register: keep.register, editions: assessdb.New(d.db, nil).In(c.Location()), institution: demoOperator,
		url: func(path string) string { return c.BaseURL + path }, contact: c.Operator.Contact, log: slog.New(slog.DiscardHandler),
	}.keep(ctx)
}

// demoOperator is the body that keeps the scores in the demo.
const demoOperator = "pg"
