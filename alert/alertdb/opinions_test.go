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

func TestDiscontentIsToldOnceAndEnds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		said := []alert.Opinion{
			{From: monday.AddDate(0, 0, -14), To: monday, Value: 3.2, Low: 2.8, High: 3.9, N: 120, Line: 5},
			{From: monday.AddDate(0, 0, -28), To: monday.AddDate(0, 0, -14), Value: 4, Low: 3.5, High: 4.6, N: 140, Line: 5},
		}
		h := open(t, db, func(o *Options) {
			o.Routes = []alert.Route{{ID: "all", Name: "all", Enabled: true, Group: alert.Apart, Recovery: true, Steps: []alert.Step{{Channels: []string{"noc"}}}}}
			o.Opinions = func(context.Context, time.Time) (map[string][]alert.Opinion, error) {
				return map[string][]alert.Opinion{"eau": said, "nobody": said}, nil
			}
		})
		h.state("eau", monitor.Up, monitor.None, monday.Add(-time.Hour))
		h.state("permis", monitor.Up, monitor.None, monday.Add(-time.Hour))
		if did := h.round(true); did.Began != 1 || did.Queued != 1 {
			t.Fatalf("round = %+v; want one told", did)
		}
		var e alert.Event
		h.ok(db.Take(&e, "kind = ?", string(alert.Discontent)).Error)
		if e.Service != "eau" || e.Facts.Opinion == nil || e.Facts.Opinion.N != 120 || e.Facts.Earlier.N != 140 || PathOf(&e) != "/services/eau/satisfaction" {
			t.Errorf("%+v", e)
		}
		if did := h.round(true); did.Began != 0 {
			t.Errorf("round = %+v; want it told once", did)
		}
		said[0].High = 5.2 // not decided any more
		if did := h.round(true); did.Ended != 1 {
			t.Errorf("round = %+v; want it over", did)
		}
	})
}
