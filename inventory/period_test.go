package inventory_test

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
)

func schedule(tb testing.TB, frequency string, covers inventory.Date) inventory.Schedule {
	tb.Helper()
	v := vocabulary(tb)
	s, ok := v.Schedule(v.Workdays(), inventory.Content{Frequency: frequency, TemporalEnd: covers})
	if !ok {
		tb.Fatalf("%s promises nothing", frequency)
	}
	return s
}

func TestPeriods(t *testing.T) {
	for _, tt := range []struct {
		name            string
		frequency       string
		covers          inventory.Date
		on              string
		label           string
		first, due, out string // first day, last day of the period, last day of grace
	}{
		{"month of 31 days", "monthly", "", "2026-10-31", "2026-10", "2026-10-01", "2026-10-31", "2026-11-09"},
		{"February", "monthly", "", "2026-02-28", "2026-02", "2026-02-01", "2026-02-28", "2026-03-09"},
		{"leap February", "monthly", "", "2028-02-29", "2028-02", "2028-02-01", "2028-02-29", "2028-03-07"},
		{"no leap year in 2100", "monthly", "", "2100-02-28", "2100-02", "2100-02-01", "2100-02-28", "2100-03-08"},
		{"last month of a year", "monthly", "", "2026-12-31", "2026-12", "2026-12-01", "2026-12-31", "2027-01-07"},
		{"grace ends on a holiday", "monthly", "", "2026-03-01", "2026-03", "2026-03-01", "2026-03-31", "2026-04-07"},
		{"pair of months", "bimonthly", "", "2026-04-30", "2026-B2", "2026-03-01", "2026-04-30", "2026-05-11"},
		{"first quarter", "quarterly", "", "2026-03-31", "2026-Q1", "2026-01-01", "2026-03-31", "2026-04-15"},
		{"grace of a quarter ends on Evacuation Day", "quarterly", "", "2026-07-01", "2026-Q3", "2026-07-01", "2026-09-30", "2026-10-16"},
		{"four months", "fourmonthly", "", "2026-12-31", "2026-T3", "2026-09-01", "2026-12-31", "2027-01-15"},
		{"half-year", "semiannual", "", "2026-07-01", "2026-S2", "2026-07-01", "2026-12-31", "2027-01-20"},
		{"year", "annual", "", "2028-02-29", "2028", "2028-01-01", "2028-12-31", "2029-01-30"},
		{"two years", "biennial", "", "2027-01-01", "2026/2027", "2026-01-01", "2027-12-31", "2028-02-29"},
		{"five years", "quinquennial", "", "2026-07-01", "2025/2029", "2025-01-01", "2029-12-31", "2030-07-01"},
		{"decade of a census", "decennial", "", "2024-05-01", "2020/2029", "2020-01-01", "2029-12-31", "2030-12-31"},
		{"week", "weekly", "", "2026-11-08", "2026-W45", "2026-11-02", "2026-11-08", "2026-11-10"},
		{"week 53 reaches into January", "weekly", "", "2027-01-01", "2026-W53", "2026-12-28", "2027-01-03", "2027-01-05"},
		{"week 1 begins in December", "weekly", "", "2024-12-30", "2025-W01", "2024-12-30", "2025-01-05", "2025-01-07"},
		{"two weeks", "biweekly", "", "2026-11-16", "2026-W46/2026-W47", "2026-11-09", "2026-11-22", "2026-11-25"},
		{"two weeks across a year", "biweekly", "", "2027-01-03", "2026-W52/2026-W53", "2026-12-21", "2027-01-03", "2027-01-06"},
		{"first half of a month", "semimonthly", "", "2026-02-15", "2026-02-H1", "2026-02-01", "2026-02-15", "2026-02-18"},
		{"second half of February", "semimonthly", "", "2028-02-16", "2028-02-H2", "2028-02-16", "2028-02-29", "2028-03-03"},
		{"hours take a day", "hourly", "", "2026-11-03", "2026-11-03", "2026-11-03", "2026-11-03", "2026-11-04"},
		{"quarters of an hour as well", "subhourly", "", "2026-11-06", "2026-11-06", "2026-11-06", "2026-11-06", "2026-11-09"},
		{"working day", "daily", "", "2026-11-05", "2026-11-05", "2026-11-05", "2026-11-05", "2026-11-06"},
		{"Sunday belongs to Monday", "daily", "", "2026-11-08", "2026-11-09", "2026-11-07", "2026-11-09", "2026-11-10"},
		{"Revolution Day belongs to the next day", "daily", "", "2026-12-17", "2026-12-18", "2026-12-17", "2026-12-18", "2026-12-21"},
		{"farming year", "campaign", "2023-08-31", "2026-08-31", "2025/2026", "2025-09-01", "2026-08-31", "2026-10-30"},
		{"first day of the next", "campaign", "2023-08-31", "2026-09-01", "2026/2027", "2026-09-01", "2027-08-31", "2027-11-01"},
		{"campaign that is the calendar year", "campaign", "2020-12-31", "2026-07-01", "2026", "2026-01-01", "2026-12-31", "2027-03-01"},
		{"campaign that ends on a leap day", "campaign", "2024-02-29", "2025-02-28", "2024/2025", "2024-03-01", "2025-02-28", "2025-04-29"},
		{"campaign without a given end", "campaign", "", "2026-03-15", "2025/2026", "2025-09-01", "2026-08-31", "2026-10-30"},
		{"irregular: once a year", "irregular", "", "2026-03-15", "2026", "2026-01-01", "2026-12-31", "2026-12-31"},
		{"as needed: the year ends on a Saturday", "asneeded", "", "2022-03-15", "2022", "2022-01-01", "2022-12-31", "2023-01-02"},
		{"continuous as well", "realtime", "", "2026-03-15", "2026", "2026-01-01", "2026-12-31", "2027-01-04"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := schedule(t, tt.frequency, tt.covers)
			p := s.Period(day(t, tt.on).Add(23*time.Hour + 59*time.Minute))
			due, late := s.Deadline(p)
			got := [4]string{p.Label, p.Start.Format(time.DateOnly), lastDay(&due), lastDay(&late)}
			if want := [4]string{tt.label, tt.first, tt.due, tt.out}; got != want {
				t.Errorf("%s on %s = %v; want %v", tt.frequency, tt.on, got, want)
			}
		})
	}
}

