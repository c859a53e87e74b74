package vantagedb

import (
	"context"
	"crypto/ed25519"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &vantage.Vantage{}, &batch{}, &view{})
}

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	mcd  = identity.Actor{Account: "m", Role: identity.MCD}
)

type house struct {
	*testing.T
	db    *gorm.DB
	store *Store
	now   time.Time
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, now: noon}
	h.store = New(db, func() time.Time { return h.now }, 2)
	h.ok(db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}, CreatedAt: noon, UpdatedAt: noon}).Error)
	for n, tier := range []monitor.Tier{monitor.Critical, monitor.Normal} {
		slug := []string{"a", "b"}[n]
		h.ok(db.Create(&monitor.Service{
			Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mi", Tier: tier, State: monitor.Active, Languages: []lang.Tag{}, CreatedAt: noon, UpdatedAt: noon,
		}).Error)
		h.ok(db.Create(&monitor.Check{
			ID: int64(n + 1), Service: slug, Name: "home", Kind: monitor.HTTP, Target: "https://" + slug + ".example.tn/", Schedule: "@every 60s",
			Timeout: 10 * time.Second, CreatedAt: noon, UpdatedAt: noon,
		}).Error)
	}
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) wants(err error, key string) {
	h.Helper()
	all := fault.All(err)
	if len(all) == 0 || all[0].Key != key {
		h.Errorf("%v; want %s", err, key)
	}
}

func (h *house) enrolled(slug string, scope vantage.Scope) *vantage.Vantage {
	h.Helper()
	ctx := context.Background()
	_, err := h.store.Add(ctx, mcd, vantage.Vantage{Slug: slug, Name: lang.Text{"fr": slug}, Network: vantage.Mobile, Institution: "mi", Scope: scope})
	h.ok(err)
	token, _, err := h.store.Invite(ctx, mcd, slug)
	h.ok(err)
	v, err := h.store.Enrol(ctx, &vantage.Enrolment{
		Program: vantage.Program{Protocol: vantage.Protocol, Version: "1"}, Token: token, PublicKey: make([]byte, ed25519.PublicKeySize),
	})
	h.ok(err)
	return v
}

func TestAVantageIsMadeInvitedAndRevoked(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h, ctx := open(t, db), t.Context()
		v := h.enrolled("tunis", vantage.Scope{})
		if v.ID == vantage.Here || v.State(noon) != vantage.Enrolled {
			t.Errorf("enrolled as %d, %s", v.ID, v.State(noon))
		}
		_, err := h.store.Add(ctx, mcd, vantage.Vantage{Slug: "tunis", Name: lang.Text{"fr": "x"}, Network: vantage.Mobile})
		h.wants(err, "vantage.slug.taken")
		_, err = h.store.Add(ctx, mcd, vantage.Vantage{Slug: "x", Name: lang.Text{"fr": "x"}, Network: vantage.Mobile, Institution: "nobody"})
		h.wants(err, "institution.unknown")
		_, err = h.store.Add(ctx, mcd, vantage.Vantage{Slug: "x", Name: lang.Text{"fr": "x"}, Network: vantage.Mobile, Scope: vantage.Scope{Services: []string{"a", "z"}}})
		h.wants(err, "vantage.service.unknown")
		_, err = h.store.Change(ctx, mcd, "tunis", 99, "vantage.change", func(*vantage.Vantage) error { return nil })
		h.wants(err, "vantage.stale")
		_, err = h.store.Enrol(ctx, &vantage.Enrolment{Token: ""})
		h.wants(err, "vantage.token.refused")
		_, err = h.store.List(ctx, identity.Actor{Account: "o", Role: identity.ServiceOwner, Institutions: []string{"mi"}})
		h.wants(err, "identity.forbidden")
		_, err = h.store.Signed(ctx, "nobody")
		h.wants(err, "vantage.signature")
		_, err = h.store.Revoke(ctx, mcd, "tunis")
		h.ok(err)
		_, err = h.store.Hear(ctx, v.Actor(), "tunis", &vantage.Heartbeat{Program: vantage.Program{Protocol: vantage.Protocol}})
		h.wants(err, "vantage.gone")
		var lines []audit.Line
		h.ok(db.Order("id").Find(&lines, "subject = 'vantage'").Error)
		var acts []string
		for _, l := range lines {
			acts = append(acts, l.Act)
			if strings.Contains(string(l.After), "token_hash") {
				t.Errorf("the trail holds a token: %s", l.After)
			}
		}
		if got := strings.Join(acts, " "); got != "vantage.add vantage.invite vantage.enrol vantage.revoke" {
			t.Errorf("the trail says %q", got)
		}
	})
}

