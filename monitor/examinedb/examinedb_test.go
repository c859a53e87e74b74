package examinedb

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/examine"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) { databasetest.Drift(t, &examine.Examination{}) }

func TestOneLookIsOnes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
		s := New(db, func() time.Time { return now })
		clock := identity.System("examine")
		var mine atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				ours, err := s.Begin(t.Context(), &examine.Examination{Service: "cin", BeganAt: &now}, clock, "interior")
				if err != nil {
					t.Error(err)
				}
				if ours {
					mine.Add(1)
				}
			})
		}
		all.Wait()
		if mine.Load() != 1 {
			t.Errorf("%d have the look; one should", mine.Load())
		}
		soon := now.Add(examine.Apart - time.Second)
		if ours, err := s.Begin(t.Context(), &examine.Examination{Service: "cin", BeganAt: &soon}, clock, "interior"); err != nil || ours {
			t.Errorf("a second look at once: %v, %v", ours, err)
		}
		var lines int64
		if db.Model(&audit.Line{}).Count(&lines); lines != 0 {
			t.Errorf("the clock is written down %d times", lines)
		}
		later := now.Add(examine.Apart)
		owner := identity.Actor{Account: "a-1", Role: identity.ServiceOwner, Institution: "interior", Institutions: []string{"interior"}}
		x := examine.Examination{Service: "cin", BeganAt: &later}
		if ours, err := s.Begin(t.Context(), &x, owner, "interior"); err != nil || !ours {
			t.Fatalf("a look later: %v, %v", ours, err)
		}
		if db.Model(&audit.Line{}).Where("act = 'service.examine' AND ref = 'cin' AND institution = 'interior'").Count(&lines); lines != 1 {
			t.Errorf("who asked is written down %d times", lines)
		}
		ended := later.Add(time.Minute)
		x.EndedAt, x.GoodAt, x.Requests, x.Bytes, x.Tries, x.Why = &ended, &ended, 31, 123456, 2, "examine.unknown.time"
		if err := s.Keep(t.Context(), &x); err != nil {
			t.Fatal(err)
		}
		if one, err := s.One(t.Context(), "cin"); err != nil || one.Requests != 31 || !one.EndedAt.Equal(ended) {
			t.Errorf("one: %+v, %v", one, err)
		}
		if one, err := s.One(t.Context(), "none"); err != nil || one.Service != "none" || one.BeganAt != nil {
			t.Errorf("one nobody looked at: %+v, %v", one, err)
		}
		known, err := s.All(t.Context())
		got := known["cin"]
		if err != nil || len(known) != 1 || !got.BeganAt.Equal(later) || !got.EndedAt.Equal(ended) || !got.GoodAt.Equal(ended) || got.Requests != 31 ||
			got.Bytes != 123456 || got.Tries != 2 || got.Why != "examine.unknown.time" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
