package inventory_test

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
)

// vocabulary returns the pilot's.
func vocabulary(tb testing.TB) *inventory.Vocabulary {
	tb.Helper()
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	return &v
}

func TestFrequencyAsPeopleWriteIt(t *testing.T) {
	s := vocabulary(t).Synonyms()
	for _, tt := range []struct{ text, want string }{
		{"monthly", "monthly"},
		{"Mensuelle", "monthly"},
		{"  MENSUEL. ", "monthly"},
		{"par mois", "monthly"},
		{"شهري", "monthly"},
		{"شهـــري", "monthly"},
		{"شهرية", "monthly"},
		{"شهريه", "monthly"},
		{"شهريًّا", "monthly"},
		{"bimensuel", "semimonthly"},
		{"Bimestriel", "bimonthly"},
		{"Bimestrielle (tous les deux mois)", "bimonthly"},
		{"trimestriel", "quarterly"},
		{"tous les 3 mois", ""},
		{"كل ثلاثة أشهر", "quarterly"},
		{"كل ثلاثه اشهر", "quarterly"},
		{"journalière", "daily"},
		{"journaliere", "daily"},
		{"Annuelle", "annual"},
		{"yearly", "annual"},
		{"P1Y", "annual"},
		{"R/P1Y", "annual"},
		{"UPDATE_CONT", "realtime"},
		{"campagne", "campaign"},
		{"OTHER", ""},
		{"au besoin", "asneeded"},
		{"-", "unknown"},
		{"–", "unknown"},
		{"Non renseignée", "unknown"},
		{"néant", "unknown"},
		{"jamais", "never"},
		{"", ""},
		{"mensuel ou annuel", ""},
		{"mensuelle puis annuelle", ""},
		{"environ mensuel", ""},
		{"~2 years", ""},
		{"\x00", ""},
	} {
		got, ok := s.Frequency(tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Frequency(%q) = %q, %v; want %q", tt.text, got, ok, tt.want)
		}
	}
}

func TestAWordingOfTwoFrequenciesIsNotGuessed(t *testing.T) {
	v := inventory.Vocabulary{Frequencies: []inventory.Frequency{
		{Code: "a", Synonyms: []string{"Biannuel", "deux fois"}},
		{Code: "b", Synonyms: []string{"biannuel"}},
	}}
	s := v.Synonyms()
	if got, ok := s.Frequency("biannuel"); ok {
		t.Errorf("Frequency(biannuel) = %q; want none", got)
	}
	if got, _ := s.Frequency("deux fois"); got != "a" {
		t.Errorf("Frequency(deux fois) = %q; want a", got)
	}
}

// TestRealWordingsAreNeverGuessed reads wordings collected from other registers,
// when they are beside the repository: only those a person has agreed to may
// be understood.
func TestRealWordingsAreNeverGuessed(t *testing.T) {
	f, err := os.Open("../../shared/realdata/frequency_strings.txt")
	if err != nil {
		t.Logf("the collected wordings are not beside the repository, only the table above is tested: %v", err)
		return
	}
	defer f.Close()
	agreed := map[string]string{
		"as needed": "asneeded", "as required": "asneeded", "update when needed": "", "daily": "daily", "monthly": "monthly",
		"quarterly": "quarterly", "annually": "annual", "annual": "annual", "yearly": "annual", "never": "never",
		"hourly": "hourly", "weekly": "weekly", "every 3 months": "quarterly", "ad hoc": "irregular", "irregularly": "irregular",
		"n/a": "unknown", "n/a.": "unknown", "na": "",
	}
	s, understood := vocabulary(t).Synonyms(), 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		_, text, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		got, _ := s.Frequency(text)
		want := agreed[strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "."))]
		if got != want {
			t.Errorf("Frequency(%q) = %q; want %q", text, got, want)
		}
		if got != "" {
			understood++
		}
	}
	t.Logf("%d wordings understood, the others left to a person", understood)
	if understood < 10 {
		t.Errorf("only %d wordings understood", understood)
	}
}

