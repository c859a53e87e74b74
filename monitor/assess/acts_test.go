package assess_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web/locale"
)

// as is an actor of the role, of the interior where the role has a house.
func as(role identity.Role) identity.Actor {
	a := identity.Actor{Account: "x-" + string(role), Role: role}
	if role.NeedsInstitution() {
		a.Institution, a.Institutions = "interior", []string{"interior"}
	}
	return a
}

// TestWhoMayAssessAndJudge tries every act with every role.
func TestWhoMayAssessAndJudge(t *testing.T) {
	set := load(t, criteria.Default)
	said := assess.Said{Word: "yes", Link: "https://example.tn"}
	due := now.AddDate(0, 1, 0)
	acts := map[string]func(identity.Actor) error{
		"answer": func(by identity.Actor) error {
			a := assess.Answer{Service: "cin", Measure: assess.FullyOnline, Institution: "interior"}
			return a.Give(by, now, &set, said)
		},
		"confirm": func(by identity.Actor) error {
			a := assess.Answer{Institution: "interior", State: assess.Given, GivenBy: "somebody"}
			return a.Confirm(by, now)
		},
		"return": func(by identity.Actor) error {
			a := assess.Answer{Institution: "interior", State: assess.Given, GivenBy: "somebody"}
			return a.Return(by, now, "Non")
		},
		"assign": func(by identity.Actor) error { a := action(&set); return a.Assign(by, now, "Ali", due) },
		"move":   func(by identity.Actor) error { a := action(&set); return a.Move(by, now, assess.Doing, "") },
		"waive": func(by identity.Actor) error {
			a := action(&set)
			return a.Move(by, now, assess.Waived, "Remplacé en mars")
		},
		"note": func(by identity.Actor) error { a := action(&set); _, err := a.NewNote(by, now, "Fait"); return err },
		"draft": func(by identity.Actor) error {
			_, err := assess.DraftEdition(by, now, &set, "2026-Q3", now.AddDate(0, 0, 10), time.UTC)
			return err
		},
		"reply": func(by identity.Actor) error {
			e := assess.Edition{State: assess.Draft, RepliesUntil: due}
			_, err := e.NewReply(by, now, "cin", "interior", "Non")
			return err
		},
		"respond": func(by identity.Actor) error {
			e, r := assess.Edition{State: assess.Draft}, assess.Reply{}
			return r.Respond(by, now, &e, "Si")
		},
		"freeze": func(by identity.Actor) error {
			e := assess.Edition{State: assess.Draft, RepliesUntil: now.AddDate(0, 0, -1)}
			return e.Freeze(by, now, &set, nil, nil)
		},
	}
	owns := []string{"answer", "assign", "move", "note", "reply"}
	for _, role := range append(identity.Roles(), identity.Public) {
		for name, act := range acts {
			want := role == identity.MCD || role == identity.Admin
			for _, own := range owns {
				want = want || role == identity.ServiceOwner && name == own
			}
			if err := act(as(role)); (err == nil) != want {
				t.Errorf("%s, %s: %v; may %v", role, name, err, want)
			}
		}
	}
	elsewhere := as(identity.ServiceOwner)
	elsewhere.Institution, elsewhere.Institutions = "health", []string{"health"}
	for _, name := range owns {
		if err := acts[name](elsewhere); !errors.Is(err, fault.NotFound) {
			t.Errorf("another house's owner, %s: %v", name, err)
		}
	}
}

func action(set *assess.Set) assess.Action {
	return assess.NewAction("cin", "interior", set.Criterion("SE3"), nil, now)
}

