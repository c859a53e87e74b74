// Package notice decides who is told what, and when: one digest a person, the
// steps of a reminder, whom a delay is told next, what a signed link may do,
// and how a calendar is written. It speaks no language and sends nothing.
package notice

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Rhythm is how often somebody wants to be written to.
type Rhythm string

// The rhythms. What the duty to update demands is told in each of them.
const (
	Daily  Rhythm = "daily"  // on the day there is something new
	Weekly Rhythm = "weekly" // once a week, sooner only what cannot wait
	Off    Rhythm = "off"    // nothing but reminders of a duty
)

// Rhythms lists the rhythms in the order a form shows them.
func Rhythms() []Rhythm { return []Rhythm{Daily, Weekly, Off} }

// Preference is what one account wants.
type Preference struct {
	Account      string `gorm:"primaryKey"`
	Rhythm       Rhythm
	AwayUntil    inventory.Date // last day of an absence; nothing is written until then
	CalendarHash string         // of the secret address of the personal calendar; empty: there is none
	UpdatedAt    time.Time
}

// TableName names the table of preferences.
func (Preference) TableName() string { return "notice_preferences" }

// Check refuses a rhythm nobody knows and an absence without an end.
func (p Preference) Check(now time.Time) error {
	var faults []error
	if !slices.Contains(Rhythms(), p.Rhythm) {
		faults = append(faults, fault.At("rhythm", "fault.unknown_value", string(p.Rhythm)))
	}
	switch {
	case !p.AwayUntil.Plausible():
		faults = append(faults, fault.At("away_until", "fault.date", strings.ToValidUTF8(string(p.AwayUntil[:min(len(p.AwayUntil), 40)]), "")))
	case p.AwayUntil > inventory.DateOf(now.AddDate(1, 0, 0), inventory.Tunis()):
		faults = append(faults, fault.At("away_until", "notice.away.far"))
	}
	return errors.Join(faults...)
}

// Person is somebody who may be written to.
type Person struct {
	Actor      identity.Actor
	Email      string
	Lang       lang.Tag
	Rhythm     Rhythm
	AwayUntil  inventory.Date
	LastDigest time.Time // when they were written to last; zero: never
	ThisWeek   bool      // the weekly digest of this week was written
}

// Audience is the level of escalation that the person stands on; empty for
// those who answer for no duty.
func (p *Person) Audience() Audience {
	switch p.Actor.Role {
	case identity.Officer:
		return Officers
	case identity.Supervisor:
		return Supervisors
	case identity.MCD:
		return Operators
	}
	return ""
}

// Away tells whether the person is absent on the day.
func (p *Person) Away(day inventory.Date) bool { return p.AwayUntil != "" && day <= p.AwayUntil }

// Duty is an open promise to update, as far as reminders are concerned.
type Duty struct {
	DatasetID, Ref, Institution, Period string
	Frequency                           string
	StartsAt, DueAt                     time.Time
	Limit                               time.Time // first instant of being late, waiver included
	Told                                int       // days of the furthest step this person was told of; see Step.Rank
}

// Entry is a dataset that waits for somebody: it came back, is to be approved
// or reviewed, or shows signs of persons.
type Entry struct {
	Ref, Institution string
	Title            lang.Text
	Reason           string
	At               time.Time
	Path             string // where to go; empty: its page at the desk
	Count            int    // of what waits in it
}
