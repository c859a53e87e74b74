package monitordb

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

func window(scope monitor.Scope, target string, from, to time.Duration) monitor.MaintenanceWindow {
	end := noon.Add(to)
	return monitor.MaintenanceWindow{
		Scope: scope, Target: target, Title: lang.Text{"fr": "Mise à jour"}, Public: true, StartsAt: noon.Add(from), EndsAt: &end,
	}
}

func TestNoIncidentOpensInMaintenance(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		s.add("f", func(v *monitor.Service) { v.Institution = "mf" })
		_, err := s.store.Announce(t.Context(), owner, window(monitor.OneService, "a", 0, time.Hour))
		s.ok(err)
		_, err = s.store.Announce(t.Context(), mcd, window(monitor.OneInstitution, "mf", 0, 2*time.Hour))
		s.ok(err)
		s.fail("41.1.1.1", "a")
		s.fail("41.2.1.1", "b")
		s.fail("41.3.1.1", "f")
		s.want("[b*]*")
		if n := count(t, db, "SELECT COUNT(*) FROM outages"); n != 3 {
			t.Errorf("%d outages; what fails in maintenance is kept all the same", n)
		}
		board, err := s.store.Board(t.Context())
		s.ok(err)
		if got := board.Services[0]; got.Verdict != monitor.Maintenance || got.Days[RibbonDays-1].Down != 0 || len(got.Incidents) != 0 {
			t.Errorf("on the board: %v, down %v", got.Verdict, got.Days[RibbonDays-1].Down)
		}
		s.clock.at = noon.Add(50 * time.Minute)
		if n, err := s.store.AfterMaintenance(t.Context()); err != nil || n != 0 {
			t.Errorf("%d taken in while it runs, %v", n, err)
		}
		s.clock.at = noon.Add(61 * time.Minute)
		for want := range 2 {
			if n, err := s.store.AfterMaintenance(t.Context()); err != nil || n != 1-want {
				t.Errorf("%d taken in, %v", n, err)
			}
		}
		s.want("[b*]*[a*]*")
		if i := s.list()[1]; !i.StartedAt.Equal(noon.Add(time.Hour)) {
			t.Errorf("it begins at %v; want when the maintenance ended", i.StartedAt)
		}
		s.heal("f", "a")
		s.want("[b*]*[a]")
		tally, err := s.store.Tally(t.Context(), s.all["a"].current.CheckID, noon, noon.Add(time.Hour))
		if err != nil || tally.Down != 0 || tally.Planned != time.Hour {
			t.Errorf("an hour of maintenance: %+v, %v", tally, err)
		}
	})
}

