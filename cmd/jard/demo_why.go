package main

import (
	"context"
	"log/slog"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/monitor/why"
)

// whys has the demo's night find out why people are satisfied, and the scores of
// services stand in the register as a dataset of the body that runs the programme.
func (d *demoFiller) whys(ctx context.Context, c configs.Config) error {
	keep := openStores(d.db, c)
	f, err := newFinder(d.db, keep, c)
	if err != nil {
		return err
	}
	if err := d.rush(ctx, f, c); err != nil {
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

// rush has a crowd answer around the newest outage of a service that is over for
// two days: in this quarter only, since the last one's answers are frozen.
func (d *demoFiller) rush(ctx context.Context, f *finder, c configs.Config) error {
	list, err := f.watched.Outages(ctx, demo.Rushed, 0, mostOutages)
	if err != nil {
		return err
	}
	_, quarter, _ := assess.Quarter(d.now, c.Location())
	for n := range list {
		o := &list[n]
		if o.EndedAt == nil || o.Lasted(d.now) < why.LeastLasted || o.EndedAt.Add(why.After).After(d.now) || o.StartedAt.Before(quarter.Add(why.Before/2)) {
			continue
		}
		var entries []*surveydb.Entry
		for _, said := range demo.Rush(quarter, o.StartedAt, *o.EndedAt) {
			e, err := entryOf(ctx, f.answers, &said)
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		if err := f.answers.KeepAll(ctx, entries); err != nil {
			return err
		}
		return f.answers.Roll(ctx)
	}
	return nil
}
