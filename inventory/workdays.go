package inventory

import (
	"strconv"
	"time"
)

// Tunis is where days are cut. Tunisia has kept UTC+1 without summer time since
// 2009, so a fixed zone says the same as the time-zone tables and needs none.
func Tunis() *time.Location { return time.FixedZone("Africa/Tunis", 60*60) }

// Workdays knows which days the administration works.
type Workdays struct {
	place   *time.Location
	yearly  map[string]bool // "05-01"
	once    map[Date]bool
	weekend [7]bool
}

// NewWorkdays returns the calendar of the place with the holidays. Monday to
// Friday are worked.
func NewWorkdays(place *time.Location, holidays []Holiday) *Workdays {
	c := &Workdays{place: place, yearly: map[string]bool{}, once: map[Date]bool{}}
	c.weekend[time.Saturday], c.weekend[time.Sunday] = true, true
	for _, h := range holidays {
		if len(h.Day) == len("05-01") {
			c.yearly[h.Day] = true
		} else {
			c.once[Date(h.Day)] = true
		}
	}
	return c
}

// Workdays returns the Tunisian calendar with the vocabulary's holidays.
func (v *Vocabulary) Workdays() *Workdays { return NewWorkdays(Tunis(), v.Holidays) }

// Place is where the calendar's days are cut.
func (c *Workdays) Place() *time.Location { return c.place }

// Works tells whether the administration works on the day that t falls on.
func (c *Workdays) Works(t time.Time) bool {
	t = t.In(c.place)
	return !c.weekend[t.Weekday()] && !c.yearly[t.Format("01-02")] && !c.once[DateOf(t, c.place)]
}

// maxRoll bounds the search for a working day, should the holidays cover a whole year by mistake.
const maxRoll = 366

// OnOrAfter returns the first working day from the day of t on, at its first instant.
func (c *Workdays) OnOrAfter(t time.Time) time.Time {
	day := c.midnight(t)
	for range maxRoll {
		if c.Works(day) {
			break
		}
		day = nextDay(day, 1)
	}
	return day
}

// DaysLate counts the working days from lateAfter to now, today included when
// it has begun: "à mettre à jour depuis 12 jours ouvrables". It is 0 before
// lateAfter and until the first working day after it.
func (c *Workdays) DaysLate(lateAfter, now time.Time) int {
	if now.Before(lateAfter) {
		return 0
	}
	first, last := c.midnight(lateAfter), c.midnight(now)
	days := daysBetween(first, last) + 1
	weeks := days / 7
	n := weeks * c.workdaysInWeek()
	for day, left := first, days-weeks*7; left > 0; day, left = nextDay(day, 1), left-1 {
		if !c.weekend[day.Weekday()] {
			n++
		}
	}
	return n - c.holidaysBetween(first, last)
}

func (c *Workdays) workdaysInWeek() int {
	n := 0
	for _, off := range c.weekend {
		if !off {
			n++
		}
	}
	return n
}

// holidaysBetween counts the holidays from first to last that do not fall on a weekend.
func (c *Workdays) holidaysBetween(first, last time.Time) int {
	off := map[Date]bool{}
	for year := first.Year(); year <= last.Year(); year++ {
		for day := range c.yearly {
			off[Date(strconv.Itoa(year)+"-"+day)] = true
		}
	}
	for day := range c.once {
		off[day] = true
	}
	n := 0
	for day := range off {
		t, ok := day.In(c.place)
		if ok && !t.Before(first) && !t.After(last) && !c.weekend[t.Weekday()] {
			n++
		}
	}
	return n
}

func (c *Workdays) midnight(t time.Time) time.Time {
	t = t.In(c.place)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, c.place)
}

// nextDay returns the first instant of the nth day after day.
func nextDay(day time.Time, n int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+n, 0, 0, 0, 0, day.Location())
}

// daysBetween counts the days from one midnight to another.
func daysBetween(first, last time.Time) int {
	a := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, time.UTC)
	b := time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, time.UTC)
	return int(b.Sub(a) / (24 * time.Hour))
}
