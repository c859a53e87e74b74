package alertdb

import (
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
)

func TestADomainIsToldOfBeforeItEnds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, func(o *Options) {
			o.Routes = []alert.Route{{ID: "all", Name: "all", Enabled: true, Group: alert.Apart, Recovery: true, Steps: []alert.Step{{Channels: []string{"noc"}}}}}
		})
		h.ok(db.Exec("UPDATE checks SET target = 'https://www.eau.tn/' WHERE service = 'eau'").Error)
		until := monday.AddDate(0, 0, 10)
		h.ok(db.Create(&domain.Domain{Name: "eau.tn", Outcome: domain.NoServer, NextAt: monday, EnteredAs: &until, EnteredBy: "karim", EnteredAt: &until}).Error)
		h.ok(db.Create(&domain.Domain{Name: "other.tn", Outcome: domain.OK, NextAt: monday, ExpiresAt: &until}).Error)
		h.state("eau", monitor.Up, monitor.None, monday.Add(-time.Hour))
		h.state("permis", monitor.Up, monitor.None, monday.Add(-time.Hour))
		open := func() []string {
			var all []string
			h.ok(db.Model(&alert.Event{}).Where("ended_at IS NULL").Pluck("subject", &all).Error)
			return all
		}
		if did := h.round(true); did.Began != 1 || !slices.Equal(open(), []string{"eau/eau.tn"}) {
			t.Fatalf("round = %+v, %v", did, open())
		}
		if did := h.round(true); did.Began != 0 {
			t.Errorf("round = %+v; want it told once", did)
		}
		h.ok(db.Exec("UPDATE domains SET entered_as = ? WHERE name = 'eau.tn'", until.AddDate(1, 0, 0)).Error)
		if did := h.round(true); did.Ended != 1 || len(open()) != 0 {
			t.Errorf("round = %+v, %v; want it over", did, open())
		}
	})
}
