// Package alert decides who is told that a service is in trouble, when, how
// often again, and when no more: kinds of event, rules of routing, steps of
// escalation, the burning of an error budget, and how a message that could not
// be delivered is treated. It knows no database, sends nothing and speaks no
// language; what is told follows from the state of events, not from calls.
package alert

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Kind says what an event is about.
type Kind string

// The kinds.
const (
	Down        Kind = "down"         // a service does not answer, confirmed
	Degraded    Kind = "degraded"     // it answers, with a fault that stops some people
	Certificate Kind = "certificate"  // a certificate is about to expire
	Domain      Kind = "domain"       // the registration of its domain is about to end
	Shared      Kind = "shared"       // several services are down for one cause
	BurnFast    Kind = "burn_fast"    // the error budget of the month is gone in days
	BurnSlow    Kind = "burn_slow"    // it will not last the month
	Discontent  Kind = "satisfaction" // people say that it is bad, two fortnights in a row
	Sinking     Kind = "assessment"   // the score of the assessment fell, or stays in the last band
	Blind       Kind = "blind"        // we cannot see: nothing is known of the services
)

// Kinds lists the kinds in the order a form shows them.
func Kinds() []Kind {
	return []Kind{Down, Degraded, Shared, BurnFast, BurnSlow, Certificate, Domain, Discontent, Sinking, Blind}
}

// Valid tells whether k is a kind we know.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Everything stands for no service in particular: the prober is blind.
const Everything = ""

// Event is something that began, may be taken in hand by somebody, and ends.
type Event struct {
	Key         string `gorm:"primaryKey"` // the same for ever, whoever sees it first
	Kind        Kind
	Subject     string // what it is about; one event of a kind is open for it at a time
	Service     string // slug; empty for what concerns everything
	Institution string
	Tier        monitor.Tier
	Incident    int64 // number of the incident behind it; 0: none
	StartedAt   time.Time
	ConfirmedAt time.Time // when it counted: steps are timed from here
	AckAt       *time.Time
	AckBy       string // account; empty when it was taken in hand elsewhere
	EndedAt     *time.Time
	Settled     bool  // ended, and everybody who was to be told was
	Facts       Facts `gorm:"serializer:json"`

	// Planned tells that maintenance was announced for now. It is found out anew
	// each time, not kept.
	Planned bool `gorm:"-"`
}

// TableName names the table of events.
func (Event) TableName() string { return "alert_events" }

// Facts are what a message says about an event.
type Facts struct {
	Name     lang.Text      `json:"name,omitempty"`    // of the service
	Owner    lang.Text      `json:"owner,omitempty"`   // of the institution
	Reason   string         `json:"reason,omitempty"`  // why, as monitor.Reason names it
	Status   int            `json:"status,omitempty"`  // last HTTP status
	Vantage  string         `json:"vantage,omitempty"` // where it is seen from; empty: this installation
	Members  []string       `json:"members,omitempty"` // slugs of the services of a shared cause
	Names    []lang.Text    `json:"names,omitempty"`   // of these, in their order; empty for one nobody knows
	Bodies   []string       `json:"bodies,omitempty"`  // slugs of the institutions of these
	NotAfter *time.Time     `json:"not_after,omitempty"`
	Burn     float64        `json:"burn,omitempty"`   // how many times faster than the budget allows
	Window   time.Duration  `json:"window,omitempty"` // over which it was measured
	Ended    Ending         `json:"ended,omitempty"`
	Opinion  *Opinion       `json:"opinion,omitempty"` // of the fortnight that confirmed it
	Earlier  *Opinion       `json:"earlier,omitempty"` // of the one before
	Grade    *Grade         `json:"grade,omitempty"`   // the score tonight and what it was
	Checks   map[string]int `json:"checks,omitempty"`  // blind: how many are looked at, how many are not seen
}

// MemberNames names the services of a shared cause in a language: by its
// identifier the one whose name is not known.
func (f *Facts) MemberNames(tag lang.Tag) []string {
	names := make([]string, len(f.Members))
	for n, slug := range f.Members {
		names[n] = slug
		if n < len(f.Names) && !f.Names[n].Empty() {
			names[n] = f.Names[n].In(tag)
		}
	}
	return names
}

// Ending says how an event ended.
type Ending string

// The endings.
const (
	Recovered Ending = "recovered"
	Unwatched Ending = "unwatched" // nobody looks any more: paused or taken away
)

// Open tells whether the event lasts.
func (e *Event) Open() bool { return e.EndedAt == nil }

// Lasted returns how long the event lasted, until now while it lasts.
func (e *Event) Lasted(now time.Time) time.Duration {
	if e.EndedAt != nil {
		now = *e.EndedAt
	}
	return max(0, now.Sub(e.StartedAt))
}

// Services returns the slugs the event concerns.
func (e *Event) Services() []string {
	if len(e.Facts.Members) > 0 {
		return e.Facts.Members
	}
	if e.Service == Everything {
		return nil
	}
	return []string{e.Service}
}

// Institutions returns the slugs of those who answer for the services concerned.
func (e *Event) Institutions() []string {
	if len(e.Facts.Bodies) > 0 {
		return e.Facts.Bodies
	}
	return []string{e.Institution}
}

// May tells whether the actor may do act to what the event is about, in part
// at least.
func (e *Event) May(by identity.Actor, act identity.Act) bool {
	return slices.ContainsFunc(e.Institutions(), func(slug string) bool { return by.May(act, slug) })
}

// MayAll tells whether the actor may do act to all that the event is about.
func (e *Event) MayAll(by identity.Actor, act identity.Act) bool {
	return !slices.ContainsFunc(e.Institutions(), func(slug string) bool { return !by.May(act, slug) })
}

// Acknowledge notes that somebody has it in hand. The first who says so counts.
func (e *Event) Acknowledge(account string, now time.Time) bool {
	if e.AckAt != nil || !e.Open() {
		return false
	}
	e.AckAt, e.AckBy = &now, account
	return true
}
