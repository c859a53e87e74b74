package inventory

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Period is one reference period: what one promise to update is about. Every
// day belongs to exactly one period of a schedule.
type Period struct {
	Label string    // 2026, 2026-S1, 2026-T2, 2026-Q1, 2026-B3, 2026-03, 2026-03-H1, 2026-W12, 2026-03-15, 2025/2026
	Start time.Time // first instant
	End   time.Time // first instant after it
}

// Schedule cuts the years into the reference periods of a frequency. It is
// anchored to the calendar and never depends on today or on the last update:
// what is delivered late does not push the next period back.
type Schedule struct {
	Frequency Frequency
	days      *Workdays
	step      interval
	anchor    Date // last day of a campaign
}

// Schedule returns the periods that content promises to cover; ok is false
// when it promises nothing: fixed data, or no known frequency.
func (v *Vocabulary) Schedule(c *Workdays, content Content) (s Schedule, ok bool) {
	f, ok := v.Frequency(content.Frequency)
	if !ok || f.Rule == NoDue || f.Rule == Defect || f.Rule == "" || !f.Computable() {
		return Schedule{}, false
	}
	step, _ := parseInterval(f.ISO8601)
	return Schedule{Frequency: f, days: c, step: step, anchor: content.TemporalEnd}, true
}

// Period returns the period that t falls in.
func (s Schedule) Period(t time.Time) Period {
	day := s.days.midnight(t)
	switch s.Frequency.Rule {
	case Attest:
		return months(day, 12)
	case NextWorkday:
		return s.workday(day)
	case Anchored:
		return s.campaign(day)
	}
	switch step := s.step; {
	case step.months > 0:
		return months(day, step.months)
	case step.days() == 15:
		return halfMonth(day)
	case step.days()%7 == 0:
		return weeks(day, step.days()/7)
	default:
		return spans(day, step.days())
	}
}

// Next returns the period after p.
func (s Schedule) Next(p Period) Period { return s.Period(p.End) }

// Deadline returns when the update that covers p is due, and the first instant
// of being late: grace over, and a working day was left to do it on.
func (s Schedule) Deadline(p Period) (due, late time.Time) {
	due = nextDay(p.End, s.Frequency.LagDays)
	lastDay := s.days.OnOrAfter(nextDay(due, s.Frequency.GraceDays-1))
	return due.UTC(), nextDay(lastDay, 1).UTC()
}

// months returns the period of n months: those shorter than a year divide it
// (the second four months begin on 1 May), longer ones are counted from year 0,
// so that a decade is 2020/2029.
func months(day time.Time, n int) Period {
	year, place := day.Year(), day.Location()
	if n >= 12 {
		years := n / 12
		first := year - year%years
		p := Period{
			Label: strconv.Itoa(first), Start: time.Date(first, time.January, 1, 0, 0, 0, 0, place),
			End: time.Date(first+years, time.January, 1, 0, 0, 0, 0, place),
		}
		if years > 1 {
			p.Label = fmt.Sprintf("%d/%d", first, first+years-1)
		}
		return p
	}
	index := (int(day.Month()) - 1) / n
	letters := map[int]string{1: "", 2: "B", 3: "Q", 4: "T", 6: "S"}
	p := Period{
		Label: fmt.Sprintf("%d-%s%d", year, letters[n], index+1),
		Start: time.Date(year, time.Month(index*n+1), 1, 0, 0, 0, 0, place),
		End:   time.Date(year, time.Month((index+1)*n+1), 1, 0, 0, 0, 0, place),
	}
	if n == 1 {
		p.Label = fmt.Sprintf("%d-%02d", year, index+1)
	}
	return p
}

// halfMonth ends on the 15th or with the month: fifteen days counted on and on
// would drift away from both.
func halfMonth(day time.Time) Period {
	m := months(day, 1)
	middle := nextDay(m.Start, 15)
	if day.Before(middle) {
		return Period{Label: m.Label + "-H1", Start: m.Start, End: middle}
	}
	return Period{Label: m.Label + "-H2", Start: middle, End: m.End}
}

// firstMonday is where weeks and days are counted from.
func firstMonday(place *time.Location) time.Time {
	return time.Date(1970, time.January, 5, 0, 0, 0, 0, place)
}

