package monitor

import (
	"errors"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// Scope says how much a maintenance window covers, or a subscriber follows.
type Scope string

// The scopes.
const (
	OneService     Scope = "service"
	OneInstitution Scope = "institution" // and the bodies under it
	Everything     Scope = "everything"
)

// Scopes lists the scopes, the narrowest first.
func Scopes() []Scope { return []Scope{OneService, OneInstitution, Everything} }

// MaintenanceWindow is a window in which a service may fail: announced beforehand,
// once or again and again. No incident opens inside, and its time counts
// neither for nor against availability. Readings are kept all the same.
type MaintenanceWindow struct {
	ID          int64 `gorm:"primaryKey"`
	Scope       Scope
	Target      string     // slug of the service or institution; empty for everything
	Institution string     // who answers for it; empty for everything
	Title       lang.Text  `gorm:"serializer:json"`
	Public      bool       // announced to everybody
	StartsAt    time.Time  // of the window, or when a repeated one begins to repeat
	EndsAt      *time.Time // of the window, or when a repeated one stops; nil: never
	Schedule    string     // cron line of a repeated window; empty for once
	Duration    time.Duration
	Exceptions  []Exception `gorm:"serializer:json"` // occurrences that went otherwise
	CancelledAt *time.Time
	EditedAt    *time.Time // when its times were moved last; nil: they stand as announced
	By          string     // account
	Author      string     // name, for the desk
	Revision    int
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TableName names the table of maintenance windows.
func (MaintenanceWindow) TableName() string { return "maintenance" }

// Exception is one occurrence of a repeated window that went otherwise than
// its schedule says.
type Exception struct {
	At   time.Time `json:"at"` // when it was to begin
	From time.Time `json:"from"`
	To   time.Time `json:"to"` // not after From: it did not take place
}

// Limits of maintenance windows.
const (
	MaxWindow     = 7 * 24 * time.Hour // of one occurrence
	MinWindow     = time.Minute
	maxAhead      = 366 * 24 * time.Hour
	maxBehind     = time.Hour // what was not announced by then was an outage
	MaxExceptions = 200
)

// Occasions returns the moments of a cron line in from..to, or a fault. The
// rules speak no cron: whoever calls them brings it.
type Occasions func(schedule string, from, to time.Time) ([]time.Time, error)

// Repeats tells whether the window comes again and again.
func (m *MaintenanceWindow) Repeats() bool { return m.Schedule != "" }

// Validate tidies m and returns every fault in it at once.
func (m *MaintenanceWindow) Validate(occasions Occasions, now time.Time) error {
	m.Target, m.Schedule, m.Title = strings.TrimSpace(m.Target), strings.TrimSpace(m.Schedule), m.Title.Clean()
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(field, key, args...))
		}
	}
	add(m.Scope != OneService && m.Scope != OneInstitution && m.Scope != Everything, "scope", "maintenance.scope")
	add(m.Scope != Everything && m.Target == "", "target", "fault.required")
	add(m.Scope != Everything && m.Target != "" && m.Institution == "", "target", "maintenance.target", clip(m.Target, 60))
	if m.Scope == Everything {
		m.Target, m.Institution = "", ""
	}
	faults = append(faults, wordFaults("title", m.Title, true))
	add(m.StartsAt.IsZero(), "starts_at", "fault.required")
	add(!m.StartsAt.IsZero() && m.StartsAt.Before(now.Add(-maxBehind)), "starts_at", "maintenance.late")
	add(m.StartsAt.After(now.Add(maxAhead)), "starts_at", "maintenance.far")
	if m.Repeats() {
		faults = append(faults, m.repeatFaults(occasions)...)
	} else {
		add(m.EndsAt == nil, "ends_at", "fault.required")
		if m.EndsAt != nil && !m.StartsAt.IsZero() {
			m.Duration = m.EndsAt.Sub(m.StartsAt)
			add(m.Duration < MinWindow || m.Duration > MaxWindow, "ends_at", "maintenance.length", MinWindow, MaxWindow)
			add(m.Duration >= MinWindow && m.Revision == 0 && !m.EndsAt.After(now), "ends_at", "maintenance.past")
		}
	}
	return errors.Join(faults...)
}

