package catalogue

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// nowPattern finds NOW with the sums behind it, where a range has a bound.
var nowPattern = regexp.MustCompile(`([\[{]|TO)(\s*)NOW((?:[-+]\d{1,6}[A-Z]+|/[A-Z]+){0,8})`)

// Settled returns the arguments with the instant that NOW stands for written
// into the questions ("changed since NOW-1DAY"), so that an answer depends on
// its question alone.
func (a Args) Settled(now time.Time) Args {
	out := maps.Clone(a)
	for _, key := range []string{"q", "fq", "fq_list"} {
		switch v := a[key].(type) {
		case string:
			out[key] = settle(v, now)
		case []any:
			all := slices.Clone(v)
			for i, one := range all {
				if text, ok := one.(string); ok {
					all[i] = settle(text, now)
				}
			}
			out[key] = all
		}
	}
	return out
}

func settle(query string, now time.Time) string {
	if !strings.Contains(query, "NOW") {
		return query
	}
	return nowPattern.ReplaceAllStringFunc(query, func(found string) string {
		parts := nowPattern.FindStringSubmatch(found)
		at, ok := reckon(now.UTC().Truncate(time.Second), parts[3])
		if !ok {
			return found // refused later, in the words it was written in
		}
		return parts[1] + " " + at.Format(time.RFC3339)
	})
}

// reckon does Solr's sums on a moment: "-7DAYS", "+1MONTH", "/DAY" for the
// beginning of the day; false when it is none.
func reckon(t time.Time, sums string) (time.Time, bool) {
	for sums != "" {
		sign := sums[0]
		rest := sums[1:]
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		letters := digits + len(rest[digits:]) - len(strings.TrimLeft(rest[digits:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		unit := strings.TrimSuffix(rest[digits:letters], "S")
		sums = rest[letters:]
		switch {
		case sign == '/' && digits == 0:
			at, ok := beginning(t, unit)
			if !ok {
				return t, false
			}
			t = at
		case (sign == '-' || sign == '+') && 0 < digits && digits <= 6:
			n, _ := strconv.Atoi(rest[:digits]) // digits they are
			if sign == '-' {
				n = -n
			}
			at, ok := shifted(t, n, unit)
			if !ok {
				return t, false
			}
			t = at
		default:
			return t, false
		}
	}
	return t, t.Year() >= 0 && t.Year() <= 9999
}

// shifted moves a moment by n units.
func shifted(t time.Time, n int, unit string) (time.Time, bool) {
	switch unit {
	case "YEAR":
		return t.AddDate(n, 0, 0), true
	case "MONTH":
		return t.AddDate(0, n, 0), true
	case "DAY", "DATE":
		return t.AddDate(0, 0, n), true
	case "HOUR":
		return t.Add(time.Duration(n) * time.Hour), true
	case "MINUTE":
		return t.Add(time.Duration(n) * time.Minute), true
	case "SECOND":
		return t.Add(time.Duration(n) * time.Second), true
	case "MILLI", "MILLISECOND":
		return t.Add(time.Duration(n) * time.Millisecond), true
	}
	return t, false
}

// beginning goes back to where the unit began.
func beginning(t time.Time, unit string) (time.Time, bool) {
	switch unit {
	case "YEAR":
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC), true
	case "MONTH":
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC), true
	case "DAY", "DATE":
		return t.Truncate(24 * time.Hour), true
	case "HOUR":
		return t.Truncate(time.Hour), true
	case "MINUTE":
		return t.Truncate(time.Minute), true
	case "SECOND", "MILLI", "MILLISECOND":
		return t.Truncate(time.Second), true
	}
	return t, false
}