func TestNobodyConfirmsTheirOwnWords(t *testing.T) {
	set := load(t, criteria.Default)
	mcd := as(identity.MCD)
	a := assess.Answer{Service: "cin", Measure: assess.FullyOnline, Institution: "interior"}
	if err := a.Give(mcd, now, &set, assess.Said{Word: "no"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Confirm(mcd, now); !errors.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
	if err := a.Confirm(as(identity.Admin), now); err != nil || a.State != assess.Confirmed {
		t.Errorf("%v, %s", err, a.State)
	}
	if err := a.Give(mcd, now.AddDate(0, 1, 0), &set, assess.Said{Word: "no"}); err != nil || a.State != assess.Given || a.JudgedBy != "" {
		t.Errorf("answered again: %v, %s", err, a.State)
	}
	if until := a.Fact().Until; !until.Equal(now.AddDate(1, 1, 0)) {
		t.Errorf("holds until %s", until)
	}
}

// TestBadAnswersAreToldOneByOne has a table of what may be filled in wrongly.
func TestBadAnswersAreToldOneByOne(t *testing.T) {
	set := load(t, criteria.Default)
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	const link = "https://example.tn"
	for _, tt := range []struct {
		measure assess.Measure
		said    assess.Said
		want    string
	}{
		{assess.FullyOnline, assess.Said{Word: "maybe", Link: link}, "word: Choose one of the answers: yes, partly, no."},
		{assess.FullyOnline, assess.Said{Word: "yes"}, "link: Show it: a link, or the name of the document that proves it."},
		{assess.FullyOnline, assess.Said{Word: "yes", Link: "javascript:alert(1)"}, "link: Give a whole web address, http or https, without a password."},
		{assess.FullyOnline, assess.Said{Word: "yes", Link: "https://a:b@example.tn"}, "link: Give a whole web address, http or https, without a password."},
		{assess.FullyOnline, assess.Said{Word: "yes", File: "../../etc/passwd"}, "file: Give a file name without a folder, 200 characters at most."},
		{assess.FullyOnline, assess.Said{Word: "yes", Link: link, Note: strings.Repeat("é", 2001)}, "note: This text is longer than 2,000 characters. It is kept: shorten it."},
		{assess.TakeUp, assess.Said{Value: 85, Link: link}, "value: Give a share between 0 and 1 (0.85 for 85 %)."},
		{assess.OnceOnly, assess.Said{Value: 1.5, Link: link}, "value: Give a whole number."},
		{assess.Completion, assess.Said{Value: -1, Link: link}, "value: Give a number from 0 on."},
		{assess.Completion, assess.Said{Word: "yes", Value: .5, Link: link}, "word: This question wants a number."},
		{assess.Availability, assess.Said{Value: 1, Link: link}, "measure: “availability” is not answered by hand in this set."},
		{assess.FullyOnline, assess.Said{Word: "?", Link: "x"}, "word: Choose one of the answers: yes, partly, no.|link: Give a whole web address, http or https, without a password."},
		{assess.Volume, assess.Said{Value: 12000, File: "compteurs.xlsx"}, ""},
		{assess.FullyOnline, assess.Said{Word: "no"}, ""},
	} {
		a := assess.Answer{Measure: tt.measure, Institution: "interior"}
		var got []string
		for _, f := range fault.All(a.Give(as(identity.ServiceOwner), now, &set, tt.said)) {
			got = append(got, f.Field+": "+c.T(lang.English, f.Key, f.Args...))
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%s %+v:\n got %s\nwant %s", tt.measure, tt.said, strings.Join(got, "|"), tt.want)
		}
	}
}

func TestActionsRefuseWhatIsNotTheirs(t *testing.T) {
	set := load(t, criteria.Default)
	owner, mcd := as(identity.ServiceOwner), as(identity.MCD)
	a := action(&set)
	if a.Due != now.AddDate(0, 0, 7) { // a header is easy
		t.Errorf("due %s", a.Due)
	}
	for name, err := range map[string]error{
		"assess.action.by_machine": a.Move(mcd, now, assess.Verified, ""),
		"assess.action.state":      a.Move(owner, now, "sleeping", ""),
		"assess.action.reason":     a.Move(mcd, now, assess.Waived, " \x00"),
		"assess.action.due":        a.Assign(owner, now, "Ali", now.AddDate(-1, 0, 0)),
		"assess.action.owner":      a.Assign(owner, now, strings.Repeat("a", 201), now.AddDate(0, 1, 0)),
	} {
		if all := fault.All(err); len(all) != 1 || all[0].Key != name {
			t.Errorf("%v; want %s", err, name)
		}
	}
	if a.State != assess.Open || a.Owner != "" {
		t.Errorf("half applied: %+v", a)
	}
	if err := a.Move(mcd, now, assess.Waived, "Service fermé en mars"); err != nil || a.Live() {
		t.Fatal(err)
	}
	red := &assess.Result{Colour: assess.Red, At: now.Add(time.Hour)}
	if seen := a.Look(red, nil, now); seen != assess.StillWaive || a.State != assess.Waived {
		t.Errorf("a waived one and red: %s, %s", seen, a.State)
	}
	for n := range 2 {
		a.Look(&assess.Result{Colour: assess.Green, At: now.AddDate(0, 0, n+1)}, nil, now)
	}
	if a.State != assess.Verified {
		t.Errorf("green twice: %s", a.State)
	}
	if err := a.Move(owner, now, assess.Done, ""); !errors.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
}

func TestQuartersAreRead(t *testing.T) {
	tunis, err := time.LoadLocation("Africa/Tunis")
	if err != nil {
		t.Fatal(err)
	}
	name, from, to := assess.Quarter(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC), tunis)
	if name != "2027-Q1" || from.Format(time.DateOnly) != "2027-01-01" || to.Format(time.DateOnly) != "2027-04-01" {
		t.Errorf("%s %s %s", name, from, to)
	}
	for _, wrong := range []string{"", "2026", "2026-Q0", "2026-Q5", "2026-q1", "2026-Q1 ", "26-Q1", "2026-Q11", "-026-Q1"} {
		if _, _, ok := assess.ParseQuarter(wrong, tunis); ok {
			t.Errorf("%q is read as a quarter", wrong)
		}
	}
}

// FuzzGive wants what is filled in refused with sentences, or kept as it can be shown.
func FuzzGive(f *testing.F) {
	set := load(f, criteria.Default)
	c, err := locale.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("fully_online", "yes", 0.0, "https://example.tn", "", "")
	f.Add("take_up", "", 0.5, "", "\x1b", "0")
	f.Add("take_up", "", 0.5, "", "a.pdf", "\u202eابت\x00")
	f.Fuzz(func(t *testing.T, measure, word string, number float64, link, file, note string) {
		a := assess.Answer{Service: "cin", Measure: assess.Measure(measure), Institution: "interior"}
		err := a.Give(as(identity.ServiceOwner), now, &set, assess.Said{Word: word, Value: number, Link: link, File: file, Note: note})
		for _, one := range fault.All(err) {
			if !c.Has(one.Key) {
				t.Errorf("%q has no sentence", one.Key)
			}
		}
		if err != nil {
			return
		}
		if err := a.Fact().Validate(); err != nil || strings.ContainsAny(a.Note+a.File, "\x00\x1b") {
			t.Errorf("%v: %+v", err, a)
		}
	})
}
