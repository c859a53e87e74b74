package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// incidents has people speak about what the made-up past holds: notes while it
// lasted, a review afterwards, and maintenance that is announced.
func (d *demoFiller) incidents(ctx context.Context) error {
	clock := d.now
	store := monitordb.New(d.db, func() time.Time { return clock })
	list, err := store.ListIncidents(ctx, d.reviewer, monitordb.IncidentFilter{Limit: 500})
	if err != nil {
		return err
	}
	for _, l := range demo.Lessons() {
		i := pastIncident(list, l)
		if i == nil {
			return fmt.Errorf("the past of %q holds no incident to learn from", l.Service)
		}
		middle := i.StartedAt.Add(i.Lasted(d.now) / 2)
		for _, step := range []struct {
			at time.Time
			do func() error
		}{
			{middle, func() error { _, err := store.WriteNote(ctx, d.reviewer, i.ID, 0, false, l.Inside); return err }},
			{middle.Add(time.Minute), func() error { _, err := store.WriteNote(ctx, d.reviewer, i.ID, 0, true, l.Note); return err }},
			{i.EndedAt.Add(4 * time.Hour), func() error { _, err := store.WriteReview(ctx, d.reviewer, i.ID, 0, l.Review, true); return err }},
			{i.EndedAt.Add(5 * time.Hour), func() error { _, err := store.Resolve(ctx, d.reviewer, i.ID, 0, monitor.Handled); return err }},
		} {
			if clock = step.at; clock.After(d.now) {
				clock = d.now
			}
			if err := step.do(); err != nil {
				return fmt.Errorf("tell of an incident: %w", err)
			}
		}
	}
	clock = d.now
	for _, m := range demo.Upkeep(d.now) {
		if _, err := store.Announce(ctx, d.reviewer, m); err != nil {
			return fmt.Errorf("announce maintenance: %w", err)
		}
	}
	return nil
}

// pastIncident is the latest incident that the lesson can be of.
func pastIncident(list []monitor.Incident, l demo.Learnt) *monitor.Incident {
	var best *monitor.Incident
	for n := range list {
		i := &list[n]
		fits := !i.Open() && i.Reason == l.Reason && (l.Service == "" || i.Service == l.Service)
		if fits && (best == nil || i.StartedAt.After(best.StartedAt)) {
			best = i
		}
	}
	return best
}
