package notice

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// monday is a working day without a holiday near.
var monday = at("2026-11-16")

// at is seven in the morning of a day in Tunis.
func at(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, inventory.Tunis())
	if err != nil {
		panic(err)
	}
	return t.Add(7 * time.Hour).UTC()
}

func midnight(day string) time.Time { return at(day).Add(-7 * time.Hour) }

func work() *inventory.Workdays { return inventory.NewWorkdays(inventory.Tunis(), nil) }

func plan(tb testing.TB) Plan {
	tb.Helper()
	f, err := pilot.Files.Open("reminders.csv")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	p, err := ReadPlan(f)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func person(role identity.Role) *Person {
	return &Person{Actor: identity.Actor{Account: "acc", Role: role, Name: "Amel"}, Email: "a@b.tn", Lang: "fr", Rhythm: Daily}
}

// quarter is a promise of the third quarter whose last day on time is 15 October.
func quarter() Duty {
	return Duty{
		DatasetID: "d", Ref: "TN-1", Period: "2026-Q3", StartsAt: midnight("2026-07-01"), DueAt: midnight("2026-10-01"),
		Limit: midnight("2026-10-16"), Told: Untold,
	}
}

func TestStepsOfAReminder(t *testing.T) {
	p := plan(t)
	daily := Duty{StartsAt: midnight("2026-11-16"), DueAt: midnight("2026-11-17"), Limit: midnight("2026-11-18"), Told: Untold}
	for _, tt := range []struct {
		name     string
		duty     Duty
		audience Audience
		now      string
		want     string // code; empty: none
	}{
		{"long before", quarter(), Officers, "2026-09-14", ""},
		{"thirty days before the last day", quarter(), Officers, "2026-09-15", "before-30"},
		{"eight days before", quarter(), Officers, "2026-10-07", "before-30"},
		{"seven days before", quarter(), Officers, "2026-10-08", "before-7"},
		{"the day before", quarter(), Officers, "2026-10-14", "before-1"},
		{"the last day", quarter(), Officers, "2026-10-15", "before-1"},
		{"the first working day after", quarter(), Officers, "2026-10-16", "late-1"},
		{"the fifth working day", quarter(), Officers, "2026-10-22", "late-5"},
		{"the weekend counts for nothing", quarter(), Officers, "2026-10-25", "late-5"},
		{"fifteen working days", quarter(), Officers, "2026-11-05", "late-15"},
		{"a year later", quarter(), Officers, "2027-10-05", "late-30"},
		{"nine working days, the head of the institution", quarter(), Supervisors, "2026-10-28", ""},
		{"ten working days", quarter(), Supervisors, "2026-10-29", "supervisor-10"},
		{"nineteen working days, the operator", quarter(), Operators, "2026-11-11", ""},
		{"twenty working days", quarter(), Operators, "2026-11-12", "operator-20"},
		{"data of every day, as their day begins", daily, Officers, "2026-11-16", ""},
		{"data of every day, once it is over", daily, Officers, "2026-11-17", "before-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := p.Reached(tt.audience, &tt.duty, NewCalendar(work(), at(tt.now)))
			if got.Code != tt.want || ok != (tt.want != "") {
				t.Errorf("Reached = %q, %v; want %q", got.Code, ok, tt.want)
			}
		})
	}
}

func TestEachStepIsToldOnce(t *testing.T) {
	p, told := plan(t), Untold
	var steps []string
	for day := at("2026-09-01"); day.Before(at("2027-03-01")); day = day.AddDate(0, 0, 1) {
		duty := quarter()
		duty.Told = told
		d, ok := Compose(person(identity.Officer), News{Duties: []Duty{duty}}, p, work(), day)
		if !ok {
			continue
		}
		if len(d.Told) != 1 {
			t.Fatalf("%s: told %d steps", day, len(d.Told))
		}
		told = d.Told[0].Rank
		steps = append(steps, d.Told[0].Step)
		if again, ok := Compose(person(identity.Officer), News{Duties: []Duty{func() Duty { x := quarter(); x.Told = told; return x }()}}, p, work(), day.AddDate(0, 0, -3)); ok {
			t.Errorf("%s: the clock went back and %v was told again", day, again.Told)
		}
	}
	if got, want := strings.Join(steps, " "), "before-30 before-7 before-1 late-1 late-5 late-15 late-30"; got != want {
		t.Errorf("told %s; want %s", got, want)
	}
}

