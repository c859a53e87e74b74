package monitordb

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// BenchmarkYear reads from a year of minutes of one service: a page of its
// newest readings, its last day, and the edition of a month.
func BenchmarkYear(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		db := databasetest.Open(b)
		if engine == database.Postgres {
			db = databasetest.OpenPostgres(b)
		}
		s, _ := open(b, db)
		check := add(b, s, service("b3")).Checks[0].ID
		if err := s.Fill(b.Context(), past(check, noon.AddDate(-1, 0, 0), 365*24*60, time.Minute)); err != nil {
			b.Fatal(err)
		}
		s.adopted.Store(true)
		for name, read := range map[string]func() (int, error){
			"page of 100": func() (int, error) {
				list, err := s.Readings(b.Context(), check, noon.AddDate(-1, 0, 0), noon, 100)
				return len(list), err
			},
			"last day": func() (int, error) {
				list, err := s.History(b.Context(), check, noon.AddDate(0, 0, -1), noon)
				return len(list), err
			},
			"a month's edition": func() (int, error) {
				e, err := s.Edition(b.Context(), "b3", noon.AddDate(0, -2, 0), noon.AddDate(0, -1, 0))
				return len(e.Checks), err
			},
		} {
			b.Run(engine+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if n, err := read(); err != nil || n == 0 {
						b.Fatalf("%d, %v", n, err)
					}
				}
			})
		}
	}
}