func day(tb testing.TB, s string) time.Time {
	tb.Helper()
	t, err := time.ParseInLocation(time.DateOnly, s, inventory.Tunis())
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// lastDay shows the day before an instant, in Tunis: the last day that counts.
func lastDay(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(inventory.Tunis()).Add(-time.Microsecond).Format(time.DateOnly)
}

func TestDuty(t *testing.T) {
	v := vocabulary(t)
	c := v.Workdays()
	for _, tt := range []struct {
		name      string
		frequency string
		data      inventory.Date
		covers    inventory.Date
		due, late string // last day of the period, last day of grace
	}{
		{"monthly: the next calendar month, whatever day of this one", "monthly", "2026-09-01", "", "2026-10-31", "2026-11-09"},
		{"monthly: from the last day of a month", "monthly", "2026-01-31", "", "2026-02-28", "2026-03-09"},
		{"monthly: leap February", "monthly", "2028-01-31", "", "2028-02-29", "2028-03-07"},
		{"monthly: over the year's end", "monthly", "2026-12-31", "", "2027-01-31", "2027-02-08"},
		{"monthly: November covers December", "monthly", "2026-11-15", "", "2026-12-31", "2027-01-07"},
		{"monthly: grace ends on a weekend, Monday counts", "monthly", "2026-06-10", "", "2026-07-31", "2026-08-07"},
		{"monthly: grace ends on a holiday", "monthly", "2026-02-02", "", "2026-03-31", "2026-04-07"},
		{"bimonthly: halves of a quarter do not exist, pairs do", "bimonthly", "2026-02-28", "", "2026-04-30", "2026-05-11"},
		{"bimonthly: last pair of the year", "bimonthly", "2026-11-01", "", "2027-02-28", "2027-03-12"},
		{"quarterly: first quarter", "quarterly", "2026-03-31", "", "2026-06-30", "2026-07-15"},
		{"quarterly: third quarter, grace ends on Evacuation Day + 0", "quarterly", "2026-06-30", "", "2026-09-30", "2026-10-16"},
		{"quarterly: over the year's end", "quarterly", "2026-10-01", "", "2027-03-31", "2027-04-15"},
		{"four-monthly", "fourmonthly", "2026-05-01", "", "2026-12-31", "2027-01-15"},
		{"half-yearly", "semiannual", "2026-06-30", "", "2026-12-31", "2027-01-20"},
		{"yearly: the next calendar year", "annual", "2025-06-30", "", "2026-12-31", "2027-02-01"},
		{"yearly: on the first day", "annual", "2026-01-01", "", "2027-12-31", "2028-01-31"},
		{"yearly: from a leap day", "annual", "2028-02-29", "", "2029-12-31", "2030-01-30"},
		{"biennial counts from the data's year", "biennial", "2024-07-01", "", "2026-12-31", "2027-03-01"},
		{"quinquennial", "quinquennial", "2020-07-01", "", "2025-12-31", "2026-06-29"},
		{"census", "decennial", "2014-05-01", "", "2024-12-31", "2025-12-31"},
		{"weekly: seven days", "weekly", "2026-11-02", "", "2026-11-09", "2026-11-11"},
		{"weekly: grace ends on a Saturday", "weekly", "2026-11-05", "", "2026-11-12", "2026-11-16"},
		{"every two weeks", "biweekly", "2026-11-02", "", "2026-11-16", "2026-11-19"},
		{"twice a month: fifteen days", "semimonthly", "2026-11-02", "", "2026-11-17", "2026-11-20"},
		{"hourly data have a day", "hourly", "2026-11-02", "", "2026-11-03", "2026-11-04"},
		{"every 15 minutes as well", "subhourly", "2026-11-05", "", "2026-11-06", "2026-11-09"},
		{"daily: next working day", "daily", "2026-11-05", "", "2026-11-06", "2026-11-09"},
		{"daily: over a weekend", "daily", "2026-11-06", "", "2026-11-09", "2026-11-10"},
		{"daily: over Revolution Day", "daily", "2026-12-16", "", "2026-12-18", "2026-12-21"},
		{"campaign: ends a year after the one covered", "campaign", "2026-10-01", "2026-08-31", "2027-08-31", "2027-11-01"},
		{"campaign: data given before it ended", "campaign", "2026-06-01", "2026-08-31", "2027-08-31", "2027-11-01"},
		{"campaign: several were missed, the data decide", "campaign", "2026-10-01", "2023-08-31", "2027-08-31", "2027-11-01"},
		{"campaign: ends on a leap day", "campaign", "2024-03-01", "2024-02-29", "2025-02-28", "2025-04-29"},
		{"campaign: no end known", "campaign", "2026-03-15", "", "2027-03-15", "2027-05-14"},
		{"continuous has no due date", "realtime", "2026-03-15", "", "", ""},
		{"as needed neither", "asneeded", "2026-03-15", "", "", ""},
		{"irregular neither", "irregular", "2026-03-15", "", "", ""},
		{"fixed data are never due", "never", "1999-01-01", "", "", ""},
		{"unknown binds nobody", "unknown", "2026-03-15", "", "", ""},
		{"a frequency that does not exist binds nobody", "sometimes", "2026-03-15", "", "", ""},
		{"no data date: the day of publication, 2026-11-16", "monthly", "", "", "2026-12-31", "2027-01-07"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := inventory.Content{Frequency: tt.frequency, DataModified: tt.data, TemporalEnd: tt.covers}
			got := v.Duty(c, content, day(t, "2026-11-16").Add(9*time.Hour))
			if lastDay(got.DueAt) != tt.due || lastDay(got.LateAfter) != tt.late {
				t.Errorf("Duty(%s, %s) = %q, %q; want %q, %q",
					tt.frequency, tt.data, lastDay(got.DueAt), lastDay(got.LateAfter), tt.due, tt.late)
			}
		})
	}
}

