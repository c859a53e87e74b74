package notice

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

func feed() Feed {
	long := strings.Repeat("إنتاج الحبوب حسب الولاية، بالقنطار؛ ", 8)
	return Feed{
		Name: "وزارة الفلاحة: التحيينات المنتظرة", Text: "Échéances, d'après le registre; à jour", Lang: "ar",
		Events: []Event{
			{
				UID: "d1.2026-Q3@jard.tn", Day: at("2026-10-15"), Stamp: monday, Summary: long,
				Text: "une\nligne; deux, trois \\ quatre\r\nEND:VEVENT", URL: "https://jard.tn/datasets/TN-1", Category: "marhp", Alarm: 3,
			},
			{UID: "d2.2026-10@jard.tn", Day: at("2026-12-31"), Stamp: monday, Summary: "Fin d'année"},
		},
	}
}

// unfolded checks the lines as they travel and returns them whole.
func unfolded(t *testing.T, b []byte) []string {
	t.Helper()
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		t.Error("the last line has no end")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	return strings.Split(strings.ReplaceAll(string(b), "\r\n ", ""), "\r\n")
}

func TestAnIndependentReaderReadsTheCalendar(t *testing.T) {
	f := feed()
	b := f.ICS()
	unfolded(t, b)
	c, err := ics.ParseCalendar(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	events := c.Events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	value := func(e *ics.VEvent, p ics.ComponentProperty) string {
		if got := e.GetProperty(p); got != nil {
			return got.Value
		}
		return ""
	}
	first := events[0]
	if got := value(first, ics.ComponentPropertySummary); got != f.Events[0].Summary {
		t.Errorf("summary = %q; want %q", got, f.Events[0].Summary)
	}
	if got, want := value(first, ics.ComponentPropertyDescription), "une\nligne; deux, trois \\ quatre\nEND:VEVENT"; got != want {
		t.Errorf("description = %q; want %q", got, want)
	}
	start, err := first.GetAllDayStartAt()
	if err != nil || start.Format(time.DateOnly) != "2026-10-15" {
		t.Errorf("start = %v, %v", start, err)
	}
	end, err := events[1].GetAllDayEndAt()
	if err != nil || end.Format(time.DateOnly) != "2027-01-01" {
		t.Errorf("end = %v, %v", end, err)
	}
	if first.Id() != "d1.2026-Q3@jard.tn" || value(first, ics.ComponentPropertyDtstamp) != "20261116T060000Z" {
		t.Errorf("uid %q, stamp %q", first.Id(), value(first, ics.ComponentPropertyDtstamp))
	}
	if alarms := first.Alarms(); len(alarms) != 1 || alarms[0].GetProperty(ics.ComponentPropertyTrigger).Value != "-PT63H" {
		t.Errorf("alarms = %+v", alarms)
	}
	if !bytes.Equal(b, f.ICS()) {
		t.Error("the same calendar is written in two ways")
	}
}

func FuzzICS(f *testing.F) {
	for _, s := range []string{"x", "a;b,c\\d", "x\r\nEND:VEVENT\r\nBEGIN:VEVENT", strings.Repeat("ب", 200), "\xff\x00\x7f", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := Feed{Name: s, Text: s, Lang: "fr", Events: []Event{{UID: "u", Day: monday, Stamp: monday, Summary: s, Text: s, URL: s, Category: s}}}.ICS()
		begins := 0
		for _, line := range unfolded(t, b) {
			if strings.HasPrefix(line, "BEGIN:") {
				begins++
			}
		}
		if begins != 2 {
			t.Errorf("%q begins %d components; want 2", s, begins)
		}
	})
}
