package locale

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
)

// Date writes the day of t (time.Time or *time.Time) in Tunis: 21 nov. 2026.
// No date at all is a dash.
func (c *Catalogue) Date(tag lang.Tag, t any) string {
	at, ok := moment(t)
	if !ok {
		return "–"
	}
	at = at.In(c.zone)
	day := strconv.Itoa(at.Day())
	if tag == lang.French && at.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, month(tag, at.Month()), at.Year())
}

// DateTime writes the day and the minute of t in Tunis.
func (c *Catalogue) DateTime(tag lang.Tag, t any) string {
	at, ok := moment(t)
	if !ok {
		return "–"
	}
	return c.T(tag, "unit.date_time", c.Date(tag, at), c.Time(at))
}

// Time writes the hour and minute of t in Tunis, which is the same in all languages.
func (c *Catalogue) Time(t any) string {
	at, ok := moment(t)
	if !ok {
		return "–"
	}
	return at.In(c.zone).Format("15:04")
}

// Month writes a month and its year: nov. 2026.
func (c *Catalogue) Month(tag lang.Tag, t time.Time) string {
	t = t.In(c.zone)
	return fmt.Sprintf("%s %d", month(tag, t.Month()), t.Year())
}

// moment reads a time or a pointer to one; the zero time is none.
func moment(t any) (time.Time, bool) {
	switch v := t.(type) {
	case time.Time:
		return v, !v.IsZero()
	case *time.Time:
		if v != nil {
			return *v, !v.IsZero()
		}
	}
	return time.Time{}, false
}

// month names a month: the Arabic names are the Tunisian ones, from the French.
func month(tag lang.Tag, m time.Month) string {
	names := map[lang.Tag][12]string{
		lang.French: {
			"janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc.",
		},
		lang.Arabic: {
			"جانفي", "فيفري", "مارس", "أفريل", "ماي", "جوان", "جويلية", "أوت", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
		},
		lang.English: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	}
	return names[tag][m-1]
}

// Number writes a number with Western digits: 1 234,5 in French and Arabic,
// where Tunisia uses the same separators, 1,234.5 in English. A fraction keeps
// at most two decimals.
func Number(tag lang.Tag, n any) string {
	var s string
	switch v := reflect.ValueOf(n); {
	case !v.IsValid():
		return "–"
	case v.CanInt():
		s = strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		s = strconv.FormatUint(v.Uint(), 10)
	case v.CanFloat():
		s = strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v.Float(), 'f', 2, 64), "0"), ".")
	default:
		return fmt.Sprint(n)
	}
	return separate(tag, s)
}

// Decimal writes n with exactly places decimals, so that columns line up.
func Decimal(tag lang.Tag, n float64, places int) string {
	return separate(tag, strconv.FormatFloat(n, 'f', places, 64))
}

// Percent writes a share of one as a percentage: 0.987 is 98,7 %.
func Percent(tag lang.Tag, share float64, places int) string {
	s := Decimal(tag, share*100, places)
	switch tag {
	case lang.French:
		return s + "\u202f%"
	case lang.Arabic: // isolated, so that the sign stays on its side after an Arabic word
		return "\u2066" + s + "%\u2069"
	}
	return s + "%"
}

// separate puts the group and decimal separators of the language into digits.
func separate(tag lang.Tag, digits string) string {
	group, decimal := "\u202f", ","
	if tag == lang.English {
		group, decimal = ",", "."
	}
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "−", digits[1:]
	}
	integer, fraction, found := strings.Cut(digits, ".")
	for i := len(integer) - 3; i > 0; i -= 3 {
		integer = integer[:i] + group + integer[i:]
	}
	if found {
		fraction = decimal + fraction
	}
	if sign != "" && tag == lang.Arabic { // isolated: the sign stays before its digits
		return "\u2066" + sign + integer + fraction + "\u2069"
	}
	return sign + integer + fraction
}

// Bytes writes a size in the unit a person would pick: 12,4 Mo.
func (c *Catalogue) Bytes(tag lang.Tag, n int64) string {
	size, unit := float64(n), 0
	keys := []string{"unit.byte", "unit.kilobyte", "unit.megabyte", "unit.gigabyte"}
	for size >= 1000 && unit < len(keys)-1 {
		size, unit = size/1000, unit+1
	}
	if unit == 0 {
		return c.T(tag, keys[0], n)
	}
	return c.T(tag, keys[unit], Decimal(tag, size, 1))
}

// Duration writes how long something lasts, in its two largest units: 2 heures
// 5 minutes. Under a second it is milliseconds.
func (c *Catalogue) Duration(tag lang.Tag, d time.Duration) string {
	if d < 0 {
		d = -d
	}
	if 0 < d && d < time.Millisecond {
		return c.T(tag, "unit.under_millisecond")
	}
	if d < time.Second {
		return c.T(tag, "unit.millisecond", Number(tag, d.Milliseconds()))
	}
	parts := []string{}
	for _, unit := range []struct {
		key  string
		size time.Duration
	}{
		{"unit.day", 24 * time.Hour},
		{"unit.hour", time.Hour},
		{"unit.minute", time.Minute},
		{"unit.second", time.Second},
	} {
		n := d / unit.size
		if n == 0 && len(parts) == 0 {
			continue
		}
		d -= n * unit.size
		if n > 0 {
			parts = append(parts, c.T(tag, unit.key, int(n)))
		}
		if len(parts) == 2 || n == 0 {
			break // two neighbouring units say enough
		}
	}
	return c.T(tag, "unit.join."+strconv.Itoa(len(parts)), asAny(parts)...)
}

// Ago writes how long ago t was, seen from now, in one unit: il y a 3 jours.
func (c *Catalogue) Ago(tag lang.Tag, t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return c.T(tag, "unit.just_now")
	case d < time.Hour:
		return c.T(tag, "unit.ago", c.T(tag, "unit.minute", int(d/time.Minute)))
	case d < 24*time.Hour:
		return c.T(tag, "unit.ago", c.T(tag, "unit.hour", int(d/time.Hour)))
	case d < 60*24*time.Hour:
		return c.T(tag, "unit.ago", c.T(tag, "unit.day", int(d/(24*time.Hour))))
	}
	return c.Date(tag, t)
}

func asAny(parts []string) []any {
	all := make([]any, len(parts))
	for i, p := range parts {
		all[i] = p
	}
	return all
}
