package inventory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

var head = identity.Actor{Account: "a-head", Role: identity.Supervisor, Institution: "marhp", Institutions: []string{"marhp"}}

func TestLifeIsOfWhatWasApproved(t *testing.T) {
	content := func(o inventory.Openness, day inventory.Date) *inventory.Content {
		return &inventory.Content{Openness: o, TargetDate: day}
	}
	for _, tt := range []struct {
		name      string
		approved  *inventory.Content
		withdrawn bool
		want      inventory.Life
	}{
		{"never approved", nil, false, inventory.Inventoried},
		{"open", content(inventory.Open, ""), false, inventory.Opened},
		{"to be opened on a day", content(inventory.Openable, "2027-03-31"), false, inventory.Planned},
		{"to be opened some day", content(inventory.Openable, ""), false, inventory.Inventoried},
		{"closed, although a day is written", content(inventory.Closed, "2027-03-31"), false, inventory.Inventoried},
		{"restricted", content(inventory.Restricted, ""), false, inventory.Inventoried},
		{"withdrawn", content(inventory.Open, ""), true, inventory.LeftLife},
	} {
		if got := inventory.LifeOf(tt.approved, tt.withdrawn); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.name, got, tt.want)
		}
	}
}

// planned returns a dataset approved with a day of opening.
func planned(t *testing.T, v *inventory.Vocabulary) *inventory.Dataset {
	t.Helper()
	d := draft(t, v)
	replan(t, d, v, "2027-01-31")
	return d
}

// replan moves the day of opening and has it approved; an empty day closes the dataset.
func replan(t *testing.T, d *inventory.Dataset, v *inventory.Vocabulary, day inventory.Date) {
	t.Helper()
	c := d.Content.Clean()
	c.Openness, c.TargetDate = inventory.Openable, day
	if day == "" {
		c.Openness, c.LegalGround = inventory.Closed, "Secret statistique"
	}
	for _, act := range []error{d.Edit(officer, c, v, start), d.Submit(officer, v, start), d.Approve(reviewer, v, start)} {
		if act != nil {
			t.Fatal(act)
		}
	}
}

func TestSlippageIsCountedFromTheFirstApprovedDay(t *testing.T) {
	v := vocabulary(t)
	d := planned(t, v)
	if d.Life != inventory.Planned || d.FirstCommitted != "2027-01-31" || d.Committed != "2027-01-31" {
		t.Fatalf("%s, first %s, now %s", d.Life, d.FirstCommitted, d.Committed)
	}
	c := d.Content.Clean()
	c.TargetDate = "2027-06-30"
	if err := d.Edit(officer, c, v, start); err != nil {
		t.Fatal(err)
	}
	if d.Committed != "2027-01-31" || d.Life != inventory.Planned {
		t.Errorf("a draft moved the day to %s; only an approval may", d.Committed)
	}
	replan(t, d, v, "2027-06-30")
	if got := inventory.Slipped(d.FirstCommitted, d.Committed); got != 150 {
		t.Errorf("slipped %d days; want 150", got)
	}
	replan(t, d, v, "")
	if d.Life != inventory.Inventoried || d.Committed != "" || d.FirstCommitted != "2027-01-31" {
		t.Errorf("given up: %s, %q, first %s; want the first day remembered", d.Life, d.Committed, d.FirstCommitted)
	}
	if err := d.Withdraw(officer, "doublon", "", start); err != nil || d.Life != inventory.LeftLife {
		t.Errorf("withdrawn: %v, %s", err, d.Life)
	}
}

