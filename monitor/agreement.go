package monitor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Agreement is what is promised of a service: how much of the time it answers,
// and the hours in which more is asked of it.
type Agreement struct {
	Objective float64  `json:"objective,omitempty" doc:"Share of known time in which it is to answer, such as 0.995; by its tier when left out"`
	Windows   []Window `json:"windows,omitempty" doc:"Hours and days with an objective or a pace of their own"`
}

// WindowKind says when a window is open.
type WindowKind string

// The kinds of windows.
const (
	OfficeHours WindowKind = "office" // when the administration works, by season, without holidays
	WeeklyHours WindowKind = "weekly" // the same hours every week
	DatedHours  WindowKind = "dated"  // once: a tax deadline, a day of results
)

// WindowKinds lists the kinds.
func WindowKinds() []WindowKind { return []WindowKind{OfficeHours, WeeklyHours, DatedHours} }

// Window is a time in which another objective, another pace or both apply.
type Window struct {
	Kind      WindowKind `json:"kind" doc:"office, weekly or dated"`
	Name      lang.Text  `json:"name,omitempty" doc:"How people call it; public"`
	Objective float64    `json:"objective,omitempty" doc:"Share of known time inside it; the service's own when left out"`
	Schedule  string     `json:"schedule,omitempty" doc:"How often to look inside it, for every check; as otherwise when left out" example:"@every 15s"`
	Days      []string   `json:"days,omitempty" doc:"Of a weekly window: mon, tue, wed, thu, fri, sat, sun"`
	Opens     string     `json:"opens,omitempty" doc:"Of a weekly window, in the installation's zone" example:"08:00"`
	Closes    string     `json:"closes,omitempty" doc:"Of a weekly window; before opens means on the next day" example:"17:00"`
	Holidays  bool       `json:"holidays,omitempty" doc:"A weekly window is open on public holidays as well"`
	From      *time.Time `json:"from,omitempty" doc:"Of a dated window"`
	To        *time.Time `json:"to,omitempty" doc:"Of a dated window"`
}

// Limits of an agreement.
const (
	MaxWindows   = 12
	MinObjective = 0.5
	MaxObjective = 0.99999
	// MaxDated bounds a dated window; what lasts longer is not critical, but usual.
	MaxDated = 92 * 24 * time.Hour
)

// weekdays are the days as windows write them, Sunday first as time counts them.
var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Weekdays lists the days as windows write them, Monday first.
func Weekdays() []string { return append(slices.Clone(weekdays[1:]), weekdays[0]) }

// objectiveFault is nil when o is an objective, or nothing.
func objectiveFault(field string, o float64) error {
	if o == 0 || o >= MinObjective && o <= MaxObjective {
		return nil
	}
	return fault.At(field, "agreement.objective")
}

// faults returns what is wrong with a, which may be nil. period reads the pace
// of windows; checks are those of the service.
func (a *Agreement) faults(at string, checks []Check, period Period) []error {
	if a == nil {
		return nil
	}
	faults := []error{objectiveFault(at+"objective", a.Objective)}
	if len(a.Windows) > MaxWindows {
		faults = append(faults, fault.At(at+"windows", "agreement.windows.too_many", MaxWindows))
	}
	for n := range a.Windows {
		a.Windows[n].tidy()
		faults = append(faults, a.Windows[n].faults(fmt.Sprintf("%swindows.%d.", at, n), checks, period)...)
	}
	return slices.DeleteFunc(faults, func(err error) bool { return err == nil })
}

func (w *Window) tidy() {
	w.Schedule, w.Opens, w.Closes = strings.TrimSpace(w.Schedule), strings.TrimSpace(w.Opens), strings.TrimSpace(w.Closes)
	w.Name = w.Name.Clean()
	for _, t := range []**time.Time{&w.From, &w.To} {
		if *t != nil {
			utc := (*t).UTC().Truncate(time.Second)
			*t = &utc
		}
	}
}

