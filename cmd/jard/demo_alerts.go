package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web/locale"
)

// withBoxes gives the demo channels that end in its own outbox.
func withBoxes(c *configs.Config) {
	for _, b := range demo.AlertBoxes() {
		c.Alerts.Channels = append(c.Alerts.Channels, configs.AlertChannel{
			Name: b.Name, Type: "email", Language: b.Language, To: []string{b.Address},
		})
	}
}

// alerts writes the usual rules and one for the night, and lets the last week
// be told as the rounds would have: what people read under "my messages" are
// the mails themselves.
func (d *demoFiller) alerts(ctx context.Context, c configs.Config) error {
	if len(c.Alerts.Channels) == 0 {
		withBoxes(&c) // of this copy: whoever fills a database need not serve it
	}
	words, err := locale.Load()
	if err != nil {
		return err
	}
	clock := d.now.Add(-demo.AlertedFor)
	keep := stores{register: inventorydb.New(d.db, nil), watched: monitordb.New(d.db, nil).In(c.Location())}
	r, err := newAlerts(d.db, keep, c, slog.New(slog.DiscardHandler), words, func() time.Time { return clock })
	if err != nil {
		return err
	}
	if err := r.Store.AddUsual(ctx, d.reviewer); err != nil {
		return fmt.Errorf("write the demo's routes: %w", err)
	}
	boxes := demo.AlertBoxes()
	_, err = r.Store.AddRoute(ctx, d.reviewer, alert.Route{
		Name: "Nuits et jours fériés", Enabled: true, Kinds: []alert.Kind{alert.Down, alert.Shared}, Tiers: []monitor.Tier{monitor.Critical},
		When: []alert.Hour{alert.Night, alert.Holiday}, Group: alert.Together, Recovery: true,
		Steps: []alert.Step{{Channels: []string{boxes[1].Name}}, {After: 30 * time.Minute, Channels: []string{boxes[0].Name}}},
	})
	if err != nil {
		return fmt.Errorf("write the demo's routes: %w", err)
	}
	moments, err := d.moments(clock)
	if err != nil {
		return err
	}
	for _, at := range append([]time.Time{clock}, moments...) {
		clock = at
		if _, err := r.Store.Reconcile(ctx, false, at); err != nil {
			return fmt.Errorf("tell the demo's people: %w", err)
		}
		if err := r.Carry(ctx); err != nil {
			return fmt.Errorf("tell the demo's people: %w", err)
		}
	}
	return nil
}

// moments are those at which something was to be told since from.
func (d *demoFiller) moments(from time.Time) ([]time.Time, error) {
	var rows []struct {
		ConfirmedAt time.Time
		EndedAt     *time.Time
	}
	err := d.db.Table("incidents").Select("confirmed_at, ended_at").Where("confirmed_at >= ? OR ended_at IS NULL", from).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the demo's incidents: %w", err)
	}
	var all []time.Time
	for _, i := range rows {
		all = append(all, i.ConfirmedAt.Add(10*time.Second))
		if i.EndedAt == nil || i.EndedAt.Sub(i.ConfirmedAt) > 16*time.Minute {
			all = append(all, i.ConfirmedAt.Add(16*time.Minute))
		}
		if i.EndedAt != nil {
			all = append(all, i.EndedAt.Add(10*time.Second))
		}
	}
	all = slices.DeleteFunc(all, func(at time.Time) bool { return at.After(d.now) || at.Before(from) })
	slices.SortFunc(all, time.Time.Compare)
	return all, nil
}
