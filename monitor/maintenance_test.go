package monitor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// daily knows two lines: "daily" comes every day at noon, "never" at no time.
func daily(line string, from, to time.Time) ([]time.Time, error) {
	switch line {
	case "never":
		return nil, nil
	case "daily":
	default:
		return nil, fault.At("schedule", "check.schedule.invalid", line)
	}
	var list []time.Time
	for at := causeNoon.AddDate(-1, 0, 0); at.Before(to); at = at.Add(24 * time.Hour) {
		if !at.Before(from) {
			list = append(list, at)
		}
	}
	return list, nil
}

func after(d time.Duration) *time.Time {
	t := causeNoon.Add(d)
	return &t
}

var titled = lang.Text{"fr": "Mise à jour"}

func once(from, to time.Duration) MaintenanceWindow {
	return MaintenanceWindow{Scope: OneService, Target: "a", Institution: "mi", Title: titled, StartsAt: causeNoon.Add(from), EndsAt: after(to)}
}

func repeated(lasts time.Duration) MaintenanceWindow {
	return MaintenanceWindow{
		Scope: OneInstitution, Target: "mi", Institution: "mi", Title: titled, StartsAt: causeNoon, Schedule: "daily", Duration: lasts,
	}
}

func TestWhoMayAnnounceMaintenance(t *testing.T) {
	all := MaintenanceWindow{Scope: Everything, Title: titled, StartsAt: causeNoon, EndsAt: after(time.Hour)}
	for role, by := range everyRole() {
		_, own := NewMaintenance(by, once(0, time.Hour), daily, causeNoon)
		_, everything := NewMaintenance(by, all, daily, causeNoon)
		operator := role == identity.MCD || role == identity.Admin
		if (own == nil) != (operator || role == identity.ServiceOwner) || (everything == nil) != operator {
			t.Errorf("%q: own %v, everything %v", role, own, everything)
		}
	}
	stranger := identity.Actor{Account: "x", Role: identity.ServiceOwner, Institution: "ms", Institutions: []string{"ms"}}
	m, err := NewMaintenance(mcd, once(0, time.Hour), daily, causeNoon)
	if err != nil {
		t.Fatal(err)
	}
	for name, act := range map[string]func(identity.Actor, Occasions, time.Time) error{
		"begin": m.Begin, "finish": m.Finish, "skip": m.Skip, "cancel": m.Cancel,
	} {
		for role, by := range everyRole() {
			if slices.Contains([]identity.Role{identity.MCD, identity.Admin, identity.ServiceOwner}, role) {
				continue
			}
			if err := act(by, daily, causeNoon); !errors.Is(err, fault.Forbidden) && !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("%s by %q: %v", name, role, err)
			}
		}
		if err := act(stranger, daily, causeNoon); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s by a stranger: %v", name, err)
		}
	}
}