func (w *Window) faults(at string, checks []Check, period Period) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	for _, tag := range lang.All() {
		faults = append(faults, textFault(at+"name."+string(tag), w.Name[string(tag)], MaxName))
	}
	faults = append(faults, objectiveFault(at+"objective", w.Objective))
	add(w.Objective == 0 && w.Schedule == "", "objective", "agreement.window.empty")
	switch w.Kind {
	case OfficeHours:
		add(len(w.Days) > 0 || w.Opens != "" || w.Closes != "", "kind", "agreement.window.office")
	case WeeklyHours:
		faults = append(faults, w.weeklyFaults(at)...)
	case DatedHours:
		faults = append(faults, w.datedFaults(at)...)
	default:
		add(true, "kind", "agreement.window.kind", string(w.Kind))
	}
	if w.Schedule != "" && period != nil {
		faults = append(faults, w.paceFaults(at, checks, period)...)
	}
	return faults
}

func (w *Window) weeklyFaults(at string) []error {
	var faults []error
	if len(w.Days) == 0 {
		faults = append(faults, fault.At(at+"days", "fault.required"))
	}
	for _, day := range w.Days {
		if !slices.Contains(weekdays[:], day) {
			faults = append(faults, fault.At(at+"days", "agreement.window.day", day))
		}
	}
	opens, okOpens := ClockTime(w.Opens)
	closes, okCloses := ClockTime(w.Closes)
	if !okOpens || opens == dayLength {
		faults = append(faults, fault.At(at+"opens", "agreement.window.hour", w.Opens))
	}
	switch {
	case !okCloses:
		faults = append(faults, fault.At(at+"closes", "agreement.window.hour", w.Closes))
	case okOpens && opens == closes:
		faults = append(faults, fault.At(at+"closes", "agreement.window.order"))
	}
	return faults
}

func (w *Window) datedFaults(at string) []error {
	switch {
	case w.From == nil:
		return []error{fault.At(at+"from", "fault.required")}
	case w.To == nil:
		return []error{fault.At(at+"to", "fault.required")}
	case !w.From.Before(*w.To):
		return []error{fault.At(at+"to", "agreement.window.order")}
	case w.To.Sub(*w.From) > MaxDated:
		return []error{fault.At(at+"to", "agreement.window.long", int(MaxDated/dayLength))}
	}
	return nil
}

// paceFaults returns what is wrong with the pace inside the window: every check
// must have answered or timed out before its next look.
func (w *Window) paceFaults(at string, checks []Check, period Period) []error {
	every, err := period(w.Schedule)
	if err != nil {
		var faults []error
		for _, f := range fault.All(err) {
			faults = append(faults, fault.At(at+"schedule", f.Key, f.Args...))
		}
		return faults
	}
	if every < MinPeriod {
		return []error{fault.At(at+"schedule", "check.schedule.too_often", MinPeriod)}
	}
	for _, c := range checks {
		if c.Timeout >= every {
			return []error{fault.At(at+"schedule", "agreement.window.timeout", c.Name, c.Timeout)}
		}
	}
	return nil
}

const dayLength = 24 * time.Hour

// ClockTime reads an hour of the day, "08:30", as the time since midnight.
// "24:00" is the end of the day.
func ClockTime(s string) (time.Duration, bool) {
	if s == "24:00" {
		return dayLength, true
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}

// Objective returns the share of time in which the service is to answer.
func (s *Service) Objective() float64 {
	if a := s.Settings.Agreement; a != nil && a.Objective > 0 {
		return a.Objective
	}
	return s.Tier.DefaultObjective()
}

// Windows returns the windows agreed on.
func (s *Service) Windows() []Window {
	if s.Settings.Agreement == nil {
		return nil
	}
	return s.Settings.Agreement.Windows
}

// ObjectiveIn returns the objective inside w.
func (s *Service) ObjectiveIn(w *Window) float64 {
	if w.Objective > 0 {
		return w.Objective
	}
	return s.Objective()
}
