package council

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
)

// What damps the judgement of one place damps that of several: an outage ends
// when enough good readings have followed each other, wherever they were taken,
// and ended when they began.
func TestAnOutageSeenFromSeveralPlacesEndsWhenItIsProven(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const ok, bad = monitor.None, monitor.Timeout
		h := open(t, db, 1)
		h.ok(db.Model(&monitor.Check{}).Where("id = 1").Update("settings", `{"judgement":{"closing":3},"quorum":{"down":2}}`).Error)
		h.ok(db.Exec("UPDATE watch_state SET value = value + 1 WHERE name = 'version'").Error)
		h.enrol("tunis", vantage.Mobile)
		h.enrol("sfax", vantage.Ministry)
		h.read()
		look := func(here, tunis, sfax monitor.Reason) {
			h.pass(time.Minute)
			h.here(1, here)
			h.there("tunis", tunis, 1)
			h.there("sfax", sfax, 1)
		}
		look(ok, ok, ok)
		look(bad, bad, ok)
		h.stands("down from two", 1, monitor.Down, 1, 1)
		look(ok, ok, ok)
		h.stands("they answer once", 1, monitor.Degraded, 1, 1)
		good := h.now
		look(bad, ok, ok)
		h.stands("one of them fails again, the other is not proven", 1, monitor.Degraded, 1, 1)
		look(ok, ok, ok)
		h.stands("tunis is proven: too few hold it open", 1, monitor.Degraded, 1, 0)
		look(ok, ok, ok)
		look(ok, ok, ok)
		h.stands("all are proven", 1, monitor.Up, 1, 0)
		var ended []monitor.Outage
		h.ok(db.Find(&ended).Error)
		if len(ended) != 1 || ended[0].EndedAt == nil || !ended[0].EndedAt.Equal(good) {
			t.Errorf("%+v; want one that ended %v, with the first good readings", ended, good)
		}
	})
}

// A check that comes and goes at every place closes its outage late there; so
// one outage is told, and not one each time.
func TestAFlappingCheckSeenFromSeveralPlacesIsOneOutage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 1)
		h.enrol("tunis", vantage.Mobile)
		h.enrol("sfax", vantage.Ministry)
		h.read()
		for n := range 24 {
			why := monitor.None
			if n%2 == 1 {
				why = monitor.Timeout
			}
			h.pass(time.Minute)
			h.here(1, why)
			h.there("tunis", why, 1)
			h.there("sfax", why, 1)
		}
		var incidents int64
		h.ok(db.Model(&monitor.Outage{}).Count(&incidents).Error)
		if incidents != 3 { // those before six changes are seen
			t.Errorf("%d outages are told of; want 3", incidents)
		}
		if p := h.council.Pulse(monitor.Pulse{Checks: []monitor.CheckPulse{{ID: 1}}}); !p.Checks[0].Flapping || p.Incidents != incidents {
			t.Errorf("%+v", p)
		}
	})
}

// The counters never go back: not when others begin to look at a check too, and
// not when what is watched is read anew.
func TestIncidentsAreCountedOn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const ok, bad = monitor.None, monitor.Timeout
		h := open(t, db, 2)
		counted := func(what string, all, first int64) {
			t.Helper()
			p := h.council.Pulse(monitor.Pulse{Incidents: 77, Checks: []monitor.CheckPulse{{ID: 1, Opened: 7}, {ID: 2}}})
			if p.Incidents != all || p.Checks[0].Opened != first {
				t.Errorf("%s: %d incidents, %d of the first check; want %d and %d", what, p.Incidents, p.Checks[0].Opened, all, first)
			}
		}
		outage := func(check int64) {
			h.pass(10 * time.Second)
			h.here(check, bad)
			h.pass(10 * time.Second)
			h.here(check, ok)
		}
		outage(1)
		outage(1)
		outage(2)
		counted("alone", 3, 2)
		h.enrol("tunis", vantage.Mobile)
		h.there("tunis", bad, 1)
		counted("others look too", 3, 2)
		h.pass(10 * time.Second)
		h.here(1, bad)
		counted("down from two", 4, 3)
		h.read()
		counted("read anew", 4, 3)
	})
}

// Where a check asks for a number of places, availability is what they say
// together; where it does not, what this installation saw.
func TestAvailabilityFollowsTheQuorum(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const ok, bad = monitor.None, monitor.Timeout
		h := open(t, db, 2)
		h.ok(db.Model(&monitor.Check{}).Where("id = 1").Update("settings", `{"quorum":{"down":2}}`).Error)
		h.ok(db.Exec("UPDATE watch_state SET value = value + 1 WHERE name = 'version'").Error)
		h.enrol("tunis", vantage.Mobile)
		h.enrol("sfax", vantage.Ministry)
		h.read()
		began := h.now
		look := func(here, tunis, sfax monitor.Reason) {
			h.pass(time.Minute)
			h.there("tunis", tunis, 1, 2)
			h.there("sfax", sfax, 1, 2)
			h.here(1, here)
			h.here(2, here)
		}
		look(ok, ok, ok)
		look(ok, bad, bad) // down from two, and not from here
		look(ok, bad, bad)
		look(ok, ok, ok)
		look(bad, ok, ok) // from here alone
		look(bad, ok, ok)
		look(ok, ok, ok)
		up := func(check int64) (good, down time.Duration) {
			list, err := h.store.History(h.Context(), check, began, h.now)
			h.ok(err)
			sum := monitor.Sum(list, began.Add(time.Minute), h.now, nil)
			return sum.Up, sum.Down
		}
		if good, down := up(1); good != 4*time.Minute || down != 2*time.Minute {
			t.Errorf("with a number of places: %s up, %s down; want 4m and 2m", good, down)
		}
		if good, down := up(2); good != 6*time.Minute || down != 0 {
			t.Errorf("without: %s up, %s down; want 6m, as seen from here", good, down)
		}
		// Both checks failed at once: they are one incident, which bears the number of either.
		for check := int64(1); check <= 2; check++ {
			var ended int64
			h.ok(h.db.Model(&monitor.Outage{}).Where("check_id = ? AND ended_at IS NOT NULL", check).Count(&ended).Error)
			if currents, err := h.store.Currents(h.Context(), "s"); err != nil || currents[check].IncidentAt != nil || ended != 1 {
				t.Errorf("check %d: %d outages ended, %v; want 1, and none open", check, ended, err)
			}
		}
	})
}

// lease is a part that runs out.
type lease struct{ runs bool }

func (*lease) Owns(string) bool { return true }
func (*lease) Tenure() int64    { return 7 }
func (l *lease) Holds() bool    { return l.runs }

// A process whose lease ran out does not overwrite what who took over has seen.
func TestWhoWasTakenOverKeepsNoViews(t *testing.T) {
	h := open(t, databasetest.Open(t), 1)
	part := &lease{true}
	h.council.Within(part)
	h.enrol("tunis", vantage.Mobile)
	h.read()
	h.here(1, monitor.None)
	h.there("tunis", monitor.None, 1)
	kept := func() time.Time {
		seats, err := h.views.Seats(h.Context(), "s")
		h.ok(err)
		return seats[0].Sees[1].LastAt
	}
	before := kept()
	if before.IsZero() {
		t.Fatal("what is seen from here is not kept")
	}
	part.runs = false
	h.pass(time.Minute)
	h.here(1, monitor.Timeout)
	h.weigh()
	if !kept().Equal(before) {
		t.Error("a process that was taken over keeps what it saw")
	}
	part.runs = true
	h.weigh()
	if !kept().After(before) {
		t.Error("what was seen is lost although nobody took over")
	}
}
