package monitor

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

func announced(t *testing.T, want MaintenanceWindow) MaintenanceWindow {
	t.Helper()
	m, err := NewMaintenance(mcd, want, daily, causeNoon)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

func TestWhatOfAWindowMayChange(t *testing.T) {
	hour := time.Hour
	for name, c := range map[string]struct {
		window MaintenanceWindow
		now    time.Duration
		change func(m *MaintenanceWindow)
		faults []string
		moved  bool
	}{
		"its times":                 {once(hour, 2*hour), 0, func(m *MaintenanceWindow) { m.StartsAt, m.EndsAt = *after(3 * hour), after(5*hour) }, []string{""}, true},
		"its title":                 {once(hour, 2*hour), 0, func(m *MaintenanceWindow) { m.Title = lang.Text{"ar": "تحديث"} }, []string{""}, false},
		"to repeat":                 {once(hour, 2*hour), 0, func(m *MaintenanceWindow) { m.Schedule, m.EndsAt, m.Duration = "daily", nil, hour }, []string{""}, true},
		"no title":                  {once(hour, 2*hour), 0, func(m *MaintenanceWindow) { m.Title = lang.Text{} }, []string{"fault.required title"}, false},
		"backwards":                 {once(hour, 2*hour), 0, func(m *MaintenanceWindow) { m.EndsAt = after(0) }, []string{"maintenance.length ends_at"}, false},
		"into the past":             {once(2*hour, 4*hour), hour, func(m *MaintenanceWindow) { m.StartsAt = *after(-hour) }, []string{"maintenance.late starts_at"}, false},
		"the end while it runs":     {once(hour, 2*hour), hour + 1, func(m *MaintenanceWindow) { m.EndsAt = after(3 * hour) }, []string{""}, true},
		"the end into the past":     {once(hour, 2*hour), hour + 60, func(m *MaintenanceWindow) { m.EndsAt = after(hour) }, []string{"maintenance.past ends_at"}, false},
		"the end too far":           {once(hour, 2*hour), hour + 1, func(m *MaintenanceWindow) { m.EndsAt = after(9 * 24 * hour) }, []string{"maintenance.length ends_at"}, false},
		"no end while it runs":      {once(hour, 2*hour), hour + 1, func(m *MaintenanceWindow) { m.EndsAt = nil }, []string{"fault.required ends_at"}, false},
		"the start while it runs":   {once(hour, 2*hour), hour + 1, func(m *MaintenanceWindow) { m.StartsAt = *after(0) }, []string{"maintenance.edit.runs"}, false},
		"the title while it runs":   {once(hour, 2*hour), hour + 1, func(m *MaintenanceWindow) { m.Title = lang.Text{"fr": "Panne"} }, []string{"maintenance.edit.runs"}, false},
		"what is over":              {once(hour, 2*hour), 3 * hour, func(m *MaintenanceWindow) { m.EndsAt = after(5 * hour) }, []string{"maintenance.over"}, false},
		"a repeated one's calendar": {repeated(hour), 2 * hour, func(m *MaintenanceWindow) { m.Duration = 2 * hour }, []string{"maintenance.edit.began"}, false},
		"a repeated one's end":      {repeated(hour), 2 * hour, func(m *MaintenanceWindow) { m.EndsAt = after(100 * hour) }, []string{""}, true},
		"a repeated one's past end": {repeated(hour), 2 * hour, func(m *MaintenanceWindow) { m.EndsAt = after(hour) }, []string{"maintenance.past ends_at"}, false},
	} {
		m := announced(t, c.window)
		want, before, now := m, m, causeNoon.Add(c.now)
		c.change(&want)
		err := m.Edit(mcd, want, daily, now)
		t.Run(name, func(t *testing.T) {
			wants(t, err, c.faults...)
			if err != nil && (m.Revision != before.Revision || m.EditedAt != nil || !m.StartsAt.Equal(before.StartsAt)) {
				t.Errorf("half of it is done: %+v", m)
			}
			if err == nil && (m.Revision != 2 || (m.EditedAt != nil) != c.moved) {
				t.Errorf("revision %d, moved %v", m.Revision, m.EditedAt)
			}
		})
	}
	m := announced(t, repeated(hour))
	if err := m.Edit(mcd, MaintenanceWindow{Title: titled, StartsAt: m.StartsAt, Schedule: "daily", EndsAt: after(90 * time.Minute)}, daily, causeNoon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if s := m.Spans(daily, causeNoon, causeNoon.Add(50*hour)); len(s) != 3 || s[0].To.Sub(s[0].From) != 90*time.Minute || s[1].To.Sub(s[1].From) != hour {
		t.Errorf("the occurrences are %v; want the one that runs to be longer", s)
	}
	m = announced(t, once(hour, 2*hour))
	m.Public = true
	want := m
	want.Public = false
	if err := m.Edit(mcd, want, daily, causeNoon); err != nil || !m.Public {
		t.Errorf("what was announced is hidden: %v", err)
	}
	if err := m.Cancel(mcd, daily, causeNoon); err != nil {
		t.Fatal(err)
	}
	wants(t, m.Edit(mcd, want, daily, causeNoon), "maintenance.cancelled")
}

func TestWhoMayEditMaintenance(t *testing.T) {
	for role, by := range everyRole() {
		m := announced(t, once(time.Hour, 2*time.Hour))
		all := announced(t, MaintenanceWindow{Scope: Everything, Title: titled, StartsAt: *after(time.Hour), EndsAt: after(2 * time.Hour)})
		own, everything := m.Edit(by, m, daily, causeNoon), all.Edit(by, all, daily, causeNoon)
		operator := role == identity.MCD || role == identity.Admin
		if (own == nil) != (operator || role == identity.ServiceOwner) || (everything == nil) != operator {
			t.Errorf("%q: own %v, everything %v", role, own, everything)
		}
	}
	m := announced(t, once(time.Hour, 2*time.Hour))
	stranger := identity.Actor{Account: "x", Role: identity.ServiceOwner, Institution: "ms", Institutions: []string{"ms"}}
	if m.Edit(stranger, m, daily, causeNoon) == nil {
		t.Error("a stranger moves it")
	}
}