func TestWhoIsWrittenToAndWhen(t *testing.T) {
	late, known := quarter(), quarter()
	known.Told = 16 // late-15 was told
	back := Entry{Ref: "TN-2", At: monday.Add(-time.Hour), Reason: "Merci de préciser l'unité."}
	for _, tt := range []struct {
		name   string
		change func(*Person)
		news   News
		now    time.Time
		parts  string
	}{
		{"nothing to say", nil, News{}, monday, ""},
		{"a delay that is new", nil, News{Duties: []Duty{late}}, monday, "late:1"},
		{"a delay that was told", nil, News{Duties: []Duty{known}}, monday, ""},
		{"something came back, with all that is open", nil, News{Duties: []Duty{known}, Returned: []Entry{back}}, monday, "late:1 returned:1"},
		{"what came back before the last mail", func(p *Person) { p.LastDigest = monday }, News{Returned: []Entry{back}}, monday.AddDate(0, 0, 1), ""},
		{"on a Sunday", nil, News{Duties: []Duty{late}}, at("2026-11-15"), ""},
		{"while away", func(p *Person) { p.AwayUntil = "2026-11-16" }, News{Duties: []Duty{late}}, monday, ""},
		{"the day after", func(p *Person) { p.AwayUntil = "2026-11-15" }, News{Duties: []Duty{late}}, monday, "late:1"},
		{"weekly, the first of the week, all that is open", func(p *Person) { p.Rhythm = Weekly }, News{Duties: []Duty{known}}, monday, "late:1"},
		{"weekly, later in the week", func(p *Person) { p.Rhythm, p.ThisWeek = Weekly, true }, News{Duties: []Duty{late}, Returned: []Entry{back}}, monday, ""},
		{"weekly, but it cannot wait", func(p *Person) { p.Rhythm, p.ThisWeek = Weekly, true }, News{Duties: []Duty{late}}, at("2026-10-16"), "late:1"},
		{"off, but a duty", func(p *Person) { p.Rhythm = Off }, News{Duties: []Duty{late}, Returned: []Entry{back}}, monday, "late:1"},
		{"off", func(p *Person) { p.Rhythm = Off }, News{Duties: []Duty{known}, Returned: []Entry{back}}, monday, ""},
		{"the head of the institution", func(p *Person) { p.Actor.Role = identity.Supervisor }, News{Duties: []Duty{late}}, monday, "escalated:1"},
		{"the head, of what is not late enough", func(p *Person) { p.Actor.Role = identity.Supervisor }, News{Duties: []Duty{late}}, at("2026-10-20"), ""},
		{"the operator, with what waits for review", func(p *Person) { p.Actor.Role = identity.MCD }, News{Duties: []Duty{late}, Reviews: []Entry{back}}, monday, "escalated:1 reviews:1"},
		{"an answer that people wait for", nil, News{Answers: []Line{{Ref: "R-1", New: true}}}, monday, "answers:1"},
		{"the committee", func(p *Person) { p.Actor.Role = identity.Committee }, News{Duties: []Duty{late}}, monday, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := person(identity.Officer)
			if tt.change != nil {
				tt.change(p)
			}
			d, ok := Compose(p, tt.news, plan(t), work(), tt.now)
			var parts []string
			if ok {
				for _, s := range d.Sections {
					parts = append(parts, fmt.Sprintf("%s:%d", s.Part, s.Total))
				}
			}
			if got := strings.Join(parts, " "); got != tt.parts {
				t.Errorf("told %q; want %q", got, tt.parts)
			}
		})
	}
}

func TestALongListIsCut(t *testing.T) {
	var news News
	for n := range 100 {
		d := quarter()
		d.Ref = fmt.Sprintf("TN-%03d", n)
		d.DatasetID = d.Ref
		if n < 90 {
			d.Told = 1 << 10 // told already: what is new goes first
		}
		news.Duties = append(news.Duties, d)
	}
	d, ok := Compose(person(identity.Officer), news, plan(t), work(), monday)
	if !ok || len(d.Sections[0].Lines) != MostLines || d.Sections[0].Total != 100 || len(d.Told) != 10 {
		t.Fatalf("digest = %+v", d)
	}
	if first := d.Sections[0].Lines[0].Ref; first != "TN-090" {
		t.Errorf("the first line is %s; want what is new", first)
	}
}