// A token that two agents present at once makes one of them the vantage.
func TestATokenIsExchangedOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h, ctx := open(t, db), t.Context()
		_, err := h.store.Add(ctx, mcd, vantage.Vantage{Slug: "tunis", Name: lang.Text{"fr": "x"}, Network: vantage.Mobile})
		h.ok(err)
		token, _, err := h.store.Invite(ctx, mcd, "tunis")
		h.ok(err)
		var asking sync.WaitGroup
		errs := make(chan error, 8)
		for range 8 {
			asking.Go(func() {
				_, err := h.store.Enrol(ctx, &vantage.Enrolment{
					Program: vantage.Program{Protocol: vantage.Protocol}, Token: token, PublicKey: make([]byte, ed25519.PublicKeySize),
				})
				errs <- err
			})
		}
		asking.Wait()
		close(errs)
		good := 0
		for err := range errs {
			if err == nil {
				good++
			} else {
				h.wants(err, "vantage.token.refused")
			}
		}
		if good != 1 {
			t.Errorf("%d agents were enrolled with one token", good)
		}
	})
}

func batchOf(sequence int64, at time.Time, why monitor.Reason, checks ...int64) *vantage.Batch {
	b := &vantage.Batch{Program: vantage.Program{Protocol: vantage.Protocol, Version: "1"}, Sequence: sequence}
	for _, check := range checks {
		b.Readings = append(b.Readings, vantage.SeenOf(&monitor.Reading{Check: check, At: at, Every: time.Minute, Reason: why, Attempt: 1}))
	}
	return b
}

func TestABatchIsTakenOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h, ctx := open(t, db), t.Context()
		v := h.enrolled("tunis", vantage.Scope{})
		by := v.Actor()
		send := func(b *vantage.Batch) (*vantage.Arrival, bool, error) {
			now, err := h.store.Signed(ctx, "tunis")
			h.ok(err)
			a, already, err := h.store.Weigh(ctx, by, now, b, b.Digest())
			if err != nil || already {
				return a, already, err
			}
			return a, false, h.store.Take(ctx, by, "tunis", b, b.Digest(), a)
		}
		first := batchOf(1, noon, monitor.Timeout, 1, 2)
		a, _, err := send(first)
		h.ok(err)
		if len(a.Readings) != 2 || a.Readings[0].Vantage != v.ID {
			t.Errorf("taken: %+v", a.Readings)
		}
		if _, already, err := send(first); err != nil || !already {
			t.Errorf("the same again: %v, %v", already, err)
		}
		_, _, err = send(batchOf(1, noon, monitor.None, 1))
		h.wants(err, "vantage.replay")
		// Two requests with one batch at once: one takes it, the other changes nothing.
		second := batchOf(2, noon.Add(time.Second), monitor.Timeout, 1)
		now, err := h.store.Signed(ctx, "tunis")
		h.ok(err)
		weighed, _, err := h.store.Weigh(ctx, by, now, second, second.Digest())
		h.ok(err)
		h.ok(h.store.Take(ctx, by, "tunis", second, second.Digest(), weighed))
		h.wants(h.store.Take(ctx, by, "tunis", second, second.Digest(), weighed), "vantage.replay")
		seats, err := h.store.Seats(ctx, "")
		h.ok(err)
		if len(seats) != 2 || seats[1].Sees[1].Failures != 2 || seats[1].Sees[2].Failures != 1 {
			t.Errorf("failures were counted twice: %+v", seats)
		}
		// The third failure confirms; a reading older than the last is history.
		_, _, err = send(batchOf(5, noon.Add(2*time.Second), monitor.Timeout, 1))
		h.ok(err)
		_, _, err = send(batchOf(6, noon.Add(-time.Minute), monitor.None, 1))
		h.ok(err)
		seats, err = h.store.Seats(ctx, "a")
		h.ok(err)
		if state := seats[1].Sees[1]; state.Verdict != monitor.Down || len(seats[1].Sees) != 1 {
			t.Errorf("stands as %s; %d checks", state.Verdict, len(seats[1].Sees))
		}
		after, err := h.store.Signed(ctx, "tunis")
		h.ok(err)
		if after.Gaps != 2 || after.Sequence != 6 {
			t.Errorf("%d gaps at %d", after.Gaps, after.Sequence)
		}
		// Revoked between weighing and taking: not taken.
		last := batchOf(7, noon.Add(3*time.Second), monitor.None, 1)
		weighed, _, err = h.store.Weigh(ctx, by, after, last, last.Digest())
		h.ok(err)
		_, err = h.store.Revoke(ctx, mcd, "tunis")
		h.ok(err)
		h.wants(h.store.Take(ctx, by, "tunis", last, last.Digest(), weighed), "vantage.gone")
		if seats, err = h.store.Seats(ctx, ""); err != nil || len(seats) != 1 {
			t.Errorf("a revoked vantage has a say: %v %v", seats, err)
		}
	})
}

