package monitordb

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// Two writers that know nothing of each other, and somebody who deletes:
// whoever writes last, what stands is all of what it said.
func TestAStateIsAlwaysTheWholeOfWhatWasSaidLast(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		var checks []int64
		for _, c := range add(t, s, service("b3", func(v *monitor.Service) {
			v.Checks = append(v.Checks, monitor.Check{Name: "second", Schedule: "@every 60s", Timeout: time.Second})
		})).Checks {
			checks = append(checks, c.ID)
		}
		luck := rand.New(rand.NewPCG(5, 34)) //nolint:gosec // a test's luck
		writers := []*Writer{s.NewWriter(nil, 0), s.NewWriter(nil, 0)}
		want := map[int64]monitor.Current{}
		now := monitor.Current{Service: "b3", Since: noon, Address: "192.0.2.1", EverySec: 60}
		last, narrow := now, 0
		for n := range 300 {
			w := writers[luck.IntN(3)/2]
			at := noon.Add(time.Duration(n) * time.Minute)
			if luck.IntN(2) == 0 {
				now, last = last, now // what stood before comes back
				if luck.IntN(2) == 0 {
					now = another(luck, now)
				}
			}
			for _, check := range checks {
				now.CheckID, now.LastAt, now.WaitUs, now.Bytes = check, at, luck.Int64N(1e6), luck.Int64N(1e5)
				if before, known := w.states.stood[check]; known && unchanged(before, now) {
					narrow++
				}
				w.Add(Entry{Reading: monitor.Reading{Check: check, At: at, Attempt: 1}, Current: now})
				want[check] = now
			}
			flush(t, w)
			got, err := s.Currents(t.Context(), "b3")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("after %d flushes (-said +stands):\n%s", n+1, diff)
			}
			if luck.IntN(30) == 0 {
				if err := db.Exec("DELETE FROM check_current WHERE check_id = ?", checks[luck.IntN(len(checks))]).Error; err != nil {
					t.Fatal(err)
				}
			}
		}
		if narrow < 50 {
			t.Errorf("%d states changed nothing but the last look; the test means to see many", narrow)
		}
	})
}

// another returns a state that differs in one thing.
func another(luck *rand.Rand, c monitor.Current) monitor.Current {
	at := noon
	moment := []*time.Time{nil, &at}[luck.IntN(2)]
	switch few := luck.IntN(2); luck.IntN(8) {
	case 0:
		c.FailingSince = moment
	case 1:
		c.IncidentAt = moment
	case 2:
		c.NotAfter = moment
	case 3:
		c.GoodSince = moment
	case 4:
		c.Address = []string{"192.0.2.1", "192.0.2.2"}[few]
	case 5:
		c.Recent, c.Flapping = int64(few), few == 0
	case 6:
		c.Failures, c.Successes, c.Flaws = few, 1-few, few
	default:
		c.Verdict, c.Status, c.Detail = monitor.Verdict(few), 200+few, []string{"", "no answer"}[few] //nolint:gosec // small
	}
	return c
}

// An aborted flush leaves nothing that the next relies on.
func TestAfterAFailedFlushStatesAreWrittenWhole(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		var c monitor.Current
		at := feed(w, &c, check, noon, "uuuu")
		flush(t, w)
		if len(w.states.stood) != 1 {
			t.Fatalf("%d states are known; want 1", len(w.states.stood))
		}
		for _, sql := range []string{"ALTER TABLE check_current RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO check_current"} {
			if err := db.Exec(sql).Error; err != nil {
				t.Fatal(err)
			}
			at = feed(w, &c, check, at, "u")
			if err := w.Flush(t.Context()); (err != nil) != (len(w.states.stood) == 0) {
				t.Errorf("%v: %v, and %d states are known", sql, err, len(w.states.stood))
			}
		}
		got, err := s.Currents(t.Context(), "b3")
		if err != nil || !got[check].LastAt.Equal(at.Add(-time.Minute)) {
			t.Errorf("the last look was at %v, %v; want %v", got[check].LastAt, err, at.Add(-time.Minute))
		}
	})
}
