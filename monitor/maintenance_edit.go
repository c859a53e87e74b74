package monitor

import (
	"errors"
	"maps"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Edit makes the window what want says of its title, its times and whether it
// is announced; what it is about stays. It must not have begun: while it runs
// only its end moves, and one that has been repeated keeps its calendar, because
// what has passed stays as it was. What was announced stays announced.
func (m *MaintenanceWindow) Edit(by identity.Actor, want MaintenanceWindow, occasions Occasions, now time.Time) error {
	if err := m.may(by); err != nil {
		return err
	}
	s, ok := m.Next(occasions, now)
	switch {
	case m.CancelledAt != nil:
		return fault.New(fault.Conflict, "maintenance.cancelled")
	case !ok:
		return fault.New(fault.Conflict, "maintenance.over")
	}
	next := *m
	next.Title, next.Public = want.Title.Clean(), m.Public || want.Public
	next.StartsAt, next.EndsAt, next.Schedule, next.Duration = want.StartsAt, want.EndsAt, want.Schedule, want.Duration
	if s.Holds(now) {
		return m.moveEnd(&next, s, now)
	}
	var err error
	if m.Repeats() && m.StartsAt.Before(now) {
		err = next.laterFaults(m, now)
	} else {
		err = next.Validate(occasions, now)
	}
	if err != nil {
		return err
	}
	if next.moved(m) {
		next.EditedAt = &now
	}
	if next.Schedule != m.Schedule || !next.StartsAt.Equal(m.StartsAt) {
		next.Exceptions = []Exception{} // they were of other moments
	}
	next.Revision++
	*m = next
	return nil
}

// moved tells whether the times are not those of was.
func (m *MaintenanceWindow) moved(was *MaintenanceWindow) bool {
	return !m.StartsAt.Equal(was.StartsAt) || !sameMoment(m.EndsAt, was.EndsAt) || m.Schedule != was.Schedule || m.Duration != was.Duration
}

func sameMoment(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// laterFaults are what is wrong with m as the future of was, which has been
// repeated already.
func (m *MaintenanceWindow) laterFaults(was *MaintenanceWindow, now time.Time) error {
	if !m.StartsAt.Equal(was.StartsAt) || m.Schedule != was.Schedule || m.Duration != was.Duration {
		return fault.New(fault.Conflict, "maintenance.edit.began")
	}
	err := wordFaults("title", m.Title, true)
	if m.EndsAt != nil && !m.EndsAt.After(now) && !sameMoment(m.EndsAt, was.EndsAt) {
		err = errors.Join(err, fault.At("ends_at", "maintenance.past"))
	}
	return err
}

// moveEnd lets the occurrence s, which runs, end when want says.
func (m *MaintenanceWindow) moveEnd(want *MaintenanceWindow, s Span, now time.Time) error {
	end := want.EndsAt
	switch {
	case !want.StartsAt.Equal(m.StartsAt), want.Schedule != m.Schedule, want.Public != m.Public, !maps.Equal(want.Title, m.Title):
		return fault.New(fault.Conflict, "maintenance.edit.runs")
	case end == nil:
		return fault.At("ends_at", "fault.required")
	case !end.After(now):
		return fault.At("ends_at", "maintenance.past")
	case end.Sub(s.From) > MaxWindow:
		return fault.At("ends_at", "maintenance.length", MinWindow, MaxWindow)
	}
	if m.Repeats() {
		if err := m.except(Exception{At: m.scheduled(s), From: s.From, To: *end}); err != nil {
			return err
		}
	} else {
		m.EndsAt, m.Duration = end, end.Sub(m.StartsAt)
	}
	m.EditedAt = &now
	m.Revision++
	return nil
}
