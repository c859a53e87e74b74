package main

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// The burn rates that Prometheus is shown leave out what the service's own page
// leaves out: maintenance, and the time in which nobody could look.
func TestBurnRatesLeaveOutWhatDoesNotCount(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now := time.Now().UTC().Truncate(time.Second)
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ok(db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "MI"}}).Error)
		s := stores{watched: monitordb.New(db, func() time.Time { return now })}
		by := identity.System("test")
		for _, slug := range []string{"blind", "plain", "planned"} {
			v, err := s.watched.Add(t.Context(), by, monitor.Service{
				Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mi", URL: "http://127.0.0.1/", State: monitor.Active, LifeEvent: "tax",
				Checks: []monitor.Check{{Name: "home", Schedule: "@every 60s", Timeout: time.Second}},
			}, schedule.Period)
			ok(err)
			down, up := now.Add(-30*time.Minute), now.Add(-20*time.Minute)
			if slug == "blind" {
				down, up = now.Add(-10*time.Minute), now.Add(-time.Minute)
			}
			ok(db.Create(&monitor.Outage{
				Incident: v.Checks[0].ID, CheckID: v.Checks[0].ID, Service: slug, StartedAt: down, ConfirmedAt: down, EndedAt: &up,
				Resolution: monitor.Recovered, Grounds: []monitor.Ground{},
			}).Error)
		}
		from, to := now.Add(-40*time.Minute), now.Add(time.Hour)
		_, err := s.watched.Announce(t.Context(), by, monitor.MaintenanceWindow{
			Scope: monitor.OneService, Target: "planned", Title: lang.Text{"fr": "Mise à jour"}, StartsAt: from, EndsAt: &to,
		})
		ok(err)
		ok(s.watched.KeepGaps(t.Context(), []monitor.Gap{{Cause: monitor.MissBlind, StartedAt: now.Add(-12 * time.Minute), EndedAt: now, Missed: 12}}))
		all, err := s.watched.Ratios(t.Context())
		ok(err)
		infos := make([]metrics.ServiceInfo, len(all))
		for n := range all {
			infos[n].Slug = all[n].Service.Slug
		}
		ok(s.objectives(t.Context(), infos, all, now))
		for n, i := range infos {
			own, err := s.watched.BurnsOf(t.Context(), &all[n].Service, time.Minute, now)
			ok(err)
			if rate := i.Burns[0].Ratio; (rate > 0) != (i.Slug == "plain") {
				t.Errorf("%s burns at %.1f; want only what is neither planned nor unseen", i.Slug, rate)
			}
			if own[0].Rate != i.Burns[0].Ratio {
				t.Errorf("%s burns at %.1f on its own page, and at %.1f for Prometheus", i.Slug, own[0].Rate, i.Burns[0].Ratio)
			}
		}
	})
}
