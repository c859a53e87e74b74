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