func TestAVantageLooksAtItsOwnServicesOnly(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h, ctx := open(t, db), t.Context()
		all, critical, named := h.enrolled("all", vantage.Scope{}),
			h.enrolled("critical", vantage.Scope{Tiers: []monitor.Tier{monitor.Critical}}), h.enrolled("named", vantage.Scope{Services: []string{"b"}})
		services := func(v *vantage.Vantage) string {
			list, _, err := h.store.Orders(ctx, v)
			h.ok(err)
			var names []string
			for _, a := range list {
				names = append(names, a.Service)
			}
			return strings.Join(names, " ")
		}
		for v, want := range map[*vantage.Vantage]string{all: "a b", critical: "a", named: "b"} {
			if got := services(v); got != want {
				t.Errorf("%s looks at %q; want %q", v.Slug, got, want)
			}
		}
		a, _, err := h.store.Weigh(ctx, named.Actor(), named, batchOf(1, noon, monitor.None, 1, 2, 77), "d")
		h.ok(err)
		if len(a.Readings) != 1 || a.Readings[0].Check != 2 || a.Refused[vantage.UnknownCheck] != 2 {
			t.Errorf("of another's checks it may write %+v, %v", a.Readings, a.Refused)
		}
		_, _, err = h.store.Weigh(ctx, critical.Actor(), named, batchOf(1, noon, monitor.None, 2), "d")
		h.wants(err, "fault.not_found")
		h.ok(db.Exec("UPDATE services SET state = 'paused' WHERE slug = 'b'").Error)
		h.ok(db.Exec("UPDATE watch_state SET value = value + 1 WHERE name = 'version'").Error)
		if got := services(named); got != "" {
			t.Errorf("a paused service is looked at: %q", got)
		}
	})
}

func TestWhatIsSeenFromHereAndOldBatches(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h, ctx := open(t, db), t.Context()
		at := noon
		c := monitor.Current{CheckID: 1, Service: "a", Verdict: monitor.Down, Since: noon, LastAt: noon, FailingSince: &at, EverySec: 60, Failures: 3}
		for range 2 {
			h.ok(h.store.KeepHere(ctx, []monitor.Current{c}, nil))
			c.Failures = 4
		}
		seats, err := h.store.Seats(ctx, "")
		h.ok(err)
		got := seats[0].Sees[1]
		if got.Failures != 4 || !got.FailingSince.Equal(noon) || got.Verdict != monitor.Down {
			t.Errorf("came back as %+v", got)
		}
		h.ok(h.store.KeepHere(ctx, nil, []int64{1}))
		if seats, err = h.store.Seats(ctx, ""); err != nil || len(seats[0].Sees) != 0 {
			t.Errorf("a check nobody watches is remembered: %v", seats)
		}
		v := h.enrolled("tunis", vantage.Scope{})
		b := batchOf(1, noon, monitor.None, 1)
		a, _, err := h.store.Weigh(ctx, v.Actor(), v, b, "d")
		h.ok(err)
		h.ok(h.store.Take(ctx, v.Actor(), "tunis", b, "d", a))
		h.now = noon.Add(batchesKept + time.Hour)
		h.ok(h.store.Tidy(ctx))
		v, err = h.store.Signed(ctx, "tunis")
		h.ok(err)
		_, _, err = h.store.Weigh(ctx, v.Actor(), v, b, "d")
		h.wants(err, "vantage.replay")
	})
}
