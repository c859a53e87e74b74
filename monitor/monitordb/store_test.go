package monitordb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

func TestMain(m *testing.M) {
	if phase := os.Getenv(dieVariable); phase != "" {
		os.Exit(dieAt(phase))
	}
	databasetest.Main(m)
}

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	mcd   = identity.Actor{Account: "m", Role: identity.MCD}
	owner = identity.Actor{Account: "o", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
)

// clock is a clock that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// open returns a store on db with two ministries, at noon.
func open(t testing.TB, db *gorm.DB) (*Store, *clock) {
	t.Helper()
	c := &clock{noon}
	for _, slug := range []string{"mi", "mf"} {
		err := db.Create(&identity.Institution{
			Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug},
		}).Error
		if err != nil {
			t.Fatal(err)
		}
	}
	return New(db, c.now), c
}

func service(slug string, change ...func(*monitor.Service)) monitor.Service {
	s := monitor.Service{
		Slug: slug, Name: lang.Text{"fr": "Service " + slug}, Institution: "mi", URL: "http://127.0.0.1/",
		State: monitor.Active, LifeEvent: "tax",
		Checks: []monitor.Check{{Name: "home", Schedule: "@every 60s", Timeout: time.Second}},
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func add(t testing.TB, s *Store, want monitor.Service) *monitor.Service {
	t.Helper()
	made, err := s.Add(context.Background(), mcd, want, schedule.Period)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestModelsMatchTheTables(t *testing.T) {
	databasetest.Drift(t, &monitor.Service{}, &monitor.Check{}, &monitor.Current{}, &monitor.CheckSteps{}, &monitor.Incident{}, &monitor.Outage{},
		&monitor.Evidence{}, &monitor.IncidentNote{}, &monitor.Review{}, &monitor.MaintenanceWindow{}, &monitor.Subscriber{},
		&monitor.SubscriberLink{}, &told{}, &batched{}, &packed{}, &before{}, &Issued{}, &chainRow{}, &hourly{}, &daily{})
}

func TestAddAndRead(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		ctx := t.Context()
		before, _ := s.Version(ctx)
		made := add(t, s, service("b3", func(v *monitor.Service) {
			v.Checks[0].Expect = monitor.Expect{Status: []string{"200-299"}, Contains: []string{"B3"}}
		}))
		if made.Checks[0].ID == 0 || made.Revision != 1 {
			t.Errorf("made %+v", made)
		}
		if after, err := s.Version(ctx); err != nil || after <= before {
			t.Errorf("version %d after %d, %v; the watch must notice", after, before, err)
		}
		got, err := s.Service(ctx, identity.Actor{}, "b3")
		if err != nil || got.Name["fr"] != "Service b3" || len(got.Checks) != 1 ||
			got.Checks[0].Timeout != time.Second || got.Checks[0].Expect.Contains[0] != "B3" {
			t.Errorf("read %+v, %v", got, err)
		}
		lines, err := auditdb.New(db).Of(ctx, mcd, "service", "b3", 10)
		if err != nil || len(lines) != 1 || lines[0].Act != "service.add" {
			t.Errorf("audit %+v, %v", lines, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		add(t, s, service("b3"))
		for _, tt := range []struct {
			name  string
			by    identity.Actor
			want  monitor.Service
			kind  fault.Kind
			field string
		}{
			{"a slug that is taken", mcd, service("b3"), fault.Conflict, "slug"},
			{
				"an institution nobody knows", mcd, service("x", func(v *monitor.Service) { v.Institution = "zz" }),
				fault.Invalid, "institution",
			},
			{
				"somebody else's institution", owner, service("x", func(v *monitor.Service) { v.Institution = "mf" }),
				fault.NotFound, "",
			},
			{"the public", identity.Actor{}, service("x"), fault.Unauthenticated, ""},
		} {
			_, err := s.Add(t.Context(), tt.by, tt.want, schedule.Period)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != tt.kind || f.Field != tt.field {
				t.Errorf("%s: %v; want %s in %q", tt.name, err, tt.kind, tt.field)
			}
		}
		var lines int64
		db.Table("audit_lines").Count(&lines)
		if lines != 1 {
			t.Errorf("%d audit lines; refusals leave none", lines)
		}
	})
}

func TestWhoSeesWhat(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		add(t, s, service("public"))
		add(t, s, service("draft", func(v *monitor.Service) { v.State = monitor.Draft }))
		add(t, s, service("paused", func(v *monitor.Service) { v.State = monitor.Paused; v.Institution = "mf" }))
		for _, tt := range []struct {
			name string
			by   identity.Actor
			want string
		}{
			{"public", identity.Actor{}, "[public]"},
			{"owner", owner, "[draft public]"},
			{"mcd", mcd, "[draft paused public]"},
		} {
			list, err := s.List(t.Context(), tt.by, Filter{Limit: 10})
			var slugs []string
			for _, v := range list {
				slugs = append(slugs, v.Slug)
				if len(v.Checks) != 1 {
					t.Errorf("%s sees %s without its checks", tt.name, v.Slug)
				}
			}
			if got := fmt.Sprint(slugs); err != nil || got != tt.want {
				t.Errorf("%s sees %s, %v; want %s", tt.name, got, err, tt.want)
			}
			for _, slug := range []string{"public", "draft", "paused"} {
				_, err := s.Service(t.Context(), tt.by, slug)
				if seen := fmt.Sprint(slugs); (err == nil) != contains(slugs, slug) || err != nil && !errors.Is(err, fault.NotFound) {
					t.Errorf("%s asks for %s: %v, but sees %s in the list", tt.name, slug, err, seen)
				}
			}
		}
		page, err := s.List(t.Context(), mcd, Filter{Limit: 1, After: "draft", Text: "SERVICE p"})
		if err != nil || len(page) != 1 || page[0].Slug != "paused" {
			t.Errorf("second page %+v, %v; want paused", page, err)
		}
	})
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

func TestChangeKeepsAndRetiresChecks(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db)
		made := add(t, s, service("b3"))
		old := made.Checks[0].ID
		edit := func(f func(*monitor.Service)) *monitor.Service {
			t.Helper()
			c.at = c.at.Add(time.Minute)
			got, err := s.Change(t.Context(), mcd, "b3", func(v *monitor.Service) error {
				want := *v
				want.Checks = append([]monitor.Check(nil), v.Checks...)
				f(&want)
				return v.Edit(mcd, want, schedule.Period)
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		got := edit(func(v *monitor.Service) {
			v.Checks[0].Target = "http://127.0.0.1/new"
			v.Checks = append(v.Checks, monitor.Check{Name: "api", Schedule: "@every 60s"})
		})
		if got.Revision != 2 || got.Checks[0].ID != old || got.Checks[1].ID == 0 {
			t.Errorf("changed to %+v", got)
		}
		got = edit(func(v *monitor.Service) { v.Checks = v.Checks[1:] })
		again := edit(func(v *monitor.Service) {
			v.Checks = append(v.Checks, monitor.Check{Name: "home", Schedule: "@every 60s"})
		})
		if len(got.Checks) != 1 || again.Checks[1].ID == old {
			t.Errorf("a name that comes back gets a new number: %+v", again.Checks)
		}
		ids, err := s.checkIDs(t.Context())
		if err != nil || len(ids) != 3 {
			t.Errorf("%d checks in all, %v; want 3, one of them retired", len(ids), err)
		}
		if !again.CreatedAt.Equal(made.CreatedAt) {
			t.Errorf("created %v; want %v", again.CreatedAt, made.CreatedAt)
		}
	})
}

func TestChangeThatFailsWritesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		add(t, s, service("b3"))
		version, _ := s.Version(t.Context())
		_, err := s.Change(t.Context(), mcd, "b3", func(v *monitor.Service) error {
			v.URL = "http://example.tn/"
			return fault.New(fault.Stale, "fault.stale")
		})
		got, _ := s.Service(t.Context(), mcd, "b3")
		after, _ := s.Version(t.Context())
		if !errors.Is(err, fault.Stale) || got.URL != "http://127.0.0.1/" || after != version {
			t.Errorf("%v, url %s, version %d after %d", err, got.URL, after, version)
		}
		if _, err := s.Change(t.Context(), mcd, "nothing", nil); !errors.Is(err, fault.NotFound) {
			t.Errorf("change of nothing: %v; want NotFound", err)
		}
	})
}

func TestSeedIsIdempotentAndKeepsWhatPeopleMade(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		list := []monitor.Service{
			service("a", func(v *monitor.Service) { v.State = monitor.Draft }), service("b"),
			service("c", func(v *monitor.Service) { v.Institution = "zz" }),
		}
		by := identity.System("seed")
		if n, err := s.Seed(t.Context(), by, list, schedule.Period); n != 2 || !errors.Is(err, fault.Invalid) {
			t.Errorf("first time %d added, %v; want 2 and a fault on c", n, err)
		}
		_, err := s.Change(t.Context(), mcd, "a", func(v *monitor.Service) error {
			v.Note = "confirmed by telephone"
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := s.Seed(t.Context(), by, list, schedule.Period); n != 0 {
			t.Errorf("second time %d added; want 0", n)
		}
		if got, _ := s.Service(t.Context(), mcd, "a"); got.Note != "confirmed by telephone" {
			t.Errorf("note %q was overwritten", got.Note)
		}
	})
}