func TestPriority(t *testing.T) {
	plan := func(pairs ...string) inventory.Content {
		c := inventory.Content{Extra: inventory.Extra{}}
		for n := 0; n < len(pairs); n += 2 {
			c.Extra[pairs[n]] = pairs[n+1]
		}
		return c
	}
	personal := plan()
	personal.PersonalData = true
	hidden := personal
	hidden.Anonymisation = "agrégation"
	for _, tt := range []struct {
		name     string
		c        inventory.Content
		requests int
		want     inventory.Factors
		priority int
		level    string
	}{
		{"nothing judged", plan(), 0, inventory.Factors{Demand: 1, Duty: 1, Sensitivity: 1, Effort: 2}, 6, "low"},
		{"asked for once", plan(), 1, inventory.Factors{Demand: 2, Duty: 1, Sensitivity: 1, Effort: 2}, 12, "medium"},
		{"asked for five times", plan("plan_demand", "1"), 5, inventory.Factors{Demand: 3, Duty: 1, Sensitivity: 1, Effort: 2}, 18, "medium"},
		{"expected more than asked", plan("plan_demand", "3"), 1, inventory.Factors{Demand: 3, Duty: 1, Sensitivity: 1, Effort: 2}, 18, "medium"},
		{
			"the most there is", plan("plan_demand", "3", "plan_duty", "3", "plan_sensitivity", "1", "plan_effort", "1"), 0,
			inventory.Factors{Demand: 3, Duty: 3, Sensitivity: 1, Effort: 1},
			inventory.MaxPriority, "high",
		},
		{
			"the least there is", plan("plan_sensitivity", "3", "plan_effort", "3"), 0,
			inventory.Factors{Demand: 1, Duty: 1, Sensitivity: 3, Effort: 3},
			1, "low",
		},
		{"personal data", personal, 0, inventory.Factors{Demand: 1, Duty: 1, Sensitivity: 3, Effort: 2}, 2, "low"},
		{"personal data made anonymous", hidden, 0, inventory.Factors{Demand: 1, Duty: 1, Sensitivity: 2, Effort: 2}, 4, "low"},
		{"nonsense is not judged", plan("plan_duty", "9"), 0, inventory.Factors{Demand: 1, Duty: 1, Sensitivity: 1, Effort: 2}, 6, "low"},
	} {
		f := tt.c.Factors(tt.requests)
		if f != tt.want || f.Priority() != tt.priority || inventory.Level(f.Priority()) != tt.level {
			t.Errorf("%s: %+v = %d %s; want %+v = %d %s",
				tt.name, f, f.Priority(), inventory.Level(f.Priority()), tt.want, tt.priority, tt.level)
		}
	}
}

func TestAMoreUrgentEntryIsNeverPutBehind(t *testing.T) {
	for demand := 1; demand <= 3; demand++ {
		for effort := 1; effort <= 3; effort++ {
			f := inventory.Factors{Demand: demand, Duty: 2, Sensitivity: 2, Effort: effort}
			more, easier := f, f
			more.Demand, easier.Effort = min(demand+1, 3), max(effort-1, 1)
			if more.Priority() < f.Priority() || easier.Priority() < f.Priority() || f.Priority() < 1 || f.Priority() > inventory.MaxPriority {
				t.Errorf("%+v = %d, more demand %d, less effort %d", f, f.Priority(), more.Priority(), easier.Priority())
			}
		}
	}
}

func TestThePlanIsChecked(t *testing.T) {
	v := vocabulary(t)
	for _, tt := range []struct{ code, value, want string }{
		{"plan_demand", "4", "extra.plan_demand dataset.plan.scale"},
		{"plan_duty", "beaucoup", "extra.plan_duty dataset.plan.scale"},
		{"plan_sensitivity", "-1", "extra.plan_sensitivity dataset.plan.scale"},
		{"plan_effort", "2.5", "extra.plan_effort dataset.plan.scale"},
		{"review_on", "demain", "extra.review_on fault.date"},
		{"review_on", "2027-02-30", "extra.review_on fault.date"},
		{"ground", "parce que", "extra.ground dataset.ground.unknown"},
		{"plan_demand", "3", ""},
		{"ground", "personal", ""},
	} {
		c := complete()
		c.Extra = inventory.Extra{tt.code: tt.value}
		var got []string
		for _, f := range fault.All(c.Check(v, start)) {
			got = append(got, f.Field+" "+f.Key)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s = %q: %v; want %q", tt.code, tt.value, got, tt.want)
		}
	}
}

