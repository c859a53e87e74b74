package mandate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/lang"
)

func actor(account string, role identity.Role, institution string) identity.Actor {
	a := identity.Actor{Account: account, Role: role, Institution: institution}
	if institution != "" {
		a.Institutions = []string{institution}
	}
	return a
}

var (
	leila    = actor("leila", identity.Officer, "marhp")
	anis     = actor("anis", identity.Officer, "marhp")
	head     = actor("head", identity.Supervisor, "marhp")
	operator = actor("operator", identity.MCD, "")
	member   = actor("member", identity.Committee, "")
	terms    = mandate.Terms{OfficerAlert: 30, MemberYears: 3, MemberAlerts: []int{90, 30}}
	tree     = identity.Tree{"marhp": {Slug: "marhp"}, "onagri": {Slug: "onagri", Parent: "marhp"}, "ms": {Slug: "ms"}}
	people   = mandate.People{
		"leila": {Account: "leila", Name: "Leïla", Role: identity.Officer, Institution: "marhp"},
		"anis":  {Account: "anis", Name: "Anis", Role: identity.Officer, Institution: "marhp"},
		"ines":  {Account: "ines", Name: "Ines", Role: identity.Officer, Institution: "ms"},
	}
)

// at is an instant in Tunis: "2026-11-16 09:30".
func at(t *testing.T, s string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04", s, inventory.Tunis())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func told(err error) string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s", f.Field, f.Key)))
	}
	return strings.Join(all, "; ")
}

