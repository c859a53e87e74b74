package notice

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one day in a calendar.
type Event struct {
	UID      string // the same as long as it is about the same thing
	Day      time.Time
	Stamp    time.Time // when what it says was last changed
	Summary  string
	Text     string
	URL      string
	Category string
	Alarm    int // days before, at nine in the morning; 0: none
}

// Feed is a calendar to subscribe to.
type Feed struct {
	Name, Text string
	Lang       string
	Events     []Event
}

// ICS writes the calendar as RFC 5545 wants it: CRLF, lines of at most 75
// octets that never cut a character in two, text escaped, whole days.
func (f Feed) ICS() []byte {
	var b strings.Builder
	w := icsWriter{&b}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//Jard//Register of public data//"+strings.ToUpper(f.Lang))
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	w.text("X-WR-CALNAME", f.Name)
	w.text("X-WR-CALDESC", f.Text)
	w.line("X-WR-TIMEZONE", "Africa/Tunis")
	w.line("REFRESH-INTERVAL;VALUE=DURATION", "PT12H")
	w.line("X-PUBLISHED-TTL", "PT12H")
	for _, e := range f.Events {
		w.event(e, f.Lang)
	}
	w.line("END", "VCALENDAR")
	return []byte(b.String())
}

type icsWriter struct{ b *strings.Builder }

func (w icsWriter) event(e Event, tag string) {
	const day = "20060102"
	w.line("BEGIN", "VEVENT")
	w.line("UID", e.UID)
	w.line("DTSTAMP", e.Stamp.UTC().Format("20060102T150405Z"))
	w.line("DTSTART;VALUE=DATE", e.Day.Format(day))
	w.line("DTEND;VALUE=DATE", e.Day.AddDate(0, 0, 1).Format(day)) // the end is the first day after
	w.text("SUMMARY;LANGUAGE="+tag, e.Summary)
	if e.Text != "" {
		w.text("DESCRIPTION;LANGUAGE="+tag, e.Text)
	}
	if e.URL != "" {
		w.line("URL", e.URL)
	}
	if e.Category != "" {
		w.text("CATEGORIES", e.Category)
	}
	w.line("TRANSP", "TRANSPARENT") // a due date makes nobody busy
	if e.Alarm > 0 {
		w.line("BEGIN", "VALARM")
		w.line("ACTION", "DISPLAY")
		w.text("DESCRIPTION", e.Summary)
		w.line("TRIGGER", trigger(e.Alarm))
		w.line("END", "VALARM")
	}
	w.line("END", "VEVENT")
}

// trigger is nine in the morning, days before a day that begins at midnight.
func trigger(days int) string {
	return "-PT" + strconv.Itoa(24*days-9) + "H"
}

// text writes a property whose value is free text.
func (w icsWriter) text(name, value string) {
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)
	w.line(name, escape.Replace(plain(value)))
}

// plain drops what no calendar takes: control characters, broken characters.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// longestLine is how many octets a line may have, its end not counted.
const longestLine = 75

// line writes a content line, folded between characters. What would begin a
// line of its own stays in this one.
func (w icsWriter) line(name, value string) {
	s := name + ":" + strings.NewReplacer("\r", "", "\n", "").Replace(plain(value))
	for room := longestLine; len(s) > room; room = longestLine - 1 {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		w.b.WriteString(s[:cut] + "\r\n ")
		s = s[cut:]
	}
	w.b.WriteString(s + "\r\n")
}
