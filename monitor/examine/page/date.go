package page

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// months are the names by which pages write them, folded: French, English, and
// Arabic as it is written in Tunisia and elsewhere.
var months = map[string]time.Month{
	"janvier": 1, "janv": 1, "january": 1, "jan": 1, "جانفي": 1, "يناير": 1,
	"fevrier": 2, "fevr": 2, "february": 2, "feb": 2, "فيفري": 2, "فبراير": 2,
	"mars": 3, "march": 3, "mar": 3, "مارس": 3,
	"avril": 4, "avr": 4, "april": 4, "apr": 4, "افريل": 4, "ابريل": 4,
	"mai": 5, "may": 5, "ماي": 5, "مايو": 5,
	"juin": 6, "june": 6, "jun": 6, "جوان": 6, "يونيو": 6,
	"juillet": 7, "juil": 7, "july": 7, "jul": 7, "جويليه": 7, "يوليو": 7,
	"aout": 8, "august": 8, "aug": 8, "اوت": 8, "اغسطس": 8,
	"septembre": 9, "sept": 9, "september": 9, "sep": 9, "سبتمبر": 9,
	"octobre": 10, "oct": 10, "october": 10, "اكتوبر": 10,
	"novembre": 11, "nov": 11, "november": 11, "نوفمبر": 11,
	"decembre": 12, "dec": 12, "december": 12, "ديسمبر": 12,
}

var (
	isoDay   = regexp.MustCompile(`^\(?(\d{4})-(\d{2})-(\d{2})`)
	localDay = regexp.MustCompile(`^\(?(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})`)
)

// date takes in a day that an element gives.
func (r *reader) date(text, from string) {
	if at, ok := Day(text); ok && len(r.page.Dates) < maxItems {
		r.page.Dates = append(r.page.Dates, Date{at, from, short(text)})
	}
}

// Day reads the day at the beginning of text: 2026-11-22, 22/11/2026.
func Day(text string) (time.Time, bool) {
	text = digits(strings.TrimSpace(text))
	if m := isoDay.FindStringSubmatch(text); m != nil {
		return day(m[1], m[2], m[3])
	}
	if m := localDay.FindStringSubmatch(text); m != nil {
		return day(m[3], m[2], m[1])
	}
	return time.Time{}, false
}

func day(year, month, of string) (time.Time, bool) {
	y, _ := strconv.Atoi(year) // the patterns let digits through only
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(of)
	at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return at, y >= 1990 && y < 2200 && int(at.Month()) == m && at.Day() == d
}

// digits writes eastern Arabic digits as western ones.
func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '٠' && c <= '٩' {
			return '0' + c - '٠'
		}
		return c
	}, s)
}

// datesIn finds days in running text: by their digits, or a day, a name of a
// month and a year.
func datesIn(words []string) []Date {
	var found []Date
	for n, word := range words {
		if len(found) == maxItems {
			break
		}
		if !strings.ContainsFunc(word, unicode.IsDigit) {
			continue
		}
		if at, ok := Day(word); ok {
			found = append(found, Date{at, "text", short(word)})
		} else if at, ok := written(words[n:min(len(words), n+3)]); ok {
			found = append(found, Date{at, "text", short(strings.Join(words[n:n+3], " "))})
		}
	}
	return found
}

// written reads "22 novembre 2026".
func written(words []string) (time.Time, bool) {
	if len(words) < 3 {
		return time.Time{}, false
	}
	month, ok := months[Fold(words[1])]
	if !ok {
		return time.Time{}, false
	}
	of := strings.TrimSuffix(digits(words[0]), "er")
	year := strings.TrimRight(digits(words[2]), ".,;:)")
	if len(of) > 2 || len(year) != 4 || strings.ContainsFunc(of+year, func(c rune) bool { return c < '0' || c > '9' }) {
		return time.Time{}, false
	}
	return day(year, strconv.Itoa(int(month)), of)
}
