package monitordb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// threeHours writes three hours of readings from noon on: ten minutes down in the second.
func threeHours(t *testing.T, s *Store, check int64) *Writer {
	t.Helper()
	w := s.NewWriter(nil, 0)
	var c monitor.Current
	at := noon
	for n := range 180 {
		letter := "u"
		if n >= 70 && n < 80 {
			letter = "f"
		}
		at = feed(w, &c, check, at, letter)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRolledSumsEqualTheReadings(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		threeHours(t, s, check)
		clk.at = noon.Add(3 * time.Hour)
		from, to := noon.Add(17*time.Minute), noon.Add(171*time.Minute)
		before, err := s.Tally(t.Context(), check, from, to)
		if err != nil {
			t.Fatal(err)
		}
		if before.Down != 10*time.Minute || before.Up != 144*time.Minute || before.Readings != 154 {
			t.Errorf("from readings: %+v", before)
		}
		for range 2 {
			if err := s.Pack(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Roll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, db, "SELECT COUNT(*) FROM check_hours"); n != 2 {
			t.Errorf("%d hours summed up; want the 2 that are over and settled", n)
		}
		after, err := s.Tally(t.Context(), check, from, to)
		if err != nil || after != before {
			t.Errorf("from sums: %+v, %v; want %+v", after, err, before)
		}
		cutoff := noon.Add(2 * time.Hour)
		if db.Name() == database.Postgres { // drops whole months
			cutoff = noon.AddDate(0, 1, 0)
		}
		if n, err := s.Purge(t.Context(), cutoff); err != nil || n != 120 {
			t.Errorf("purged %d, %v; want 120", n, err)
		}
		kept, err := s.Tally(t.Context(), check, noon, noon.Add(2*time.Hour))
		if err != nil || kept.Down != 10*time.Minute || kept.Readings != 120 {
			t.Errorf("after the purge: %+v, %v; sums stay", kept, err)
		}
	})
}

func TestALateReadingIsSummedUpAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := threeHours(t, s, check)
		clk.at = noon.Add(4 * time.Hour)
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		var c monitor.Current
		feed(w, &c, check, noon.Add(30*time.Minute+30*time.Second), "u")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := s.Tally(t.Context(), check, noon, noon.Add(time.Hour))
		if err != nil || got.Readings != 61 {
			t.Errorf("%d readings in the first hour, %v; want 61", got.Readings, err)
		}
	})
}

func TestBoard(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		add(t, s, service("hidden", func(v *monitor.Service) { v.State = monitor.Draft }))
		w := threeHours(t, s, check)
		clk.at = noon.Add(3*time.Hour - time.Second)
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		b, err := s.Board(t.Context())
		if err != nil || len(b.Services) != 1 {
			t.Fatalf("board %+v, %v; want b3 alone", b, err)
		}
		st := b.Services[0]
		today := st.Days[RibbonDays-1]
		if st.Verdict != monitor.Up || len(st.Days) != RibbonDays || !today.Day.Equal(s.Day(noon)) {
			t.Errorf("standing %v with %d days, the last %v", st.Verdict, len(st.Days), today.Day)
		}
		if today.Down != 10*time.Minute || today.Up < 165*time.Minute || today.Up > 170*time.Minute ||
			today.Shade() != monitor.ShadeDipped || st.Days[0].Shade() != monitor.ShadeMissing {
			t.Errorf("today %+v, first day %+v", today, st.Days[0])
		}
		var c monitor.Current
		at := feed(w, &c, check, noon.Add(3*time.Hour), "fff")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		clk.at = at
		b, err = s.Board(t.Context())
		if st = b.Services[0]; err != nil || st.Verdict != monitor.Down || len(st.Incidents) != 1 ||
			st.Days[RibbonDays-1].Down < 12*time.Minute {
			t.Errorf("board while down: %+v, %v", st, err)
		}
		clk.at = at.Add(time.Hour)
		if b, _ = s.Board(t.Context()); b.Services[0].Verdict != monitor.Unknown {
			t.Errorf("an hour without a look: %v; want unknown", b.Services[0].Verdict)
		}
	})
}
