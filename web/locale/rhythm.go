package locale

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
)

// List writes words one after another, apart as the language puts them.
func (c *Catalogue) List(tag lang.Tag, words []string) string {
	return strings.Join(words, c.T(tag, "unit.list"))
}

// Colon is what stands between a name and its value in plain text: French has a
// space before it.
func Colon(tag lang.Tag) string {
	if tag == lang.French {
		return " : "
	}
	return ": "
}

// Rhythm says a schedule ("@every 60s", "0 3 * * 0") in words. ok is false for
// the lines that no short sentence says.
func (c *Catalogue) Rhythm(tag lang.Tag, line string) (words string, ok bool) {
	line = strings.TrimSpace(line)
	if rest, found := strings.CutPrefix(line, "@every "); found {
		every, err := time.ParseDuration(strings.TrimSpace(rest))
		if err != nil || every < time.Second || every%time.Second != 0 {
			return "", false
		}
		return c.every(tag, every), true
	}
	f := strings.Fields(line)
	if len(f) != 5 || f[3] != "*" {
		return "", false
	}
	if step, found := strings.CutPrefix(f[0], "*/"); found && f[1] == "*" && f[2] == "*" && f[4] == "*" {
		n, err := strconv.Atoi(step)
		if err != nil || n < 1 || 60%n != 0 {
			return "", false
		}
		return c.every(tag, time.Duration(n)*time.Minute), true
	}
	clock, ok := clockOf(f[0], f[1])
	if !ok {
		return "", false
	}
	return c.days(tag, f[2], f[4], clock)
}

// every says an interval in its largest whole unit.
func (c *Catalogue) every(tag lang.Tag, d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return c.T(tag, "rhythm.day", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return c.T(tag, "rhythm.hour", int(d/time.Hour))
	case d%time.Minute == 0:
		return c.T(tag, "rhythm.minute", int(d/time.Minute))
	}
	return c.T(tag, "rhythm.second", int(d/time.Second))
}

// days says on which days something comes at a time of day.
func (c *Catalogue) days(tag lang.Tag, ofMonth, ofWeek, clock string) (string, bool) {
	if ofWeek == "*" {
		if ofMonth == "*" {
			return c.T(tag, "rhythm.daily", clock), true
		}
		n, err := strconv.Atoi(ofMonth)
		if err != nil || n < 1 || n > 31 {
			return "", false
		}
		return c.T(tag, "rhythm.monthly", n, clock), true
	}
	if ofMonth != "*" {
		return "", false // a line that names both means either: no short sentence says so
	}
	if from, to, found := strings.Cut(ofWeek, "-"); found {
		first, ok := c.weekday(tag, from)
		last, known := c.weekday(tag, to)
		return c.T(tag, "rhythm.from_to", first, last, clock), ok && known
	}
	var names []string
	for part := range strings.SplitSeq(ofWeek, ",") {
		name, ok := c.weekday(tag, part)
		if !ok {
			return "", false
		}
		names = append(names, name)
	}
	if len(names) == 1 {
		return c.T(tag, "rhythm.weekly", names[0], clock), true
	}
	return c.T(tag, "rhythm.some_days", c.List(tag, names), clock), true
}

// weekday names a day as cron lines do: 0 or 7 is Sunday; or its first letters.
func (c *Catalogue) weekday(tag lang.Tag, s string) (string, bool) {
	codes := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < len(codes) {
		s = codes[n]
	}
	key := "agreement.day." + strings.ToLower(s)
	return c.T(tag, key), c.Has(key)
}

// clockOf writes the hour and minute of a cron line; ok is false for steps and ranges.
func clockOf(minute, hour string) (string, bool) {
	m, err := strconv.Atoi(minute)
	h, wrong := strconv.Atoi(hour)
	if err != nil || wrong != nil || m < 0 || m > 59 || h < 0 || h > 23 {
		return "", false
	}
	return time.Date(2000, 1, 1, h, m, 0, 0, time.UTC).Format("15:04"), true
}
