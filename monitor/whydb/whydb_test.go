package whydb

import (
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/why"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) { databasetest.Drift(t, &Row{}) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestFindingsAreKeptAndReplaced(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, ctx := New(db), t.Context()
		if _, err := s.Finding(ctx, why.OfService, "acte"); !errors.Is(err, fault.NotFound) {
			t.Errorf("nobody looked yet: %v", err)
		}
		for n := range 2 {
			f := why.Finding{Scope: why.OfService, Slug: "acte", At: noon.AddDate(0, 0, n), Services: n + 1, Shifts: []why.Shift{{Kind: why.Outage, From: noon, Down: 60}}}
			if err := s.Keep(ctx, &f); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Keep(ctx, &why.Finding{Scope: why.OfInstitution, Slug: "acte", At: noon.AddDate(0, 0, -9)}); err != nil {
			t.Fatal(err)
		}
		f, err := s.Finding(ctx, why.OfService, "acte")
		if err != nil || f.Services != 2 || len(f.Shifts) != 1 || !f.Shifts[0].From.Equal(noon) || f.Shifts[0].Down.Duration() != time.Minute {
			t.Errorf("%+v, %v", f, err)
		}
		if err := s.Forget(ctx, noon); err != nil {
			t.Fatal(err)
		}
		if _, err = s.Finding(ctx, why.OfInstitution, "acte"); !errors.Is(err, fault.NotFound) {
			t.Errorf("forgotten: %v", err)
		}
		if _, err = s.Finding(ctx, why.OfService, "acte"); err != nil {
			t.Error(err)
		}
	})
}
