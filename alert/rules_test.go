package alert

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

func TestARouteThatIsWrongSaysWhere(t *testing.T) {
	exists := func(slug string) bool { return slug == "marhp" }
	for want, change := range map[string]func(*Route){
		"[]":                                       func(*Route) {},
		"[name:fault.required]":                    func(r *Route) { r.Name = " " },
		"[name:fault.one_line]":                    func(r *Route) { r.Name = "a\nb" },
		"[name:fault.utf8]":                        func(r *Route) { r.Name = "\xff" },
		"[name:fault.too_long]":                    func(r *Route) { r.Name = fmt.Sprintf("%0101d", 1) },
		"[institutions:institution.unknown]":       func(r *Route) { r.Institutions = []string{"marhp", "nowhere"} },
		"[tiers:fault.unknown_value]":              func(r *Route) { r.Tiers = []monitor.Tier{"high"} },
		"[kinds:fault.unknown_value]":              func(r *Route) { r.Kinds = []Kind{"sms"} },
		"[when:fault.unknown_value]":               func(r *Route) { r.When = []Hour{"noon"} },
		"[steps:alert.route.nobody]":               func(r *Route) { r.Steps = nil },
		"[steps:alert.route.many_steps]":           func(r *Route) { r.Steps = many(MaxSteps + 1) },
		"[steps.1.after:alert.route.order]":        func(r *Route) { r.Steps[1].After = 0 },
		"[steps.2.after:alert.route.after]":        func(r *Route) { r.Steps[2].After = 8 * 24 * time.Hour },
		"[steps.0.after:alert.route.after]":        func(r *Route) { r.Steps[0].After = -time.Second },
		"[steps.0.channels:alert.channel.unknown]": func(r *Route) { r.Steps[0].Channels = []string{"pigeon"} },
		"[steps.0.roles:fault.unknown_value]":      func(r *Route) { r.Steps[0].Roles = []identity.Role{identity.Committee} },
		"[steps.0.roles:alert.route.nobody]":       func(r *Route) { r.Steps[0].Roles = nil },
		"[group:fault.unknown_value]":              func(r *Route) { r.Group = "pairs" },
		"[remind:alert.route.remind]":              func(r *Route) { r.Remind = time.Minute },
		"[quiet_to:fault.required]":                func(r *Route) { r.QuietTo = "" },
		"[quiet_from:fault.required]":              func(r *Route) { r.QuietFrom = "" },
		"[quiet_from:alert.route.clock]":           func(r *Route) { r.QuietFrom = "7:5" },
		"[quiet_to:alert.route.quiet_empty]":       func(r *Route) { r.QuietTo = r.QuietFrom },
	} {
		r := Usual()[0]
		r.Steps = slices.Clone(r.Steps)
		change(&r)
		got := []string{}
		for _, f := range fault.All(r.Check([]string{"noc"}, exists)) {
			got = append(got, f.Field+":"+f.Key)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%v; want %s", got, want)
		}
	}
	for _, r := range Usual() {
		if err := r.Check(nil, exists); err != nil {
			t.Errorf("the usual route %s: %v", r.Name, err)
		}
	}
}

func many(n int) []Step {
	steps := make([]Step, n)
	for i := range steps {
		steps[i] = Step{After: time.Duration(i) * time.Minute, Roles: []identity.Role{identity.MCD}}
	}
	return steps
}

func TestWhoMayWriteARoute(t *testing.T) {
	for _, role := range append(identity.Roles(), identity.Public) {
		by := identity.Actor{Account: "x", Role: role}
		if role.NeedsInstitution() {
			by.Institution, by.Institutions = "marhp", []string{"marhp", "sonede"}
		}
		everywhere := role == identity.MCD || role == identity.Admin
		for _, one := range []struct {
			institutions []string
			may          bool
		}{
			{nil, everywhere}, {[]string{"sonede"}, everywhere || role == identity.ServiceOwner}, {[]string{"sonede", "mt"}, everywhere},
		} {
			r := Route{Institutions: one.institutions}
			if err := r.May(by); (err == nil) != one.may {
				t.Errorf("%s writes a route of %v: %v; want allowed %v", role, one.institutions, err, one.may)
			}
		}
	}
}

