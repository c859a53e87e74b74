package monitor

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Begin lets the next occurrence begin now, as long as it was going to last.
func (m *MaintenanceWindow) Begin(by identity.Actor, occasions Occasions, now time.Time) error {
	if err := m.may(by); err != nil {
		return err
	}
	s, ok := m.Next(occasions, now)
	switch {
	case !ok:
		return fault.New(fault.Conflict, "maintenance.over")
	case s.Holds(now):
		return fault.New(fault.Conflict, "maintenance.runs")
	case !m.Repeats():
		length := s.To.Sub(s.From)
		end := now.Add(length)
		m.StartsAt, m.EndsAt = now, &end
	default:
		if err := m.except(Exception{At: m.scheduled(s), From: now, To: now.Add(s.To.Sub(s.From))}); err != nil {
			return err
		}
	}
	m.Revision++
	return nil
}

// Finish ends the occurrence that runs.
func (m *MaintenanceWindow) Finish(by identity.Actor, occasions Occasions, now time.Time) error {
	if err := m.may(by); err != nil {
		return err
	}
	s, ok := m.Next(occasions, now)
	switch {
	case !ok || !s.Holds(now):
		return fault.New(fault.Conflict, "maintenance.runs_not")
	case !m.Repeats():
		m.EndsAt, m.Duration = &now, now.Sub(m.StartsAt)
	default:
		if err := m.except(Exception{At: m.scheduled(s), From: s.From, To: now}); err != nil {
			return err
		}
	}
	m.Revision++
	return nil
}

// Skip calls off the next occurrence of a repeated window.
func (m *MaintenanceWindow) Skip(by identity.Actor, occasions Occasions, now time.Time) error {
	if err := m.may(by); err != nil {
		return err
	}
	s, ok := m.Next(occasions, now)
	switch {
	case !m.Repeats():
		return fault.New(fault.Conflict, "maintenance.once")
	case !ok:
		return fault.New(fault.Conflict, "maintenance.over")
	case s.Holds(now):
		return fault.New(fault.Conflict, "maintenance.runs")
	}
	if err := m.except(Exception{At: m.scheduled(s), From: s.From, To: s.From}); err != nil {
		return err
	}
	m.Revision++
	return nil
}

// Cancel calls the whole window off. What has passed of it stays as it was.
func (m *MaintenanceWindow) Cancel(by identity.Actor, occasions Occasions, now time.Time) error {
	if err := m.may(by); err != nil {
		return err
	}
	if m.CancelledAt != nil {
		return fault.New(fault.Conflict, "maintenance.cancelled")
	}
	s, ok := m.Next(occasions, now)
	if !ok {
		return fault.New(fault.Conflict, "maintenance.over")
	}
	if !m.Repeats() && s.Holds(now) {
		return fault.New(fault.Conflict, "maintenance.runs") // end it: what has passed was maintenance
	}
	m.CancelledAt = &now
	m.Revision++
	return nil
}

// except notes how one occurrence went.
func (m *MaintenanceWindow) except(e Exception) error {
	n := slices.IndexFunc(m.Exceptions, func(old Exception) bool { return old.At.Equal(e.At) })
	switch {
	case n >= 0:
		m.Exceptions[n] = e
	case len(m.Exceptions) >= MaxExceptions:
		return fault.New(fault.Conflict, "maintenance.exceptions", MaxExceptions)
	default:
		m.Exceptions = append(m.Exceptions, e)
	}
	return nil
}

// scheduled returns the moment that the schedule gave to the occurrence s.
func (m *MaintenanceWindow) scheduled(s Span) time.Time {
	for _, e := range m.Exceptions {
		if e.From.Equal(s.From) && e.To.Equal(s.To) {
			return e.At
		}
	}
	return s.From
}
