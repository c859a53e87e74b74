package monitordb

import (
	"reflect"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// TestStandingsAgreeWithTheBoard holds what is asked for apart, and partly
// remembered, against what is read whole.
func TestStandingsAgreeWithTheBoard(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db)
		ctx := t.Context()
		b3, other := add(t, s, service("b3")), add(t, s, service("other"))
		agree := func(when string) []monitor.DaySum {
			t.Helper()
			c.at = c.at.Add(2 * boardAge)
			now, err := s.Standings(ctx)
			if err != nil {
				t.Fatal(err)
			}
			ribbons, err := s.Ribbons(ctx, []monitor.Service{*b3})
			if err != nil {
				t.Fatal(err)
			}
			// A store that remembers nothing.
			board, err := New(db, c.now).Board(ctx)
			if err != nil || len(board.Services) != len(now.Services) {
				t.Fatalf("%s: %d services, %v; want %d", when, len(now.Services), err, len(board.Services))
			}
			for n := range board.Services {
				want, got := &board.Services[n], &now.Services[n]
				if got.Service.Slug != want.Service.Slug || got.Verdict != want.Verdict || got.Reason != want.Reason || !got.Since.Equal(want.Since) {
					t.Errorf("%s: %s stands %v since %v; want %v since %v", when, got.Service.Slug, got.Verdict, got.Since, want.Verdict, want.Since)
				}
				if want.Service.Slug == "b3" && !reflect.DeepEqual(ribbons[0], want.Days) {
					t.Errorf("%s: the ribbon is %v\nwant %v", when, ribbons[0][RibbonDays-5:], want.Days[RibbonDays-5:])
				}
			}
			return ribbons[0]
		}
		agree("nothing is known")
		for _, v := range []*monitor.Service{b3, other} {
			if err := s.Fill(ctx, past(v.Checks[0].ID, noon.Add(-3*24*time.Hour), 3*24*12, 5*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Roll(ctx); err != nil {
			t.Fatal(err)
		}
		before := agree("three days are summed up")
		if before[RibbonDays-2].Up == 0 || before[RibbonDays-20].Readings != 0 {
			t.Errorf("yesterday %+v, three weeks ago %+v", before[RibbonDays-2], before[RibbonDays-20])
		}
		// Readings of three weeks ago come in late.
		if err := s.Fill(ctx, past(b3.Checks[0].ID, noon.Add(-19*24*time.Hour), 12, 5*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := s.Roll(ctx); err != nil {
			t.Fatal(err)
		}
		if after := agree("an old day was summed up again"); after[RibbonDays-20].Readings == 0 {
			t.Error("the ribbon does not notice an old day")
		}
		c.at = c.at.Add(24 * time.Hour)
		agree("a day later")
		add(t, s, service("new"))
		agree("a service is new")
		_, err := s.Change(ctx, mcd, "other", func(v *monitor.Service) error { v.State = monitor.Paused; return nil })
		if err != nil {
			t.Fatal(err)
		}
		agree("a service is paused")
		start, end := c.at.Add(-30*time.Minute), c.at.Add(2*time.Hour)
		_, err = s.Announce(ctx, mcd, monitor.MaintenanceWindow{
			Scope: monitor.OneService, Target: "b3", Title: lang.Text{"fr": "Mise à jour"}, Public: true, StartsAt: start, EndsAt: &end,
		})
		if err != nil {
			t.Fatal(err)
		}
		if during := agree("in maintenance"); during[RibbonDays-1].Planned < 30*time.Minute {
			t.Errorf("today is %+v", during[RibbonDays-1])
		}
	})
}

// TestHoursAndDays reads sums back with their phases.
func TestHoursAndDays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		readings := past(check, noon.Add(-26*time.Hour), 26*12-1, 5*time.Minute)
		if err := s.Fill(t.Context(), readings); err != nil {
			t.Fatal(err)
		}
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		hours, err := s.Hours(t.Context(), check, noon.Add(-48*time.Hour), noon)
		if err != nil || len(hours) != 25 && len(hours) != 26 {
			t.Fatalf("%d hours, %v", len(hours), err)
		}
		days, err := s.Days(t.Context(), check, noon.AddDate(0, 0, -3), noon)
		if err != nil || len(days) != 2 {
			t.Fatalf("%d days, %v", len(days), err)
		}
		var byHour, byDay monitor.Tally
		for n := range hours {
			if n > 0 && !hours[n-1].Start.Before(hours[n].Start) {
				t.Error("the hours are out of order")
			}
			byHour.Add(&hours[n].Tally)
		}
		for n := range days {
			byDay.Add(&days[n].Tally)
		}
		byHour.MayDown, byHour.MayUp, byDay.MayDown, byDay.MayUp = 0, 0, 0, 0
		if byHour != byDay {
			t.Errorf("hours come to %+v\ndays to %+v", byHour.Phases, byDay.Phases)
		}
		if byHour.Phases.Total() != byHour.Took || byHour.Took == 0 {
			t.Errorf("phases come to %v of %v", byHour.Phases.Total(), byHour.Took)
		}
	})
}

func TestOutageCount(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		add(t, s, service("b3"))
		end := noon.Add(-20 * time.Hour)
		for n, o := range []monitor.Outage{
			{Incident: 1, StartedAt: noon.Add(-24 * time.Hour), EndedAt: &end},
			{Incident: 1, StartedAt: noon.Add(-23 * time.Hour), EndedAt: &end},
			{Incident: 2, StartedAt: noon.Add(-time.Hour)},
			{Incident: 0, StartedAt: noon.Add(-22 * time.Hour), EndedAt: &end}, // announced
		} {
			o.Service, o.CheckID, o.ConfirmedAt, o.Grounds = "b3", int64(n+1), o.StartedAt, []monitor.Ground{}
			if err := db.Create(&o).Error; err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range []struct {
			from, to time.Duration
			want     int
		}{{-48, 0, 2}, {-48, -24, 0}, {-21, -10, 1}, {-20, -2, 0}, {-1, 5, 1}} {
			got, err := s.OutageCount(t.Context(), "b3", noon.Add(tt.from*time.Hour), noon.Add(tt.to*time.Hour))
			if err != nil || got != tt.want {
				t.Errorf("%d h to %d h: %d, %v; want %d", tt.from, tt.to, got, err, tt.want)
			}
		}
		if hash, err := s.EditionOf(t.Context(), "b3", noon.Add(-time.Hour), noon); err != nil || hash != "" {
			t.Errorf("%q, %v; nothing was stated", hash, err)
		}
	})
}
