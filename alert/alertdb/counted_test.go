package alertdb

import (
	"context"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// burning lets services be down five minutes of the last hour and returns the
// open events about budgets.
func (h *house) burning(slugs ...string) (of []string) {
	h.Helper()
	for range 5 {
		var ends []func()
		for _, slug := range slugs {
			ends = append(ends, h.outage(slug))
		}
		h.at = h.at.Add(time.Minute)
		for _, end := range ends {
			end()
		}
	}
	for _, slug := range slugs {
		h.state(slug, monitor.Up, monitor.None, h.at)
	}
	h.round(true)
	h.ok(h.db.Model(&alert.Event{}).Where("ended_at IS NULL AND kind = ?", alert.BurnFast).Order("service").Pluck("service", &of).Error)
	return of
}

// What a service agreed on counts for its alerts as it does for its budget.
func TestTheObjectiveOfAServiceIsHeardByAlerts(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ok(db.Exec(`UPDATE services SET settings = '{"agreement":{"objective":0.9}}' WHERE slug = 'eau'`).Error)
		h.round(true)
		if got := h.burning("eau", "permis"); !slices.Equal(got, []string{"permis"}) {
			t.Errorf("the budgets of %v burn; want that of permis: nine tenths were agreed on for eau", got)
		}
	})
}

// Maintenance, and what nobody could see, burns no budget: it is asked for once a
// round, of all services, before the transaction.
func TestTimeThatDoesNotCountBurnsNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		asked := 0
		h := open(t, db, func(o *Options) {
			o.Unseen = func(_ context.Context, from, to time.Time) (map[string][]monitor.Span, error) {
				if asked++; to.Sub(from) != 72*time.Hour {
					t.Errorf("asked of %s", to.Sub(from))
				}
				return map[string][]monitor.Span{"eau": {{From: monday.Add(-time.Hour), To: monday.Add(10 * time.Minute)}}}, nil
			}
		})
		h.round(false)
		if got := h.burning("eau", "permis"); !slices.Equal(got, []string{"permis"}) || asked != 1 {
			t.Errorf("the budgets of %v burn, asked %d times; want permis, once a full round", got, asked)
		}
	})
}

// An end that is found out late, as when an incident only closes after many good
// looks and ended with the first of them, is an end like any other.
func TestAnEndFoundOutLateIsARecovery(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.round(false)
		end := h.outage("eau")
		h.round(false)
		h.at = h.at.Add(time.Minute)
		end() // and nobody notices
		for range 3 {
			h.at = h.at.Add(2 * time.Hour)
			h.ok(db.Exec("UPDATE alert_state SET value = ? WHERE name = 'looked'", h.at.UnixMicro()).Error)
		}
		h.round(false)
		var e alert.Event
		h.ok(db.Take(&e).Error)
		if e.EndedAt == nil || !e.EndedAt.Equal(monday.Add(time.Minute)) || e.Facts.Ended != alert.Recovered {
			t.Errorf("ended %v as %q; want recovered when it did", e.EndedAt, e.Facts.Ended)
		}
	})
}
