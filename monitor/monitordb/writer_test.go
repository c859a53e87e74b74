package monitordb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

// feed gives the writer readings of one minute apart as letters: u up, f failed.
func feed(w *Writer, c *monitor.Current, check int64, at time.Time, letters string) time.Time {
	c.CheckID, c.Service = check, "b3"
	for _, l := range letters {
		r := monitor.Reading{
			Check: check, At: at, Every: time.Minute, Status: 200, Attempt: 1, Bytes: 5,
			Phases: monitor.Phases{1e6, 2e6, 3e6, 4e6, 5e6},
		}
		if l == 'f' {
			r.Reason, r.Status, r.Detail = monitor.Timeout, 0, "no answer"
		}
		monitor.Expect{}.Judge(&r)
		change, since := c.Take(&r, 2)
		w.Add(Entry{Reading: r, Current: *c, Change: change, IncidentAt: since})
		at = at.Add(time.Minute)
	}
	return at
}

func count(t testing.TB, db *gorm.DB, query string) (n int) {
	t.Helper()
	if err := db.Raw(query).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// kept counts the readings that are stored.
const kept = `SELECT (SELECT COALESCE(SUM(count), 0) FROM reading_batches) + (SELECT COALESCE(SUM(count), 0) FROM reading_packs)`

func TestWriterKeepsReadingsStateAndIncidentsTogether(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		var c monitor.Current
		at := feed(w, &c, check, noon, "uffff")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		clk.at = at
		incidents, err := s.Incidents(t.Context(), "b3", 0, 10)
		if err != nil || len(incidents) != 1 || incidents[0].EndedAt != nil ||
			!incidents[0].StartedAt.Equal(noon.Add(time.Minute)) || incidents[0].Detail != "no answer" {
			t.Errorf("incidents %+v, %v", incidents, err)
		}
		stored, _ := s.Currents(t.Context(), "b3")
		if got := stored[check]; got.Verdict != monitor.Down || got.IncidentAt == nil || !got.IncidentAt.Equal(*c.IncidentAt) ||
			got.Failures != 4 || got.Phases() != c.Phases() {
			t.Errorf("state %+v; want %+v", got, c)
		}
		feed(w, &c, check, at, "uu")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		incidents, _ = s.Incidents(t.Context(), "b3", 0, 10)
		if incidents[0].EndedAt == nil || !incidents[0].EndedAt.Equal(at) || incidents[0].Resolution != monitor.Recovered {
			t.Errorf("incident %+v; want it ended at %v", incidents[0], at)
		}
		readings, err := s.Readings(t.Context(), check, noon, at.Add(time.Hour), 100)
		if err != nil || len(readings) != 7 || readings[6].Phases.Total() != 15*time.Millisecond || readings[3].Verdict != monitor.Down {
			t.Errorf("%d readings, %v: %+v", len(readings), err, readings)
		}
		if st := w.Stats(); st.Written != 7 || st.Waiting != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestWritingABatchTwiceChangesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		for range 2 {
			w := s.NewWriter(nil, 0)
			var c monitor.Current
			feed(w, &c, check, noon, "ufffufffuuuuuuuu")
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, db, kept); n != 16 {
			t.Errorf("%d readings; want 16", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL"); n != 2 {
			t.Errorf("%d ended incidents; want 2", n)
		}
	})
}

func TestAPausedServiceLeavesNothingOpen(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		var c monitor.Current
		at := feed(w, &c, check, noon, "fff")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		setState(t, s, monitor.Paused)
		if n := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NULL"); n != 0 {
			t.Errorf("%d incidents open after the pause; want 0", n)
		}
		// A look that was under way comes in late.
		feed(w, &c, check, at, "f")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM check_current"); n != 0 || w.Stats().Discarded != 1 {
			t.Errorf("%d states, %+v; what came after the pause is discarded", n, w.Stats())
		}
		setState(t, s, monitor.Active)
		list, _, err := s.Watched(t.Context())
		if err != nil || len(list) != 1 || list[0].Current.Verdict != monitor.Unknown || list[0].Current.IncidentAt != nil {
			t.Errorf("watched again: %+v, %v; want a fresh start", list, err)
		}
	})
}

