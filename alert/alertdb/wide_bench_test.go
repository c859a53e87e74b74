package alertdb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// BenchmarkRoundOfTenThousand measures a full round over ten thousand services
// in good health, a tenth of them with an objective of their own, with what is
// planned and unseen.
func BenchmarkRoundOfTenThousand(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		db := databasetest.Open(b)
		if engine == database.Postgres {
			db = databasetest.OpenPostgres(b)
		}
		watched := monitordb.New(db, func() time.Time { return monday })
		h := open(b, db, func(o *Options) {
			o.Planned = func(ctx context.Context, from, to time.Time) (map[string][]monitor.Span, error) {
				return watched.PlannedOf(ctx, nil, from, to)
			}
			o.Unseen = func(ctx context.Context, from, to time.Time) (map[string][]monitor.Span, error) {
				return watched.UnseenOf(ctx, nil, from, to)
			}
		})
		var services []monitor.Service
		var checks []monitor.Check
		var states []monitor.Current
		for n := range 10_000 {
			id, slug := int64(n+1000), fmt.Sprintf("s%05d", n)
			v := monitor.Service{
				Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mt", URL: "http://127.0.0.1/", Tier: monitor.Normal, State: monitor.Active,
				LifeEvent: "tax", Languages: []lang.Tag{lang.French}, CreatedAt: monday, UpdatedAt: monday,
			}
			if n%10 == 0 {
				v.Settings.Agreement = &monitor.Agreement{Objective: 0.99}
			}
			services = append(services, v)
			checks = append(checks, monitor.Check{ID: id, Service: slug, Name: "home", Kind: monitor.HTTP, Target: v.URL, Schedule: "@every 60s", Timeout: time.Second})
			states = append(states, monitor.Current{CheckID: id, Service: slug, Verdict: monitor.Up, Since: monday, LastAt: monday, EverySec: 60})
		}
		h.ok(db.CreateInBatches(&services, 500).Error)
		h.ok(db.CreateInBatches(&checks, 500).Error)
		h.ok(db.CreateInBatches(&states, 500).Error)
		h.ok(watched.KeepGaps(b.Context(), []monitor.Gap{{Cause: monitor.MissBlind, StartedAt: monday.Add(-time.Hour), EndedAt: monday.Add(-50 * time.Minute), Missed: 10}}))
		for _, full := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/full=%t", engine, full), func(b *testing.B) {
				for b.Loop() {
					if _, err := h.store.Reconcile(b.Context(), full, monday); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