func TestTheHourOfADay(t *testing.T) {
	c := UsualCalendar(time.UTC)
	for at, want := range map[string]Hour{
		"2026-11-23 07:59": Night, "2026-11-23 08:00": Office, "2026-11-23 17:29": Office, "2026-11-23 17:30": Night,
		"2026-11-22 10:00": Holiday, "2026-11-28 00:00": Holiday, "2026-11-27 23:59": Night,
	} {
		moment, err := time.Parse("2006-01-02 15:04", at)
		if err != nil || c.Hour(moment) != want {
			t.Errorf("%s is %s; want %s", at, c.Hour(moment), want)
		}
	}
}

// One failed look, confirmed by nobody, burns nothing; one confirmed outage of
// a minute does not sound like a burning month; outages that add up do.
func TestFewLooksDoNotSoundLikeMany(t *testing.T) {
	now := monday
	at := func(ago, length time.Duration) monitor.Span {
		return monitor.Span{From: now.Add(-ago), To: now.Add(length - ago)}
	}
	for name, one := range map[string]struct {
		bad       []monitor.Span
		every     time.Duration
		objective float64
		want      Kind
	}{
		"nothing":                           {nil, time.Minute, 0.999, ""},
		"a minute":                          {[]monitor.Span{at(time.Minute, time.Minute)}, time.Minute, 0.999, ""},
		"five minutes":                      {[]monitor.Span{at(5*time.Minute, 5*time.Minute)}, time.Minute, 0.999, BurnFast},
		"five minutes of looks five apart":  {[]monitor.Span{at(5*time.Minute, 5*time.Minute)}, 5 * time.Minute, 0.999, ""},
		"five minutes, an hour ago":         {[]monitor.Span{at(50*time.Minute, 5*time.Minute)}, time.Minute, 0.999, BurnSlow},
		"five minutes, a day ago":           {[]monitor.Span{at(24*time.Hour, 5*time.Minute)}, time.Minute, 0.999, ""},
		"the same five minutes, told twice": {[]monitor.Span{at(5*time.Minute, 5*time.Minute), at(4*time.Minute, 4*time.Minute)}, time.Minute, 0.99, ""},
		"an hour within three days":         {[]monitor.Span{at(6*time.Hour, 30*time.Minute), at(20*time.Hour, 30*time.Minute)}, time.Minute, 0.995, BurnSlow},
	} {
		v := View{Service: "eau", Tier: monitor.Critical, Record: Record{Bad: one.bad, Every: one.every}}
		got := v.burning(Settings{Objectives: Objectives{monitor.Critical: one.objective}}, now)
		if len(got) == 0 && one.want != "" || len(got) > 0 && got[0].Kind != one.want {
			t.Errorf("%s: %+v; want %q", name, got, one.want)
		}
	}
}

func TestConditions(t *testing.T) {
	s, hour := UsualSettings(), monday.Add(-time.Hour)
	up := CheckView{ID: 1, Verdict: monitor.Up, Since: hour, LastAt: monday, Fresh: true}
	for name, one := range map[string]struct {
		change func(*CheckView)
		awake  time.Time
		want   []Kind
	}{
		"well":                     {func(*CheckView) {}, hour, nil},
		"degraded for an hour":     {func(c *CheckView) { c.Verdict = monitor.Degraded }, hour, []Kind{Degraded}},
		"degraded just now":        {func(c *CheckView) { c.Verdict, c.Since = monitor.Degraded, monday }, hour, nil},
		"a certificate of a week":  {func(c *CheckView) { c.NotAfter = monday.AddDate(0, 0, 7) }, hour, []Kind{Certificate}},
		"a certificate of a year":  {func(c *CheckView) { c.NotAfter = monday.AddDate(1, 0, 0) }, hour, nil},
		"a certificate that ended": {func(c *CheckView) { c.NotAfter = hour }, hour, nil},
		"nothing was seen":         {func(c *CheckView) { c.Fresh, c.LastAt = false, monday.Add(-10*time.Minute) }, hour, []Kind{Blind}},
		"our own network":          {func(c *CheckView) { c.Verdict, c.Reason = monitor.Unknown, monitor.OwnNetwork }, hour, []Kind{Blind}},
		"eyes just opened":         {func(c *CheckView) { c.Fresh, c.LastAt = false, hour }, monday, nil},
	} {
		c := up
		one.change(&c)
		var got []Kind
		for _, e := range Conditions([]View{{Service: "eau", Tier: monitor.Normal, Checks: []CheckView{c}}}, s, one.awake, monday) {
			got = append(got, e.Kind)
		}
		if !slices.Equal(got, one.want) {
			t.Errorf("%s: %v; want %v", name, got, one.want)
		}
	}
}

