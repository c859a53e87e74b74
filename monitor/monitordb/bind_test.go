package monitordb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/pack"
)

func TestAHalfMonthStaysInItsMonth(t *testing.T) {
	day := func(text string) int64 {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return pack.HourOf(micro(at))
	}
	for _, c := range []struct {
		at, from string
		days     int64
	}{
		{"2026-11-01", "2026-11-01", 15},
		{"2026-11-15", "2026-11-01", 15},
		{"2026-11-16", "2026-11-16", 15},
		{"2026-12-31", "2026-12-16", 16},
		{"2027-02-28", "2027-02-16", 13},
		{"2028-02-29", "2028-02-16", 14},
		{"1969-12-31", "1969-12-16", 16},
	} {
		for _, hour := range []int64{day(c.at), day(c.at) + 23} {
			start, hours := halfOf(hour)
			if start != day(c.from) || hours != c.days*24 || hours > longestPack || hour < start || hour >= start+hours {
				t.Errorf("%s lies in %d hours from %v; want %d days from %s", c.at, hours, time.UnixMicro(start*pack.Hour).UTC(), c.days, c.from)
			}
		}
	}
}

func TestDaysAreBoundAndMonthsWrittenAnew(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		begin := time.Date(2026, 10, 14, 6, 0, 0, 0, time.UTC)
		all := past(check, begin, 22*24*6, 10*time.Minute) // to 5 November
		early, late := all[1:], all[:1]
		clk.at = time.Date(2026, 11, 6, 3, 0, 0, 0, time.UTC)
		if err := s.Fill(t.Context(), early); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			at          time.Time
			halves, all int
		}{
			{clk.at, 2, 7}, // October's, and five days of November
			{time.Date(2026, 11, 17, 23, 0, 0, 0, time.UTC), 2, 7}, // over, but late ones may still come
			{time.Date(2026, 11, 18, 1, 0, 0, 0, time.UTC), 3, 3},
		} {
			clk.at = step.at
			pack2(t, s)
			same(t, s, check, early, "bound at "+step.at.String())
			if n := count(t, db, "SELECT COUNT(*) FROM reading_packs WHERE hours > 24"); n != step.halves {
				t.Errorf("at %v %d half months are bound; want %d", step.at, n, step.halves)
			}
			if n := count(t, db, "SELECT COUNT(*) FROM reading_packs"); n != step.all {
				t.Errorf("at %v there are %d packs; want %d", step.at, n, step.all)
			}
		}
		hand(t, s, late)
		pack2(t, s)
		same(t, s, check, all, "after a late one")
		table := func() int { return 0 }
		if db.Name() == database.Postgres {
			table = func() int { return count(t, db, "SELECT 'reading_packs_2026_10'::regclass::oid::bigint") }
		}
		before := table()
		if _, err := s.Purge(t.Context(), begin.AddDate(-1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		same(t, s, check, all, "written anew")
		once := table()
		if _, err := s.Purge(t.Context(), begin.AddDate(-1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		if db.Name() == database.Postgres && (once == before || once != table()) {
			t.Errorf("October's table was %d, then %d, then %d; want it written anew once", before, once, table())
		}
		if err := s.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestManyHalfMonthsAreBoundInSeveralMinutes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		want := past(check, noon.AddDate(-9, 0, 0), 9*365, 24*time.Hour)
		clk.at = noon
		if err := s.Fill(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		const halves = 9 * 24
		for _, bound := range []int{bindAtOnce, halves} {
			if err := s.Pack(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := count(t, db, "SELECT COUNT(*) FROM reading_packs WHERE hours > 24"); n != bound {
				t.Errorf("%d half months are bound; want %d", n, bound)
			}
		}
		if got, err := s.History(t.Context(), check, noon.AddDate(-10, 0, 0), noon); err != nil || len(got) != len(want) {
			t.Errorf("%d readings, %v; want %d", len(got), err, len(want))
		}
	})
}