// weeks returns the period of n weeks, named as ISO 8601 numbers them: the
// week of 1 January 2027 is 2026-W53.
func weeks(day time.Time, n int) Period {
	p := span(day, 7*n)
	p.Label = week(p.Start)
	if n > 1 {
		p.Label += "/" + week(nextDay(p.End, -7))
	}
	return p
}

func week(monday time.Time) string {
	year, n := monday.ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, n)
}

// spans returns the period of n days. Data that change within the day promise
// one period a day: a declaration has no hour.
func spans(day time.Time, n int) Period {
	p := span(day, n)
	p.Label = p.Start.Format(time.DateOnly)
	if n > 1 {
		p.Label += "/" + nextDay(p.End, -1).Format(time.DateOnly)
	}
	return p
}

func span(day time.Time, n int) Period {
	since := daysBetween(firstMonday(day.Location()), day)
	into := (since%n + n) % n
	start := nextDay(day, -into)
	return Period{Start: start, End: nextDay(start, n)}
}

// workday returns the working day with the days off before it: nobody promises
// an update on a Sunday, but Monday's covers it.
func (s Schedule) workday(day time.Time) Period {
	works := s.days.OnOrAfter(day)
	start := works
	for range maxRoll {
		if s.days.Works(nextDay(start, -1)) {
			break
		}
		start = nextDay(start, -1)
	}
	return Period{Label: works.Format(time.DateOnly), Start: start, End: nextDay(works, 1)}
}

// campaignEnd is the last day of a campaign when the dataset gives none: the
// farming year and the school year both turn in September.
const campaignEnd = Date("2000-08-31")

// campaign returns the year that ends on the anchor's day, named by the years
// it touches: 2025/2026, or 2026 when it is the calendar year.
func (s Schedule) campaign(day time.Time) Period {
	anchor, ok := s.anchor.In(day.Location())
	if !ok {
		anchor, _ = campaignEnd.In(day.Location())
	}
	endOf := func(year int) time.Time { return nextDay(addMonths(anchor, 12*(year-anchor.Year())), 1) }
	year := day.Year()
	if !day.Before(endOf(year)) {
		year++
	}
	p := Period{Label: strconv.Itoa(year), Start: endOf(year - 1), End: endOf(year)}
	if p.Start.Year() < year {
		p.Label = fmt.Sprintf("%d/%d", year-1, year)
	}
	return p
}

// interval is a calendar interval.
type interval struct {
	months int
	hours  int
}

// days is the part of the interval that is no months, in whole days: a data
// date has no hour, so that an hour takes a day.
func (i interval) days() int { return max((i.hours+23)/24, 1) }

// addMonths adds months and never spills over: a month after 31 January is the last of February.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), 0, 0, 0, 0, t.Location())
}

// parseInterval reads the durations that the vocabulary uses: PnY, PnM, PnW, PnD, PTnH, PTnM.
func parseInterval(s string) (i interval, ok bool) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" {
		return interval{}, false
	}
	rest, clock := strings.CutPrefix(rest, "T")
	if len(rest) < 2 {
		return interval{}, false
	}
	n, err := strconv.Atoi(rest[:len(rest)-1])
	if err != nil || n <= 0 || n > 10_000 {
		return interval{}, false
	}
	switch unit := rest[len(rest)-1]; {
	case clock && (unit == 'H' || unit == 'M' || unit == 'S'):
		return interval{hours: 1}, true
	case clock:
		return interval{}, false
	case unit == 'Y':
		return interval{months: 12 * n}, true
	case unit == 'M':
		return interval{months: n}, true
	case unit == 'W':
		return interval{hours: 7 * 24 * n}, true
	case unit == 'D':
		return interval{hours: 24 * n}, true
	}
	return interval{}, false
}

// Computable tells whether the rule finds a period in ISO8601 where it needs
// one: months must divide the year or fill years.
func (f Frequency) Computable() bool {
	i, ok := parseInterval(f.ISO8601)
	whole := i.months == 0 || i.months%12 == 0 || 12%i.months == 0
	switch f.Rule {
	case Calendar:
		return ok && i.months > 0 && whole
	case Interval:
		return ok && whole
	}
	return true
}