func setState(t *testing.T, s *Store, state monitor.State) {
	t.Helper()
	_, err := s.Change(t.Context(), mcd, "b3", func(v *monitor.Service) error {
		want := *v
		want.State = state
		return v.Edit(mcd, want, schedule.Period)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWatchedTrustsTheIncidents(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		var c monitor.Current
		feed(w, &c, check, noon, "fff")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, _, err := s.Watched(t.Context())
		if err != nil || list[0].Current.IncidentAt == nil || list[0].Current.Verdict != monitor.Down {
			t.Fatalf("watched %+v, %v; the incident goes on", list, err)
		}
		if err := db.Exec("DELETE FROM outages").Error; err != nil {
			t.Fatal(err)
		}
		list, _, _ = s.Watched(t.Context())
		if cur := list[0].Current; cur.IncidentAt != nil || cur.Failures != 0 {
			t.Errorf("without the incident: %+v; the next failures must be able to open one", cur)
		}
	})
}

// The database goes away and comes back: what was seen meanwhile is stored once.
func TestADatabaseThatIsAway(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		var c monitor.Current
		at := feed(w, &c, check, noon, "uu")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec("ALTER TABLE reading_batches RENAME TO gone").Error; err != nil {
			t.Fatal(err)
		}
		at = feed(w, &c, check, at, "ffff")
		if err := w.Flush(t.Context()); err == nil {
			t.Fatal("flush into nothing succeeded")
		}
		at = feed(w, &c, check, at, "uu")
		if err := w.Flush(t.Context()); err == nil || w.Stats().Waiting != 6 {
			t.Fatalf("%v, %+v; want 6 readings waiting", err, w.Stats())
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incidents"); n != 0 {
			t.Errorf("%d incidents without their readings", n)
		}
		if err := db.Exec("ALTER TABLE gone RENAME TO reading_batches").Error; err != nil {
			t.Fatal(err)
		}
		feed(w, &c, check, at, "u")
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, kept); n != 9 {
			t.Errorf("%d readings; want 9", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL"); n != 1 {
			t.Errorf("%d ended incidents; want 1", n)
		}
	})
}

func TestAFullDisk(t *testing.T) {
	db := databasetest.Open(t)
	s, _ := open(t, db)
	check := add(t, s, service("b3")).Checks[0].ID
	conn, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	pages := count(t, db, "PRAGMA page_count")
	limit(t, conn, pages)
	w := s.NewWriter(nil, 0)
	var c monitor.Current
	for n := range 20 {
		feed(w, &c, check, noon.Add(time.Duration(n)*24*time.Hour), "uuuuuuuuuuuuuuuuuuuufffuuuuuuuuuuuuuuuuuuuuuuuuuuu")
	}
	if err := w.Flush(t.Context()); err == nil {
		t.Fatal("a full disk took it all")
	}
	limit(t, conn, 1<<30)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, kept); n != 20*50 {
		t.Errorf("%d readings; want all %d", n, 20*50)
	}
}

func limit(t *testing.T, conn *sql.DB, pages int) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}

func TestTheSpoolIsBounded(t *testing.T) {
	db := databasetest.Open(t)
	s, _ := open(t, db)
	check := add(t, s, service("b3")).Checks[0].ID
	w := s.NewWriter(nil, 100)
	var c monitor.Current
	feed(w, &c, check, noon, "fff")
	at := noon.Add(time.Hour)
	for range 50 {
		at = feed(w, &c, check, at, "uuuuu")
	}
	if st := w.Stats(); st.Waiting > 100 || st.Dropped == 0 || int64(st.Waiting)+st.Dropped != 253 {
		t.Fatalf("stats %+v; want at most 100 waiting and the rest counted", st)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL"); n != 1 {
		t.Errorf("%d incidents; what readings led to is kept", n)
	}
}

func TestRunWritesWhatIsLeft(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		var c monitor.Current
		feed(w, &c, check, noon, "uuu")
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if n := count(t, db, kept); n != 3 {
			t.Errorf("%d readings after the end; want 3", n)
		}
	})
}
