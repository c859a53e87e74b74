package domaindb

import (
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	mcd  = identity.Actor{Account: "mcd-1", Role: identity.MCD}
)

// open returns a store at noon with the services given by slug and address.
func open(t *testing.T, db *gorm.DB, services map[string]string) (*Store, *time.Time) {
	t.Helper()
	now := noon
	clock := func() time.Time { return now }
	watched := monitordb.New(db, clock)
	if err := db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}}).Error; err != nil {
		t.Fatal(err)
	}
	for slug, address := range services {
		v := monitor.Service{
			Slug: slug, Institution: "mi", Name: lang.Text{"fr": slug}, URL: address, State: monitor.Active,
			Checks: []monitor.Check{{Kind: monitor.HTTP, Target: address, Schedule: "@every 60s", Timeout: 10 * time.Second}},
		}
		if slug == "draft" {
			v.State = monitor.Draft
		}
		if _, err := watched.Add(t.Context(), mcd, v, schedule.Period); err != nil {
			t.Fatal(err)
		}
	}
	return New(db, clock), &now
}

func TestDrift(t *testing.T) { databasetest.Drift(t, &domain.Domain{}) }

func TestDomainsOfServices(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, now := open(t, db, map[string]string{
			"tax": "https://www.finances.gov.tn/", "pay": "https://pay.finances.gov.tn:8443/x", "b3": "http://b3.tn/",
			"inside": "http://10.0.0.1/", "draft": "https://draft.tn/",
		})
		ctx := t.Context()
		list, err := s.All(ctx)
		if err != nil || len(list) != 2 || list[0].Name != "b3.tn" || list[1].Name != "finances.gov.tn" || len(list[1].Services) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		due, err := s.Due(ctx, 10)
		if err != nil || len(due) != 2 {
			t.Fatalf("due %+v, %v", due, err)
		}
		if err := s.Note(ctx, "b3.tn", domain.Seen{Outcome: domain.OK, ExpiresAt: noon.AddDate(0, 1, 0), Registrar: "R"}); err != nil {
			t.Fatal(err)
		}
		if due, _ = s.Due(ctx, 10); len(due) != 1 || due[0].Name != "finances.gov.tn" {
			t.Errorf("due %+v", due)
		}
		*now = noon.Add(domain.Every)
		if due, _ = s.Due(ctx, 1); len(due) != 1 || due[0].Name != "finances.gov.tn" {
			t.Errorf("due %+v; want who waited longest", due)
		}
		if err := s.Note(ctx, "b3.tn", domain.Seen{Outcome: domain.Failed, Detail: "timeout"}); err != nil {
			t.Fatal(err)
		}
		list, _ = s.All(ctx)
		if d := list[0]; d.Outcome != domain.Failed || d.Failures != 1 || d.ExpiresAt == nil || !d.ExpiresAt.Equal(noon.AddDate(0, 1, 0)) || d.Registrar != "R" {
			t.Errorf("kept %+v", d.Domain)
		}
	})
}

func TestADayEnteredByHand(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, map[string]string{"tax": "https://www.finances.gov.tn/"})
		ctx := t.Context()
		day := noon.AddDate(0, 5, 0)
		if err := s.Enter(ctx, mcd, "other.tn", &day); !errors.Is(err, fault.NotFound) {
			t.Errorf("a domain of nobody: %v", err)
		}
		stranger := identity.Actor{Account: "o", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
		if err := s.Enter(ctx, stranger, "finances.gov.tn", &day); !errors.Is(err, fault.Forbidden) {
			t.Errorf("somebody else's domain: %v", err)
		}
		if err := s.Enter(ctx, mcd, "finances.gov.tn", &day); err != nil {
			t.Fatal(err)
		}
		list, _ := s.All(ctx)
		if at, hand, ok := list[0].Until(); !ok || !hand || !at.Equal(day) || list[0].EnteredBy != "mcd-1" || !list[0].EnteredAt.Equal(noon) {
			t.Errorf("kept %+v", list[0].Domain)
		}
		var lines int64
		if err := db.Raw("SELECT count(*) FROM audit_lines WHERE act = 'domain.enter'").Scan(&lines).Error; err != nil || lines != 1 {
			t.Errorf("%d lines of the trail, %v", lines, err)
		}
		if err := s.Enter(ctx, mcd, "finances.gov.tn", nil); err != nil {
			t.Fatal(err)
		}
		if list, _ = s.All(ctx); list[0].EnteredAs != nil {
			t.Error("the day stands although it was taken back")
		}
	})
}
