package alertdb

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

func TestAFallOfTheScoreIsToldOnceAndEnds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		fell := alert.Grade{On: monday, Before: monday.AddDate(0, 0, -alert.Graded), Value: 52, Was: 67, Line: 40}
		nights := []alert.Grade{fell, fell}
		h := open(t, db, func(o *Options) {
			o.Routes = []alert.Route{{ID: "all", Name: "all", Enabled: true, Group: alert.Apart, Recovery: true, Steps: []alert.Step{{Channels: []string{"noc"}}}}}
			o.Grades = func(context.Context, time.Time) (map[string][]alert.Grade, error) {
				return map[string][]alert.Grade{"eau": nights, "nobody": nights}, nil
			}
		})
		h.state("eau", monitor.Up, monitor.None, monday.Add(-time.Hour))
		h.state("permis", monitor.Up, monitor.None, monday.Add(-time.Hour))
		if did := h.round(true); did.Began != 1 || did.Queued != 1 {
			t.Fatalf("round = %+v; want one told", did)
		}
		var e alert.Event
		h.ok(db.Take(&e, "kind = ?", string(alert.Sinking)).Error)
		if e.Service != "eau" || e.Facts.Grade == nil || e.Facts.Grade.Was != 67 || PathOf(&e) != "/services/eau/assessment" {
			t.Errorf("%+v", e)
		}
		if did := h.round(true); did.Began != 0 {
			t.Errorf("round = %+v; want it told once", did)
		}
		nights[0].Value = 66 // mended
		if did := h.round(true); did.Ended != 1 {
			t.Errorf("round = %+v; want it over", did)
		}
	})
}
