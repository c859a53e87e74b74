package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// monday is a Monday at nine in the morning.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func outage(tier monitor.Tier) Event {
	return Event{
		Key: "incident/1", Kind: Down, Subject: "incident/1", Service: "eau", Institution: "sonede", Tier: tier, Incident: 1,
		StartedAt: monday.Add(-time.Minute), ConfirmedAt: monday,
	}
}

func office() Route {
	r := Usual()[0]
	return r
}

func above(slug string) []string {
	if slug == "sonede" {
		return []string{"sonede", "marhp"}
	}
	return []string{slug}
}

func people() []Person {
	at := func(account string, role identity.Role, institutions ...string) Person {
		a := identity.Actor{Account: account, Role: role, Institutions: institutions}
		if len(institutions) > 0 {
			a.Institution = institutions[0]
		}
		return Person{Actor: a, Email: account + "@exemple.tn", Lang: "fr"}
	}
	return []Person{
		at("karim", identity.ServiceOwner, "marhp", "sonede"), at("salma", identity.ServiceOwner, "mt"),
		at("mourad", identity.Supervisor, "marhp", "sonede"), at("sonia", identity.MCD), at("nadia", identity.Admin),
	}
}

// world lets a situation live: what is planned is told.
type world struct {
	Situation
	sent []string // "stage channel/target: keys"
}

func newWorld(routes []Route, events ...Event) *world {
	return &world{Situation: Situation{
		Routes: routes, Events: events, Told: map[string][]Telling{}, People: people(), Above: above,
		Calendar: UsualCalendar(time.UTC), Now: monday, Channels: []Channel{{Name: "noc", Type: "webhook"}},
	}}
}

// tick plans, sends, and returns what was sent at this moment.
func (w *world) tick(at time.Time) []string {
	w.Now = at
	plan := w.Plan()
	var now []string
	for _, p := range plan.Parcels {
		var keys []string
		for _, i := range p.Items {
			keys = append(keys, i.Event.Key)
			w.Told[i.Event.Key] = append(w.Told[i.Event.Key], Telling{
				Event: i.Event.Key, Route: p.Route.ID, Step: i.Step, Channel: p.To.Channel, Target: p.To.Target, At: at, Message: "m",
			})
		}
		now = append(now, fmt.Sprintf("%s %s/%s: %s", p.Stage, p.To.Channel, p.To.Target, strings.Join(keys, " ")))
	}
	for _, e := range plan.Echoes {
		w.Told[e.Event] = append(w.Told[e.Event], e.Telling)
	}
	w.sent = append(w.sent, now...)
	return now
}

func (w *world) expect(t *testing.T, at time.Time, want ...string) {
	t.Helper()
	if got := w.tick(at); !slices.Equal(got, want) {
		t.Errorf("at %s: %q; want %q", at.Sub(monday), got, want)
	}
	if again := w.tick(at); len(again) > 0 {
		t.Errorf("at %s, asked again: %q; want nothing", at.Sub(monday), again)
	}
}

func TestAnIncidentFromBeginningToEnd(t *testing.T) {
	w := newWorld([]Route{office()}, outage(monitor.Critical))
	w.expect(t, monday, "begun mail/karim: incident/1")
	w.expect(t, monday.Add(14*time.Minute))
	w.expect(t, monday.Add(15*time.Minute), "escalated mail/sonia: incident/1")
	w.expect(t, monday.Add(time.Hour), "escalated mail/mourad: incident/1")
	w.expect(t, monday.Add(6*time.Hour), "reminded mail/karim: incident/1", "reminded mail/mourad: incident/1", "reminded mail/sonia: incident/1")
	end := monday.Add(7 * time.Hour)
	w.Events[0].EndedAt = &end
	w.expect(t, end, "over mail/karim: incident/1", "over mail/mourad: incident/1", "over mail/sonia: incident/1")
	if p := w.Plan(); !slices.Equal(p.Settled, []string{"incident/1"}) {
		t.Errorf("Settled = %v; want the event", p.Settled)
	}
}

func TestTakingItInHandStopsTheEscalation(t *testing.T) {
	w := newWorld([]Route{office()}, outage(monitor.Critical))
	w.expect(t, monday, "begun mail/karim: incident/1")
	if !w.Events[0].Acknowledge("karim", monday.Add(5*time.Minute)) || w.Events[0].Acknowledge("sonia", monday) {
		t.Error("the first who takes it in hand counts, and only the first")
	}
	w.expect(t, monday.Add(2*time.Hour))
	w.expect(t, monday.Add(6*time.Hour), "reminded mail/karim: incident/1") // it still lasts
}

