package monitordb

import (
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// BenchmarkFlush measures writing a thousand readings: of a thousand checks,
// as a second of 10,000 checks of ten seconds brings: without what stands about
// each, with it, and when it is another one every time.
func BenchmarkFlush(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		for _, states := range []string{"none", "same", "other"} {
			b.Run(engine+"/states="+states, func(b *testing.B) {
				db := databasetest.Open(b)
				if engine == database.Postgres {
					db = databasetest.OpenPostgres(b)
				}
				s, _ := open(b, db)
				w := s.NewWriter(nil, 0)
				const checks = 1000
				for n := 0; n < checks; n += monitor.MaxChecks {
					add(b, s, service(fmt.Sprintf("s%d", n), func(v *monitor.Service) {
						v.Checks = nil
						for i := range monitor.MaxChecks {
							v.Checks = append(v.Checks, monitor.Check{Name: fmt.Sprintf("c%d", i), Schedule: "@every 60s", Timeout: time.Second})
						}
					}))
				}
				at := noon
				list := past(1, noon, checks, time.Minute)[:checks]
				failures := 0
				round := func() {
					if states == "other" {
						failures++
					}
					at = at.Add(10 * time.Second)
					for n := range list {
						r := &list[n]
						r.Check, r.At = int64(n+1), at.Add(time.Duration(n)*time.Millisecond)
						w.Add(Entry{Reading: *r, Current: monitor.Current{
							CheckID: r.Check, Service: "s0", Verdict: r.Verdict, LastAt: r.At, Since: noon, Address: "192.0.2.1", Failures: failures,
						}})
					}
					if states == "none" {
						clear(w.pending.current)
					}
				}
				round()
				flush(b, w)
				for b.Loop() {
					b.StopTimer()
					round()
					b.StartTimer()
					flush(b, w)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/1000-rows")
			})
		}
	}
}
