package monitordb

import (
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// BenchmarkBytes measures what a reading takes at rest, keys, indexes and the
// pages' slack included: a month of many checks, packed as it comes in and bound
// when it is over.
func BenchmarkBytes(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run(engine, func(b *testing.B) {
			db := databasetest.Open(b)
			if engine == database.Postgres {
				db = databasetest.OpenPostgres(b)
			}
			s, clk := open(b, db)
			const checks = 60
			for n := 0; n < checks; n += monitor.MaxChecks {
				add(b, s, service(fmt.Sprintf("s%d", n), func(v *monitor.Service) {
					v.Checks = nil
					for i := range monitor.MaxChecks {
						v.Checks = append(v.Checks, monitor.Check{Name: fmt.Sprintf("c%d", i), Schedule: "@every 60s", Timeout: time.Second})
					}
				}))
			}
			begin := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
			clk.at = begin.AddDate(0, 1, 3)
			size := func() int {
				if engine == database.SQLite {
					return count(b, db, "SELECT (SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count) * 4096")
				}
				return count(b, db, `SELECT SUM(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'reading_packs'::regclass`)
			}
			before, readings := 0, 0
			for b.Loop() {
				if before == 0 {
					if err := s.months(b.Context(), micro(begin), micro(noon)); err != nil {
						b.Fatal(err)
					}
					before = size()
				}
				for check := range int64(checks) {
					list := past(check+1, begin, 31*24*60, time.Minute)
					readings += len(list)
					if err := s.Fill(b.Context(), list); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Pack(b.Context()); err != nil {
					b.Fatal(err)
				}
				if _, err := s.Purge(b.Context(), begin); err != nil {
					b.Fatal(err)
				}
			}
			packs := count(b, db, "SELECT SUM(count) FROM reading_packs")
			if packs == 0 || readings == 0 {
				b.Fatal("nothing was packed")
			}
			b.ReportMetric(float64(size()-before)/float64(packs), "B/reading")
			b.ReportMetric(float64(count(b, db, "SELECT SUM(LENGTH(body)) FROM reading_packs"))/float64(packs), "B/reading-bare")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(readings), "ns/reading")
		})
	}
}
