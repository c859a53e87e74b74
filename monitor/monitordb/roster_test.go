package monitordb

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

func declared(slug string, change ...func(*monitor.Service)) monitor.Declared {
	return monitor.Declared{Service: service(slug, change...), File: "mi.yaml", Line: 3}
}

func TestFilesDeclareAllOrNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		ctx, by := context.Background(), identity.System("services in files")
		if err := s.Declare(ctx, by, []monitor.Declared{declared("a"), declared("b")}, nil, schedule.Period); err != nil {
			t.Fatal(err)
		}
		version, err := s.Version(ctx)
		if err != nil {
			t.Fatal(err)
		}
		renamed := declared("a", func(v *monitor.Service) { v.Name = lang.Text{"fr": "Renamed"} })
		nowhere := declared("c", func(v *monitor.Service) { v.Institution = "nowhere" })
		if err := s.Declare(ctx, by, []monitor.Declared{nowhere}, []monitor.Declared{renamed}, schedule.Period); err == nil ||
			!strings.Contains(err.Error(), "institution.unknown") {
			t.Fatalf("an unknown institution: %v", err)
		}
		all, err := s.Everything(ctx)
		if err != nil || len(all) != 2 || all[0].Name["fr"] != "Service a" || !all[0].KeptInFile() || len(all[0].Checks) != 1 {
			t.Fatalf("%+v, %v; nothing of a bad plan may be applied", all, err)
		}
		if again, _ := s.Version(ctx); again != version {
			t.Error("the watch is told of a change that was none")
		}
		before := all[0].Checks[0].ID
		if err := s.Declare(ctx, by, nil, []monitor.Declared{renamed}, schedule.Period); err != nil {
			t.Fatal(err)
		}
		v, err := s.Service(ctx, mcd, "a")
		if err != nil || v.Name["fr"] != "Renamed" || v.Checks[0].ID != before || v.Settings.Source.File != "mi.yaml" {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := s.Change(ctx, mcd, "a", func(v *monitor.Service) error { return v.TakeOver(mcd) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Declare(ctx, by, nil, []monitor.Declared{renamed}, schedule.Period); err == nil {
			t.Error("a file rules what somebody took over")
		}
		if err := s.Declare(ctx, by, []monitor.Declared{declared("b")}, nil, schedule.Period); err == nil || !strings.Contains(err.Error(), "service.slug.taken") {
			t.Errorf("a service is declared that is there: %v", err)
		}
	})
}

func TestDownSince(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		ctx := context.Background()
		v, err := s.Add(ctx, mcd, service("a"), schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
		ended := noon.Add(-time.Hour)
		for _, i := range []monitor.Outage{
			{CheckID: v.Checks[0].ID, Incident: 1, Grounds: []monitor.Ground{}, Service: "a", StartedAt: noon.Add(-90 * time.Minute), ConfirmedAt: noon, EndedAt: &ended, Resolution: monitor.Recovered},
			{CheckID: v.Checks[0].ID, Incident: 1, Grounds: []monitor.Ground{}, Service: "a", StartedAt: noon.Add(-5 * time.Minute), ConfirmedAt: noon},
		} {
			if err := db.Create(&i).Error; err != nil {
				t.Fatal(err)
			}
		}
		for since, want := range map[time.Duration]int{2 * time.Hour: 2, 30 * time.Minute: 1} {
			down, err := s.DownSince(ctx, noon.Add(-since))
			if err != nil || len(down["a"]) != want || monitor.Total(down["a"]) != time.Duration(want-1)*30*time.Minute+5*time.Minute {
				t.Errorf("since %s: %v, %v", since, down, err)
			}
		}
	})
}