func TestMissedRemindersAreNotMadeUpFor(t *testing.T) {
	w := newWorld([]Route{office()}, outage(monitor.Critical))
	w.expect(t, monday, "begun mail/karim: incident/1")
	w.Events[0].Acknowledge("karim", monday)
	w.expect(t, monday.Add(49*time.Hour), "reminded mail/karim: incident/1")
}

func TestMaintenanceSuppresses(t *testing.T) {
	w := newWorld([]Route{office()}, outage(monitor.Critical))
	w.Events[0].Planned = true
	w.expect(t, monday.Add(time.Hour))
	w.Events[0].Planned = false // the window ends, the outage does not
	w.expect(t, monday.Add(90*time.Minute),
		"begun mail/karim: incident/1", "escalated mail/sonia: incident/1", "escalated mail/mourad: incident/1")
	other := newWorld([]Route{office()}, outage(monitor.Critical))
	end := monday.Add(time.Hour)
	other.Events[0].Planned, other.Events[0].EndedAt = true, &end
	other.expect(t, end)
}

func TestQuietHoursWaitUnlessItIsCritical(t *testing.T) {
	night := monday.Add(14 * time.Hour) // 23:00
	for _, tier := range []monitor.Tier{monitor.Critical, monitor.Normal} {
		e := outage(tier)
		e.StartedAt, e.ConfirmedAt = night, night
		w := newWorld([]Route{office()}, e)
		if tier == monitor.Critical {
			w.expect(t, night, "begun mail/karim: incident/1")
			continue
		}
		w.expect(t, night)
		if p := w.Plan(); len(p.Settled) != 0 {
			t.Error("what waits is settled")
		}
		end := night.Add(time.Hour)
		w.Events[0].EndedAt = &end
		w.expect(t, end)
		w.expect(t, monday.Add(21*time.Hour+30*time.Minute), "past mail/karim: incident/1") // 06:30
	}
}

func TestWhatNobodyWasToldOfForADayIsNoNews(t *testing.T) {
	w := newWorld([]Route{office()}, outage(monitor.Normal))
	w.Routes[0].When = []Hour{Holiday}
	end := monday.Add(time.Hour)
	w.Events[0].EndedAt = &end
	w.expect(t, monday.Add(5*24*time.Hour)) // Saturday
	if p := w.Plan(); len(p.Settled) != 1 {
		t.Errorf("Settled = %v; want the event", p.Settled)
	}
}

func TestARouteWaitsForItsHours(t *testing.T) {
	sunday := monday.Add(-12 * time.Hour)
	e := outage(monitor.Information)
	e.Kind, e.StartedAt, e.ConfirmedAt = Degraded, sunday, sunday
	w := newWorld([]Route{Usual()[1]}, e)
	w.Calendar.Works = func(day time.Time) bool { return day.Day() != 23 } // a holiday
	w.expect(t, sunday)
	w.expect(t, monday)
	w.expect(t, monday.Add(23*time.Hour), "begun mail/karim: incident/1")
}

func TestEventsOfAnInstitutionAreToldTogether(t *testing.T) {
	two := outage(monitor.Normal)
	two.Key, two.Service, two.Subject = "incident/2", "compteurs", "incident/2"
	other := outage(monitor.Normal)
	other.Key, other.Institution, other.Subject = "incident/3", "mt", "incident/3"
	w := newWorld([]Route{office()}, outage(monitor.Critical), two, other)
	w.expect(t, monday, "begun mail/karim: incident/1 incident/2", "begun mail/salma: incident/3")
	apart := newWorld([]Route{office()}, outage(monitor.Critical), two)
	apart.Routes[0].Group = Apart
	apart.expect(t, monday, "begun mail/karim: incident/1", "begun mail/karim: incident/2")
}

func TestTwoRoutesTellOnce(t *testing.T) {
	second := office()
	second.ID, second.Steps = "second", []Step{{Roles: []identity.Role{identity.ServiceOwner}, Channels: []string{"noc"}}}
	w := newWorld([]Route{office(), second}, outage(monitor.Critical))
	w.expect(t, monday, "begun mail/karim: incident/1", "begun noc/: incident/1")
	end := monday.Add(time.Minute)
	w.Events[0].EndedAt = &end
	w.expect(t, end, "over mail/karim: incident/1", "over noc/: incident/1")
}