func TestMaintenanceIsChecked(t *testing.T) {
	with := func(m MaintenanceWindow, change func(*MaintenanceWindow)) MaintenanceWindow {
		change(&m)
		return m
	}
	for name, c := range map[string]struct {
		m    MaintenanceWindow
		want []string
	}{
		"well":              {once(0, time.Hour), []string{""}},
		"repeated well":     {repeated(time.Hour), []string{""}},
		"nothing":           {MaintenanceWindow{}, []string{"maintenance.scope scope", "fault.required target", "fault.required title", "fault.required starts_at", "fault.required ends_at"}},
		"unknown target":    {with(once(0, time.Hour), func(m *MaintenanceWindow) { m.Institution = "" }), []string{"maintenance.target target"}},
		"ends before":       {once(time.Hour, 0), []string{"maintenance.length ends_at"}},
		"too short":         {once(0, time.Second), []string{"maintenance.length ends_at"}},
		"too long":          {once(0, 8*24*time.Hour), []string{"maintenance.length ends_at"}},
		"past":              {once(-time.Hour, -time.Minute), []string{"maintenance.past ends_at"}},
		"afterwards":        {once(-3*time.Hour, time.Hour), []string{"maintenance.late starts_at"}},
		"far":               {once(400*24*time.Hour, 400*24*time.Hour+time.Hour), []string{"maintenance.far starts_at"}},
		"no line":           {with(repeated(time.Hour), func(m *MaintenanceWindow) { m.Schedule = "soon" }), []string{"check.schedule.invalid schedule"}},
		"a line of never":   {with(repeated(time.Hour), func(m *MaintenanceWindow) { m.Schedule = "never" }), []string{"maintenance.never schedule"}},
		"all day":           {repeated(24 * time.Hour), []string{"maintenance.overlaps_itself duration"}},
		"no duration":       {repeated(0), []string{"maintenance.length duration"}},
		"stops before":      {with(repeated(time.Hour), func(m *MaintenanceWindow) { m.EndsAt = after(-time.Hour) }), []string{"maintenance.order ends_at"}},
		"a title of no use": {with(once(0, time.Hour), func(m *MaintenanceWindow) { m.Title = lang.Text{"fr": strings.Repeat("a", 5000)} }), []string{"fault.too_long title.fr"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewMaintenance(mcd, c.m, daily, causeNoon)
			wants(t, err, c.want...)
		})
	}
}

// spansOf writes when m holds in the three days from noon, in hours.
func spansOf(m *MaintenanceWindow) string {
	var parts []string
	for _, s := range m.Spans(daily, causeNoon, causeNoon.Add(72*time.Hour)) {
		parts = append(parts, s.From.Sub(causeNoon).String()+"+"+s.Length().String())
	}
	return strings.Join(parts, " ")
}

func TestWhenMaintenanceHolds(t *testing.T) {
	made := func(m MaintenanceWindow) *MaintenanceWindow {
		n, err := NewMaintenance(mcd, m, daily, causeNoon)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	try := func(what string, m *MaintenanceWindow, err error, want string) {
		t.Helper()
		if got := spansOf(m); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", what, got, err, want)
		}
	}
	m := made(once(2*time.Hour, 3*time.Hour))
	try("once", m, nil, "2h0m0s+1h0m0s")
	try("begun early", m, m.Begin(mcd, daily, causeNoon.Add(time.Hour)), "1h0m0s+1h0m0s")
	wants(t, m.Begin(mcd, daily, causeNoon.Add(time.Hour)), "maintenance.runs")
	wants(t, m.Cancel(mcd, daily, causeNoon.Add(time.Hour)), "maintenance.runs")
	wants(t, m.Skip(mcd, daily, causeNoon), "maintenance.once")
	try("ended early", m, m.Finish(mcd, daily, causeNoon.Add(90*time.Minute)), "1h0m0s+30m0s")
	wants(t, m.Finish(mcd, daily, causeNoon.Add(2*time.Hour)), "maintenance.runs_not")
	wants(t, m.Begin(mcd, daily, causeNoon.Add(2*time.Hour)), "maintenance.over")
	wants(t, m.Cancel(mcd, daily, causeNoon.Add(2*time.Hour)), "maintenance.over")

	m = made(once(2*time.Hour, 3*time.Hour))
	try("called off", m, m.Cancel(mcd, daily, causeNoon), "")
	wants(t, m.Cancel(mcd, daily, causeNoon), "maintenance.cancelled")

	m = made(repeated(time.Hour))
	try("every day", m, nil, "0s+1h0m0s 24h0m0s+1h0m0s 48h0m0s+1h0m0s")
	wants(t, m.Skip(mcd, daily, causeNoon), "maintenance.runs")
	try("today's ended early", m, m.Finish(mcd, daily, causeNoon.Add(10*time.Minute)), "0s+10m0s 24h0m0s+1h0m0s 48h0m0s+1h0m0s")
	try("tomorrow's skipped", m, m.Skip(mcd, daily, causeNoon.Add(2*time.Hour)), "0s+10m0s 48h0m0s+1h0m0s")
	try("the one after begun early", m, m.Begin(mcd, daily, causeNoon.Add(30*time.Hour)), "0s+10m0s 30h0m0s+1h0m0s")
	try("ended early again", m, m.Finish(mcd, daily, causeNoon.Add(30*time.Hour+time.Minute)), "0s+10m0s 30h0m0s+1m0s")
	try("called off", m, m.Cancel(mcd, daily, causeNoon.Add(40*time.Hour)), "0s+10m0s 30h0m0s+1m0s")
	if m.Revision != 6 {
		t.Errorf("revision %d; want 6", m.Revision)
	}
	m = made(repeated(time.Hour))
	m.EndsAt = after(25 * time.Hour)
	try("until tomorrow", m, nil, "0s+1h0m0s 24h0m0s+1h0m0s")
	try("called off while it runs", m, m.Cancel(mcd, daily, causeNoon.Add(30*time.Minute)), "0s+30m0s")
	if got := m.Spans(daily, causeNoon.Add(10*time.Minute), causeNoon.Add(20*time.Minute)); len(got) != 1 || got[0].Length() != 10*time.Minute {
		t.Errorf("in the middle of it: %v", got)
	}
}

