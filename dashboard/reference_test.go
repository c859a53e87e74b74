package dashboard

import "testing"

// TestWeekOf finds Mondays, also in the years whose first days belong to the last week of the year before.
func TestWeekOf(t *testing.T) {
	for _, c := range []struct{ year, week, want string }{
		{"2026", "W01", "2025-12-29"},
		{"2026", "W44", "2026-10-26"},
		{"2026", "W53", "2026-12-28"},
		{"2027", "W01", "2027-01-04"},
		{"2023", "W01", "2023-01-02"},
		{"2024", "W10", "2024-03-04"},
		{"2026", "B3", ""},
		{"2026", "03-H1", ""},
		{"26W", "W01", ""},
		{"2026", "Wx", ""},
	} {
		got := ""
		if monday, ok := weekOf(c.year, c.week); ok {
			got = monday.Format("2006-01-02")
		}
		if got != c.want {
			t.Errorf("week %s of %s begins on %q; want %q", c.week, c.year, got, c.want)
		}
	}
}
