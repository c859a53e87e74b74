package inventory

import (
	"strconv"
	"strings"
	"time"
)

// Duty is when a dataset must be updated next. Both are nil when it never must.
type Duty struct {
	DueAt     *time.Time // first instant after the period that must be covered
	LateAfter *time.Time // first instant of being late: grace over, and a working day was left to do it on
}

// Duty returns the duty that follows from content published at issued.
//
// It is anchored on the day the data last changed, as declared; the day of
// publication stands in when none was declared. It never depends on today: an
// update delivered late does not push the next one back.
func (v *Vocabulary) Duty(c *Workdays, content Content, issued time.Time) Duty {
	f, ok := v.Frequency(content.Frequency)
	if !ok {
		return Duty{}
	}
	from, ok := content.DataModified.In(c.place)
	if !ok {
		from = c.midnight(issued)
	}
	due, ok := f.due(c, from, content.TemporalEnd)
	if !ok {
		return Duty{}
	}
	// The last allowed day is the last day of the period plus grace, moved to a working day.
	lastDay := c.OnOrAfter(nextDay(due, f.GraceDays-1))
	late := nextDay(lastDay, 1).UTC()
	due = due.UTC()
	return Duty{DueAt: &due, LateAfter: &late}
}

// due returns the first instant after the period that must be covered next,
// for data last changed on the day from.
func (f Frequency) due(c *Workdays, from time.Time, covers Date) (time.Time, bool) {
	p, known := parsePeriod(f.ISO8601)
	switch f.Rule {
	case Calendar:
		return p.nextPeriodEnd(from), known && p.months > 0
	case Interval:
		return nextDay(addMonths(from, p.months), p.days()+1), known
	case NextWorkday:
		return nextDay(c.OnOrAfter(nextDay(from, 1)), 1), true
	case Anchored:
		return nextAnchor(c, from, covers), true
	}
	return time.Time{}, false
}

// nextAnchor returns the end of the next campaign: campaigns end every year on
// the day the covered period ends, or, when none is given, on the day of the
// last data.
func nextAnchor(c *Workdays, from time.Time, covers Date) time.Time {
	end, ok := covers.In(c.place)
	if !ok {
		return nextDay(addMonths(from, 12), 1)
	}
	years := 0
	for !end.After(from) || years == 0 {
		years++
		anchor, _ := covers.In(c.place)
		end = addMonths(anchor, 12*years)
	}
	return nextDay(end, 1)
}

// period is a calendar interval.
type period struct {
	months int
	hours  int
}

// days is the part of the interval that is no months, in whole days: a data
// date has no hour, so that an hour takes a day.
func (p period) days() int { return (p.hours + 23) / 24 }

// nextPeriodEnd returns the end of the period after the one that holds t.
// Periods shorter than a year divide it: the second four months begin on 1
// May. Longer ones count from the year of the data.
func (p period) nextPeriodEnd(t time.Time) time.Time {
	if p.months == 0 || p.months%12 == 0 {
		return time.Date(t.Year()+p.months/12+1, time.January, 1, 0, 0, 0, 0, t.Location())
	}
	index := (int(t.Month()) - 1) / p.months
	return time.Date(t.Year(), time.Month((index+2)*p.months+1), 1, 0, 0, 0, 0, t.Location())
}

// addMonths adds months and never spills over: a month after 31 January is the last of February.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), 0, 0, 0, 0, t.Location())
}

// parsePeriod reads the durations that the vocabulary uses: PnY, PnM, PnW, PnD, PTnH, PTnM.
func parsePeriod(s string) (p period, ok bool) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" {
		return period{}, false
	}
	rest, clock := strings.CutPrefix(rest, "T")
	if len(rest) < 2 {
		return period{}, false
	}
	n, err := strconv.Atoi(rest[:len(rest)-1])
	if err != nil || n <= 0 {
		return period{}, false
	}
	switch unit := rest[len(rest)-1]; {
	case clock && (unit == 'H' || unit == 'M' || unit == 'S'):
		return period{hours: 1}, true
	case clock:
		return period{}, false
	case unit == 'Y':
		return period{months: 12 * n}, true
	case unit == 'M':
		return period{months: n}, true
	case unit == 'W':
		return period{hours: 7 * 24 * n}, true
	case unit == 'D':
		return period{hours: 24 * n}, true
	}
	return period{}, false
}

// Computable tells whether the rule finds a period in ISO8601 where it needs one.
func (f Frequency) Computable() bool {
	p, ok := parsePeriod(f.ISO8601)
	switch f.Rule {
	case Calendar:
		return ok && p.months > 0 && (p.months%12 == 0 || 12%p.months == 0)
	case Interval:
		return ok
	}
	return true
}