func TestNothingIsPromisedWithoutAFrequency(t *testing.T) {
	v := vocabulary(t)
	for _, code := range []string{"never", "unknown", "sometimes", ""} {
		if s, ok := v.Schedule(v.Workdays(), inventory.Content{Frequency: code}); ok {
			t.Errorf("%q promises %s", code, s.Period(start).Label)
		}
	}
}

func TestAPublicationLagMovesTheDueDay(t *testing.T) {
	v := vocabulary(t)
	for n := range v.Frequencies {
		v.Frequencies[n].LagDays = 45
	}
	s, _ := v.Schedule(v.Workdays(), inventory.Content{Frequency: "quarterly"})
	due, late := s.Deadline(s.Period(day(t, "2026-02-01")))
	if lastDay(&due) != "2026-05-15" || lastDay(&late) != "2026-06-01" {
		t.Errorf("due %s, late after %s; want 15 May and, 30 May being a Saturday, 1 June", lastDay(&due), lastDay(&late))
	}
}

// TestEveryDayBelongsToOnePeriod walks ten years of days for every frequency
// and three ends of a campaign: periods follow each other without gap or
// overlap, no two have one label, and grace ends on a day that is worked.
func TestEveryDayBelongsToOnePeriod(t *testing.T) {
	v := vocabulary(t)
	c := v.Workdays()
	for _, f := range v.Frequencies {
		for _, covers := range []inventory.Date{"", "2024-02-29", "2026-12-31"} {
			s, ok := v.Schedule(c, inventory.Content{Frequency: f.Code, TemporalEnd: covers})
			if !ok || covers != "" && f.Rule != inventory.Anchored {
				continue
			}
			labels, before := map[string]bool{}, inventory.Period{}
			for d := day(t, "2020-01-01"); d.Before(day(t, "2030-01-01")); d = d.AddDate(0, 0, 1) {
				p := s.Period(d.Add(13 * time.Hour))
				if d.Before(p.Start) || !d.Before(p.End) {
					t.Fatalf("%s: %s is not in %s, %s to %s", f.Code, d, p.Label, p.Start, p.End)
				}
				if p == before {
					continue
				}
				if labels[p.Label] || before.Label != "" && (!p.Start.Equal(before.End) || s.Next(before) != p) {
					t.Fatalf("%s: %v follows %v", f.Code, p, before)
				}
				due, late := s.Deadline(p)
				if due.Before(p.End) || !late.After(p.Start) || !c.Works(late.Add(-time.Hour)) {
					t.Fatalf("%s: %s is due %s and late %s", f.Code, p.Label, due, late)
				}
				labels[p.Label], before = true, p
			}
		}
	}
}

func TestDaysAreCutInTunis(t *testing.T) {
	s := schedule(t, "monthly", "")
	// 23:30 in UTC on the 31st is the 1st in Tunis.
	p := s.Period(time.Date(2026, time.October, 31, 23, 30, 0, 0, time.UTC))
	if want := time.Date(2026, time.October, 31, 23, 0, 0, 0, time.UTC); p.Label != "2026-11" || !p.Start.Equal(want) {
		t.Errorf("%s begins %s; want 2026-11, %s", p.Label, p.Start, want)
	}
}
