package noticedb

import (
	"errors"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/notice"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestEveryFieldHasItsColumn(t *testing.T) {
	databasetest.Drift(t, &notice.Preference{}, &notice.Told{}, &notice.Link{}, &digest{})
}

var monday = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

// setup returns a store with one account, and its clock.
func setup(t *testing.T, db *gorm.DB) (*Store, identity.Actor, *time.Time) {
	t.Helper()
	now := monday
	a := identity.Account{ID: "acc-amel", Email: "amel@agriculture.tn", Name: "Amel", Role: identity.MCD, Language: "fr", CreatedAt: now, UpdatedAt: now}
	if err := db.Create(&a).Error; err != nil {
		t.Fatal(err)
	}
	return New(db, func() time.Time { return now }), identity.Actor{Account: a.ID, Role: a.Role}, &now
}

func TestPreferencesAreKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, by, now := setup(t, db)
		ctx := t.Context()
		if p, err := s.Preference(ctx, by.Account); err != nil || p.Rhythm != notice.Daily {
			t.Fatalf("before anything was said: %+v, %v", p, err)
		}
		if err := s.Prefer(ctx, by, notice.Preference{Rhythm: notice.Weekly, AwayUntil: "2026-11-20"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Prefer(ctx, by, notice.Preference{Rhythm: "hourly"}); !errors.Is(err, fault.Invalid) {
			t.Errorf("hourly: %v", err)
		}
		if err := s.Prefer(ctx, identity.Actor{}, notice.Preference{Rhythm: notice.Daily}); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("the public prefers: %v", err)
		}
		people, err := s.People(ctx)
		if err != nil || len(people) != 1 || people[0].Rhythm != notice.Weekly || !people[0].Away("2026-11-20") || people[0].Away("2026-11-21") {
			t.Fatalf("People = %+v, %v", people, err)
		}
		secret, err := s.NewCalendar(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.ByCalendar(ctx, secret); err != nil || got != by.Account {
			t.Errorf("ByCalendar = %q, %v", got, err)
		}
		if p, _ := s.Preference(ctx, by.Account); p.Rhythm != notice.Weekly || p.CalendarHash == secret {
			t.Errorf("a calendar changed the rest, or kept its secret: %+v", p)
		}
		other, err := s.NewCalendar(ctx, by)
		if err != nil || other == secret {
			t.Fatal(err)
		}
		if _, err := s.ByCalendar(ctx, secret); !errors.Is(err, fault.NotFound) {
			t.Errorf("the replaced address still opens: %v", err)
		}
		if err := s.RevokeCalendar(ctx, by); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ByCalendar(ctx, other); !errors.Is(err, fault.NotFound) {
			t.Errorf("the revoked address still opens: %v", err)
		}
		if err := s.Stop(ctx, by); err != nil {
			t.Fatal(err)
		}
		if p, _ := s.Preference(ctx, by.Account); p.Rhythm != notice.Off {
			t.Errorf("after stopping: %+v", p)
		}
		if err := db.Model(&identity.Account{}).Where("id = ?", by.Account).Update("disabled_at", *now).Error; err != nil {
			t.Fatal(err)
		}
		if people, err := s.People(ctx); err != nil || len(people) != 0 {
			t.Errorf("a disabled account is written to: %+v, %v", people, err)
		}
		var lines int64
		if db.Table("audit_lines").Where("subject = 'account'").Count(&lines); lines != 5 {
			t.Errorf("%d lines in the trail; want 5", lines)
		}
	})
}

func TestOfTwoClicksOneActs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, by, now := setup(t, db)
		secret := identity.NewSecret()
		hash, _ := identity.Digested(secret)
		l := notice.Link{
			Hash: hash, Account: by.Account, Act: notice.Confirm, DatasetID: "d", Ref: "TN-1", Period: "2026-Q3",
			CreatedAt: monday, ExpiresAt: monday.Add(notice.LinkAge),
		}
		twin := l
		twin.Hash, twin.Act = "other", notice.Update
		if err := db.Create([]notice.Link{l, twin}).Error; err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		results := make([]error, 8)
		for n := range results {
			both.Go(func() { _, results[n] = s.Take(t.Context(), secret) })
		}
		both.Wait()
		taken := 0
		for _, err := range results {
			if err == nil {
				taken++
			} else if !errors.Is(err, fault.Conflict) {
				t.Errorf("Take = %v", err)
			}
		}
		if taken != 1 {
			t.Fatalf("%d of %d clicks began the act", taken, len(results))
		}
		if err := s.Release(t.Context(), &l); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(t.Context(), secret); err != nil {
			t.Fatalf("after a mistake: %v", err)
		}
		if err := s.Used(t.Context(), &l, by, "marhp"); err != nil {
			t.Fatal(err)
		}
		var left int64
		if db.Model(&notice.Link{}).Where("used_at IS NULL").Count(&left); left != 0 {
			t.Error("the other link of the same promise still opens")
		}
		if _, err := s.Take(t.Context(), secret); !errors.Is(err, fault.Gone) {
			t.Errorf("used twice: %v", err)
		}
		for _, wrong := range []string{"", "x", identity.NewSecret(), hash} {
			if _, err := s.Link(t.Context(), wrong); !errors.Is(err, fault.NotFound) {
				t.Errorf("Link(%q) = %v", wrong, err)
			}
		}
		*now = now.AddDate(2, 0, 0)
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Link(t.Context(), secret); !errors.Is(err, fault.NotFound) {
			t.Errorf("after two years: %v", err)
		}
	})
}