func TestTheAbsentAreToldOnlyWhenNobodyElseIs(t *testing.T) {
	w := newWorld([]Route{office()}, outage(monitor.Critical))
	w.People[0].Away = true
	w.expect(t, monday, "begun mail/karim: incident/1")
	w = newWorld([]Route{office()}, outage(monitor.Critical))
	w.People[0].Away = true
	w.People[1].Actor.Institutions = []string{"mt", "sonede"}
	w.expect(t, monday, "begun mail/salma: incident/1")
}

func TestAnEventThatEndsBeforeItIsToldOf(t *testing.T) {
	e := outage(monitor.Critical)
	end := monday.Add(10 * time.Minute)
	e.EndedAt = &end
	w := newWorld([]Route{office()}, e)
	w.expect(t, end.Add(time.Hour), "past mail/karim: incident/1") // nobody was running
	late := newWorld([]Route{office()}, e)
	late.Routes[0].Steps[0].After = 15 * time.Minute // shorter outages are to be passed over
	late.expect(t, end)
	gone := newWorld([]Route{office()}, e)
	gone.Events[0].Facts.Ended = Unwatched
	gone.expect(t, end)
}

func TestWhyARouteIsNotFollowed(t *testing.T) {
	r := office()
	r.Institutions = []string{"marhp"}
	night := monday.Add(14 * time.Hour)
	for _, one := range []struct {
		change func(*Route, *Event)
		at     time.Time
		want   Why
	}{
		{func(*Route, *Event) {}, monday, Matches},
		{func(r *Route, _ *Event) { r.Enabled = false }, monday, Disabled},
		{func(_ *Route, e *Event) { e.Kind = Blind }, monday, OtherKind},
		{func(_ *Route, e *Event) { e.Tier = monitor.Information }, monday, OtherTier},
		{func(_ *Route, e *Event) { e.Institution = "mt" }, monday, OtherInstitution},
		{func(r *Route, _ *Event) { r.When = []Hour{Office, Holiday} }, night, OtherHour},
		{func(_ *Route, e *Event) { e.Tier = monitor.Normal }, night, Quiet},
		{func(_ *Route, e *Event) { e.Tier = monitor.Critical }, night, Matches},
		{func(r *Route, _ *Event) { r.WakeFor = false }, night, Quiet},
		{func(r *Route, _ *Event) { r.QuietTo, r.WakeFor = "23:00", false }, night, Matches},
	} {
		route, e := r, outage(monitor.Critical)
		one.change(&route, &e)
		if got := route.Now(&e, above(e.Institution), UsualCalendar(time.UTC), one.at); got != one.want {
			t.Errorf("%+v: %s; want %s", e, got, one.want)
		}
	}
}

func TestForeseeSaysWhoAndWhyNot(t *testing.T) {
	e := outage(monitor.Critical)
	e.Institution = "mt"
	w := newWorld(append(Usual(), Route{ID: "off"}), e)
	all := w.Foresee(&e)
	if len(all) != 4 || all[0].Why != Matches || all[1].Why != OtherKind || all[3].Why != Disabled {
		t.Fatalf("Foresee = %+v", all)
	}
	steps := all[0].Steps
	if len(steps) != 3 || steps[0].People[0].Actor.Account != "salma" || steps[1].At.Sub(monday) != 15*time.Minute ||
		!slices.Equal(steps[2].Missing, []identity.Role{identity.Supervisor}) {
		t.Errorf("steps = %+v; want the owner, the operator, and that nobody heads Transport here", steps)
	}
}

func TestARehearsalFindsWhatReallyHappens(t *testing.T) {
	end := monday.Add(7 * time.Hour)
	e := outage(monitor.Critical)
	e.EndedAt = &end
	short := outage(monitor.Information)
	r := office()
	got := r.Rehearse([]Event{e, short}, above, UsualCalendar(time.UTC), end.Add(time.Hour))
	if got.Events != 1 || got.Told != 1 || got.Messages[Begun] != 1 || got.Messages[Escalated] != 2 ||
		got.Messages[Reminded] != 1 || got.Messages[Over] != 1 || got.Total() != 5 {
		t.Errorf("Rehearse = %+v; want 1 begun, 2 escalated, 1 reminded, 1 over", got)
	}
	lasting := outage(monitor.Critical)
	if got := r.Rehearse([]Event{lasting}, above, UsualCalendar(time.UTC), monday.AddDate(1, 0, 0)); got.Messages[Begun] != 1 {
		t.Errorf("an event that never ended: %+v", got)
	}
}
