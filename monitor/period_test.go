package monitor

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
)

func TestParsePeriod(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for code, want := range map[string][2]string{
		"2026-10": {"2026-10-01", "2026-11-01"}, "2026-Q3": {"2026-07-01", "2026-10-01"}, "2025": {"2025-01-01", "2026-01-01"},
		"2024-02": {"2024-02-01", "2024-03-01"}, "2026-Q4": {"2026-10-01", "2027-01-01"},
	} {
		p, err := ParsePeriod(code, now, time.UTC)
		if got := [2]string{p.From.Format(time.DateOnly), p.To.Format(time.DateOnly)}; err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", code, got, err, want)
		}
	}
	for code, want := range map[string]string{
		"": "period.invalid", "2026-13": "period.invalid", "2026-Q5": "period.invalid", "26": "period.invalid", "2026-1": "period.invalid",
		"2026-10 ": "period.invalid", "3026-Q1-02": "period.invalid", "2026-12": "period.future", "2999": "period.future",
	} {
		_, err := ParsePeriod(code, now, time.UTC)
		if all := fault.All(err); len(all) != 1 || all[0].Key != want || all[0].Field != "period" {
			t.Errorf("%q: %v; want %s", code, err, want)
		}
	}
	p, _ := ParsePeriod("2026-11", now, time.UTC)
	if p.Over(now) || p.Length(now) != 21*24*time.Hour+12*time.Hour {
		t.Errorf("the running month is over or %v long", p.Length(now))
	}
}

func TestPeriods(t *testing.T) {
	now := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, code := range Periods(now, time.UTC) {
		if _, err := ParsePeriod(code, now, time.UTC); err != nil || seen[code] {
			t.Errorf("%s: %v, or offered twice", code, err)
		}
		seen[code] = true
	}
	for _, code := range []string{"2026-03", "2025-03", "2026-Q1", "2025-Q4", "2026", "2025"} {
		if !seen[code] {
			t.Errorf("%s is not offered", code)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"2026-10", "2026-Q3", "2026", "2026-Q9", "", "٢٠٢٦", "2026-10\x00"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, code string) {
		p, err := ParsePeriod(code, now, time.UTC)
		if err == nil && (!p.From.Before(p.To) || p.From.After(now) || p.To.Sub(p.From) > 366*24*time.Hour) {
			t.Errorf("%q is read as %v to %v", code, p.From, p.To)
		}
	})
}
