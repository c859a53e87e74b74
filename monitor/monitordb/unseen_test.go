package monitordb

import (
	"reflect"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// nightly is a window that comes every night at two in Tunis.
func nightly(scope monitor.Scope, target string) monitor.MaintenanceWindow {
	return monitor.MaintenanceWindow{
		Scope: scope, Target: target, Title: lang.Text{"fr": "Sauvegarde"}, Public: true, StartsAt: noon.Add(-time.Hour), Schedule: "0 2 * * *", Duration: time.Hour,
	}
}

// watch looks at a service once a minute from noon on; it does not answer in
// the minutes from..to. The clock stands at the last look then.
func (s *street) watch(slug string, minutes, from, to int) {
	s.Helper()
	for n := range minutes {
		s.clock.at = noon.Add(time.Duration(n) * time.Minute)
		if n >= from && n < to {
			s.read(slug, monitor.Connect, "41.1.1.1")
		} else {
			s.read(slug, monitor.None, "")
		}
	}
	s.flush()
}

// What is asked for all services at once is what each is told alone, and the
// time in which nobody could look comes on top.
func TestWhatCountsForNobodyIsKnownForAllAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		s.add("f", func(v *monitor.Service) { v.Institution = "mf" })
		ctx, from, to := t.Context(), noon, noon.Add(24*time.Hour)
		all := []string{"a", "b", "f"}
		planned := func(slugs []string) map[string][]monitor.Span {
			t.Helper()
			got, err := s.store.PlannedOf(ctx, slugs, from, to)
			s.ok(err)
			return got
		}
		if got := planned(nil); len(got) != 0 {
			t.Errorf("nothing is announced: %v", got)
		}
		for _, w := range []monitor.MaintenanceWindow{
			window(monitor.OneService, "a", 0, time.Hour), nightly(monitor.OneService, "b"), window(monitor.OneInstitution, "mi", 30*time.Minute, 2*time.Hour),
			nightly(monitor.OneInstitution, "mf"), window(monitor.Everything, "", 20*time.Hour, 21*time.Hour),
		} {
			_, err := s.store.Announce(ctx, mcd, w)
			s.ok(err)
			for _, slugs := range [][]string{nil, all} {
				got := planned(slugs)
				for _, slug := range all {
					if want, err := s.store.Planned(ctx, slug, from, to); err != nil || !reflect.DeepEqual(got[slug], want) {
						t.Errorf("%s of %v after %s %q: %v; want %v, %v", slug, slugs, w.Scope, w.Target, got[slug], want, err)
					}
				}
			}
		}
		if got := planned([]string{"f", "nobody"}); len(got) != 1 || len(got["f"]) != 2 {
			t.Errorf("of one: %v", got)
		}
		if got := planned([]string{}); len(got) != 0 {
			t.Errorf("of none: %v", got)
		}
		s.ok(s.store.KeepGaps(ctx, []monitor.Gap{
			{Cause: monitor.MissBlind, StartedAt: noon.Add(-time.Minute), EndedAt: noon.Add(3 * time.Minute), Missed: 3},
			{CheckID: 1, Cause: monitor.MissPolite, StartedAt: noon.Add(4 * time.Hour), EndedAt: noon.Add(5 * time.Hour), Missed: 60},
		}))
		got, err := s.store.UnseenOf(ctx, nil, from, to)
		if err != nil || len(got) != 3 || !got["f"][0].From.Equal(noon) || !got["f"][0].To.Equal(noon.Add(3*time.Minute)) || !got["a"][0].Holds(noon) || len(got["b"]) != 4 {
			t.Errorf("with a blind time: %v, %v", got, err)
		}
	})
}

// Maintenance stays with its day when days are added up, on the board and apart.
func TestPlannedTimeIsNotLostInSums(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		ctx := t.Context()
		_, err := s.store.Announce(ctx, owner, window(monitor.OneService, "a", 0, 90*time.Minute))
		s.ok(err)
		s.watch("a", 180, 70, 80)
		s.clock.at = noon.Add(3*time.Hour - time.Second)
		agree := func(when string) {
			t.Helper()
			fresh := New(db, s.clock.now) // remembers nothing
			board, err := fresh.Board(ctx)
			s.ok(err)
			if day := board.Services[0].Days[RibbonDays-1]; day.Planned != 90*time.Minute || day.Down != 0 {
				t.Errorf("%s: today is %+v", when, day)
			}
			list, err := fresh.Ratios(ctx)
			s.ok(err)
			if a := &list[0]; a.Month.Planned != 90*time.Minute || a.Day.Planned != 90*time.Minute || a.Day.Down != 0 {
				t.Errorf("%s: the day %+v, the month %+v", when, a.Day, a.Month)
			}
			if b := &list[1]; b.Month.Planned != 0 || b.Day.Planned != 0 {
				t.Errorf("%s: of its neighbour: %+v", when, b.Month)
			}
		}
		agree("before it is summed up")
		s.ok(s.store.Roll(ctx))
		agree("after")
	})
}

// While nobody could look, nothing that is not summed up yet counts as seen.
func TestABlindHourIsNotShownAsSeen(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a")
		s.heal("a")
		s.clock.at = noon.Add(time.Hour)
		s.heal("a")
		s.ok(s.store.KeepGaps(t.Context(), []monitor.Gap{{Cause: monitor.MissStopped, StartedAt: noon.Add(10 * time.Minute), EndedAt: noon.Add(50 * time.Minute), Missed: 40}}))
		s.ok(db.Exec("UPDATE checks SET created_at = ?", noon).Error)
		board, err := s.store.Board(t.Context())
		s.ok(err)
		if day := board.Services[0].Days[RibbonDays-1]; day.Up > 22*time.Minute || day.Up < 20*time.Minute || day.Down != 0 {
			t.Errorf("an hour of which twenty minutes were seen: %+v", day)
		}
	})
}

// The availability that scrapes show is that of the readings, although none is read.
func TestRatiosAgreeWithTheReadings(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		ctx, check := t.Context(), s.all["a"].current.CheckID
		s.ok(db.Exec("UPDATE checks SET created_at = ?", noon).Error)
		_, err := s.store.Announce(ctx, owner, window(monitor.OneService, "a", 80*time.Minute, 100*time.Minute))
		s.ok(err)
		s.watch("a", 180, 70, 80)
		for n, at := range []time.Duration{150 * time.Minute, 179*time.Minute + 30*time.Second} {
			s.clock.at = noon.Add(at)
			if n > 0 {
				s.ok(s.store.Roll(ctx))
			}
			list, err := New(db, s.clock.now).Ratios(ctx)
			s.ok(err)
			from := s.clock.at.Add(-24 * time.Hour).Truncate(time.Hour)
			want, err := s.store.Tally(ctx, check, from, s.clock.at)
			s.ok(err)
			got := list[0]
			if got.DayLength != s.clock.at.Sub(from) || got.Day.Down != want.Down || got.Day.Planned != want.Planned || got.Day.Up != want.Up {
				t.Errorf("at %s: up %s, down %s, planned %s; want %s, %s, %s", at, got.Day.Up, got.Day.Down, got.Day.Planned, want.Up, want.Down, want.Planned)
			}
			if want.Down != 10*time.Minute || list[1].Day.Known() != 0 {
				t.Errorf("at %s: down %s by the readings, and of what nobody looked at %+v", at, want.Down, list[1].Day)
			}
		}
	})
}
