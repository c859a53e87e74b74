package monitordb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

func chain(mark string, subjects ...string) *monitor.Secured {
	s := &monitor.Secured{Mark: mark}
	for _, subject := range subjects {
		s.Chain = append(s.Chain, monitor.Certificate{
			Subject: subject, Issuer: "CA", Key: "RSA 2048", Signature: "SHA256-RSA", SHA256: "ab",
			NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		})
	}
	return s
}

func TestChainsAreKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		ctx := t.Context()
		v := add(t, s, service("b3"))
		id := v.Checks[0].ID
		keep := func(c *monitor.Secured) {
			if err := s.KeepChains(ctx, map[int64]*monitor.Secured{id: c, 999: c}); err != nil {
				t.Fatal(err)
			}
		}
		keep(chain("one", "leaf", "between", "root"))
		list, err := s.Chain(ctx, id)
		if err != nil || len(list) != 3 || list[1] != chain("", "", "between").Chain[1] {
			t.Fatalf("kept %+v, %v", list, err)
		}
		keep(chain("two", "leaf"))
		list, _ = s.Chain(ctx, id)
		marks, err := s.ChainMarks(ctx)
		if err != nil || len(list) != 1 || len(marks) != 1 || marks[id] != "two" {
			t.Errorf("kept %+v with the marks %v, %v", list, marks, err)
		}
		// A check that is no longer watched has no certificates.
		if _, err := s.Change(ctx, mcd, "b3", func(v *monitor.Service) error {
			want := *v
			want.State = monitor.Paused
			return v.Edit(mcd, want, schedule.Period)
		}); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Chain(ctx, id); err != nil || len(list) != 0 {
			t.Errorf("a paused service keeps %+v, %v", list, err)
		}
		if err := s.KeepChains(ctx, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsKnownOfCertificatesGoesWithTheCheck(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		add(t, s, service("b3"))
		stored := `{"tls":{"intermediates":"-----BEGIN CERTIFICATE-----"}}`
		if err := db.Exec("UPDATE services SET settings = ? WHERE slug = 'b3'", stored).Error; err != nil {
			t.Fatal(err)
		}
		list, _, err := s.Watched(t.Context())
		if err != nil || len(list) == 0 || list[0].Check.Trust == nil || list[0].Check.Trust.Intermediates != "-----BEGIN CERTIFICATE-----" {
			t.Errorf("watched %+v, %v", list, err)
		}
	})
}
