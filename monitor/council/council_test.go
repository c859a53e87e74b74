package council

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var mcd = identity.Actor{Account: "m", Role: identity.MCD}

// house is an installation whose rounds the test makes by hand.
type house struct {
	*testing.T
	db      *gorm.DB
	now     time.Time
	store   *monitordb.Store
	views   *vantagedb.Store
	council *Council
	local   map[int64]monitor.Current // what the rounds keep in memory
	checks  map[int64]monitor.Check
	number  map[string]int64
}

func open(t *testing.T, db *gorm.DB, checks int) *house {
	t.Helper()
	h := &house{T: t, db: db, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), number: map[string]int64{}}
	h.ok(db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}, CreatedAt: h.now, UpdatedAt: h.now}).Error)
	h.ok(db.Create(&monitor.Service{
		Slug: "s", Name: lang.Text{"fr": "s"}, Institution: "mi", Tier: monitor.Normal, State: monitor.Active, Languages: []lang.Tag{}, CreatedAt: h.now, UpdatedAt: h.now,
	}).Error)
	for n := range checks {
		h.ok(db.Create(&monitor.Check{
			ID: int64(n + 1), Service: "s", Name: string(rune('a' + n)), Kind: monitor.HTTP, Target: "https://s.example.tn/", Schedule: "@every 60s",
			Timeout: 10 * time.Second, CreatedAt: h.now, UpdatedAt: h.now,
		}).Error)
	}
	h.begin()
	return h
}

// begin starts the program anew.
func (h *house) begin() {
	clock := func() time.Time { return h.now }
	h.store, h.views = monitordb.New(h.db, clock), vantagedb.New(h.db, clock, 0)
	h.council = New(h.store, h.store.NewWriter(nil, 0), h.views, clock, slog.New(slog.DiscardHandler))
	h.read()
}

// read is what the rounds do when services changed.
func (h *house) read() {
	h.Helper()
	list, _, err := h.council.Watched(h.Context())
	h.ok(err)
	h.local, h.checks = map[int64]monitor.Current{}, map[int64]monitor.Check{}
	for _, w := range list {
		h.local[w.Check.ID], h.checks[w.Check.ID] = w.Current, w.Check
	}
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) enrol(slug string, network vantage.Network) {
	h.Helper()
	ctx := context.Background()
	_, err := h.views.Add(ctx, mcd, vantage.Vantage{Slug: slug, Name: lang.Text{"fr": slug}, Network: network})
	h.ok(err)
	token, _, err := h.views.Invite(ctx, mcd, slug)
	h.ok(err)
	_, err = h.views.Enrol(ctx, &vantage.Enrolment{
		Program: vantage.Program{Protocol: vantage.Protocol, Version: "1"}, Token: token, PublicKey: make([]byte, ed25519.PublicKeySize),
	})
	h.ok(err)
}

// here has this installation look at a check.
func (h *house) here(check int64, why monitor.Reason) {
	h.Helper()
	r := monitor.Reading{Check: check, At: h.now, Reason: why, Verdict: why.Says(), Every: time.Minute, Attempt: 1}
	c := h.local[check]
	of := h.checks[check]
	change, since := c.Judge(&r, of.Judging(0))
	h.local[check] = c
	h.council.Add(monitordb.Entry{Reading: r, Current: c, Change: change, IncidentAt: since})
	h.ok(h.council.Flush(h.Context()))
}

// there has a vantage deliver what it saw of checks.
func (h *house) there(slug string, why monitor.Reason, checks ...int64) {
	h.Helper()
	v, err := h.views.Signed(h.Context(), slug)
	h.ok(err)
	h.number[slug]++
	b := &vantage.Batch{Program: vantage.Program{Protocol: vantage.Protocol, Version: "1"}, Sequence: h.number[slug]}
	for _, check := range checks {
		b.Readings = append(b.Readings, vantage.SeenOf(&monitor.Reading{Check: check, At: h.now, Reason: why, Every: time.Minute, Attempt: 1}))
	}
	_, err = h.council.Take(h.Context(), v.Actor(), v, b, b.Digest())
	h.ok(err)
	h.weigh()
}

// weigh is a turn of Follow.
func (h *house) weigh() {
	h.Helper()
	h.ok(h.council.look(h.Context(), true))
	h.ok(h.council.Flush(h.Context()))
}

func (h *house) pass(d time.Duration) { h.now = h.now.Add(d) }

// stands compares what the records say of a check, and how many of its
// incidents there are and are open.
func (h *house) stands(what string, check int64, want monitor.Verdict, incidents, openOnes int) {
	h.Helper()
	currents, err := h.store.Currents(h.Context(), "s")
	h.ok(err)
	current := currents[check]
	got := current.Standing(h.now)
	var all, open int64
	h.ok(h.db.Model(&monitor.Incident{}).Where("check_id = ?", check).Count(&all).Error)
	h.ok(h.db.Model(&monitor.Incident{}).Where("check_id = ? AND ended_at IS NULL", check).Count(&open).Error)
	if got != want || int(all) != incidents || int(open) != openOnes {
		h.Errorf("%s: %s with %d incidents, %d open; want %s, %d, %d", what, got, all, open, want, incidents, openOnes)
	}
	if c := currents[check]; (c.IncidentAt != nil) != (open > 0) {
		h.Errorf("%s: the state and the incidents do not agree", what)
	}
}

