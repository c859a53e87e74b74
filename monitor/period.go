package monitor

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/jard-odi/jard/fault"
)

// ReportPeriod is a month, a quarter or a year that a report is about.
type ReportPeriod struct {
	Code     string // 2026-10, 2026-Q3, 2026
	From, To time.Time
}

// periodForm is how a period is written.
var periodForm = regexp.MustCompile(`^(2\d{3})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?$`)

// ParsePeriod reads a period that has begun; days are cut in zone.
func ParsePeriod(code string, now time.Time, zone *time.Location) (ReportPeriod, error) {
	m := periodForm.FindStringSubmatch(code)
	if m == nil {
		return ReportPeriod{}, fault.At("period", "period.invalid")
	}
	year, _ := strconv.Atoi(m[1]) // the pattern holds digits only
	month, months := 1, 12
	if m[2] != "" {
		month, _ = strconv.Atoi(m[2])
		months = 1
	} else if m[3] != "" {
		quarter, _ := strconv.Atoi(m[3])
		month, months = 3*quarter-2, 3
	}
	p := ReportPeriod{Code: code, From: time.Date(year, time.Month(month), 1, 0, 0, 0, 0, zone)}
	p.To = p.From.AddDate(0, months, 0)
	if p.From.After(now) {
		return p, fault.At("period", "period.future")
	}
	return p, nil
}

// Over tells whether all of it is past.
func (p ReportPeriod) Over(now time.Time) bool { return !now.Before(p.To) }

// Length is how long it is, as far as it is past.
func (p ReportPeriod) Length(now time.Time) time.Duration {
	if p.Over(now) {
		return p.To.Sub(p.From)
	}
	return max(0, now.Sub(p.From))
}

// Periods lists what reports are usually about, seen from now: the running
// month and the year before it, five quarters, two years.
func Periods(now time.Time, zone *time.Location) []string {
	at := now.In(zone)
	first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
	var list []string
	for n := range 13 {
		list = append(list, first.AddDate(0, -n, 0).Format("2006-01"))
	}
	for n := range 5 {
		q := first.AddDate(0, -3*n, 0)
		list = append(list, fmt.Sprintf("%d-Q%d", q.Year(), (int(q.Month())+2)/3))
	}
	return append(list, strconv.Itoa(at.Year()), strconv.Itoa(at.Year()-1))
}