func TestADatasetIsOneLine(t *testing.T) {
	var news News
	for month := range 4 { // July to October, each late
		d := quarter()
		d.Period = fmt.Sprintf("2026-%02d", 7+month)
		d.Limit = d.Limit.AddDate(0, month-3, 0)
		news.Duties = append([]Duty{d}, news.Duties...)
	}
	d, ok := Compose(person(identity.Officer), news, plan(t), work(), monday)
	if !ok || len(d.Sections) != 1 || d.Sections[0].Total != 1 || len(d.Told) != 4 {
		t.Fatalf("digest = %+v", d)
	}
	if l := d.Sections[0].Lines[0]; l.Duty.Period != "2026-10" || l.Earlier != 3 {
		t.Errorf("the line is of %s with %d before; want the latest with three", l.Duty.Period, l.Earlier)
	}
}

func TestPlansThatAreNone(t *testing.T) {
	const header = "code,audience,when,days,urgent\n"
	for text, want := range map[string]string{
		"":                                                    "read reminders: line 1: want the columns code, audience, when, days, urgent",
		"a,b\n":                                               "read reminders: line 1: want the columns code, audience, when, days, urgent",
		header + ",officer,late,1,no\n":                       "read reminders: line 2: code: required",
		header + "x,boss,late,1,no\n":                         `read reminders: line 2: audience: "boss"; use officer, supervisor or operator`,
		header + "x,officer,soon,1,no\n":                      `read reminders: line 2: when: "soon"; use before or late`,
		header + "x,officer,late,many,no\n":                   `read reminders: line 2: days: "many"; use a whole number up to 366`,
		header + "x,officer,before,0,no\n":                    `read reminders: line 2: days: "0"; use a whole number up to 366`,
		header + "x,officer,late,400,no\n":                    `read reminders: line 2: days: "400"; use a whole number up to 366`,
		header + "x,officer,late,1,maybe\n":                   `read reminders: line 2: urgent: "maybe"; use yes or no`,
		header + "x,supervisor,before,3,no\n":                 `read reminders: line 2: audience: "supervisor" is told of delays only`,
		header + "x,officer,late,1,no\nx,officer,late,2,no\n": `read reminders: line 3: "x" stands twice`,
	} {
		if _, err := ReadPlan(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: said %v; want %s", text, err, want)
		}
	}
}

func TestPreferences(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rhythm Rhythm
		away   inventory.Date
		want   string
	}{
		{"daily", Daily, "", ""},
		{"away for a week", Weekly, "2026-11-23", ""},
		{"hourly", "hourly", "", "rhythm fault.unknown_value"},
		{"30 February", Off, "2027-02-30", "away_until fault.date"},
		{"a novel for a date", Off, inventory.Date(strings.Repeat("x", 1000)), "away_until fault.date"},
		{"for ever", Off, "2030-01-01", "away_until notice.away.far"},
	} {
		got := ""
		for _, f := range fault.All(Preference{Rhythm: tt.rhythm, AwayUntil: tt.away}.Check(monday)) {
			got += f.Field + " " + f.Key
		}
		if got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestALinkActsOnce(t *testing.T) {
	l := Link{CreatedAt: monday, ExpiresAt: monday.Add(LinkAge)}
	key := func(err error) string {
		if all := fault.All(err); len(all) > 0 {
			return all[0].Key
		}
		return ""
	}
	if got := key(l.Open(monday.Add(LinkAge + 1))); got != "notice.link.expired" {
		t.Errorf("after a fortnight: %q", got)
	}
	if got := key(l.Open(monday.AddDate(-1, 0, 0))); got != "notice.link.expired" {
		t.Errorf("before it was made: %q", got)
	}
	if err := l.Take(monday); err != nil {
		t.Fatal(err)
	}
	if got := key(l.Take(monday.Add(time.Second))); got != "notice.link.busy" {
		t.Errorf("a second click: %q", got)
	}
	if err := l.Take(monday.Add(acting)); err != nil {
		t.Errorf("after the program died in the act: %v", err)
	}
	l.UsedAt = &monday
	if got := key(l.Take(monday.Add(time.Hour))); got != "notice.link.used" {
		t.Errorf("once used: %q", got)
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add("code,audience,when,days,urgent\nx,officer,late,1,no\n")
	f.Add("code,audience,when,days,urgent\n\"")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ReadPlan(strings.NewReader(s))
		for n := 1; err == nil && n < len(p); n++ {
			if p[n].Rank() < p[n-1].Rank() {
				t.Errorf("%q: steps out of order", s)
			}
		}
	})
}
