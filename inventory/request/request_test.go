package request

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// start is a working Monday in Tunis, at ten in the morning.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer = identity.Actor{
		Account: "officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
	}
	operator = identity.Actor{Account: "operator", Role: identity.MCD}
	calendar = inventory.NewWorkdays(inventory.Tunis(), []inventory.Holiday{{Day: "12-17"}})
	rules    = NewRules(
		Rule{Code: TermRequest, Kind: Term, Number: 20}, Rule{Code: TermFeedback, Kind: Term, Number: 15},
		Rule{Code: TermRepeated, Kind: Term, Number: 2}, Rule{Code: "ground.personal", Kind: Ground},
	)
)

func asked() Message {
	return Message{Kind: Data, Title: "Accidents de la route par gouvernorat", Language: lang.French}
}

// received is a message as it came in; the institution is the one named.
func received(t *testing.T, m Message, institution string) *Request {
	t.Helper()
	r, err := New(m, institution, rules, calendar, start)
	if err != nil {
		t.Fatal(err)
	}
	r.Ref = "DQ-2026-0001"
	return r
}

// published is a request for data that marhp has to answer.
func published(t *testing.T) *Request {
	t.Helper()
	r := received(t, asked(), "marhp")
	ok(t, r.Publish(operator, r.Title, r.Text, "marhp", start.Add(time.Hour)))
	return r
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants compares a fault with "key" or "field key", several joined by commas.
func wants(t *testing.T, err error, want string) {
	t.Helper()
	var got []string
	for _, f := range fault.All(err) {
		got = append(got, strings.TrimSpace(f.Field+" "+f.Key))
	}
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("faults %q; want %q", s, want)
	}
}

func TestDeadlineIsTheEndOfAWorkingDay(t *testing.T) {
	for _, tt := range []struct {
		name string
		from time.Time
		days int
		want string // first instant after, in Tunis
	}{
		{"monday to tuesday", start, 1, "2026-11-18 00:00"},
		{"over a weekend", start, 5, "2026-11-24 00:00"},
		{"from a saturday", time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), 1, "2026-11-24 00:00"},
		{"just before midnight in Tunis", time.Date(2026, 11, 16, 22, 59, 0, 0, time.UTC), 1, "2026-11-18 00:00"},
		{"just after midnight in Tunis", time.Date(2026, 11, 16, 23, 1, 0, 0, time.UTC), 1, "2026-11-19 00:00"},
		{"twenty, with a holiday", time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), 20, "2026-12-31 00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Deadline(calendar, tt.from, tt.days)
			if s := got.In(inventory.Tunis()).Format("2006-01-02 15:04"); s != tt.want {
				t.Errorf("Deadline = %s; want %s", s, tt.want)
			}
			if n := Took(calendar, tt.from, got.Add(-time.Second)); n != tt.days {
				t.Errorf("decided in the last second it took %d days; want %d", n, tt.days)
			}
		})
	}
}

