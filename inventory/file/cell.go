package file

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// gaps are what people put between thousands.
var gaps = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "")

// number reads a number as people write it: 1234.5, "1 234,5", 12 %, -3.
func number(s string) (float64, bool) {
	if c := s[0]; c != '-' && c != '+' && c != '.' && c != ',' && (c < '0' || c > '9') {
		return 0, false
	}
	if x, err := strconv.ParseFloat(s, 64); err == nil {
		return x, plain(s)
	}
	s = strings.TrimSpace(strings.TrimSuffix(s, "%"))
	s = gaps.Replace(s)
	comma, point := strings.LastIndexByte(s, ','), strings.LastIndexByte(s, '.')
	switch {
	case comma >= 0 && point >= 0 && comma > point: // 1.234,5
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case comma >= 0 && point >= 0: // 1,234.5
		s = strings.ReplaceAll(s, ",", "")
	case comma >= 0 && strings.Count(s, ",") == 1: // 1234,5
		s = strings.Replace(s, ",", ".", 1)
	case comma >= 0: // 1,234,567
		s = strings.ReplaceAll(s, ",", "")
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && plain(s)
}

// plain refuses what ParseFloat takes beyond decimals: Inf, NaN, hexadecimals,
// and exponents that no table means.
func plain(s string) bool {
	return len(s) < 40 && !strings.ContainsAny(s, "xXpPnNiI_")
}

// date reads a day, a month or a campaign as the last day that it covers, day
// before month as is usual in Tunisia; a time may follow. bare says that a year
// alone is meant as a date, serial that a number may be a day as spreadsheets
// count them.
func date(s string, bare, serial bool) (inventory.Date, bool) {
	if len(s) < 4 || s[0] < '0' || s[0] > '9' || len(s) > 40 {
		return "", false
	}
	day := s
	if cut := strings.IndexAny(day, " T"); cut >= 8 {
		day = day[:cut]
	}
	g, n, ok := groups(day)
	switch {
	case !ok:
		return "", false
	case n == 1 && len(day) == 4:
		return yearEnd(day, bare)
	case n == 1 && len(day) == 5 && serial, n == 2 && serial && len(day) > 5 && day[5] == '.':
		return ofSerial(day)
	case n == 1 && len(day) == 8:
		return existing(g[0].value/10_000, g[0].value/100%100, g[0].value%100)
	case n == 3 && g[0].digits == 4:
		return existing(g[0].value, g[1].value, g[2].value)
	case n == 3 && g[2].digits == 4:
		return existing(g[2].value, g[1].value, g[0].value)
	case n == 2 && !strings.Contains(day, "."):
		return span(g)
	}
	return "", false
}

// group is a run of digits.
type group struct{ value, digits int }

// groups parts a text into up to three runs of digits between separators of
// one kind.
func groups(s string) (g [3]group, n int, ok bool) {
	separator := byte(0)
	for k := range len(s) {
		c := s[k]
		switch {
		case c >= '0' && c <= '9' && g[n].digits < 8:
			g[n].value, g[n].digits = g[n].value*10+int(c-'0'), g[n].digits+1
		case (c == '-' || c == '/' || c == '.') && (separator == 0 || separator == c) && g[n].digits > 0 && n < 2:
			separator = c
			n++
		default:
			return g, 0, false
		}
	}
	return g, n + 1, g[n].digits > 0
}

// existing refuses days that no calendar has.
func existing(year, month, day int) (inventory.Date, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day {
		return "", false
	}
	return sane(t)
}

// span reads what is longer than a day: 2026-03, 03/2026, 2025/2026, 2025-2026.
func span(g [3]group) (inventory.Date, bool) {
	first, second := g[0], g[1]
	if second.digits == 4 && first.digits <= 2 {
		first, second = second, first
	}
	switch {
	case first.digits == 4 && second.digits == 4 && second.value == first.value+1: // a campaign
		return existing(second.value, int(time.August), 31)
	case first.digits == 4 && second.digits == 2 && second.value >= 1 && second.value <= 12:
		return sane(time.Date(first.value, time.Month(second.value)+1, 0, 0, 0, 0, 0, time.UTC))
	}
	return "", false
}

func yearEnd(s string, bare bool) (inventory.Date, bool) {
	if !bare {
		return "", false
	}
	return sane(parsedYear(s))
}

func parsedYear(s string) time.Time {
	n, _ := strconv.Atoi(s) // four digits
	return time.Date(n, time.December, 31, 0, 0, 0, 0, time.UTC)
}

// ofSerial reads a day as spreadsheets store it: days since 30 December 1899.
func ofSerial(s string) (inventory.Date, bool) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x < 1 || x > 100_000 {
		return "", false
	}
	return sane(time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(x)))
}

// sane refuses days no table of a public body is about.
func sane(t time.Time) (inventory.Date, bool) {
	if t.Year() < 1800 || t.Year() > 2200 {
		return "", false
	}
	return inventory.Date(t.Format(time.DateOnly)), true
}

// truth tells whether a cell says yes or no.
func truth(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "vrai", "faux", "oui", "non", "yes", "no", "نعم", "لا":
		return true
	}
	return false
}

// dating are the words of headers that name a date, folded; years those whose
// numbers are years.
var (
	dating = []string{"date", "jour", "day", "mois", "month", "periode", "period", "تاريخ", "يوم", "شهر", "فتره"}
	years  = []string{"annee", "annees", "an", "year", "campagne", "exercice", "سنه", "السنه", "عام", "موسم"}
)

// says tells whether a header holds one of the words.
func says(header string, words []string) bool {
	folded := " " + inventory.Fold(header) + " "
	for _, w := range words {
		if strings.Contains(folded, " "+inventory.Fold(w)+" ") || len(w) > 4 && strings.Contains(folded, inventory.Fold(w)) {
			return true
		}
	}
	return false
}