func TestDomainsThatEnd(t *testing.T) {
	for name, one := range map[string]struct {
		until time.Time
		want  []Kind
	}{
		"in a week": {monday.AddDate(0, 0, 7), []Kind{Domain}},
		"in a year": {monday.AddDate(1, 0, 0), nil},
		"yesterday": {monday.AddDate(0, 0, -1), []Kind{Domain}}, // it may still answer
	} {
		v := View{Service: "eau", Tier: monitor.Normal, Domains: []DomainView{{"a.tn", one.until}}}
		var got []Kind
		for _, e := range Conditions([]View{v}, UsualSettings(), monday, monday) {
			got = append(got, e.Kind)
			if e.Subject != "eau/a.tn" || !e.Facts.NotAfter.Equal(one.until) {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if !slices.Equal(got, one.want) {
			t.Errorf("%s: %v; want %v", name, got, one.want)
		}
	}
}

func TestAMessageIsTriedUntilItIsNoNews(t *testing.T) {
	m := Message{State: Queued, QueuedAt: monday, NextAt: monday}
	at, tries := monday, 0
	for !m.Old(at) {
		if m.Ready(at) {
			m.Take(at)
			m.Fail(Failure{Cause: Busy}, at)
			tries++
		}
		at = at.Add(time.Second)
	}
	if tries < 48 || tries > 60 || m.State != Queued {
		t.Errorf("%d tries in a day, state %s", tries, m.State)
	}
	m.Fail(Failure{Cause: TooOld, Final: true}, at)
	if !m.Retry(at) || m.Old(at) || !m.Ready(at) {
		t.Errorf("somebody may send it again: %+v", m)
	}
	m.Fail(Failure{Cause: Busy, After: 20 * time.Minute}, at)
	if m.Ready(at.Add(19*time.Minute)) || !m.Ready(at.Add(20*time.Minute)) {
		t.Error("what the peer asks for is not respected")
	}
	m.NextAt = at.AddDate(1, 0, 0)
	if !m.Ready(at) {
		t.Error("a clock that was wrong holds a message for a year")
	}
}

func TestALinkOpensOnceAndNotForEver(t *testing.T) {
	secret := identity.NewSecret()
	if hash, ok := identity.Digested(secret); !ok || hash == secret || secret == identity.NewSecret() {
		t.Error("a secret is stored as it is, or not random")
	}
	l := Link{CreatedAt: monday, ExpiresAt: monday.Add(LinkAge)}
	for at, open := range map[time.Duration]bool{0: true, LinkAge: true, LinkAge + 1: false, -2 * time.Hour: false} {
		if err := l.Open(monday.Add(at)); (err == nil) != open {
			t.Errorf("after %s: %v", at, err)
		}
	}
	l.UsedAt = &monday
	if err := l.Open(monday); !errors.Is(err, fault.Gone) {
		t.Errorf("used: %v", err)
	}
}

// Whatever happens in whatever order, nobody is told the same thing twice, the
// end comes after the beginning, and everything is settled in the end.
func TestRandomLives(t *testing.T) {
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // repeatable
		second := office()
		second.ID, second.Group, second.When = "second", Apart, []Hour{Office}
		w := newWorld([]Route{office(), second}, outage(monitor.Tiers()[dice.IntN(3)]))
		e := &w.Events[0]
		at := monday
		for n := range 60 {
			at = at.Add(time.Duration(dice.IntN(90)) * time.Minute)
			e.Planned = dice.IntN(8) == 0
			if dice.IntN(12) == 0 {
				e.Acknowledge("karim", at)
			}
			if n > 30 && e.Open() && dice.IntN(6) == 0 {
				end := at
				e.EndedAt = &end
			}
			w.tick(at)
		}
		e.Planned = false
		if e.Open() {
			e.EndedAt = &at
		}
		for range 40 { // three weeks, at all hours
			at = at.Add(13 * time.Hour)
			w.tick(at)
		}
		seen, over := map[Telling]bool{}, map[Receiver]bool{}
		for _, told := range w.Told[e.Key] {
			key := Telling{Route: told.Route, Step: told.Step, Channel: told.Channel, Target: told.Target}
			to := Receiver{told.Route, told.Target}
			if seen[key] || over[to] {
				t.Fatalf("seed %d: told twice, or after the end: %+v in %+v", seed, told, w.Told[e.Key])
			}
			seen[key] = true
			over[to] = told.Stage() == Over || told.Stage() == Past
		}
		if p := w.Plan(); len(p.Settled) != 1 {
			t.Fatalf("seed %d: not settled after three weeks", seed)
		}
	}
}