func TestWhatIsWrongWithAMessage(t *testing.T) {
	long := func(n int) string { return strings.Repeat("م", n) }
	for _, tt := range []struct {
		name string
		m    Message
		want string
	}{
		{"nothing at all", Message{}, "kind fault.required, text fault.required, language request.language.unknown"},
		{"an unknown kind", Message{Kind: "?", Text: "abc", Language: "fr"}, "kind request.kind.unknown"},
		{"a request without a title", Message{Kind: Data, Language: "fr"}, "title fault.required"},
		{"two letters", Message{Kind: Data, Title: "ab", Language: "fr"}, "title request.text.short"},
		{"no letter", Message{Kind: Data, Title: "????", Language: "fr"}, "title request.text.short"},
		{"a title too long", Message{Kind: Data, Title: long(MaxTitle + 1), Language: "ar"}, "title fault.too_long"},
		{"texts too long", Message{Kind: Data, Title: "abc", Text: long(MaxText + 1), Why: long(MaxWhy + 1), Language: "ar"}, "text fault.too_long, why fault.too_long"},
		{"feedback without a text", Message{Kind: Error, Language: "ar"}, "text fault.required"},
		{"a language we do not speak", Message{Kind: Thanks, Text: "danke", Language: "de"}, "language request.language.unknown"},
		{"half an address", Message{Kind: Thanks, Text: "merci", Language: "fr", Email: "moi@", Consent: true}, "email request.email.invalid"},
		{"an address with a header", Message{Kind: Thanks, Text: "merci", Language: "fr", Email: "a@b.tn\r\nBcc: c@d.tn", Consent: true}, "email request.email.invalid"},
		{"an address without consent", Message{Kind: Thanks, Text: "merci", Language: "fr", Email: "a@b.tn"}, "consent request.consent.required"},
		{"an endless address", Message{Kind: Thanks, Text: "merci", Language: "fr", Email: long(200) + "@b.tn", Consent: true}, "email fault.too_long"},
		{"all in order", Message{Kind: Question, Text: "Pourquoi ?", Language: "fr", Email: "a@b.tn", Consent: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wants(t, tt.m.Clean().Check(), tt.want) })
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"  un\r\n\r\n\r\ndeux \t\n": "un\n\ndeux",
		"a\u202Egnp.exe":            "agnp.exe",
		"a\x00b\x07c\u200b\ufeff":   "abc",
		"\xff\xfe":                  "\uFFFD",
		"بيانات\u200f":              "بيانات",
	} {
		if got := CleanText(in); got != want {
			t.Errorf("CleanText(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestEveryRoleAndAct(t *testing.T) {
	actors := map[string]identity.Actor{"public": {}, "stranger": {Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}}
	for _, role := range identity.Roles() {
		a := identity.Actor{Account: string(role), Role: role}
		if role.NeedsInstitution() {
			a.Institution, a.Institutions = "marhp", []string{"marhp"}
		}
		actors[string(role)] = a
	}
	feedback := Message{Kind: Error, Text: "Une ligne manque", Language: "fr", Dataset: "TN-X"}
	answers, triages := "officer supervisor mcd admin", "mcd admin"
	for _, tt := range []struct {
		name string
		may  string
		act  func(by identity.Actor) error
	}{
		{"publish feedback", answers, func(by identity.Actor) error {
			return received(t, feedback, "marhp").Publish(by, "", "Une ligne manque", "", start)
		}},
		{"publish a request", triages, func(by identity.Actor) error {
			return received(t, asked(), "marhp").Publish(by, "Accidents", "", "marhp", start)
		}},
		{"refuse feedback", answers, func(by identity.Actor) error { return received(t, feedback, "marhp").Refuse(by, Insult, start) }},
		{"take a public message back", triages, func(by identity.Actor) error { return published(t).Refuse(by, Insult, start) }},
		{"assign", triages, func(by identity.Actor) error { return published(t).Assign(by, "ms", start) }},
		{"merge", triages, func(by identity.Actor) error {
			into := published(t)
			into.Ref = "DQ-2026-0002"
			return published(t).Merge(by, into, start)
		}},
		{"answer", answers, func(by identity.Actor) error {
			return published(t).Reply(by, lang.Text{"fr": "Voici."}, calendar, start)
		}},
		{"plan", answers, func(by identity.Actor) error {
			return published(t).Plan(by, Promise{Dataset: "TN-1", Institution: "marhp", Day: "2027-01-01"}, calendar, start)
		}},
		{"link", answers, func(by identity.Actor) error {
			return published(t).Link(by, Promise{Dataset: "TN-1", Institution: "marhp"}, calendar, start)
		}},
		{"decline", answers, func(by identity.Actor) error {
			return published(t).Decline(by, "ground.personal", lang.Text{"fr": "Des noms."}, rules, calendar, start)
		}},
		{"propose", triages, func(by identity.Actor) error {
			r := published(t)
			r.Supports = 1
			return r.MayPropose(by, rules)
		}},
		{"close", answers, func(by identity.Actor) error {
			r := published(t)
			ok(t, r.Reply(operator, lang.Text{"fr": "Voici."}, calendar, start))
			return r.Close(by, start)
		}},
	} {
		for name, by := range actors {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				may := false
				for one := range strings.FieldsSeq(tt.may) {
					may = may || one == name
				}
				if err := tt.act(by); (err == nil) != may {
					t.Errorf("%v; want allowed: %v", err, may)
				}
			})
		}
	}
}

func TestTheClockStopsAtTheFirstDecisionOnly(t *testing.T) {
	r := published(t)
	due := *r.DueAt
	ok(t, r.Assign(operator, "ms", start.AddDate(0, 0, 3)))
	if r.Moves != 1 || !r.DueAt.Equal(due) || r.State != Assigned {
		t.Errorf("after handing on: %d moves, due %v, %s", r.Moves, r.DueAt, r.State)
	}
	if r.Overdue(due.Add(-time.Second)) || !r.Overdue(due) {
		t.Error("overdue from the end of the last day on, not before")
	}
	day := start.AddDate(0, 0, 7)
	ok(t, r.Plan(operator, Promise{Dataset: "TN-1", Institution: "ms", Day: "2027-01-01"}, calendar, day))
	if !r.InTime() || *r.TookDays != 5 || r.Overdue(due) {
		t.Errorf("planned after %d days, in time %v", *r.TookDays, r.InTime())
	}
	ok(t, r.Reply(operator, lang.Text{"ar": "تم الرد"}, calendar, day.AddDate(0, 1, 0)))
	if *r.TookDays != 5 || r.Outcome != Answered {
		t.Errorf("the clock moved: %d days, %s", *r.TookDays, r.Outcome)
	}
}

func TestWhatCannotBeDone(t *testing.T) {
	feedback := func() *Request {
		r := received(t, Message{Kind: Error, Text: "Une ligne manque", Language: "fr", Dataset: "TN-X"}, "marhp")
		ok(t, r.Publish(officer, "", "Une ligne manque", "", start))
		return r
	}
	promise := Promise{Dataset: "TN-1", Institution: "marhp", Day: "2027-01-01"}
	for _, tt := range []struct {
		name string
		act  func() error
		want string
	}{
		{"published twice", func() error { return published(t).Publish(operator, "abc", "", "", start) }, "request.publish.state"},
		{"published empty", func() error { return received(t, asked(), "").Publish(operator, " ", "", "", start) }, "title fault.required"},
		{"refused for no reason", func() error { return received(t, asked(), "").Refuse(operator, "", start) }, "refusal request.refusal.unknown"},
		{"refused for a free reason", func() error { return received(t, asked(), "").Refuse(operator, "bof", start) }, "refusal request.refusal.unknown"},
		{"assigned before it is public", func() error { return received(t, asked(), "").Assign(operator, "ms", start) }, "request.assign.state"},
		{"assigned to nobody", func() error { return published(t).Assign(operator, " ", start) }, "institution fault.required"},
		{"assigned to the same", func() error { return published(t).Assign(operator, "marhp", start) }, "institution request.assign.same"},
		{"answered with nothing", func() error { return published(t).Reply(officer, lang.Text{"fr": "  "}, calendar, start) }, "answer.fr request.answer.required"},
		{"answered too long", func() error {
			return published(t).Reply(officer, lang.Text{"ar": strings.Repeat("م", MaxAnswer+1)}, calendar, start)
		}, "answer.ar fault.too_long"},
		{"answered before it is public", func() error {
			return received(t, asked(), "marhp").Reply(officer, lang.Text{"fr": "Voici."}, calendar, start)
		}, "request.answer.state"},
		{"planned with nothing", func() error { return published(t).Plan(officer, Promise{}, calendar, start) }, "dataset fault.required"},
		{"planned without a day", func() error {
			return published(t).Plan(officer, Promise{Dataset: "TN-1", Institution: "marhp"}, calendar, start)
		}, "dataset request.plan.no_date"},
		{"planned with what is gone", func() error {
			return published(t).Plan(officer, Promise{Dataset: "TN-1", Institution: "marhp", Gone: true}, calendar, start)
		}, "dataset request.plan.gone"},
		{"planned with somebody else's", func() error {
			return published(t).Plan(officer, Promise{Dataset: "TN-1", Institution: "ms", Day: "2027-01-01"}, calendar, start)
		}, "dataset request.plan.foreign"},
		{"feedback planned", func() error { return feedback().Plan(officer, promise, calendar, start) }, "request.plan.feedback"},
		{"feedback declined", func() error {
			return feedback().Decline(officer, "ground.personal", lang.Text{"fr": "Non."}, rules, calendar, start)
		}, "request.decline.feedback"},
		{"declined without ground or reason", func() error {
			return published(t).Decline(officer, "", lang.Text{}, rules, calendar, start)
		}, "ground fault.required, reason.fr request.answer.required"},
		{"declined on a ground we do not know", func() error {
			return published(t).Decline(officer, "ground.mood", lang.Text{"fr": "Non."}, rules, calendar, start)
		}, "ground request.ground.unknown"},
		{"merged into itself", func() error { r := published(t); return r.Merge(operator, r, start) }, "into request.merge.itself"},
		{"merged into what is done", func() error {
			into := published(t)
			into.Ref, into.State = "DQ-2026-0002", Opened
			return published(t).Merge(operator, into, start)
		}, "into request.merge.closed"},
		{"proposed for one person", func() error { return published(t).MayPropose(operator, rules) }, "request.propose.state"},
		{"closed before it is answered", func() error { return published(t).Close(officer, start) }, "request.close.state"},
		{"supported before it is public", func() error { return received(t, asked(), "").Support(start) }, "fault.not_found"},
		{"feedback supported", func() error { return feedback().Support(start) }, "request.support.closed"},
	} {
		t.Run(tt.name, func(t *testing.T) { wants(t, tt.act(), tt.want) })
	}
}

func TestARequestFollowsItsDataset(t *testing.T) {
	now := start.AddDate(0, 1, 0)
	plan := func() *Request {
		r := published(t)
		ok(t, r.Plan(officer, Promise{Dataset: "TN-1", Institution: "marhp", Day: "2027-01-01"}, calendar, start.Add(2*time.Hour)))
		r.Tell = ""
		return r
	}
	for _, tt := range []struct {
		name    string
		p       Promise
		changed bool
		state   State
		news    News
	}{
		{"nothing happened", Promise{Dataset: "TN-1", Day: "2027-01-01"}, false, Planned, ""},
		{"opened", Promise{Dataset: "TN-1", Open: true}, true, Opened, NewsOpened},
		{"moved", Promise{Dataset: "TN-1", Day: "2027-06-30"}, true, Planned, NewsMoved},
		{"gone", Promise{Dataset: "TN-1", Gone: true}, true, Assigned, NewsMoved},
		{"the day was removed", Promise{Dataset: "TN-1"}, false, Planned, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := plan()
			if got := r.Follow(tt.p, calendar, now); got != tt.changed || r.State != tt.state || r.Tell != tt.news {
				t.Errorf("changed %v, %s, news %q", got, r.State, r.Tell)
			}
			if r.Follow(tt.p, calendar, now) && tt.name != "gone" {
				t.Error("following twice is not as following once")
			}
			if tt.state == Assigned && (r.AnsweredAt != nil || r.Dataset != "") {
				t.Error("a void promise still counts as a decision")
			}
		})
	}
	answered := published(t)
	ok(t, answered.Reply(officer, lang.Text{"fr": "Voici."}, calendar, start))
	if answered.Dataset = "TN-1"; answered.Follow(Promise{Dataset: "TN-1", Open: true}, calendar, now) {
		t.Error("what was answered is answered again")
	}
}

