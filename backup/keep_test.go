package backup_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/backup"
)

// left applies the rule every day, as it happens, and returns the days that are left.
func left(t *testing.T, keep backup.Keep, zone *time.Location, from time.Time, days int) []string {
	t.Helper()
	var folder []string
	for n := range days {
		folder = append(folder, backup.Name(from.AddDate(0, 0, n)))
		spare := keep.Spare(folder, zone, from.AddDate(0, 0, n))
		folder = slices.DeleteFunc(folder, func(name string) bool { return slices.Contains(spare, name) })
	}
	var out []string
	for _, name := range folder {
		at, ok := backup.Made(name)
		if !ok {
			t.Fatalf("%s is no name", name)
		}
		out = append(out, at.In(zone).Format("2006-01-02"))
	}
	return out
}

func TestWhatIsKept(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris") // where clocks change
	if err != nil {
		t.Fatal(err)
	}
	tunis, err := time.LoadLocation("Africa/Tunis")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		keep backup.Keep
		zone *time.Location
		from time.Time
		days int
		want []string
	}{
		{"days", backup.Keep{Daily: 3}, tunis, time.Date(2026, 2, 25, 2, 30, 0, 0, tunis), 6, []string{"2026-02-28", "2026-03-01", "2026-03-02"}},
		{"nothing asked for: the newest", backup.Keep{}, tunis, time.Date(2026, 2, 25, 2, 30, 0, 0, tunis), 6, []string{"2026-03-02"}},
		{
			"weeks are ISO weeks, across a year",
			backup.Keep{Weekly: 3},
			tunis, time.Date(2026, 12, 20, 2, 30, 0, 0, tunis), 20,
			[]string{"2026-12-27", "2027-01-03", "2027-01-08"},
		},
		{"months", backup.Keep{Monthly: 3}, tunis, time.Date(2027, 12, 1, 2, 30, 0, 0, tunis), 95, []string{"2028-01-31", "2028-02-29", "2028-03-04"}},
		{
			"all",
			backup.Keep{Daily: 2, Weekly: 2, Monthly: 2},
			tunis, time.Date(2026, 8, 1, 2, 30, 0, 0, tunis), 45,
			[]string{"2026-08-31", "2026-09-13", "2026-09-14"},
		},
		{"clocks go forward", backup.Keep{Daily: 4}, paris, time.Date(2026, 3, 27, 2, 30, 0, 0, paris), 5, []string{"2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"}},
		{"clocks go back", backup.Keep{Daily: 4}, paris, time.Date(2026, 10, 23, 2, 30, 0, 0, paris), 5, []string{"2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"}},
	} {
		if diff := cmp.Diff(c.want, left(t, c.keep, c.zone, c.from, c.days)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTwoOnOneDayLeaveTheNewer(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	names := []string{backup.Name(at), backup.Name(at.Add(time.Hour)), backup.Name(at.AddDate(0, 0, -1))}
	if diff := cmp.Diff([]string{backup.Name(at)}, backup.Keep{Daily: 2}.Spare(names, time.UTC, at.AddDate(1, 0, 0))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	other := []string{"jard.db", "jard-20261122T080000Z.jardbackup.part", "jard-20261322T080000Z.jardbackup", "notes.txt", "jard-.jardbackup", ""}
	if spare := (backup.Keep{}).Spare(other, time.UTC, time.Now()); len(spare) > 0 {
		t.Errorf("%q would be removed", spare)
	}
}

// A year of days keeps as many as the rule says, whatever the day it began on.
func TestAYearKeepsWhatWasAsked(t *testing.T) {
	for start := range 31 {
		days := left(t, backup.Keep{Daily: 7, Weekly: 4, Monthly: 12}, time.UTC, time.Date(2026, 1, 1+start, 3, 0, 0, 0, time.UTC), 420)
		if n := len(days); n < 7+2+10 || n > 7+4+12 {
			t.Errorf("begun on day %d: %d are kept: %q", start, n, days)
		}
	}
}

// A clock that was wrong for some nights pushes out nothing of what is made
// once it is right again, and nothing that was made before.
func TestBackupsThatAWrongClockDatedAhead(t *testing.T) {
	now := time.Date(2026, 11, 22, 2, 30, 0, 0, time.UTC)
	var folder, want []string
	for n := range 9 {
		folder = append(folder, backup.Name(now.AddDate(1, 0, n)), backup.Name(now.AddDate(0, 0, -n)))
		if n >= 7 {
			want = append(want, backup.Name(now.AddDate(0, 0, -n)))
		}
	}
	if diff := cmp.Diff(want, backup.Keep{Daily: 7}.Spare(folder, time.UTC, now)); diff != "" {
		t.Errorf("may go (-want +got):\n%s", diff)
	}
}
