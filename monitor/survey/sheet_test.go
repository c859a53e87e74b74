package survey

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/lang"
)

func portalSet(tb testing.TB) *Set {
	tb.Helper()
	data, err := os.ReadFile("../../configs/questions/portal-tn.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	set, problems := ReadSet(data)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return set
}

// cells splits a text as a CSV file without quotes.
func cells(text string) [][]string {
	var out [][]string
	for line := range strings.Lines(text) {
		out = append(out, strings.Split(strings.TrimRight(line, "\n"), ","))
	}
	return out
}

func TestSheetsThatAreNone(t *testing.T) {
	set := portalSet(t)
	for text, want := range map[string]string{
		"":                                 "survey.import.empty (file)",
		"\n\n":                             "survey.import.empty (file)",
		"date,language,ease\n":             "survey.import.empty (file)",
		"date,language,ease\n# x,y,z\n":    "survey.import.empty (file)",
		"language,ease\nfr,4\n":            "survey.import.missing (file) date",
		"date,language\n2026-11-20,fr\n":   "survey.import.no_question (file)",
		"date,language,ease,ease\n1,2,3\n": "survey.import.twice (file) ease",
		"date,language,,ease\n1,2,3\n":     "survey.import.unnamed (file) 3",
		"date,language,ease,nom\n1,2,3\n":  "survey.import.column (file) nom portal-tn@1",
		"date,language,ease,98765432\n1\n": "survey.import.column (file) [tel] portal-tn@1",
		"a,b\n1,2\n": "survey.import.column (file) a portal-tn@1\nsurvey.import.column (file) b portal-tn@1\n" +
			"survey.import.missing (file) date\nsurvey.import.missing (file) language\nsurvey.import.no_question (file)",
	} {
		if _, err := NewSheet(set, cells(text)); fmt.Sprint(err) != want {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	long := [][]string{{"date", "language", "ease"}}
	for range MaxRows + 1 {
		long = append(long, []string{"2026-11-20", "fr", "4"})
	}
	if _, err := NewSheet(set, long); fmt.Sprint(err) != "survey.import.long (file) 5000" {
		t.Errorf("a long list: %v", err)
	}
}

func TestRowsOfSheets(t *testing.T) {
	set := portalSet(t)
	const header = "date,language,mode,ease,satisfaction,finished,comment\n"
	for row, want := range map[string]string{
		"2026-11-20,fr,,4,4,yes,":                                      "",
		"20/11/2026,AR,,4.0,٤,نعم\u060c بالكامل,":                      "",
		"46346,en,in-person,4,4,Partly,":                               "",
		"2026-11-20,fr,,4,4,Non,":                                      "",
		"hier,fr,,4,4,yes,":                                            "date survey.import.date",
		"2026-11-21,fr,,4,4,yes,":                                      "date survey.import.future",
		"2020-01-01,fr,,4,4,yes,":                                      "date survey.import.old",
		"2026-11-20,xx,,4,4,yes,":                                      "language survey.answer.language",
		"2026-11-20,fr,web,4,4,yes,":                                   "mode survey.import.mode",
		"2026-11-20,fr,,6,4,yes,":                                      "ease survey.answer.point",
		"2026-11-20,fr,,4.5,4,yes,":                                    "ease survey.answer.point",
		"2026-11-20,fr,,4,,yes,":                                       "satisfaction survey.answer.required",
		"2026-11-20,fr,,4,4,oui oui,":                                  "finished survey.answer.choice",
		",,,,,,a":                                                      "date survey.import.date; language survey.answer.language; ease survey.answer.required; satisfaction survey.answer.required; finished survey.answer.required",
		"2026-11-20,fr,,4,4,yes," + strings.Repeat("é", 2001):          "comment survey.answer.long",
		"2026-11-20,fr,,4,4,yes," + strings.Repeat("98 765 432 ", 250): "comment survey.answer.long",
	} {
		s, err := NewSheet(set, cells(header+row))
		if err != nil {
			t.Fatalf("%q: %v", row, err)
		}
		j := s.Judge(set, "cin", Interviewer, waveNow, tunis)[0]
		var got []string
		for _, f := range j.Faults {
			got = append(got, f.Field+" "+f.Key)
		}
		if strings.Join(got, "; ") != want || (j.Answer != nil) != (want == "") || j.Line != 2 {
			t.Errorf("%.60q: line %d, %q; want %q", row, j.Line, strings.Join(got, "; "), want)
		}
		if strings.Contains(fmt.Sprint(s.Rows), "98 765") {
			t.Errorf("%.60q: a telephone number is kept", row)
		}
	}
	s, err := NewSheet(set, cells("# a remark\n"+header+"\n2026-11-20,fr,in-person,4,5,yes,appelez le 98 765 432\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := s.Judge(set, "cin", Interviewer, waveNow, tunis)[0]
	if a.Line != 4 || a.Answer.Channel != InPerson || a.Answer.Comment != "appelez le [tel]" || !a.Answer.At.Equal(time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", a.Answer)
	}
}

func TestTemplatesAreSheets(t *testing.T) {
	set := portalSet(t)
	for _, tag := range lang.All() {
		lines := Template(set, tag, func(key string) string { return key })
		lines = append(lines, []string{"2026-11-20", string(tag), "4", "4", "yes"})
		s, err := NewSheet(set, lines)
		if err != nil || len(s.Rows) != 1 {
			t.Fatalf("%s: %v", tag, err)
		}
		if j := s.Judge(set, "cin", FaceToFace, waveNow, tunis)[0]; j.Answer == nil {
			t.Errorf("%s: %v", tag, j.Faults)
		}
	}
}

func FuzzSheet(f *testing.F) {
	f.Add("date,language,ease,satisfaction,finished,comment\n2026-11-20,fr,4,4,yes,appelez le 98 765 432")
	f.Add("date,language,ease\n46346,ar,٤")
	f.Add("# x\ndate,language,mode,ease\n,,,\n1,2")
	f.Add("\x00,\u202e,date")
	set := portalSet(f)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := NewSheet(set, cells(text))
		if err != nil {
			return
		}
		for n, j := range s.Judge(set, "cin", Interviewer, waveNow, tunis) {
			if (j.Answer == nil) == (len(j.Faults) == 0) || j.Line != s.Rows[n].Line {
				t.Fatalf("row %d: %+v", n, j)
			}
			if j.Answer != nil && (j.Answer.At.After(waveNow) || j.Answer.Channel.Mode() == Self || Mask(j.Answer.Comment) != j.Answer.Comment) {
				t.Fatalf("row %d: %+v", n, j.Answer)
			}
		}
	})
}
