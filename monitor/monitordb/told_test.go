package monitordb

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

func TestWhatCannotBeToldKeepsNothingElseBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db, "a", "b"), &postbox{}
		s.subscribe(p, "one@x.tn", monitor.Everything, "")
		s.subscribe(p, "two@x.tn", monitor.Everything, "")
		s.clock.at = s.clock.at.Add(time.Minute)
		s.fail("41.1.1.1", "a")
		s.fail("41.2.2.2", "b")
		s.clock.at = s.clock.at.Add(6 * time.Minute)
		mute := func(t monitor.Telling) monitor.Words {
			w := p.write(t)
			if t.Incident.Service == "a" && strings.HasPrefix(t.Subscriber.Email, "one") {
				w.Text = "" // which no outbox takes
			}
			return w
		}
		n, err := s.store.TellSubscribers(t.Context(), mute)
		if n != 3 || !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "1 of 2 pieces") {
			t.Errorf("%d letters, %v; want the three others, and to be told of the one", n, err)
		}
		if n, err := s.store.TellSubscribers(t.Context(), mute); n != 0 || err != nil {
			t.Errorf("the next turn: %d, %v; want that it is not tried for ever", n, err)
		}
		s.heal("a", "b")
		if n, err := s.store.TellSubscribers(t.Context(), p.write); n != 4 || err != nil {
			t.Errorf("what follows: %d, %v", n, err)
		}
	})
}

// Anybody may type an address: what its holder chose stays, and nothing piles up.
func TestAStrangerChangesNothingOfASubscription(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db, "a", "b", "c", "d", "e"), &postbox{}
		ctx := t.Context()
		s.ok(s.store.Subscribe(ctx, "ali@x.tn", monitor.Everything, "", lang.Arabic, p.write))
		s.ok(s.store.Subscribe(ctx, "ali@x.tn", monitor.Everything, "", lang.English, p.write)) // he changes his mind
		_, err := s.store.FollowLink(ctx, p.told[1].Secret)
		s.ok(err)
		s.ok(s.store.Subscribe(ctx, "ali@x.tn", monitor.Everything, "", lang.French, p.write))
		var kept monitor.Subscriber
		s.ok(db.Take(&kept, "email = 'ali@x.tn'").Error)
		if kept.Language != lang.English || kept.ConfirmedAt == nil || p.told[2].Subscriber.Language != lang.English {
			t.Errorf("a stranger made it %s", kept.Language)
		}
		for _, slug := range []string{"a", "b", "c", "d", "e"} {
			s.ok(s.store.Subscribe(ctx, "victim@x.tn", monitor.OneService, slug, lang.French, p.write))
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incident_subscribers WHERE email = 'victim@x.tn'"); n != monitor.MaxAskedADay {
			t.Errorf("%d rows are kept of an address that nobody confirmed", n)
		}
	})
}

func TestWhoWasToldOfMaintenanceIsToldThatItMoves(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db, "a"), &postbox{}
		ctx := t.Context()
		s.subscribe(p, "early@x.tn", monitor.Everything, "")
		made, err := s.store.Announce(ctx, owner, window(monitor.OneService, "a", 24*time.Hour, 25*time.Hour))
		s.ok(err)
		s.tell(p, "planned early")
		move := func(revision int, from, to time.Duration) error {
			_, err := s.store.EditWindow(ctx, owner, made.ID, revision, func(now Window) (monitor.MaintenanceWindow, error) {
				want, end := now.MaintenanceWindow, noon.Add(to)
				want.StartsAt, want.EndsAt = noon.Add(from), &end
				return want, nil
			})
			return err
		}
		s.clock.at = s.clock.at.Add(time.Minute)
		s.ok(move(1, 20*24*time.Hour, 20*24*time.Hour+time.Hour)) // further ahead than anybody is told of
		if err := move(1, 48*time.Hour, 49*time.Hour); !errors.Is(err, fault.Stale) {
			t.Errorf("from an old revision: %v", err)
		}
		s.clock.at = s.clock.at.Add(time.Minute)
		s.subscribe(p, "late@x.tn", monitor.Everything, "")
		s.tell(p, "moved early")
		s.tell(p, "")
		s.ok(move(2, 48*time.Hour, 49*time.Hour))
		s.clock.at = s.clock.at.Add(time.Second)
		s.tell(p, "planned late, moved early")
		s.tell(p, "")
		if w, err := s.store.MaintenanceByID(ctx, owner, made.ID); err != nil || w.Revision != 3 || !w.Next.From.Equal(noon.Add(48*time.Hour)) {
			t.Errorf("%+v, %v", w, err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM audit_lines WHERE act = 'maintenance.edit'"); n != 2 {
			t.Errorf("%d lines of audit; want 2", n)
		}
	})
}

func (s *street) window(id int64) *monitor.MaintenanceWindow {
	s.Helper()
	var m monitor.MaintenanceWindow
	s.ok(s.store.db.Take(&m, "id = ?", id).Error)
	return &m
}

func TestWhoWasToldOfMaintenanceIsToldThatItIsOff(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db, "a"), &postbox{}
		ctx := t.Context()
		act := func(w *monitor.MaintenanceWindow, act MaintenanceAct) {
			t.Helper()
			s.clock.at = s.clock.at.Add(time.Minute)
			_, err := s.store.ActOn(ctx, owner, w.ID, 0, act)
			s.ok(err)
			s.clock.at = s.clock.at.Add(time.Minute)
		}
		s.subscribe(p, "early@x.tn", monitor.Everything, "")
		once, err := s.store.Announce(ctx, owner, window(monitor.OneService, "a", 24*time.Hour, 25*time.Hour))
		s.ok(err)
		s.tell(p, "planned early")
		s.subscribe(p, "late@x.tn", monitor.Everything, "")
		act(once, CallOff)
		if news := s.store.newsOfWindow(s.window(once.ID)); len(news) != 1 || !news[0].Span.From.Equal(noon.Add(24*time.Hour)) {
			t.Errorf("what is off: %+v", news)
		}
		s.tell(p, "off early")
		s.tell(p, "")

		nights := window(monitor.OneService, "a", 0, time.Hour)
		nights.Schedule, nights.Duration, nights.EndsAt = "0 2 * * *", time.Hour, nil
		weekly, err := s.store.Announce(ctx, owner, nights)
		s.ok(err)
		s.tell(p, "planned early, planned late")
		act(weekly, SkipNext)
		s.tell(p, "off early, off late")
		s.tell(p, "")
		act(weekly, CallOff)
		s.tell(p, "off early, off late")
		s.tell(p, "")
		s.clock.at = s.clock.at.Add(newsAge)
		s.tell(p, "")
	})
}