func TestSubscribersAreChecked(t *testing.T) {
	for _, c := range []struct {
		email  string
		scope  Scope
		target string
		want   []string
	}{
		{" Ali@Exemple.TN ", "", "", []string{""}},
		{"ali@exemple.tn", OneService, "b3", []string{""}},
		{"", Everything, "", []string{"fault.required email"}},
		{"ali", Everything, "", []string{"incident.subscribe.email email"}},
		{"ali@localhost", Everything, "", []string{"incident.subscribe.email email"}},
		{"Ali <ali@x.tn>", Everything, "", []string{"incident.subscribe.email email"}},
		{"a@x.tn\r\nBcc: b@x.tn", Everything, "", []string{"incident.subscribe.email email"}},
		{strings.Repeat("a", 250) + "@x.tn", Everything, "", []string{"incident.subscribe.email email"}},
		{"a@x.tn", "planet", "", []string{"incident.subscribe.scope scope"}},
		{"a@x.tn", OneService, "", []string{"incident.subscribe.target target"}},
		{"a@x.tn", OneInstitution, "MF'--", []string{"incident.subscribe.target target"}},
	} {
		s, err := NewSubscriber(c.email, c.scope, c.target, "xx", causeNoon)
		wants(t, err, c.want...)
		if err == nil && (s.Email != strings.ToLower(strings.TrimSpace(c.email)) || s.Language != lang.French) {
			t.Errorf("%+v", s)
		}
	}
	s := Subscriber{}
	for n := range 2 * MaxToldADay {
		if s.MayTell("2026-11-22") != (n < MaxToldADay) {
			t.Errorf("mail %d of a day", n+1)
		}
	}
	if !s.MayTell("2026-11-23") {
		t.Error("a new day")
	}
	for n := range 5 {
		if s.MayAsk(causeNoon) != (n < MaxAskedADay) {
			t.Errorf("confirmation %d of a day", n+1)
		}
	}
	if !s.MayAsk(causeNoon.Add(25 * time.Hour)) {
		t.Error("a day later")
	}
}

func FuzzSubscriber(f *testing.F) {
	f.Add("ali@exemple.tn", "service", "b3")
	f.Add("a@b.c\r\nX: y", "", "\x00")
	f.Fuzz(func(t *testing.T, email, scope, target string) {
		s, err := NewSubscriber(email, Scope(scope), target, "fr", causeNoon)
		if err == nil && (strings.ContainsAny(s.Email, "\r\n \x00<>") || !strings.Contains(s.Email, "@") || strings.ContainsAny(s.Target, "\x00 ")) {
			t.Errorf("%q for %q passed", s.Email, s.Target)
		}
	})
}