func TestWhyNotOpen(t *testing.T) {
	v := vocabulary(t)
	c := complete()
	c.Openness, c.Licence = inventory.Closed, ""
	if err := c.Complete(v, start); !slices.ContainsFunc(fault.All(err), func(f *fault.Error) bool { return f.Field == "legal_ground" }) {
		t.Errorf("closed without a ground: %v", err)
	}
	c.Extra = inventory.Extra{"ground": "statistics"}
	if err := c.Complete(v, start); err != nil {
		t.Errorf("closed with a ground of the list: %v", err)
	}
	if w := c.Warnings(v); !slices.ContainsFunc(w, func(f *fault.Error) bool { return f.Key == "dataset.plan.review_missing" }) {
		t.Errorf("nothing said about the missing review: %v", w)
	}
	c.Extra["review_on"] = "2026-11-15"
	for day, past := range map[time.Time]bool{
		time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC): false, time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC): true,
	} {
		if got := c.PastReview(day); got != past {
			t.Errorf("on %s past review is %v", day, got)
		}
	}
	c.Openness = inventory.Open
	if c.PastReview(start.AddDate(1, 0, 0)) {
		t.Error("what is open has no ground to look at again")
	}
}

func TestTheHeadOfTheInstitutionFirst(t *testing.T) {
	v := vocabulary(t)
	waiting := func() *inventory.Dataset {
		d := draft(t, v)
		d.AsksFirst = true
		if err := d.Submit(officer, v, start); err != nil || d.FirstStep != inventory.Waiting || d.State != inventory.Submitted {
			t.Fatalf("submit: %v, %q", err, d.FirstStep)
		}
		return d
	}
	d := waiting()
	if err := d.Approve(reviewer, v, start); kindOf(err) != fault.Conflict {
		t.Errorf("approved before the head: %v", err)
	}
	if err := d.Return(reviewer, "non", start); kindOf(err) != fault.Conflict {
		t.Errorf("the operator returned what is not before him: %v", err)
	}
	d.AsksFirst = false // the setting changed meanwhile: what was fixed at the submission holds
	if err := d.Endorse(head, start); err != nil || d.FirstStep != inventory.Endorsed || d.State != inventory.Submitted {
		t.Fatalf("endorse: %v, %q %s", err, d.FirstStep, d.State)
	}
	if err := d.Endorse(head, start); kindOf(err) != fault.Conflict {
		t.Errorf("endorsed twice: %v", err)
	}
	if err := d.Return(head, "trop tard", start); kindOf(err) != fault.Forbidden {
		t.Errorf("the head returned what has gone on: %v", err)
	}
	both := admin
	both.Account = head.Account
	if err := d.Approve(both, v, start); kindOf(err) != fault.Forbidden {
		t.Errorf("one person endorsed and approved: %v", err)
	}
	if err := d.Approve(reviewer, v, start); err != nil {
		t.Errorf("approve after the head: %v", err)
	}

	d = waiting()
	if err := d.Return(head, "à revoir", start); err != nil || d.State != inventory.Returned || d.FirstStep != inventory.NotAsked {
		t.Errorf("the head returns: %v, %s %q", err, d.State, d.FirstStep)
	}
	d = waiting()
	if err := d.Recall(officer, start); err != nil || d.FirstStep != inventory.NotAsked {
		t.Errorf("recall: %v %q", err, d.FirstStep)
	}
	own := draft(t, v)
	own.AsksFirst = true
	if err := own.Submit(head, v, start); err != nil || own.FirstStep != inventory.NotAsked {
		t.Errorf("what the head submits waits for the head: %v %q", err, own.FirstStep)
	}
}

func TestWhoMayEndorse(t *testing.T) {
	v := vocabulary(t)
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		for _, institution := range []string{"marhp", "ms"} {
			by := identity.Actor{Account: "x", Role: role}
			if role.NeedsInstitution() {
				by.Institution, by.Institutions = institution, []string{institution}
			}
			d := draft(t, v)
			d.AsksFirst = true
			if err := d.Submit(officer, v, start); err != nil {
				t.Fatal(err)
			}
			want := role == identity.Supervisor && institution == "marhp"
			if got := d.MayEndorse(by); got != want {
				t.Errorf("%s of %s may endorse: %v", role, institution, got)
			}
			if err := d.Endorse(by, start); (err == nil) != want {
				t.Errorf("%s of %s endorses: %v", role, institution, err)
			}
		}
	}
}

