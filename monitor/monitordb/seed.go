package monitordb

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Seed adds the services that are not there yet and returns how many. What is
// there stays as people made it.
func (s *Store) Seed(ctx context.Context, by identity.Actor, services []monitor.Service, period monitor.Period,
) (added int, err error) {
	var faults []error
	for _, want := range services {
		var there int64
		err := s.db.WithContext(ctx).Model(&monitor.Service{}).Where("slug = ?", want.Slug).Count(&there).Error
		if err != nil {
			return added, database.Explain(err, "seed services")
		}
		if there > 0 {
			continue
		}
		if _, err := s.Add(ctx, by, want, period); err != nil {
			faults = append(faults, database.Explain(err, "seed service "+want.Slug))
			continue
		}
		added++
	}
	return added, errors.Join(faults...)
}

// Watched is a check that is to be looked at, and what stands about it.
type Watched struct {
	Check       monitor.Check
	Institution string
	Current     monitor.Current  // zero but for its ids when nobody looked yet
	Windows     []monitor.Window // agreed for its service: some have a pace of their own
}

// Watched returns every check that is to be looked at, with the version of the
// records it was read from.
func (s *Store) Watched(ctx context.Context) (list []Watched, version int64, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT value FROM watch_state WHERE name = ?", stateVersion).Scan(&version).Error; err != nil {
			return err
		}
		list, err = watched(tx)
		return err
	}, readOnly)
	return list, version, database.Explain(err, "read the checks to watch")
}

func watched(tx *gorm.DB) ([]Watched, error) {
	var services []monitor.Service
	if err := tx.Select("slug", "institution", "settings").Find(&services, "state = ?", monitor.Active).Error; err != nil {
		return nil, err
	}
	of := make(map[string]*monitor.Service, len(services))
	trust := map[string]*monitor.TLSTrust{}
	for n := range services {
		v := &services[n]
		of[v.Slug] = v
		if v.Settings.TLS != nil {
			trust[v.Slug] = v.Settings.TLS
		}
	}
	var checks []monitor.Check
	if err := tx.Order("id").Find(&checks, "retired_at IS NULL").Error; err != nil {
		return nil, err
	}
	var currents []monitor.Current
	if err := tx.Find(&currents).Error; err != nil {
		return nil, err
	}
	var open []monitor.Outage
	if err := tx.Find(&open, "ended_at IS NULL").Error; err != nil {
		return nil, err
	}
	standing := reconciled(currents, open)
	list := make([]Watched, 0, len(checks))
	for _, c := range checks {
		v, active := of[c.Service]
		if !active {
			continue
		}
		c.Trust = trust[c.Service]
		now, ok := standing[c.ID]
		if !ok {
			now = monitor.Current{CheckID: c.ID, Service: c.Service}
		}
		list = append(list, Watched{Check: c, Institution: v.Institution, Current: now, Windows: v.Windows()})
	}
	return list, nil
}

// reconciled returns the states by check, each with the incident that is
// really open: the outages are the truth of the two.
func reconciled(currents []monitor.Current, open []monitor.Outage) map[int64]monitor.Current {
	since := make(map[int64]time.Time, len(open))
	for _, i := range open {
		since[i.CheckID] = i.StartedAt
	}
	standing := make(map[int64]monitor.Current, len(currents))
	for _, c := range currents {
		at, down := since[c.CheckID]
		switch {
		case down:
			c.IncidentAt = &at
		case c.IncidentAt != nil:
			c.IncidentAt, c.FailingSince, c.Failures = nil, nil, 0
		}
		standing[c.CheckID] = c
	}
	return standing
}
