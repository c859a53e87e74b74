package assessdb

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// many puts every measure of so many services.
func many(tb testing.TB, db *gorm.DB, n int) (*Store, *clock) {
	tb.Helper()
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("service-%03d", i)
	}
	s, c := open(tb, db, names...)
	set := read1(tb, criteria.Default)
	var facts []assess.Fact
	for i, name := range names {
		for k, m := range append(set.Measures(), assess.Volume) {
			f := number(name, m, float64((i*7+k*3)%10)/10, noon)
			if unit, _ := m.Unit(); unit == assess.Word {
				f.Word = assess.Words()[(i+k)%3]
			}
			f.Evidence = []assess.Evidence{{What: "assess.evidence.link", URL: "https://example.tn/page", Text: "Strict-Transport-Security: max-age=0"}}
			facts = append(facts, f)
		}
	}
	if err := s.Put(tb.Context(), facts); err != nil {
		tb.Fatal(err)
	}
	return s, c
}

// engines runs a benchmark on each.
func engines(b *testing.B, run func(b *testing.B, db *gorm.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, databasetest.Open(b)) })
	b.Run("postgres", func(b *testing.B) { run(b, databasetest.OpenPostgres(b)) })
}

// cpu is what this process has computed so far: on a machine that others use
// too it says more than the clock. PostgreSQL's own part is not in it.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkStandings reads the newest facts of 500 services and judges them:
// afresh, and when nothing changed since.
func BenchmarkStandings(b *testing.B) {
	engines(b, func(b *testing.B, db *gorm.DB) {
		s, _ := many(b, db, 500)
		run := func(name string, before func()) {
			b.Run(name, func(b *testing.B) {
				began := cpu()
				defer func() { b.ReportMetric(float64((cpu()-began).Microseconds())/1000/float64(b.N), "cpu-ms/op") }()
				for b.Loop() {
					before()
					if _, all, err := s.Standings(b.Context()); err != nil || len(all) != 500 {
						b.Fatal(len(all), err)
					}
				}
			})
		}
		run("afresh", func() { s.known.facts = nil })
		run("unchanged", func() {})
	})
}

// BenchmarkRound keeps the facts of a night for 500 services and looks at all actions.
func BenchmarkRound(b *testing.B) {
	engines(b, func(b *testing.B, db *gorm.DB) {
		s, c := many(b, db, 500)
		all, err := s.Newest(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			at := c.pass(24 * time.Hour)
			var facts []assess.Fact
			for _, known := range all {
				for _, f := range known {
					f.At = at
					facts = append(facts, f)
				}
			}
			if err := s.Put(b.Context(), facts); err != nil {
				b.Fatal(err)
			}
			if _, err := s.Look(b.Context(), identity.System("bench")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
