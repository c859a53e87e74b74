package notice

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Audience is who is told: the level of escalation.
type Audience string

// The audiences, in the order a delay is told to them.
const (
	Officers    Audience = "officer"
	Supervisors Audience = "supervisor"
	Operators   Audience = "operator"
)

// Audiences lists the levels of escalation.
func Audiences() []Audience { return []Audience{Officers, Supervisors, Operators} }

// Step is one moment at which an audience is told of a duty. Each is told once
// for each period.
type Step struct {
	Code     string
	Audience Audience
	Before   bool // calendar days before the last day on time; else working days late
	Days     int
	Urgent   bool // not held back for a weekly digest
}

// Rank orders the steps in time: -30 is 30 days before, 6 is five working days
// late. Zero is never a step: it stands for "told nothing yet".
func (s Step) Rank() int {
	if s.Before {
		return -s.Days
	}
	return s.Days + 1
}

// Untold is the rank of a duty of which nothing was told.
const Untold = -1 << 20

// Plan is every step, the earliest first.
type Plan []Step

// ReadPlan reads the steps from a table with the columns code, audience, when
// (before, late), days, urgent. Every fault is told with its line.
func ReadPlan(r io.Reader) (Plan, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read reminders: %w", err)
	}
	if len(rows) == 0 || len(rows[0]) < 5 || !slices.Equal(rows[0][:5], []string{"code", "audience", "when", "days", "urgent"}) {
		return nil, errors.New("read reminders: line 1: want the columns code, audience, when, days, urgent")
	}
	var plan Plan
	var faults []error
	for n, row := range rows[1:] {
		s, err := readStep(row)
		if err == nil && slices.ContainsFunc(plan, func(o Step) bool { return o.Code == s.Code }) {
			err = fmt.Errorf("%q stands twice", s.Code)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("read reminders: line %d: %w", n+2, err))
			continue
		}
		plan = append(plan, s)
	}
	slices.SortStableFunc(plan, func(a, b Step) int { return cmp.Compare(a.Rank(), b.Rank()) })
	return plan, errors.Join(faults...)
}

func readStep(row []string) (Step, error) {
	s := Step{Code: row[0], Audience: Audience(row[1]), Before: row[2] == "before", Urgent: row[4] == "yes"}
	days, err := strconv.Atoi(row[3])
	switch {
	case s.Code == "":
		return s, errors.New("code: required")
	case !slices.Contains(Audiences(), s.Audience):
		return s, fmt.Errorf("audience: %q; use officer, supervisor or operator", row[1])
	case row[2] != "before" && row[2] != "late":
		return s, fmt.Errorf("when: %q; use before or late", row[2])
	case err != nil || days < 0 || days > 366 || s.Before && days == 0:
		return s, fmt.Errorf("days: %q; use a whole number up to 366", row[3])
	case row[4] != "yes" && row[4] != "no":
		return s, fmt.Errorf("urgent: %q; use yes or no", row[4])
	case s.Before && s.Audience != Officers:
		return s, fmt.Errorf("audience: %q is told of delays only", row[1])
	}
	s.Days = days
	return s, nil
}

// Reached returns the furthest step of the audience that the duty has reached
// at now. A reminder never comes before the last third of its period: data
// that change every week need no word a month ahead.
func (p Plan) Reached(a Audience, d *Duty, c *Calendar) (reached Step, ok bool) {
	late := c.DaysLate(d.Limit)
	for _, s := range p {
		switch {
		case s.Audience != a:
		case s.Before && c.DaysLeft(d.Limit) <= s.Days && c.lastThird(d), !s.Before && c.late(d.Limit) && late >= s.Days:
			reached, ok = s, true
		}
	}
	return reached, ok
}

// First is how many working days late a duty must be before the audience hears of it.
func (p Plan) First(a Audience) (days int, ok bool) {
	for _, s := range p {
		if s.Audience == a && !s.Before && (!ok || s.Days < days) {
			days, ok = s.Days, true
		}
	}
	return days, ok
}

// Ahead is how many days before the last day on time the first word may come.
func (p Plan) Ahead() int {
	most := 0
	for _, s := range p {
		if s.Before {
			most = max(most, s.Days)
		}
	}
	return most
}

// Calendar counts days as seen from one moment. It remembers what it counted:
// thousands of duties share a last day.
type Calendar struct {
	now  time.Time
	work *inventory.Workdays
	seen map[int64]int
}

// NewCalendar returns the calendar as of now.
func NewCalendar(work *inventory.Workdays, now time.Time) *Calendar {
	return &Calendar{now: now, work: work, seen: map[int64]int{}}
}

// DaysLate counts the working days since limit; 0 before it.
func (c *Calendar) DaysLate(limit time.Time) int {
	if !c.late(limit) {
		return 0
	}
	n, ok := c.seen[limit.Unix()]
	if !ok {
		n = c.work.DaysLate(limit, c.now)
		c.seen[limit.Unix()] = n
	}
	return n
}

// DaysLeft counts the days until the last day on time: 0 on that day.
func (c *Calendar) DaysLeft(limit time.Time) int {
	today, _ := inventory.DateOf(c.now, inventory.Tunis()).In(inventory.Tunis())
	last, _ := inventory.DateOf(limit.Add(-time.Second), inventory.Tunis()).In(inventory.Tunis())
	return int(last.Sub(today).Hours() / 24)
}

func (c *Calendar) late(limit time.Time) bool { return !c.now.Before(limit) }

// lastThird tells whether the period of a duty is nearly over, or over.
func (c *Calendar) lastThird(d *Duty) bool {
	return !c.now.Before(d.StartsAt.Add(d.DueAt.Sub(d.StartsAt) / 3 * 2))
}
