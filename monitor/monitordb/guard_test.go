package monitordb

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// lease is who may say what stands: whoever has the tenure of the records.
type lease struct {
	own, kept int64
	asked     int
}

func (l *lease) Tenure() int64 { return l.own }

func (l *lease) Allow(_ context.Context, _ *sql.Tx, tenure int64) (func(string) bool, error) {
	l.asked++
	return func(string) bool { return tenure == l.kept }, nil
}

// A process that was stopped or cut off wakes up with readings that it took
// while it was still entitled, and with states that others have overtaken.
func TestAFencedProcessKeepsItsReadingsAndSaysNoMore(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		l := &lease{own: 1, kept: 1}
		w := s.NewWriter(nil, 0).Guarded(l)
		say := func(at int, tenure int64, v monitor.Verdict, change monitor.Change) {
			r := monitor.Reading{Check: check, At: noon.Add(time.Duration(at) * time.Minute), Verdict: v, Reason: monitor.Timeout, Every: time.Minute}
			var c monitor.Current
			c.CheckID, c.Service, c.Verdict, c.Since, c.LastAt = check, "b3", v, r.At, r.At
			w.Add(Entry{Reading: r, Current: c, Change: change, IncidentAt: noon, Tenure: tenure})
		}
		stands := func(want monitor.Verdict, outages, readings int) {
			t.Helper()
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			stored, err := s.Currents(t.Context(), "b3")
			if err != nil {
				t.Fatal(err)
			}
			if got := stored[check].Verdict; got != want {
				t.Errorf("%v stands; want %v", got, want)
			}
			if got := count(t, db, "SELECT count(*) FROM outages"); got != outages {
				t.Errorf("%d outages; want %d", got, outages)
			}
			if got := count(t, db, kept); got != readings {
				t.Errorf("%d readings; want %d", got, readings)
			}
		}
		say(1, 1, monitor.Up, monitor.Unchanged)
		stands(monitor.Up, 0, 1)

		say(2, 1, monitor.Down, monitor.Opened) // entitled when it was seen,
		l.kept = 2                              // not any more when it is written
		stands(monitor.Up, 0, 2)

		say(3, 1, monitor.Down, monitor.Opened)
		l.own, l.kept = 3, 3 // joined again before it was written
		say(4, 1, monitor.Down, monitor.Opened)
		say(5, 3, monitor.Degraded, monitor.Unchanged)
		stands(monitor.Degraded, 0, 5)

		say(6, 3, monitor.Down, monitor.Opened)
		stands(monitor.Down, 1, 6)
		if l.asked == 0 {
			t.Error("nobody was asked")
		}
	})
}

// What waits on the shelf is of the tenure it was put there under.
func TestWhatWaitsInFilesKeepsItsTenure(t *testing.T) {
	db := databasetest.OpenPostgres(t)
	s, _ := open(t, db)
	check := add(t, s, service("b3")).Checks[0].ID
	for _, again := range []int64{7, 8} {
		dir := t.TempDir()
		l := &lease{own: 7, kept: 7}
		w := s.NewWriter(nil, 0).Guarded(l)
		if err := w.SpoolTo(dir, 0); err != nil {
			t.Fatal(err)
		}
		var c monitor.Current
		c.CheckID, c.Service, c.Verdict = check, "b3", monitor.Degraded
		c.LastAt, c.Since = noon.Add(time.Duration(again)*time.Minute), noon
		w.Add(Entry{Reading: monitor.Reading{Check: check, At: c.LastAt, Verdict: c.Verdict, Every: time.Minute}, Current: c, Tenure: 7})
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Exec("ALTER TABLE watch_state RENAME TO away").Error; err != nil {
			t.Fatal(err)
		}
		_ = w.Run(dead) // ends at once: what it cannot write goes to the shelf
		if err := db.Exec("ALTER TABLE away RENAME TO watch_state").Error; err != nil {
			t.Fatal(err)
		}
		next := s.NewWriter(nil, 0).Guarded(&lease{own: again, kept: again})
		if err := next.SpoolTo(dir, 0); err != nil {
			t.Fatal(err)
		}
		if err := next.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		stored, err := s.Currents(t.Context(), "b3")
		if err != nil {
			t.Fatal(err)
		}
		if said := stored[check].LastAt.Equal(c.LastAt); said != (again == 7) {
			t.Errorf("under tenure %d the state of tenure 7 was written: %t", again, said)
		}
	}
	if got := count(t, db, kept); got != 2 {
		t.Errorf("%d readings; want both", got)
	}
}
