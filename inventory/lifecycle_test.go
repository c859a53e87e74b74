package inventory_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

var (
	officer  = identity.Actor{Account: "a-officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	reviewer = identity.Actor{Account: "a-mcd", Role: identity.MCD}
	admin    = identity.Actor{Account: "a-admin", Role: identity.Admin}
	stranger = identity.Actor{Account: "a-other", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
)

func draft(tb testing.TB, v *inventory.Vocabulary) *inventory.Dataset {
	tb.Helper()
	d, err := inventory.New(officer, "marhp", complete(), v, start)
	if err != nil {
		tb.Fatal(err)
	}
	d.ID, d.Ref = "0197a1b2-0000-7000-8000-00000000000a", "TN-MARHP-2026-0001"
	return d
}

// acts are everything that can be done to a dataset, by the actor who may.
func acts(v *inventory.Vocabulary) map[string]func(*inventory.Dataset, identity.Actor) error {
	later := start.Add(time.Hour)
	return map[string]func(*inventory.Dataset, identity.Actor) error{
		"edit": func(d *inventory.Dataset, by identity.Actor) error {
			c := d.Content.Clean()
			c.Title["fr"] = fmt.Sprintf("Titre de la révision %d", d.Revision)
			return d.Edit(by, c, v, later)
		},
		"submit":   func(d *inventory.Dataset, by identity.Actor) error { return d.Submit(by, v, later) },
		"recall":   func(d *inventory.Dataset, by identity.Actor) error { return d.Recall(by, later) },
		"approve":  func(d *inventory.Dataset, by identity.Actor) error { return d.Approve(by, v, later) },
		"return":   func(d *inventory.Dataset, by identity.Actor) error { return d.Return(by, "à préciser", later) },
		"withdraw": func(d *inventory.Dataset, by identity.Actor) error { return d.Withdraw(by, "doublon", "", later) },
		"refresh": func(d *inventory.Dataset, by identity.Actor) error {
			return d.Refresh(by, inventory.DateOf(later, inventory.Tunis()), later)
		},
	}
}

// TestStates says for every state and act where it leads; what is not listed is a conflict.
func TestStates(t *testing.T) {
	v := vocabulary(t)
	leads := map[inventory.State]map[string]inventory.State{
		inventory.Draft: {
			"edit": inventory.Draft, "submit": inventory.Submitted, "withdraw": inventory.Withdrawn, "refresh": inventory.Draft,
		},
		inventory.Submitted: {
			"recall": inventory.Draft, "approve": inventory.Approved, "return": inventory.Returned, "withdraw": inventory.Withdrawn,
			"refresh": inventory.Submitted,
		},
		inventory.Returned: {
			"edit": inventory.Draft, "submit": inventory.Submitted, "withdraw": inventory.Withdrawn, "refresh": inventory.Returned,
		},
		inventory.Approved:  {"edit": inventory.Draft, "withdraw": inventory.Withdrawn, "refresh": inventory.Approved},
		inventory.Withdrawn: {},
	}
	for _, state := range inventory.States() {
		for name, act := range acts(v) {
			by := officer
			if name == "approve" || name == "return" {
				by = reviewer
			}
			d := draft(t, v)
			d.State = state
			before := *d
			err := act(d, by)
			want, ok := leads[state][name]
			switch {
			case ok && (err != nil || d.State != want || d.Revision != before.Revision+1):
				t.Errorf("%s of a %s dataset: %s, revision %d, %v; want %s", name, state, d.State, d.Revision, err, want)
			case !ok && (kindOf(err) != fault.Conflict || d.State != state || d.Revision != before.Revision):
				t.Errorf("%s of a %s dataset: %s, %v; want a conflict and no change", name, state, d.State, err)
			}
		}
	}
}

func kindOf(err error) fault.Kind {
	k, _ := fault.KindOf(err)
	return k
}

// TestNoActWithoutPermission tries every act as everybody who may not.
func TestNoActWithoutPermission(t *testing.T) {
	v := vocabulary(t)
	for name, act := range acts(v) {
		for _, state := range inventory.States() {
			d := draft(t, v)
			d.State = state
			if err := act(d, stranger); kindOf(err) != fault.NotFound || d.State != state || d.Revision != 1 {
				t.Errorf("%s by another institution's officer: %v", name, err)
			}
			if err := act(d, identity.Actor{}); kindOf(err) != fault.Unauthenticated || d.State != state {
				t.Errorf("%s by the public: %v", name, err)
			}
			if err := act(d, identity.Actor{Account: "c", Role: identity.Committee}); kindOf(err) != fault.Forbidden {
				t.Errorf("%s by the committee: %v", name, err)
			}
		}
	}
	d := draft(t, v)
	d.State = inventory.Submitted
	if err := d.Approve(officer, v, start); kindOf(err) != fault.Forbidden {
		t.Errorf("an officer approving: %v", err)
	}
	if _, err := inventory.New(stranger, "marhp", complete(), v, start); err == nil {
		t.Error("a stranger recorded a dataset")
	}
}

func TestFourEyes(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	if err := d.Submit(admin, v, start); err != nil {
		t.Fatal(err)
	}
	for name, act := range map[string]func() error{
		"approve": func() error { return d.Approve(admin, v, start) },
		"return":  func() error { return d.Return(admin, "non", start) },
	} {
		if err := act(); kindOf(err) != fault.Forbidden || fault.All(err)[0].Key != "dataset.review.own" {
			t.Errorf("%s of one's own submission: %v", name, err)
		}
	}
	if err := d.Approve(reviewer, v, start); err != nil {
		t.Errorf("approval by somebody else: %v", err)
	}
}

func TestAnApprovalNamesWhatItApproved(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	if err := d.Submit(officer, v, start); err != nil {
		t.Fatal(err)
	}
	if err := d.Approve(reviewer, v, start); err != nil {
		t.Fatal(err)
	}
	if d.ApprovedRevision != 3 || d.ApprovedHash != d.Content.Hash() || d.Name != "production-des-cereales-par-gouvernorat" {
		t.Errorf("approved revision %d, hash %s, name %s", d.ApprovedRevision, d.ApprovedHash, d.Name)
	}
	c := d.Content.Clean()
	c.Title["fr"] = "Un tout autre titre"
	if err := d.Edit(officer, c, v, start); err != nil {
		t.Fatal(err)
	}
	if d.State != inventory.Draft || d.ApprovedRevision != 3 || d.ApprovedHash == d.Content.Hash() {
		t.Errorf("after an edit: %s, approved revision %d", d.State, d.ApprovedRevision)
	}
	if err := d.Submit(officer, v, start); err != nil {
		t.Fatal(err)
	}
	if err := d.Approve(reviewer, v, start); err != nil {
		t.Fatal(err)
	}
	if d.Name != "production-des-cereales-par-gouvernorat" {
		t.Errorf("the name became %s", d.Name)
	}
}

func TestApprovalAsksAgain(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	if err := d.Submit(officer, v, start); err != nil {
		t.Fatal(err)
	}
	for n := range v.Licences {
		v.Licences[n].Approvable = "no"
	}
	if err := d.Approve(reviewer, v, start); kindOf(err) != fault.Invalid || d.State != inventory.Submitted {
		t.Errorf("approval under a vocabulary that refuses the licence: %v", err)
	}
}

func TestReasonsAreGiven(t *testing.T) {
	v := vocabulary(t)
	for _, reason := range []string{"", "  \n", "a\x00b", strings.Repeat("x", 1001)} {
		d := draft(t, v)
		d.State = inventory.Submitted
		if err := d.Return(reviewer, reason, start); kindOf(err) != fault.Invalid || fault.All(err)[0].Field != "reason" {
			t.Errorf("return with reason %q: %v", reason, err)
		}
		if err := d.Withdraw(officer, reason, "", start); kindOf(err) != fault.Invalid {
			t.Errorf("withdrawal with reason %q: %v", reason, err)
		}
	}
	d := draft(t, v)
	if err := d.Withdraw(officer, "doublon", d.Ref, start); kindOf(err) != fault.Invalid {
		t.Errorf("replaced by itself: %v", err)
	}
}

func TestWritingTheSameChangesNothing(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	d.State = inventory.Approved
	c := d.Content.Clean()
	c.Title["fr"] = " " + c.Title["fr"]
	if err := d.Edit(officer, c, v, start); err != nil || d.State != inventory.Approved || d.Revision != 1 {
		t.Errorf("edit without a change: %s, revision %d, %v", d.State, d.Revision, err)
	}
}

func TestIDsOfOthersAreNotTaken(t *testing.T) {
	v := vocabulary(t)
	c := complete()
	c.Distributions[0].ID = "0197a1b2-0000-7000-8000-0000000000ff"
	d, err := inventory.New(officer, "marhp", c, v, start)
	if err != nil || d.Content.Distributions[0].ID != "" {
		t.Errorf("a new dataset kept the id %q, %v", d.Content.Distributions[0].ID, err)
	}
	d.Content.Distributions[0].ID = "0197a1b2-0000-7000-8000-000000000001"
	edited := d.Content.Clean()
	edited.Distributions[0].URL = "https://www.agriculture.tn/autre.csv"
	edited.Distributions = append(edited.Distributions, c.Distributions[0])
	if err := d.Edit(officer, edited, v, start); err != nil {
		t.Fatal(err)
	}
	if got := d.Content.Distributions; got[0].ID != "0197a1b2-0000-7000-8000-000000000001" || got[1].ID != "" {
		t.Errorf("ids after an edit: %q, %q", got[0].ID, got[1].ID)
	}
}

func TestRefresh(t *testing.T) {
	v := vocabulary(t)
	for _, tt := range []struct {
		day  inventory.Date
		want string
	}{
		{"2026-11-16", ""},
		{"2026-10-05", ""},
		{"", "fault.required"},
		{"2026-11-31", "fault.date"},
		{"2026-11-17", "dataset.data_modified.future"},
		{"2026-10-04", "dataset.data_modified.earlier"},
	} {
		d := draft(t, v)
		d.State = inventory.Approved
		var got string
		if f := fault.All(d.Refresh(officer, tt.day, start)); len(f) > 0 {
			got = f[0].Key
		}
		if got != tt.want || d.State != inventory.Approved {
			t.Errorf("Refresh(%q) = %q, %s; want %q", tt.day, got, d.State, tt.want)
		}
	}
}

// TestAnyWalkKeepsThePromises does random acts and checks what must hold after each.
func TestAnyWalkKeepsThePromises(t *testing.T) {
	v := vocabulary(t)
	all := acts(v)
	names := []string{"edit", "submit", "recall", "approve", "return", "withdraw", "refresh"}
	actors := []identity.Actor{officer, reviewer, admin, stranger, {}}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := draft(t, v)
		name, revision := "", 1
		for range 60 {
			before := *d
			err := all[names[random.IntN(len(names))]](d, actors[random.IntN(len(actors))])
			if err != nil && (d.State != before.State || d.Revision != before.Revision || !d.Content.Equal(before.Content)) {
				t.Fatalf("seed %d: a refused act changed something: %v", seed, err)
			}
			if d.Revision < revision || before.State == inventory.Withdrawn && d.State != inventory.Withdrawn {
				t.Fatalf("seed %d: revision %d after %d, state %s after %s", seed, d.Revision, revision, d.State, before.State)
			}
			if name != "" && d.Name != name {
				t.Fatalf("seed %d: the name changed from %s to %s", seed, name, d.Name)
			}
			if d.State == inventory.Approved && d.ApprovedHash != d.Content.Hash() {
				t.Fatalf("seed %d: approved is not what was approved", seed)
			}
			if d.State == inventory.Approved && d.ReviewedBy == d.SubmittedBy {
				t.Fatalf("seed %d: %s approved their own submission", seed, d.ReviewedBy)
			}
			name, revision = d.Name, d.Revision
		}
	}
}

func TestPublicationModifiedRises(t *testing.T) {
	v := vocabulary(t)
	d := draft(t, v)
	first := d.Publish(nil, v, v.Workdays(), start)
	again := d.Publish(first, v, v.Workdays(), start.Add(-time.Hour))
	if !again.Modified.After(first.Modified) || !again.Issued.Equal(first.Issued) {
		t.Errorf("modified %s after %s, issued %s", again.Modified, first.Modified, again.Issued)
	}
	at := again.Modified
	again.Refresh("2026-11-16", start)
	if !again.Modified.After(at) {
		t.Errorf("refresh left modified at %s", again.Modified)
	}
	again.Withdraw("doublon", "", start)
	if again.Live() || again.DueAt != nil || again.Overdue(start.AddDate(9, 0, 0)) {
		t.Error("a tombstone still has a duty")
	}
}

func TestFormatsAndWords(t *testing.T) {
	c := inventory.Content{
		Title:         lang.Text{"fr": "Trésor", "ar": "خزينة"},
		Distributions: []inventory.Distribution{{Format: "XLSX"}, {Format: "csv"}, {Format: ".CSV "}, {}},
	}.Clean()
	if got := c.Formats(); got != " CSV XLSX " {
		t.Errorf("Formats = %q", got)
	}
	if got := c.Words("TN-MF-2026-0001"); got != "tresor خزينه tn mf 2026 0001" {
		t.Errorf("Words = %q", got)
	}
}