func TestCommentsOnFields(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	if err := d.Submit(officer, v, start); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, reason string
		comments     map[string]string
		want         string
	}{
		{"no reason", " ", map[string]string{"title.fr": "court"}, "reason fault.required"},
		{"a field that is none", "non", map[string]string{"colour": "bleu"}, "comments dataset.comment.unknown"},
		{"too long", "non", map[string]string{"title.fr": strings.Repeat("a", inventory.MaxNote+1)}, "comments.title.fr fault.too_long"},
		{"control characters", "non", map[string]string{"theme": "a\x00b"}, "comments.theme fault.control"},
		{"two at once", "", map[string]string{"colour": "x"}, "reason fault.required, comments dataset.comment.unknown"},
	} {
		var got []string
		for _, f := range fault.All(d.ReturnWith(reviewer, tt.reason, tt.comments, start)) {
			got = append(got, f.Field+" "+f.Key)
		}
		if strings.Join(got, ", ") != tt.want || d.State != inventory.Submitted {
			t.Errorf("%s: %v, %s; want %s and nothing done", tt.name, got, d.State, tt.want)
		}
	}
	seen := d.Revision
	err := d.ReturnWith(reviewer, "à revoir", map[string]string{"frequency": "laquelle ?", "title.fr": " trop court ", "theme": " "}, start)
	if err != nil || len(d.Said) != 2 || d.Said[0].Field != "title.fr" || d.Said[0].Text != "trop court" || d.Said[0].Revision != seen {
		t.Fatalf("return: %v, said %+v; want two, in the order of the fields", err, d.Said)
	}
	for n := range d.Said {
		d.Said[n].ID = fmt.Sprint(n)
	}
	answers := map[string]inventory.CommentAnswer{"0": {Done: true}, "1": {Text: " mensuelle "}}
	if _, err := d.AnswerComments(stranger, d.Said, answers, start); kindOf(err) != fault.NotFound {
		t.Errorf("a stranger answers: %v", err)
	}
	if _, err := d.AnswerComments(officer, d.Said, map[string]inventory.CommentAnswer{"7": {}}, start); kindOf(err) != fault.Invalid {
		t.Errorf("an answer to nothing: %v", err)
	}
	changed, err := d.AnswerComments(officer, d.Said, answers, start)
	if err != nil || len(changed) != 2 || !changed[0].Done || changed[1].Answer != "mensuelle" || !changed[1].Answered() {
		t.Errorf("answers: %v, %+v", err, changed)
	}
	if again, err := d.AnswerComments(officer, changed, answers, start); err != nil || len(again) != 0 {
		t.Errorf("the same answers changed %d: %v", len(again), err)
	}
	d.State = inventory.Submitted
	if _, err := d.AnswerComments(officer, d.Said, answers, start); kindOf(err) != fault.Conflict {
		t.Errorf("answered while in review: %v", err)
	}
}

