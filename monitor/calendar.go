package monitor

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
)

// Workdays knows on which days the administration works.
type Workdays interface {
	Works(t time.Time) bool
}

// Season is a part of the year with office hours of its own: summer, Ramadan.
type Season struct {
	Code   string
	Name   lang.Text
	From   string // "07-01" every year, or "2026-02-18" once; both empty: the rest of the year
	To     string // the last day
	Days   []string
	Opens  time.Duration
	Closes time.Duration
}

// dated tells whether the season is one of a single year.
func (s *Season) dated() bool { return len(s.From) == len(time.DateOnly) }

// covers tells whether the season holds day.
func (s *Season) covers(day time.Time) bool {
	if s.From == "" {
		return true
	}
	as := day.Format("01-02")
	if s.dated() {
		as = day.Format(time.DateOnly)
	}
	if s.From > s.To { // over the turn of the year
		return as >= s.From || as <= s.To
	}
	return as >= s.From && as <= s.To
}

// Calendar knows when windows are open.
type Calendar struct {
	Zone    *time.Location
	Days    Workdays // nil: there are no holidays
	Seasons []Season
}

// Open returns when w is open in from..to, as Spans gives it. A day is a day
// in the calendar's zone, an hour what its clocks show: where they are put
// forward or back, a window is shorter or longer that day.
func (c Calendar) Open(w *Window, from, to time.Time) []Span {
	if w.Kind == DatedHours {
		if w.From == nil || w.To == nil {
			return nil
		}
		return Spans(Span{*w.From, *w.To}.within(from, to))
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	var open []Span
	// A day more before: its hours may reach over midnight.
	y, m, d := from.In(zone).Date()
	for day := d - 1; ; day++ {
		midnight := time.Date(y, m, day, 0, 0, 0, 0, zone)
		if !midnight.Before(to) {
			return Spans(open...)
		}
		for _, s := range c.hours(w, midnight) {
			open = append(open, s.within(from, to))
		}
	}
}

// hours returns the hours of w that begin on a day.
func (c Calendar) hours(w *Window, midnight time.Time) []Span {
	noon := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 12, 0, 0, 0, midnight.Location())
	worked := c.Days == nil || c.Days.Works(noon)
	day := weekdays[noon.Weekday()]
	if w.Kind == OfficeHours {
		if !worked {
			return nil
		}
		return c.office(noon, day)
	}
	opens, okOpens := ClockTime(w.Opens)
	closes, okCloses := ClockTime(w.Closes)
	if !okOpens || !okCloses || !slices.Contains(w.Days, day) || !w.Holidays && !worked && !c.weekend(noon) {
		return nil
	}
	if closes <= opens {
		closes += dayLength
	}
	return []Span{{onDay(midnight, opens), onDay(midnight, closes)}}
}

// weekend tells whether nobody works on a day because of the weekday alone: a
// weekly window that names a Saturday means it.
func (c Calendar) weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

// office returns the office hours of a worked day: those of the season that
// holds it, a season of that year before one of every year, and any before the
// rest of the year.
func (c Calendar) office(noon time.Time, day string) []Span {
	best := ""
	rank := -1
	for n := range c.Seasons {
		s := &c.Seasons[n]
		if !s.covers(noon) {
			continue
		}
		r := 0
		if s.From != "" {
			r = 1
		}
		if s.dated() {
			r = 2
		}
		if r > rank {
			best, rank = s.Code, r
		}
	}
	var open []Span
	for n := range c.Seasons {
		if s := &c.Seasons[n]; s.Code == best && s.covers(noon) && slices.Contains(s.Days, day) {
			open = append(open, Span{onDay(noon, s.Opens), onDay(noon, s.Closes)})
		}
	}
	return Spans(open...)
}

// onDay returns the moment of a day at which clocks show that time.
func onDay(day time.Time, clock time.Duration) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, int(clock/time.Minute), 0, 0, day.Location()).UTC()
}

// ReadSeasons reads office hours: a CSV file with a header line, one row for
// each stretch of a day's hours.
func ReadSeasons(r io.Reader) ([]Season, error) {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read office hours: %w", err)
	}
	column := map[string]int{}
	for n, name := range header {
		column[strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")] = n
	}
	for _, name := range []string{"season", "from", "to", "days", "opens", "closes"} {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("read office hours: there is no column %s", name)
		}
	}
	var seasons []Season
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return seasons, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read office hours: %w", err)
		}
		cell := func(name string) string {
			if n, ok := column[name]; ok {
				return strings.TrimSpace(row[n])
			}
			return ""
		}
		s, err := season(cell)
		if err != nil {
			line, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("read office hours, line %d: %w", line, err)
		}
		seasons = append(seasons, s)
	}
}

func season(cell func(string) string) (Season, error) {
	s := Season{
		Code: cell("season"), From: cell("from"), To: cell("to"), Days: strings.Fields(cell("days")),
		Name: lang.Text{"fr": cell("name_fr"), "ar": cell("name_ar"), "en": cell("name_en")}.Clean(),
	}
	var okOpens, okCloses bool
	s.Opens, okOpens = ClockTime(cell("opens"))
	s.Closes, okCloses = ClockTime(cell("closes"))
	switch {
	case s.Code == "":
		return s, errors.New("the season has no name")
	case !okOpens || !okCloses || s.Closes <= s.Opens:
		return s, fmt.Errorf("%q to %q are no hours of a day", cell("opens"), cell("closes"))
	case len(s.Days) == 0 || slices.ContainsFunc(s.Days, func(d string) bool { return !slices.Contains(weekdays[:], d) }):
		return s, fmt.Errorf("%q are no days of the week", cell("days"))
	case !dayOfSeason(s.From) || !dayOfSeason(s.To) || len(s.From) != len(s.To):
		return s, fmt.Errorf("%q to %q are no days: 07-01 every year, 2026-02-18 once", s.From, s.To)
	case s.dated() && cmp.Compare(s.From, s.To) > 0:
		return s, fmt.Errorf("%s is after %s", s.From, s.To)
	}
	return s, nil
}

func dayOfSeason(day string) bool {
	switch len(day) {
	case 0:
		return true
	case len("01-02"):
		day = "2024-" + day // a leap year has every day
	}
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}