// TestDutyNeverDependsOnLateness walks ten years of days: the due date is after
// the data, not before the due date of earlier data, and the last day of grace is worked.
func TestDutyNeverDependsOnLateness(t *testing.T) {
	v := vocabulary(t)
	c := v.Workdays()
	for _, f := range v.Frequencies {
		var before time.Time
		for d := day(t, "2020-01-01"); d.Before(day(t, "2030-01-01")); d = d.AddDate(0, 0, 1) {
			got := v.Duty(c, inventory.Content{Frequency: f.Code, DataModified: inventory.DateOf(d, inventory.Tunis())}, start)
			if got.DueAt == nil {
				continue
			}
			if !got.DueAt.After(d) || got.DueAt.Before(before) || got.LateAfter.Before(*got.DueAt) {
				t.Fatalf("%s: data of %s are due %s, late %s", f.Code, d.Format(time.DateOnly), got.DueAt, got.LateAfter)
			}
			if !c.Works(got.LateAfter.Add(-time.Hour)) {
				t.Fatalf("%s: grace ends on %s, which is not worked", f.Code, lastDay(got.LateAfter))
			}
			before = *got.DueAt
		}
	}
}

func TestDaysAreCutInTunis(t *testing.T) {
	v := vocabulary(t)
	// 23:30 in UTC on the 31st is the 1st in Tunis.
	published := time.Date(2026, time.October, 31, 23, 30, 0, 0, time.UTC)
	got := v.Duty(v.Workdays(), inventory.Content{Frequency: "monthly"}, published)
	if lastDay(got.DueAt) != "2026-12-31" {
		t.Errorf("due %s; want 2026-12-31", lastDay(got.DueAt))
	}
	if want := time.Date(2026, time.December, 31, 23, 0, 0, 0, time.UTC); !got.DueAt.Equal(want) {
		t.Errorf("due at %s; want %s", got.DueAt, want)
	}
}

func TestDaysLate(t *testing.T) {
	c := vocabulary(t).Workdays()
	for _, tt := range []struct {
		name       string
		after, now string
		want       int
	}{
		{"not yet", "2026-11-10", "2026-11-09", 0},
		{"the first day counts", "2026-11-10", "2026-11-10", 1},
		{"a week of five", "2026-11-09", "2026-11-15", 5},
		{"a weekend is free", "2026-11-14", "2026-11-15", 0},
		{"two weeks and a day", "2026-11-02", "2026-11-16", 11},
		{"over Revolution Day", "2026-12-14", "2026-12-18", 4},
		{"over a year's end", "2026-12-31", "2027-01-04", 2},
		{"a holiday on a weekend is not counted twice", "2026-12-21", "2027-05-03", 92},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, now := day(t, tt.after), day(t, tt.now).Add(10*time.Hour)
			got := c.DaysLate(from, now)
			if got != tt.want {
				t.Errorf("DaysLate = %d; want %d", got, tt.want)
			}
			slow := 0
			for d := from; !d.After(now); d = d.AddDate(0, 0, 1) {
				if c.Works(d) {
					slow++
				}
			}
			if got != slow {
				t.Errorf("DaysLate = %d; counting day by day gives %d", got, slow)
			}
		})
	}
}

func TestACalendarOfHolidaysOnlyEnds(t *testing.T) {
	var all []inventory.Holiday
	for d := day(t, "2024-01-01"); d.Year() == 2024; d = d.AddDate(0, 0, 1) {
		all = append(all, inventory.Holiday{Day: d.Format("01-02")})
	}
	c := inventory.NewWorkdays(inventory.Tunis(), all)
	if got := c.OnOrAfter(day(t, "2026-11-16")); got.Before(day(t, "2026-11-16")) {
		t.Errorf("OnOrAfter = %s", got)
	}
}

func TestLicenceAsPortalsNameIt(t *testing.T) {
	v := vocabulary(t)
	for _, tt := range []struct{ id, want string }{
		{"licence-nationale-de-donnees-publiques-ouvertes", "LNDPO-TN"},
		{"Licence Nationale de Données Publiques Ouvertes", "LNDPO-TN"},
		{"cc-by", "CC-BY-4.0"},
		{"licence-creative-commons-attribution-cc-by", "CC-BY-4.0"},
		{"notspecified", "NOTSPECIFIED"},
		{"licence-de-base-de-données-ouverte-open-database-license-odbl", "ODbL-1.0"},
		{"", ""},
		{"gpl", ""},
	} {
		l, ok := v.LicenceOf(tt.id)
		if l.Code != tt.want || ok != (tt.want != "") {
			t.Errorf("LicenceOf(%q) = %q, %v; want %q", tt.id, l.Code, ok, tt.want)
		}
	}
	if got := v.DefaultLicence(); got != "LNDPO-TN" {
		t.Errorf("DefaultLicence() = %q", got)
	}
}

func TestEveryRuleIsInTheDecreeTable(t *testing.T) {
	v := vocabulary(t)
	rows := map[string]inventory.Rule{}
	for _, r := range v.Rules {
		rows[r.Code] = r
		if r.Certainty != "à valider juridiquement" {
			t.Errorf("rule %s is not marked as to be validated", r.Code)
		}
	}
	for _, code := range inventory.Rules() {
		if rows[code].Effect == "" {
			t.Errorf("decree.csv says nothing about rule %s", code)
		}
	}
}

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)