func TestADecisionNamesWhatWasSeen(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	hash := d.Content.Hash()
	for _, tt := range []struct {
		name string
		seen inventory.Seen
		want fault.Kind
	}{
		{"nothing", inventory.Seen{}, fault.Invalid},
		{"the revision", inventory.Seen{Revision: 1}, ""},
		{"another revision", inventory.Seen{Revision: 2}, fault.Stale},
		{"the hash", inventory.Seen{Hash: hash}, ""},
		{"its beginning, in capitals", inventory.Seen{Hash: strings.ToUpper(inventory.ShortHash(hash))}, ""},
		{"too little of it", inventory.Seen{Hash: hash[:6]}, fault.Invalid},
		{"another hash", inventory.Seen{Hash: strings.Repeat("0", 64)}, fault.Stale},
		{"the revision and another hash", inventory.Seen{Revision: 1, Hash: strings.Repeat("0", 64)}, fault.Stale},
	} {
		if got := kindOf(d.MustBe(tt.seen)); got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
	ran := false
	rule := func() error { ran = true; return nil }
	if err := (inventory.Seen{Revision: 9}).Decide(d, true, rule); kindOf(err) != fault.Stale || ran {
		t.Errorf("decided on another revision: %v, %v", err, ran)
	}
	if err := (inventory.Seen{}).Decide(d, true, rule); kindOf(err) != fault.Invalid {
		t.Errorf("decided unseen: %v", err)
	}
	if err := (inventory.Seen{}).Decide(d, false, rule); err != nil {
		t.Errorf("an act that need not say: %v", err)
	}
}

func TestBringingBack(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	d.Content.Distributions[0].ID = "0197a1b2-0000-7000-8000-0000000000d1"
	first := d.Content.Clean()
	c := d.Content.Clean()
	c.Title["fr"], c.DataModified, c.Distributions = "Autre titre", "2026-11-01", nil
	if err := d.Edit(officer, c, v, start); err != nil {
		t.Fatal(err)
	}
	if err := d.BringBack(stranger, first, v, start); kindOf(err) != fault.NotFound {
		t.Errorf("a stranger brings back: %v", err)
	}
	was := d.Revision
	if err := d.BringBack(officer, first, v, start); err != nil {
		t.Fatal(err)
	}
	if d.Content.Title["fr"] != first.Title["fr"] || d.Revision != was+1 || d.State != inventory.Draft {
		t.Errorf("%s, revision %d, %s", d.Content.Title["fr"], d.Revision, d.State)
	}
	if d.Content.DataModified != "2026-11-01" || d.Content.Distributions[0].ID != first.Distributions[0].ID {
		t.Errorf("data of %s, file %s; want the day kept and the file's own id", d.Content.DataModified, d.Content.Distributions[0].ID)
	}
	if err := d.BringBack(officer, first, v, start); kindOf(err) != fault.Conflict {
		t.Errorf("brought back twice: %v", err)
	}
	if err := d.Submit(officer, v, start); err != nil {
		t.Fatal(err)
	}
	if err := d.BringBack(officer, c, v, start); kindOf(err) != fault.Conflict {
		t.Errorf("brought back while in review: %v", err)
	}
}

func TestPicks(t *testing.T) {
	for _, tt := range []struct {
		list []string
		want string
	}{
		{nil, "dataset.pick.none"},
		{[]string{"TN-MARHP-2026-0001"}, "dataset.pick.form"},
		{[]string{"TN-MARHP-2026-0001:0"}, "dataset.pick.form"},
		{[]string{":3"}, "dataset.pick.form"},
		{[]string{"TN-MARHP-2026-0001:x", "A:2"}, "dataset.pick.form"},
		{slices.Repeat([]string{"A:1"}, inventory.MaxPicks+1), "fault.too_many"},
		{[]string{"A:1", " A:1 ", "B:2"}, ""},
	} {
		picks, err := inventory.ParsePicks(tt.list)
		key := ""
		if all := fault.All(err); len(all) > 0 {
			key = all[0].Key
		}
		if key != tt.want || key == "" && (len(picks) != 2 || picks[1].String() != "B:2") {
			t.Errorf("%d picks: %v %v; want %q", len(tt.list), picks, err, tt.want)
		}
	}
}

func FuzzParsePick(f *testing.F) {
	for _, seed := range []string{"TN-MARHP-2026-0001:3", "", ":", "a:b", "a:-1", "a:99999999999999999999", "\xff:1", "a:1:2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := inventory.ParsePick(s)
		if err != nil {
			if _, ok := fault.KindOf(err); !ok {
				t.Errorf("%q: %v is no fault", s, err)
			}
			return
		}
		if again, err := inventory.ParsePick(p.String()); err != nil || again != p {
			t.Errorf("%q read as %+v, which reads as %+v, %v", s, p, again, err)
		}
	})
}

func FuzzReturnWith(f *testing.F) {
	v := vocabulary(f)
	f.Add("non", "title.fr", "court")
	f.Add("", "", "")
	f.Add("\x00", "distributions", "\u202e")
	f.Add("x", "extra.ground", strings.Repeat("é", 2000))
	f.Fuzz(func(t *testing.T, reason, field, text string) {
		d := draft(t, v)
		if err := d.Submit(officer, v, start); err != nil {
			t.Fatal(err)
		}
		err := d.ReturnWith(reviewer, reason, map[string]string{field: text}, start)
		if _, ok := fault.KindOf(err); err != nil && !ok {
			t.Errorf("%v is no fault", err)
		}
		if (err == nil) != (d.State == inventory.Returned) || err != nil && len(d.Said) > 0 {
			t.Errorf("%v and %s with %d comments: half done", err, d.State, len(d.Said))
		}
	})
}