func TestThanksAskForNothing(t *testing.T) {
	r := received(t, Message{Kind: Thanks, Text: "Merci !", Language: "fr", Dataset: "TN-X"}, "marhp")
	ok(t, r.Publish(officer, "", r.Text, "", start))
	if r.State != Closed || r.DueAt != nil || r.Overdue(start.AddDate(1, 0, 0)) || r.Outcome != "" {
		t.Errorf("%s, due %v", r.State, r.DueAt)
	}
	ok(t, r.Reply(officer, lang.Text{"fr": "Avec plaisir."}, calendar, start))
}

func TestDemand(t *testing.T) {
	r, other := published(t), published(t)
	other.Ref, other.Supports = "DQ-2026-0002", 3
	ok(t, other.Merge(operator, r, start))
	if r.Supports != 4 || r.Demand() != 5 || other.Demand() != 0 || other.State != Merged {
		t.Errorf("demand %d and %d, supports %d", r.Demand(), other.Demand(), r.Supports)
	}
	if !r.Proposed(rules) {
		t.Error("an opening is not proposed")
	}
	r.Propose("TN-1", start)
	if r.Proposed(rules) {
		t.Error("an opening is proposed again")
	}
}

func TestReadRules(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "read request rules: EOF"},
		{"no column", "code,kind\n", "read request rules: there is no column number"},
		{"a kind we do not know", "code,kind,number,name_fr\nx,law,,X\n", `read request rules, line 2: code "x", kind "law": want a code, and term or ground`},
		{"a term without days", "code,kind,number,name_fr\nx,term,soon,X\n", `read request rules, line 2: x: "soon" is no number from 1 to 365`},
		{"a term of no day", "code,kind,number,name_fr\nx,term,0,X\n", `read request rules, line 2: x: "0" is no number from 1 to 365`},
		{"in order", "\ufeffcode,kind,number,name_fr,name_ar\nx,term,20,X,س\n", "<nil>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadRules(strings.NewReader(tt.in)); fmt.Sprint(err) != tt.want {
				t.Errorf("%v; want %s", err, tt.want)
			}
		})
	}
}

// Whatever is sent, what is kept can be shown, and what is refused says why.
func FuzzMessage(f *testing.F) {
	f.Add("data", "Accidents", "texte", "pourquoi", "fr", "a@b.tn", true)
	f.Add("error", "", "\u202Eligne\r\n\x00", "", "ar", "a@b\r\nBcc: x@y.tn", true)
	f.Add("?", strings.Repeat("é", 300), "=cmd()", "", "", "", false)
	f.Fuzz(func(t *testing.T, kind, title, text, why, tag, email string, consent bool) {
		m := Message{Kind: Kind(kind), Title: title, Text: text, Why: why, Language: lang.Tag(tag), Email: email, Consent: consent}
		r, err := New(m, "", rules, calendar, start)
		if err != nil {
			if len(fault.All(err)) == 0 || !errors.Is(err, fault.Invalid) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		for _, s := range []string{r.Title, r.Text, r.Why} {
			if CleanText(s) != s || strings.ContainsAny(s, "\x00\r\u202e") {
				t.Errorf("kept %q", s)
			}
		}
		if strings.ContainsAny(r.Title, "\n") || len([]rune(r.Title)) > MaxTitle || len([]rune(r.Text)) > MaxText {
			t.Error("kept more than may be")
		}
	})
}
