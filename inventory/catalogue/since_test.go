package catalogue

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

func TestAMomentIsReadAsPeopleAndProgramsWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"2026-08-20":                        "2026-08-19T23:00:00Z", // the day begins in Tunis
		"2026-08-20T09:00:00Z":              "2026-08-20T09:00:00Z",
		"2026-08-20T09:00:00":               "2026-08-20T09:00:00Z",
		"2026-08-20T09:00:00.123456":        "2026-08-20T09:00:00.123456Z",
		"2026-08-20T10:00:00+01:00":         "2026-08-20T09:00:00Z",
		"2026-08-20T10:00:00 01:00":         "2026-08-20T09:00:00Z", // a plus that was not escaped
		"2026-08-20 09:00:00":               "2026-08-20T09:00:00Z",
		"2026-08-20 10:00:00+01:00":         "2026-08-20T09:00:00Z",
		"2026-08-20T09:00":                  "2026-08-20T09:00:00Z",
		"2026-08-20T09:00Z":                 "2026-08-20T09:00:00Z",
		"2026-08-20T09:00:00.123456789Z":    "2026-08-20T09:00:00.123456789Z",
		"1970-01-01":                        "1969-12-31T23:00:00Z",
		"2999-12-31T23:59:59.999999+00:00":  "2999-12-31T23:59:59.999999Z",
		"2026-08-20T09:00:00.000000+00:00 ": "",
	} {
		got, err := ParseSince(text)
		if want == "" {
			if err == nil {
				t.Errorf("%q is read as %s", text, got)
			}
		} else if err != nil || sinceText(got) != want {
			t.Errorf("%q is %s, %v; want %s", text, sinceText(got), err, want)
		}
	}
}

func TestWhatIsNoMomentIsRefused(t *testing.T) {
	for _, text := range []string{
		"hier", "2026", "2026-13-01", "2026-02-30", "20/08/2026", "2026-08-20T25:00:00Z", "1755680400", "NOW-1DAY", " ", "\x00",
		"2026-08-20T09:00:00Z' OR 1=1", "٢٠٢٦-٠٨-٢٠", "2026-08-20T", strings.Repeat("2", 1000), "0000-01-01T00:00:00Z",
	} {
		_, err := ParseSince(text)
		faults := fault.All(err)
		if len(faults) != 1 || faults[0].Key != "catalogue.since.invalid" || faults[0].Field != "modified_since" || faults[0].Kind != fault.Invalid {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzParseSince(f *testing.F) {
	for _, seed := range []string{"2026-08-20", "2026-08-20T09:00:00Z", "2026-08-20 10:00:00 01:00", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseSince(text)
		if err != nil {
			return
		}
		if again, err := ParseSince(sinceText(got)); err != nil || !again.Equal(got) {
			t.Errorf("%q is %s, which is read as %s, %v", text, sinceText(got), again, err)
		}
	})
}

// datasetsOf lists the subjects that a Turtle page says to be datasets.
func datasetsOf(t *testing.T, d *Document) (iris []string, next string) {
	t.Helper()
	all, err := readTurtle(d.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := conforms(all, spellProfile()); err != nil {
		t.Error(err)
	}
	for _, x := range all {
		switch {
		case x.predicate == expand("rdf:type") && x.object.value == expand("dcat:Dataset"):
			iris = append(iris, x.subject)
		case x.predicate == expand("hydra:next"):
			next = x.object.value
		}
	}
	return iris, next
}

func TestPagesOfWhatChangedSinceHoldThatAndNothingElse(t *testing.T) {
	gone := []inventory.Publication{buried(1000, 800*24*time.Hour, "", ""), buried(1001, time.Hour, "", "")}
	s := buildWith(t, settings(), gone, samples(699)...)
	for since, want := range map[time.Time]int{
		now.Add(-300 * time.Hour): 300, now.Add(-99 * time.Hour): 99, now: 0, now.AddDate(1, 0, 0): 0, now.AddDate(-9, 0, 0): 699,
		sample(10).Modified: 10, sample(10).Modified.Add(1): 9,
	} {
		seen := map[string]bool{}
		next := ""
		for number := 1; ; number++ {
			page, _, err := s.SincePage(t.Context(), Turtle, since, number)
			if err != nil {
				t.Fatal(err)
			}
			if page == nil {
				break
			}
			var ids []string
			ids, next = datasetsOf(t, page)
			for _, id := range ids {
				seen[id] = true
			}
			if len(ids) > 100 || next != "" && (!strings.Contains(next, "snapshot="+s.ID+"&modified_since=") || !strings.HasPrefix(next, "https://jard.example/catalog.ttl?page=")) {
				t.Errorf("since %s page %d: %d datasets, next %s", since, number, len(ids), next)
			}
		}
		if len(seen) != want || next != "" {
			t.Errorf("since %s: %d datasets; want %d", since, len(seen), want)
		}
	}
	whole, _, _ := s.SincePage(t.Context(), JSONLD, now.AddDate(-9, 0, 0), 1)
	recent, _, _ := s.SincePage(t.Context(), JSONLD, now.AddDate(0, 0, -1), 1)
	old := gone[0].DatasetID
	if text := string(whole.Bytes()); !strings.Contains(text, old) || strings.Contains(string(recent.Bytes()), old) ||
		!strings.Contains(string(recent.Bytes()), gone[1].DatasetID) {
		t.Error("the withdrawn since are not those")
	}
}