func (m *MaintenanceWindow) repeatFaults(occasions Occasions) []error {
	var faults []error
	if m.Duration < MinWindow || m.Duration > MaxWindow {
		faults = append(faults, fault.At("duration", "maintenance.length", MinWindow, MaxWindow))
	}
	if m.EndsAt != nil && !m.EndsAt.After(m.StartsAt) {
		faults = append(faults, fault.At("ends_at", "maintenance.order"))
	}
	times, err := occasions(m.Schedule, m.StartsAt, m.StartsAt.Add(maxAhead))
	for _, f := range fault.All(err) {
		faults = append(faults, fault.At("schedule", f.Key, f.Args...))
	}
	if err == nil && len(times) == 0 {
		faults = append(faults, fault.At("schedule", "maintenance.never"))
	}
	for n := 1; n < len(times); n++ {
		if times[n].Sub(times[n-1]) <= m.Duration {
			return append(faults, fault.At("duration", "maintenance.overlaps_itself", times[n].Sub(times[n-1])))
		}
	}
	return faults
}

// NewMaintenance returns want as a new window, if by may announce it: who
// answers for a service or an institution for theirs, the operator for all.
func NewMaintenance(by identity.Actor, want MaintenanceWindow, occasions Occasions, now time.Time) (*MaintenanceWindow, error) {
	if err := want.may(by); err != nil {
		return nil, err
	}
	want.ID, want.Revision, want.CancelledAt, want.Exceptions = 0, 0, nil, nil
	if err := want.Validate(occasions, now); err != nil {
		return nil, err
	}
	want.By, want.Author, want.Revision, want.Exceptions = by.Account, by.Name, 1, []Exception{}
	return &want, nil
}

func (m *MaintenanceWindow) may(by identity.Actor) error {
	switch {
	case m.Scope == Everything && !by.Everywhere(identity.ManageService) && by.MayAnywhere(identity.ManageService):
		return fault.New(fault.Forbidden, "maintenance.everything")
	case m.Institution == "" && by.MayAnywhere(identity.ManageService):
		return nil // what it is about is missing, which is said beside its field
	}
	return by.Must(identity.ManageService, m.Institution)
}

// SeenBy tells whether by may see the window although it is not announced.
func (m *MaintenanceWindow) SeenBy(by identity.Actor) bool {
	return by.Everywhere(identity.ReadServices) || m.Institution != "" && by.May(identity.ReadServices, m.Institution) ||
		m.Scope == Everything && by.MayAnywhere(identity.ReadServices)
}

// ChangedBy tells whether by may change the window.
func (m *MaintenanceWindow) ChangedBy(by identity.Actor) bool { return m.may(by) == nil }

// Spans returns when the window holds in from..to.
func (m *MaintenanceWindow) Spans(occasions Occasions, from, to time.Time) []Span {
	if m.CancelledAt != nil && !m.Repeats() {
		return nil
	}
	if !m.Repeats() {
		return cut([]Span{{m.StartsAt, *m.EndsAt}}, from, to)
	}
	until := to
	if m.EndsAt != nil && m.EndsAt.Before(until) {
		until = *m.EndsAt
	}
	if m.CancelledAt != nil && m.CancelledAt.Before(until) {
		until = *m.CancelledAt
	}
	first := from.Add(-MaxWindow)
	if first.Before(m.StartsAt) {
		first = m.StartsAt
	}
	times, err := occasions(m.Schedule, first, until)
	if err != nil {
		return nil // it was checked when it was written
	}
	var spans []Span
	for _, at := range times {
		s := Span{at, at.Add(m.Duration)}
		for _, e := range m.Exceptions {
			if e.At.Equal(at) {
				s = Span{e.From, e.To}
			}
		}
		if m.CancelledAt != nil && s.To.After(*m.CancelledAt) {
			s.To = *m.CancelledAt
		}
		spans = append(spans, s)
	}
	for _, e := range m.Exceptions { // begun early: the schedule's own moment may lie beyond `to`
		if !e.At.Before(until) && e.From.Before(until) {
			spans = append(spans, Span{e.From, e.To})
		}
	}
	return cut(spans, from, to)
}

// cut keeps of spans what lies in from..to, in order.
func cut(spans []Span, from, to time.Time) []Span {
	var kept []Span
	for _, s := range spans {
		if s.From.Before(from) {
			s.From = from
		}
		if s.To.After(to) {
			s.To = to
		}
		kept = append(kept, s)
	}
	return Spans(kept...)
}

// Next returns the occurrence that holds at now, or else the next one.
func (m *MaintenanceWindow) Next(occasions Occasions, now time.Time) (Span, bool) {
	for _, s := range m.Spans(occasions, now.Add(-MaxWindow), now.Add(maxAhead)) {
		if s.To.After(now) {
			return s, true
		}
	}
	return Span{}, false
}
