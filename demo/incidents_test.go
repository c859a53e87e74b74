package demo

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Whatever the day, there is a past incident for each lesson.
func TestThereIsSomethingToLearnFrom(t *testing.T) {
	for _, now := range []time.Time{
		time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), time.Date(2027, 2, 1, 3, 0, 0, 0, time.UTC), time.Date(2028, 8, 31, 23, 59, 0, 0, time.UTC),
	} {
		type seen struct {
			service string
			reason  monitor.Reason
		}
		over := map[seen]int{}
		for n, s := range Services() {
			var why monitor.Reason
			s.Past(int64(n+1), now, func(r monitor.Reading, _ monitor.Current, change monitor.Change, _ time.Time) {
				switch change {
				case monitor.Opened:
					why = r.Reason
				case monitor.Closed:
					over[seen{s.Slug, why}]++
					over[seen{"", why}]++
				case monitor.Unchanged:
				}
			})
		}
		for _, l := range Lessons() {
			if over[seen{l.Service, l.Reason}] == 0 {
				t.Errorf("%s: %q has no past incident of %s", now.Format(time.DateOnly), l.Service, l.Reason)
			}
		}
	}
}

func TestUpkeepIsWhatTheRulesLetIn(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	occasions := func(string, time.Time, time.Time) ([]time.Time, error) { return []time.Time{now.AddDate(0, 0, 7)}, nil }
	slugs := map[string]bool{"mt": true}
	for _, s := range Services() {
		slugs[s.Slug] = true
		for _, other := range standsOn(s.Slug) {
			slugs["needs "+other] = true
		}
	}
	for _, m := range Upkeep(now) {
		if !slugs[m.Target] {
			t.Errorf("nobody knows %q", m.Target)
		}
		m.Institution = "mf"
		if _, err := monitor.NewMaintenance(identity.System("demo"), m, occasions, now); err != nil {
			t.Errorf("%s: %v", m.Title["fr"], err)
		}
	}
	if !slugs["needs demo-remboursement-soins"] || !slugs["demo-remboursement-soins"] {
		t.Error("nothing depends on another service")
	}
}
