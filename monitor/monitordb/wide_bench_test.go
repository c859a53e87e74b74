package monitordb

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// town is a store of many services with a check each, fifty windows that
// repeat, and a day of sums of every hour.
func town(b *testing.B, engine string, many, days int) *Store {
	b.Helper()
	db := databasetest.Open(b)
	if engine == database.Postgres {
		db = databasetest.OpenPostgres(b)
	}
	s, _ := open(b, db)
	var services []monitor.Service
	var checks []monitor.Check
	for n := range many {
		slug := fmt.Sprintf("s%05d", n)
		v := service(slug)
		v.Checks, v.CreatedAt, v.UpdatedAt, v.Languages = nil, noon, noon, []lang.Tag{lang.French}
		services = append(services, v)
		checks = append(checks, monitor.Check{
			ID: int64(n + 1), Service: slug, Name: "home", Kind: monitor.HTTP, Target: "http://127.0.0.1/", Schedule: "@every 60s", Timeout: time.Second, CreatedAt: noon.AddDate(-1, 0, 0),
		})
	}
	for _, rows := range []any{&services, &checks} {
		if err := db.Session(&gorm.Session{SkipHooks: true}).CreateInBatches(rows, 500).Error; err != nil {
			b.Fatal(err)
		}
	}
	for n := range 50 {
		w := nightly(monitor.OneService, fmt.Sprintf("s%05d", n))
		switch {
		case n == 0:
			w.Scope, w.Target = monitor.Everything, ""
		case n < 10:
			w.Scope, w.Target = monitor.OneInstitution, "mi"
		}
		w.Schedule = fmt.Sprintf("%d * * * *", n)
		w.Duration = 5 * time.Minute
		if _, err := s.Announce(b.Context(), mcd, w); err != nil {
			b.Fatal(err)
		}
	}
	t := monitor.Tally{Readings: 60, Good: 60, Up: time.Hour, Asked: 60, Answered: 60}
	for n := range 60 {
		t.Times.Add(time.Duration(50+10*n) * time.Millisecond)
	}
	one := sumsOf(0, noon, &t)
	for hour := range 24 * days {
		rows := make([]sums, 0, many)
		one.Start = micro(noon.Add(-time.Duration(hour+1) * time.Hour))
		for n := range many {
			one.CheckID = int64(n + 1)
			rows = append(rows, one)
		}
		if err := db.Table(hourTable).CreateInBatches(&rows, 1000).Error; err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Exec("UPDATE watch_state SET value = ? WHERE name = ?", micro(noon), stateRolled).Error; err != nil {
		b.Fatal(err)
	}
	if engine == database.Postgres {
		if err := db.Exec("ANALYZE").Error; err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkTenThousandServices measures what a scrape and the board ask about
// all services at once. JARD_BENCH_CHECKS says of how many.
func BenchmarkTenThousandServices(b *testing.B) {
	many := 10_000
	if n, err := strconv.Atoi(os.Getenv("JARD_BENCH_CHECKS")); err == nil {
		many = n
	}
	for _, engine := range []string{database.SQLite, database.Postgres} {
		s := town(b, engine, many, 2)
		services, err := s.active(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for name, work := range map[string]func() error{
			"day of hour sums": func() error {
				sums, err := s.sumHours(b.Context(), services, noon.Add(-24*time.Hour), noon)
				if err == nil && len(sums) != many {
					b.Fatalf("%d sums", len(sums))
				}
				return err
			},
			"ratios": func() error {
				_, err := s.readRatios(b.Context(), noon)
				return err
			},
			"fifty repeated windows": func() error {
				list, err := s.plans(s.db, noon.Add(-lately), noon)
				if err != nil {
					return err
				}
				table := list.within(noon.Add(-lately), noon, s.occasions)
				for n := range services {
					table.of(services[n].Slug, services[n].Institution)
				}
				return nil
			},
			"unseen for three days": func() error {
				_, err := s.UnseenOf(b.Context(), nil, noon.Add(-72*time.Hour), noon)
				return err
			},
			"planned now": func() error {
				_, err := s.PlannedOf(b.Context(), nil, noon, noon.Add(time.Microsecond))
				return err
			},
		} {
			b.Run(engine+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := work(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