func TestTwoOfThreeDecide(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const ok, bad = monitor.None, monitor.Timeout
		h := open(t, db, 1)
		h.here(1, bad)
		h.stands("alone, this installation decides", 1, monitor.Down, 1, 1)
		h.pass(10 * time.Second)
		h.here(1, ok)
		h.stands("and ends it", 1, monitor.Up, 1, 0)

		h.enrol("tunis", vantage.Mobile)
		h.enrol("paris", vantage.Abroad)
		h.there("tunis", ok, 1)
		h.there("paris", ok, 1)
		h.pass(10 * time.Second)
		h.here(1, bad)
		h.stands("down from 1 of 3", 1, monitor.Degraded, 1, 0)
		h.pass(10 * time.Second)
		h.there("paris", bad, 1)
		h.stands("down from 2 of 3", 1, monitor.Down, 2, 1)
		h.pass(10 * time.Second)
		h.here(1, ok)
		h.stands("down from 1 of 3 again", 1, monitor.Degraded, 2, 0)
		h.pass(10 * time.Second)
		h.there("tunis", bad, 1)
		h.stands("2 of 3, without us", 1, monitor.Down, 3, 1)
		sights, outcome, _ := h.council.Sights(1)
		if len(sights) != 3 || outcome.Down != 2 || outcome.Seeing != 3 || outcome.Cause != vantage.SiteDown {
			t.Errorf("the page would say %+v", outcome)
		}

		// The program is killed and begins anew: it knows what it knew.
		h.begin()
		h.stands("after a restart", 1, monitor.Down, 3, 1)
		h.pass(10 * time.Second)
		h.there("tunis", ok, 1)
		h.there("paris", ok, 1)
		h.here(1, ok)
		h.stands("all well", 1, monitor.Up, 3, 0)

		// A failure that the others do not confirm counts for no outage, in the records either.
		h.pass(10 * time.Second)
		h.here(1, bad)
		list, err := h.store.History(h.Context(), 1, h.now.Add(-time.Hour), h.now.Add(time.Second))
		h.ok(err)
		if last := list[len(list)-1]; last.Verdict != monitor.Suspect || len(list) != 6 {
			t.Errorf("%d readings, the last kept as %s", len(list), last.Verdict)
		}
		for _, slug := range []string{"tunis", "paris"} {
			v, err := h.views.Signed(h.Context(), slug)
			h.ok(err)
			list, err := h.store.HistoryFrom(h.Context(), 1, v.ID, h.now.Add(-time.Hour), h.now.Add(time.Second))
			h.ok(err)
			if int64(len(list)) != h.number[slug] {
				t.Errorf("%s: %d readings of %d batches", slug, len(list), h.number[slug])
			}
		}
	})
}

func TestWhoIsSilentHasNoSay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const ok, bad = monitor.None, monitor.Timeout
		h := open(t, db, 1)
		h.enrol("tunis", vantage.Mobile)
		h.here(1, ok)
		h.there("tunis", ok, 1)
		h.pass(vantage.SilentAfter + time.Second)
		h.here(1, bad)
		h.weigh()
		h.stands("the other is silent: who sees decides", 1, monitor.Down, 1, 1)
		sights, _, _ := h.council.Sights(1)
		if len(sights) != 2 || !sights[1].Place.Silent {
			t.Errorf("the page would not say that it is silent: %+v", sights)
		}
		h.pass(10 * time.Second)
		h.there("tunis", ok, 1)
		h.stands("it is heard again", 1, monitor.Degraded, 1, 0)
		h.pass(10 * time.Second)
		_, err := h.views.Revoke(h.Context(), mcd, "tunis")
		h.ok(err)
		h.weigh()
		h.stands("it was revoked", 1, monitor.Down, 2, 1)
		h.pass(10 * time.Minute)
		h.weigh()
		h.stands("nobody looks any more", 1, monitor.Unknown, 2, 1)
	})
}

func TestAQuorumOfItsOwn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 1)
		h.ok(db.Model(&monitor.Check{}).Where("id = 1").Update("settings", `{"quorum":{"down":1}}`).Error)
		h.read()
		h.enrol("tunis", vantage.Mobile)
		h.here(1, monitor.None)
		h.there("tunis", monitor.Timeout, 1)
		h.stands("one is enough", 1, monitor.Down, 1, 1)
	})
}

func TestABlindProberIsNotBelieved(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 4)
		h.enrol("tunis", vantage.Mobile)
		h.enrol("sfax", vantage.Ministry)
		h.there("tunis", monitor.None, 1, 2, 3, 4)
		h.there("sfax", monitor.None, 1, 2, 3, 4)
		for n := range 4 {
			h.here(int64(n+1), monitor.Timeout)
		}
		h.weigh()
		if !h.council.Blind()[vantage.Here] {
			t.Fatal("this installation does not know that it is blind")
		}
		for n := range 4 {
			h.stands("only we fail", int64(n+1), monitor.Up, 0, 0)
		}
		_, outcome, _ := h.council.Sights(1)
		if outcome.Cause != vantage.Blinded || outcome.Seeing != 2 {
			t.Errorf("the page would say %+v", outcome)
		}
	})
}

// A service that is paused and begins again begins without what was before.
func TestAPausedServiceBeginsAnew(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 1)
		h.enrol("tunis", vantage.Mobile)
		h.here(1, monitor.Timeout)
		h.there("tunis", monitor.Timeout, 1)
		h.stands("down", 1, monitor.Down, 1, 1)
		for _, state := range []monitor.State{monitor.Paused, monitor.Active} {
			_, err := h.store.Change(h.Context(), mcd, "s", func(v *monitor.Service) error { v.State = state; return nil })
			h.ok(err)
			h.read()
			h.weigh()
		}
		h.pass(time.Minute)
		h.here(1, monitor.None)
		h.stands("answers", 1, monitor.Up, 1, 0)
		if h.local[1].Failures != 0 {
			t.Errorf("%d failures of before are remembered", h.local[1].Failures)
		}
	})
}