func proposal(change ...func(*mandate.Proposal)) mandate.Proposal {
	p := mandate.Proposal{
		Account: "leila", Function: "Direction", Mailbox: "opendata@agriculture.tn", ActRef: "n° 7", ActDay: "2026-11-10", StartsOn: "2026-11-16",
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// designated enters and accepts a designation of the account.
func designated(t *testing.T, id, account, deputy, start, end string, before []mandate.Designation, now time.Time) (mandate.Designation, *mandate.Designation) {
	t.Helper()
	d, err := mandate.Propose(operator, "marhp", proposal(func(p *mandate.Proposal) {
		p.Account, p.Deputy, p.StartsOn, p.EndsOn = account, deputy, inventory.Date(start), inventory.Date(end)
	}), people, tree, before, now)
	if err != nil {
		t.Fatal(err)
	}
	d.ID = id
	ended, err := d.Accept(actor(account, identity.Officer, "marhp"), before, now)
	if err != nil {
		t.Fatal(err)
	}
	return *d, ended
}

func TestWhoWasInChargeAtEachInstant(t *testing.T) {
	first, _ := designated(t, "1", "leila", "", "2026-11-16", "", nil, at(t, "2026-11-12 09:00"))
	// The hand-over was to take effect on 1 December and is accepted late, on the 3rd at noon.
	second, ended := designated(t, "2", "anis", "", "2026-12-01", "2026-12-31", []mandate.Designation{first}, at(t, "2026-12-03 12:00"))
	if ended == nil || ended.ID != "1" || !ended.Until.Equal(at(t, "2026-12-03 12:00")) {
		t.Fatalf("the hand-over ends %+v", ended)
	}
	all := []mandate.Designation{*ended, second}
	// A third, entered while the second runs, takes over at its own first day.
	third, ended := designated(t, "3", "leila", "", "2026-12-20", "", all, at(t, "2026-12-10 08:00"))
	if ended == nil || ended.ID != "2" {
		t.Fatalf("the third ends %+v", ended)
	}
	all = append(all, third)
	for _, tt := range []struct{ at, who string }{
		{"2026-11-15 23:59", ""},
		{"2026-11-16 00:00", "1"},
		{"2026-12-01 00:00", "1"}, // not before it is accepted
		{"2026-12-03 11:59", "1"},
		{"2026-12-03 12:00", "2"},
		{"2026-12-19 23:59", "2"},
		{"2026-12-20 00:00", "3"},
		{"2027-06-01 00:00", "3"},
	} {
		one, _ := mandate.InCharge(all, at(t, tt.at))
		if one.ID != tt.who {
			t.Errorf("at %s %q was in charge; want %q", tt.at, one.ID, tt.who)
		}
		held := 0
		for _, d := range all {
			if d.InForce(at(t, tt.at)) {
				held++
			}
		}
		if held > 1 {
			t.Errorf("at %s %d designations are in force", tt.at, held)
		}
	}
}

func TestWhoActsWhileTheOfficerIsAway(t *testing.T) {
	now := at(t, "2026-11-16 10:00")
	d, _ := designated(t, "1", "leila", "anis", "2026-11-16", "", nil, now)
	if err := d.Absent(leila, "2026-11-20", "2026-11-22", now); err != nil {
		t.Fatal(err)
	}
	closed := mandate.People{"leila": people["leila"], "anis": people["anis"]}
	gone := closed["leila"]
	when := at(t, "2026-11-25 00:00")
	gone.DisabledAt = &when
	closed["leila"] = gone
	for _, tt := range []struct {
		at            string
		people        mandate.People
		officer, stup bool
	}{
		{"2026-11-19 23:59", people, true, false},
		{"2026-11-20 00:00", people, true, true},
		{"2026-11-22 23:59", people, true, true},
		{"2026-11-23 00:00", people, true, false},
		{"2026-11-24 23:59", closed, true, false},
		{"2026-11-25 00:00", closed, false, true}, // her account is closed: the deputy keeps the house
		{"2026-11-15 23:59", people, false, false},
	} {
		all, moment := []mandate.Designation{d}, at(t, tt.at)
		if got := mandate.Acts(all, tt.people, "leila", moment); got != tt.officer {
			t.Errorf("at %s the officer acts: %v", tt.at, got)
		}
		if got := mandate.Acts(all, tt.people, "anis", moment); got != tt.stup {
			t.Errorf("at %s the deputy acts: %v", tt.at, got)
		}
		if mandate.Acts(all, tt.people, "", moment) {
			t.Error("nobody acts")
		}
	}
}

func TestHowAnInstitutionStandsAtTheBorderOfTheDay(t *testing.T) {
	d, _ := designated(t, "1", "leila", "", "2026-11-16", "2026-12-31", nil, at(t, "2026-11-16 10:00"))
	when := at(t, "2026-11-20 12:00")
	closed := mandate.People{"leila": {Account: "leila", Role: identity.Officer, Institution: "marhp", DisabledAt: &when}}
	for _, tt := range []struct {
		at     string
		people mandate.People
		want   mandate.StandingState
		alarm  bool
	}{
		{"2026-11-15 23:59", people, mandate.Vacant, true},
		{"2026-11-16 10:00", people, mandate.Held, false},
		{"2026-12-01 23:59", people, mandate.Held, false},
		{"2026-12-02 00:00", people, mandate.Ending, false}, // 30 days before the end of 31 December
		{"2026-12-31 23:59", people, mandate.Ending, false},
		{"2027-01-01 00:00", people, mandate.Lapsed, true},
		{"2026-11-20 11:59", closed, mandate.Held, false},
		{"2026-11-20 12:00", closed, mandate.Closed, true},
	} {
		s := mandate.Stand("marhp", []mandate.Designation{d}, tt.people, terms, at(t, tt.at))
		if s.State != tt.want || s.State.Alarm() != tt.alarm {
			t.Errorf("at %s: %s; want %s", tt.at, s.State, tt.want)
		}
	}
	waiting := mandate.Designation{State: mandate.Proposed}
	if s := mandate.Stand("marhp", []mandate.Designation{waiting}, people, terms, at(t, "2026-11-16 10:00")); s.State != mandate.Awaiting {
		t.Errorf("with a proposal: %s", s.State)
	}
}

func TestAProposalIsRefusedFieldByField(t *testing.T) {
	now, long := at(t, "2026-11-16 10:00"), strings.Repeat("x", 201)
	for _, tt := range []struct {
		change func(*mandate.Proposal)
		want   string
	}{
		{func(p *mandate.Proposal) { p.Account = "" }, "account fault.required"},
		{func(p *mandate.Proposal) { p.Account = "ines" }, "account mandate.account.unfit"},
		{func(p *mandate.Proposal) { p.Deputy = "leila" }, "deputy mandate.deputy.same"},
		{func(p *mandate.Proposal) { p.Deputy = "nobody" }, "deputy mandate.account.unfit"},
		{func(p *mandate.Proposal) { p.Function = "  " }, "function fault.required"},
		{func(p *mandate.Proposal) { p.Function = long }, "function fault.too_long"},
		{func(p *mandate.Proposal) { p.Function = "a\nb" }, "function fault.one_line"},
		{func(p *mandate.Proposal) { p.Function = "\xff" }, "function fault.utf8"},
		{func(p *mandate.Proposal) { p.Mailbox = "here" }, "mailbox mandate.mailbox.invalid"},
		{func(p *mandate.Proposal) { p.Mailbox = "a@b" }, "mailbox mandate.mailbox.invalid"},
		{func(p *mandate.Proposal) { p.Mailbox = "Name <a@b.tn>" }, "mailbox mandate.mailbox.invalid"},
		{func(p *mandate.Proposal) { p.ActRef = "" }, "act_ref fault.required"},
		{func(p *mandate.Proposal) { p.ActDay = "2026-11-17" }, "act_day mandate.act_day.future"},
		{func(p *mandate.Proposal) { p.ActDay = "17/11/2026" }, "act_day fault.date"},
		{func(p *mandate.Proposal) { p.StartsOn = "" }, "starts_on fault.required"},
		{func(p *mandate.Proposal) { p.EndsOn = "2026-11-15" }, "ends_on mandate.ends_on.before"},
		{func(p *mandate.Proposal) { p.StartsOn, p.EndsOn = "2026-01-01", "2026-02-01" }, "ends_on mandate.ends_on.past"},
		{func(p *mandate.Proposal) { *p = mandate.Proposal{} }, "account fault.required; function fault.required; mailbox fault.required; " +
			"act_ref fault.required; act_day fault.required; starts_on fault.required"},
	} {
		_, err := mandate.Propose(head, "marhp", proposal(tt.change), people, tree, nil, now)
		if got := told(err); got != tt.want {
			t.Errorf("refused with %q; want %q", got, tt.want)
		}
	}
	_, err := mandate.Propose(operator, "nowhere", proposal(), people, tree, nil, now)
	if got := told(err); got != "institution mandate.institution.unknown" {
		t.Errorf("for an unknown institution: %q", got)
	}
	if d, err := mandate.Propose(operator, "onagri", proposal(), people, tree, nil, now); err != nil || d.Account != "leila" {
		t.Errorf("an officer of the ministry for a body under it: %v", err)
	}
}

func TestActsOutOfTheirTime(t *testing.T) {
	now := at(t, "2026-11-16 10:00")
	d, _ := designated(t, "1", "leila", "", "2026-11-16", "", nil, now)
	waiting, err := mandate.Propose(leila, "marhp", proposal(func(p *mandate.Proposal) { p.Account, p.EndsOn = "anis", "2026-11-20" }), people, tree,
		[]mandate.Designation{d}, now)
	if err != nil {
		t.Fatal("the leaving officer proposes:", err)
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"accepted twice", second(d.Accept(leila, nil, now)), "mandate.decided"},
		{"accepted by another", second(waiting.Accept(leila, nil, now)), "mandate.accept.other"},
		{"accepted by a stranger", second(waiting.Accept(actor("ines", identity.Officer, "ms"), nil, now)), "fault.not_found"},
		{"accepted after its end", second(waiting.Accept(anis, nil, at(t, "2026-11-21 00:00"))), "mandate.lapsed"},
		{"confirmed by the head", waiting.Confirm(head, nil, now), "mandate.confirm.operator"},
		{"confirmed over somebody", waiting.Confirm(operator, []mandate.Designation{d}, now), "mandate.confirm.handover"},
		{"declined without a reason", waiting.Decline(anis, " ", now), "reason fault.required"},
		{"declined when decided", d.Decline(leila, "x", now), "mandate.decided"},
		{"ended yesterday", d.End(head, "2026-11-15", "x", now), "on mandate.on.past"},
		{"ended without a day or a reason", d.End(head, "", "", now), "on fault.required; reason fault.required"},
		{"ended while proposed", waiting.End(head, "2026-11-16", "x", now), "mandate.over"},
		{"ended by the officer", d.End(leila, "2026-11-16", "x", now), "identity.forbidden"},
		{"away without a deputy", d.Absent(leila, "2026-11-16", "2026-11-17", now), "mandate.absent.nobody"},
		{"away by another officer", d.Absent(anis, "2026-11-16", "2026-11-17", now), "mandate.absent.other"},
		{"a second proposal", second(mandate.Propose(head, "marhp", proposal(), people, tree, []mandate.Designation{*waiting}, now)), "mandate.proposal.exists"},
	} {
		if got := told(tt.err); got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
	d.Deputy = "anis"
	for _, tt := range []struct{ from, until, want string }{
		{"2026-11-20", "2026-11-19", "away_until mandate.ends_on.before"},
		{"2026-11-01", "2026-11-15", "away_until mandate.on.past"},
		{"2026-11-20", "", "away_until fault.required"},
		{"x", "2026-11-20", "away_from fault.date"},
		{"2026-11-20", "2026-11-21", ""},
		{"", "", ""},
	} {
		if got := told(d.Absent(leila, inventory.Date(tt.from), inventory.Date(tt.until), now)); got != tt.want {
			t.Errorf("away from %q to %q: %q; want %q", tt.from, tt.until, got, tt.want)
		}
	}
	if err := d.End(head, "2026-11-18", "Départ", now); err != nil || !d.InForce(at(t, "2026-11-18 23:59")) || d.InForce(at(t, "2026-11-19 00:00")) {
		t.Errorf("ended on the 18th: until %v, %v", d.Until, err)
	}
}

func second[T any](_ T, err error) error { return err }

func seat(change ...func(*mandate.Member)) mandate.Member {
	m := mandate.Member{
		Name: "H. M.", Quality: mandate.CivilSociety, Organisation: "Association", ActRef: "arrêté", ActDay: "2024-01-10", StartsOn: "2024-01-15",
	}
	for _, c := range change {
		c(&m)
	}
	return m
}

func TestATermAndItsAlertsAtTheBorderOfTheDay(t *testing.T) {
	m, err := mandate.Appoint(operator, seat(), terms, at(t, "2024-01-12 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	if m.EndsOn != "2027-01-14" {
		t.Fatalf("three years from %s end on %s", m.StartsOn, m.EndsOn)
	}
	for _, tt := range []struct {
		at     string
		state  mandate.TermState
		left   int
		within int
	}{
		{"2024-01-14 23:59", mandate.Coming, 0, 0},
		{"2024-01-15 00:00", mandate.Serving, 1095, 0},
		{"2026-10-15 23:59", mandate.Serving, 91, 0},
		{"2026-10-16 00:00", mandate.Expires, 90, 90},
		{"2026-12-14 23:59", mandate.Expires, 31, 90},
		{"2026-12-15 00:00", mandate.Expires, 30, 30},
		{"2027-01-14 23:59", mandate.Expires, 0, 30},
		{"2027-01-15 00:00", mandate.Over, 0, 0},
	} {
		state, left, within := m.Term(terms, at(t, tt.at))
		if state != tt.state || left != tt.left || within != tt.within {
			t.Errorf("at %s: %s, %d days left, within %d; want %s, %d, %d", tt.at, state, left, within, tt.state, tt.left, tt.within)
		}
	}
	next, err := m.Renew(operator, "arrêté 2", "2026-11-10", "", terms, at(t, "2026-11-16 09:00"))
	if err != nil || next.StartsOn != "2027-01-15" || next.EndsOn != "2030-01-14" || next.Renews != m.ID {
		t.Errorf("renewed: %+v, %v", next, err)
	}
	if got := told(second(m.Renew(operator, "a", "2026-11-10", "2027-01-14", terms, at(t, "2026-11-16 09:00")))); got != "starts_on mandate.member.overlap" {
		t.Errorf("renewed into the old term: %q", got)
	}
	if err := m.Leave(operator, "2026-11-16", "Mutation", at(t, "2026-11-16 09:00")); err != nil {
		t.Fatal(err)
	}
	if state, _, _ := m.Term(terms, at(t, "2026-11-17 00:00")); state != mandate.Over {
		t.Errorf("after leaving: %s", state)
	}
	if got := told(second(m.Renew(operator, "a", "2026-11-10", "", terms, at(t, "2026-11-17 09:00")))); got != "mandate.member.left" {
		t.Errorf("renewed after leaving: %q", got)
	}
}

func TestAMemberIsRefusedFieldByField(t *testing.T) {
	now := at(t, "2026-11-16 10:00")
	for _, tt := range []struct {
		change func(*mandate.Member)
		want   string
	}{
		{func(m *mandate.Member) { m.Name = "" }, "name fault.required"},
		{func(m *mandate.Member) { m.Quality = "king" }, "quality fault.unknown_value"},
		{func(m *mandate.Member) { m.Organisation = "a\tb" }, "organisation fault.one_line"},
		{func(m *mandate.Member) { m.ActRef = "" }, "act_ref fault.required"},
		{func(m *mandate.Member) { m.ActDay = "2027-01-01" }, "act_day mandate.act_day.future"},
		{func(m *mandate.Member) { m.StartsOn = "soon" }, "starts_on fault.date"},
		{func(m *mandate.Member) { m.EndsOn = "2024-01-14" }, "ends_on mandate.ends_on.before"},
		{func(m *mandate.Member) { m.EndsOn = "2027-01-15" }, "ends_on mandate.member.too_long"},
	} {
		if got := told(second(mandate.Appoint(operator, seat(tt.change), terms, now))); got != tt.want {
			t.Errorf("refused with %q; want %q", got, tt.want)
		}
	}
	m, _ := mandate.Appoint(operator, seat(), terms, now)
	for _, tt := range []struct{ on, reason, want string }{
		{"2024-01-14", "x", "on mandate.member.outside"},
		{"2027-01-15", "x", "on mandate.member.outside"},
		{"", "", "on fault.required; reason fault.required"},
	} {
		if got := told(m.Leave(operator, inventory.Date(tt.on), tt.reason, now)); got != tt.want {
			t.Errorf("left on %q: %q; want %q", tt.on, got, tt.want)
		}
	}
}

func TestAnAdviceIsRefusedFieldByField(t *testing.T) {
	now := at(t, "2026-11-16 10:00")
	sound := mandate.Wording{Subject: lang.Text{"fr": "Titres"}, Text: lang.Text{"fr": "En minuscules."}, Addressee: mandate.ToOperator}
	for _, tt := range []struct {
		w    mandate.Wording
		want string
	}{
		{mandate.Wording{}, "subject.fr fault.required; text.fr fault.required; addressee fault.unknown_value"},
		{mandate.Wording{Subject: sound.Subject, Text: sound.Text, Addressee: mandate.ToDataset}, "target fault.required"},
		{mandate.Wording{Subject: lang.Text{"fr": "a\nb"}, Text: sound.Text, Addressee: mandate.ToPortal}, "subject.fr fault.one_line"},
		{mandate.Wording{Subject: sound.Subject, Text: lang.Text{"ar": strings.Repeat("ا", 10_001)}, Addressee: mandate.ToPortal}, "text.ar fault.too_long"},
	} {
		if got := told((&mandate.Advice{}).Write(member, tt.w, now)); got != tt.want {
			t.Errorf("refused with %q; want %q", got, tt.want)
		}
	}
	a := &mandate.Advice{}
	for _, step := range []struct {
		name string
		err  error
		want string
	}{
		{"written by the operator", a.Write(operator, sound, now), "identity.forbidden"},
		{"written", a.Write(member, sound, now), ""},
		{"answered as a draft", a.Reply(operator, mandate.Accepted, nil, now), "mandate.advice.not_open"},
		{"adopted tomorrow", a.Adopt(member, "2026-11-17", 1, now), "day mandate.act_day.future"},
		{"adopted without a day", a.Adopt(member, "", 1, now), "day fault.required"},
		{"adopted", a.Adopt(member, "2026-11-16", 3, now), ""},
		{"changed when adopted", a.Write(member, sound, now), "mandate.advice.adopted"},
		{"adopted twice", a.Adopt(member, "2026-11-16", 4, now), "mandate.advice.adopted"},
		{"declined without a reason", a.Reply(operator, mandate.DeclinedWith, nil, now), "answer.fr fault.required"},
		{"answered with nothing known", a.Reply(operator, "perhaps", lang.Text{"fr": "x"}, now), "verdict fault.unknown_value"},
		{"answered by the committee", a.Reply(member, mandate.Accepted, nil, now), "identity.forbidden"},
		{"answered", a.Reply(operator, mandate.Accepted, nil, now.AddDate(0, 0, 9)), ""},
	} {
		if got := told(step.err); got != step.want {
			t.Errorf("%s: %q; want %q", step.name, got, step.want)
		}
	}
	if a.Number != "2026-003" || a.Age(now.AddDate(1, 0, 0)) != 9 {
		t.Errorf("number %s, waited %d days", a.Number, a.Age(now.AddDate(1, 0, 0)))
	}
}

func TestReadTerms(t *testing.T) {
	const head = "code,value,article,certainty,source\n"
	rows, err := mandate.ReadTerms(strings.NewReader(head + "officer.alert_days,30,,,\ncommittee.alert_days,90 30,,,\ncommittee.term_years,x,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := mandate.Read(rows); got.OfficerAlert != 30 || len(got.MemberAlerts) != 2 || got.MemberYears != 0 {
		t.Errorf("read %+v", got)
	}
	for _, bad := range []string{"", "a,b\n", head + "one,two\n", head + "\"open"} {
		if _, err := mandate.ReadTerms(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func FuzzPropose(f *testing.F) {
	f.Add("leila", "anis", "Direction", "a@b.tn", "n° 7", "2026-11-10", "2026-11-16", "")
	f.Add("\x00", "leila", "\xff\n", "@", strings.Repeat("é", 300), "0000-00-00", "9999-99-99", "2026-02-30")
	f.Fuzz(func(t *testing.T, account, deputy, function, box, ref, act, start, end string) {
		now := time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)
		d, err := mandate.Propose(operator, "marhp", mandate.Proposal{
			Account: account, Deputy: deputy, Function: function, Mailbox: box, ActRef: ref,
			ActDay: inventory.Date(act), StartsOn: inventory.Date(start), EndsOn: inventory.Date(end),
		}, people, tree, nil, now)
		if err != nil {
			if kind, ok := fault.KindOf(err); !ok || kind != fault.Invalid {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if _, err := d.Accept(actor(d.Account, identity.Officer, "marhp"), nil, now); err != nil {
			t.Errorf("what may be proposed cannot be accepted: %v", err)
		}
		if end, ends := d.Ends(); ends && end.Before(*d.From) {
			t.Errorf("it ends on %s, before %s", end, d.From)
		}
	})
}

func FuzzAdvice(f *testing.F) {
	f.Add("Titres", "En minuscules", "operator", "", "2026-11-16", "accepted")
	f.Add("\n", "\xff", "dataset", "\x00", "x", "")
	f.Fuzz(func(t *testing.T, subject, text, to, target, day, verdict string) {
		now := time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)
		a := &mandate.Advice{}
		if a.Write(member, mandate.Wording{
			Subject: lang.Text{"fr": subject}, Text: lang.Text{"ar": text}, Addressee: mandate.Addressee(to), Target: target,
		}, now) != nil {
			return
		}
		if a.Adopt(member, inventory.Date(day), 1, now) == nil && len(a.Number) != 8 {
			t.Errorf("number %q", a.Number)
		}
		if err := a.Reply(operator, mandate.Verdict(verdict), lang.Text{"fr": text}, now); err == nil && a.State != mandate.Answered {
			t.Error("answered and still open")
		}
	})
}