func TestWindowsOverlapEndEarlyAndStayInTheirInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		ctx := t.Context()
		one, err := s.store.Announce(ctx, owner, window(monitor.OneService, "a", 0, time.Hour))
		s.ok(err)
		_, err = s.store.Announce(ctx, mcd, window(monitor.Everything, "", 30*time.Minute, 2*time.Hour))
		s.ok(err)
		hidden := window(monitor.OneInstitution, "mi", 4*time.Hour, 5*time.Hour)
		hidden.Public = false
		quiet, err := s.store.Announce(ctx, owner, hidden)
		s.ok(err)
		weekly := monitor.MaintenanceWindow{
			Scope: monitor.OneService, Target: "b", Title: lang.Text{"fr": "Sauvegarde"}, Public: true, StartsAt: noon, Schedule: "0 2 * * *", Duration: time.Hour,
		}
		_, err = s.store.Announce(ctx, mcd, weekly)
		s.ok(err)
		planned := func(slug string, want ...time.Duration) {
			t.Helper()
			spans, err := s.store.Planned(ctx, slug, noon, noon.Add(24*time.Hour))
			s.ok(err)
			var got []time.Duration
			for _, span := range spans {
				got = append(got, span.From.Sub(noon), span.To.Sub(noon))
			}
			if len(got) != len(want) {
				t.Fatalf("%s: %v; want %v", slug, got, want)
			}
			for n := range got {
				if got[n] != want[n] {
					t.Errorf("%s: %v; want %v", slug, got, want)
				}
			}
		}
		const h = time.Hour
		planned("a", 0, 2*h, 4*h, 5*h)
		planned("b", 30*time.Minute, 2*h, 4*h, 5*h, 13*h, 14*h) // two in the morning in Tunis
		s.clock.at = noon.Add(10 * time.Minute)
		if _, err := s.store.ActOn(ctx, owner, one.ID, 7, FinishNow); !errors.Is(err, fault.Stale) {
			t.Errorf("from another revision: %v", err)
		}
		if _, err := s.store.ActOn(ctx, stranger, one.ID, 0, FinishNow); !errors.Is(err, fault.NotFound) {
			t.Errorf("a stranger ends it: %v", err)
		}
		if _, err := s.store.ActOn(ctx, owner, one.ID, 0, "explode"); !errors.Is(err, fault.Invalid) {
			t.Errorf("an act there is not: %v", err)
		}
		done, err := s.store.ActOn(ctx, owner, one.ID, one.Revision, FinishNow)
		if err != nil || done.Revision != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		planned("a", 0, 10*time.Minute, 30*time.Minute, 2*h, 4*h, 5*h)
		for name, c := range map[string]struct {
			by     identity.Actor
			inside bool
			want   int
		}{"everybody": {identity.Actor{}, false, 3}, "its owner": {owner, true, 4}, "another's desk": {stranger, true, 1}, "the operator": {mcd, true, 4}} {
			list, err := s.store.Windows(ctx, c.by, c.inside)
			if err != nil || len(list) != c.want {
				t.Errorf("%s sees %d windows, %v; want %d", name, len(list), err, c.want)
			}
		}
		for _, by := range []identity.Actor{{}, stranger} {
			if _, err := s.store.MaintenanceByID(ctx, by, quiet.ID); !errors.Is(err, fault.NotFound) {
				t.Errorf("%q reads what is not announced: %v", by.Role, err)
			}
			if _, err := s.store.ActOn(ctx, by, quiet.ID, 0, CallOff); !errors.Is(err, fault.NotFound) {
				t.Errorf("%q cancels it: %v", by.Role, err)
			}
		}
		if n := count(t, db, "SELECT COUNT(*) FROM audit_lines WHERE subject = 'maintenance'"); n != 5 {
			t.Errorf("%d lines of audit; want 5", n)
		}
	})
}

func TestMaintenanceOfWhatIsNotThere(t *testing.T) {
	s := newStreet(t, databasetest.Open(t), "a")
	for _, w := range []monitor.MaintenanceWindow{
		window(monitor.OneService, "zzz", 0, time.Hour), window(monitor.OneInstitution, "a", 0, time.Hour), window(monitor.OneService, "' OR 1=1 --", 0, time.Hour),
	} {
		_, err := s.store.Announce(t.Context(), owner, w)
		if all := fault.All(err); len(all) != 1 || all[0].Key != "maintenance.target" || all[0].Field != "target" {
			t.Errorf("%s %q: %v", w.Scope, w.Target, err)
		}
	}
	if n := count(t, s.store.db, "SELECT COUNT(*) FROM maintenance"); n != 0 {
		t.Errorf("%d windows kept", n)
	}
}

// Two processes find at once that a maintenance is over: what still does not
// answer is told as one incident.
func TestTheEndOfMaintenanceIsToldOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a")
		_, err := s.store.Announce(t.Context(), owner, window(monitor.OneService, "a", 0, time.Hour))
		s.ok(err)
		s.fail("41.1.1.1", "a")
		s.clock.at = noon.Add(61 * time.Minute)
		for range 5 {
			var all sync.WaitGroup
			var taken atomic.Int64
			for range 8 {
				all.Go(func() {
					n, err := s.store.AfterMaintenance(context.Background())
					if taken.Add(int64(n)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := count(t, db, "SELECT COUNT(*) FROM incidents"); n != 1 || taken.Load() != 1 {
				t.Fatalf("%d incidents, %d outages taken in; want one", n, taken.Load())
			}
			s.ok(db.Exec("UPDATE outages SET incident = 0").Error)
			s.ok(db.Exec("DELETE FROM incidents").Error)
		}
	})
}
