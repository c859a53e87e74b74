package dashboard

import (
	"strconv"
	"strings"
	"time"
)

// reference says a reference period in words. A statement keeps only the code:
// months, quarters, weeks and days have words, a year stands for itself.
func (v view) reference(code string) string {
	year, part, split := strings.Cut(code, "-")
	if !split || part == "" {
		return code
	}
	if part[:1] == "Q" || part[:1] == "S" {
		return v.T("obligation.period."+part, year)
	}
	if month, err := time.Parse("2006-01", code); err == nil {
		return v.Month(month)
	}
	if day, err := time.Parse(time.DateOnly, code); err == nil {
		return v.Date(day)
	}
	if monday, ok := weekOf(year, part); ok {
		return v.T("dataset.period.both", v.Date(monday), v.Date(monday.AddDate(0, 0, 6)))
	}
	return code
}

// weekOf is the Monday of an ISO week: the first week is the one of 4 January.
func weekOf(year, week string) (monday time.Time, ok bool) {
	y, err := strconv.Atoi(year)
	n, bad := strconv.Atoi(strings.TrimPrefix(week, "W"))
	if err != nil || bad != nil || week[:1] != "W" {
		return time.Time{}, false
	}
	fourth := time.Date(y, time.January, 4, 12, 0, 0, 0, time.UTC)
	return fourth.AddDate(0, 0, 7*(n-1)-(int(fourth.Weekday())+6)%7), true
}
