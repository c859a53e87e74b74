package inventory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

const fileID = "0197a1b2-0000-7000-8000-0000000000f1"

// screening finds a list of persons in titles that begin with "Liste".
func screening(c inventory.Content) []inventory.Sign {
	if strings.HasPrefix(c.Title["fr"], "Liste") {
		return []inventory.Sign{{Field: "title.fr", Kind: inventory.Listed, Sample: "liste"}}
	}
	return nil
}

func listed(t *testing.T) (*inventory.Dataset, *inventory.Vocabulary) {
	t.Helper()
	v := *vocabulary(t)
	v.Screen = screening
	d := draft(t, &v)
	d.Content.Title["fr"] = "Liste des agents"
	d.Content.Distributions[0].ID = fileID
	return d, &v
}

func declared() inventory.PersonalRecord {
	return inventory.PersonalRecord{Answer: inventory.Nobody, Note: "Compte les agents, n'en nomme aucun.", Confirmed: true}
}

// told renders faults as "field key".
func told(err error) []string {
	var out []string
	for _, f := range fault.All(err) {
		out = append(out, strings.TrimSpace(f.Field+" "+f.Key))
	}
	return out
}

func TestPublicationWaitsForDeclarations(t *testing.T) {
	d, v := listed(t)
	d.Found(fileID, []inventory.Sign{{Kind: "phone", Column: "Téléphone", Matches: 9, Cells: 10, Sample: "98•••"}})
	want := []string{"title.fr dataset.signs.unanswered", "distributions." + fileID + " dataset.signs.unanswered"}
	if got := told(d.Submit(officer, v, start)); !slices.Equal(got, want) {
		t.Fatalf("submitted with %v; want %v", got, want)
	}
	if err := d.Declare(officer, declared(), v, start); err != nil {
		t.Fatal(err)
	}
	if n := len(d.Unanswered(v)); n != 0 || d.Revision != 2 {
		t.Errorf("%d signs wait at revision %d; want none at 2", n, d.Revision)
	}
	if err := d.Submit(officer, v, start); err != nil {
		t.Fatal(err)
	}
	// Between submission and approval a file shows something else.
	d.Found(fileID, []inventory.Sign{{Kind: "phone", Column: "telephone", Matches: 8, Cells: 10}, {Kind: "email", Column: "Courriel", Cells: 4}})
	if got := told(d.Approve(reviewer, v, start)); !slices.Equal(got, want[1:]) {
		t.Fatalf("approved with %v; want %v", got, want[1:])
	}
	if err := d.Declare(officer, declared(), v, start); err != nil {
		t.Fatal(err)
	}
	if err := d.Approve(reviewer, v, start); err != nil {
		t.Fatal(err)
	}
	if len(d.Declarations) != 2 {
		t.Errorf("%d declarations on record; want both", len(d.Declarations))
	}
	for _, s := range d.FileSigns {
		if s.Sample != "" {
			t.Errorf("a sample is kept: %q", s.Sample)
		}
	}
}

func TestTheRuleOfSignsIsData(t *testing.T) {
	for effect, refused := range map[inventory.Effect]bool{inventory.Refuse: true, inventory.Warn: false, inventory.Ignore: false} {
		d, v := listed(t)
		v.Rules = append(slices.DeleteFunc(slices.Clone(v.Rules), func(r inventory.Rule) bool { return r.Code == inventory.RuleSigns }),
			inventory.Rule{Code: inventory.RuleSigns, Effect: effect})
		if err := d.Submit(officer, v, start); (err != nil) != refused {
			t.Errorf("with the effect %q: %v", effect, err)
		}
	}
}

func TestWhatIsClosedMayListPersons(t *testing.T) {
	d, v := listed(t)
	d.Content.PersonalData = true
	d.Found(fileID, []inventory.Sign{{Kind: "phone", Column: "tel"}})
	for openness, want := range map[inventory.Openness]int{
		inventory.Open: 3, inventory.Openable: 3, inventory.Restricted: 0, inventory.Closed: 0,
	} {
		d.Content.Openness = openness
		if n := len(d.Unanswered(v)); n != want {
			t.Errorf("%s: %d signs; want %d", openness, n, want)
		}
	}
	d.Content.Distributions = nil
	d.Content.Openness = inventory.Open
	if n := len(d.Unanswered(v)); n != 2 {
		t.Errorf("%d signs without the file; want 2", n)
	}
}

func TestADeclarationIsChecked(t *testing.T) {
	tomorrow := inventory.DateOf(start.Add(24*time.Hour), inventory.Tunis())
	for _, tt := range []struct {
		name   string
		stated bool
		change func(*inventory.PersonalRecord)
		want   []string
	}{
		{"good", false, func(*inventory.PersonalRecord) {}, nil},
		{"no answer", false, func(x *inventory.PersonalRecord) { x.Answer = "" }, []string{"answer dataset.declare.answer"}},
		{"unknown answer", false, func(x *inventory.PersonalRecord) { x.Answer = "maybe" }, []string{"answer dataset.declare.answer"}},
		{"no reason", false, func(x *inventory.PersonalRecord) { x.Note = " \n" }, []string{"note fault.required"}},
		{"long reason", false, func(x *inventory.PersonalRecord) { x.Note = strings.Repeat("é", 1001) }, []string{"note fault.too_long"}},
		{"bytes", false, func(x *inventory.PersonalRecord) { x.Note = "\xff" }, []string{"note fault.utf8"}},
		{"not confirmed", false, func(x *inventory.PersonalRecord) { x.Confirmed = false }, []string{"confirmed dataset.declare.confirm"}},
		{"unknown sign", false, func(x *inventory.PersonalRecord) { x.Covers = []string{"title.fr/rib"} }, []string{"covers dataset.declare.unknown"}},
		{"a sign twice", false, func(x *inventory.PersonalRecord) { x.Covers = []string{"title.fr/people", "title.fr/people"} }, []string{"covers dataset.declare.unknown"}},
		{"anonymised and not said so", false, func(x *inventory.PersonalRecord) {
			x.Answer, x.Techniques, x.Checked = inventory.Anonymised, []string{"removal"}, "2026-11-01"
		}, []string{"answer dataset.declare.say_so"}},
		{"no record", true, func(x *inventory.PersonalRecord) { x.Answer = inventory.Anonymised }, []string{"techniques fault.required", "checked fault.required"}},
		{"record", true, func(x *inventory.PersonalRecord) {
			x.Answer, x.Techniques, x.Checked = inventory.Anonymised, []string{"removal", "noise"}, "2026-11-01"
		}, nil},
		{"bad record", true, func(x *inventory.PersonalRecord) {
			x.Answer, x.Techniques, x.Checked = inventory.Anonymised, []string{"removal", "removal", "magic"}, "2026-02-30"
		}, []string{"techniques fault.unknown_value", "techniques fault.unknown_value", "checked fault.date"}},
		{"record of tomorrow", true, func(x *inventory.PersonalRecord) {
			x.Answer, x.Techniques, x.Checked = inventory.Anonymised, []string{"removal"}, tomorrow
		}, []string{"checked dataset.declare.future"}},
		{"nobody, but stated", true, func(*inventory.PersonalRecord) {}, []string{"answer dataset.declare.stated"}},
		{"lawful, stated", true, func(x *inventory.PersonalRecord) { x.Answer = inventory.Lawful }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, v := listed(t)
			d.Content.PersonalData, d.Content.Anonymisation = tt.stated, "Noms supprimés"
			x := declared()
			tt.change(&x)
			err := d.Declare(officer, x, v, start)
			if got := told(err); !slices.Equal(got, tt.want) {
				t.Errorf("%v; want %v", got, tt.want)
			}
			if err != nil && (len(d.Declarations) != 0 || d.Revision != 1) {
				t.Error("a refused declaration left something behind")
			}
			if err == nil && len(d.Unanswered(v)) != 0 {
				t.Error("signs still wait")
			}
		})
	}
}

func TestAnAnswerIsAboutWhatWasThere(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*inventory.Content)
		waits  int
	}{
		{"another description", func(c *inventory.Content) { c.Description["fr"] += " Mise à jour." }, 0},
		{"another list", func(c *inventory.Content) { c.Title["fr"] = "Liste des médecins" }, 1},
		{"another method", func(c *inventory.Content) { c.Anonymisation = "Rien" }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, v := listed(t)
			d.Content.PersonalData, d.Content.Anonymisation = true, "Noms supprimés"
			d.Found(fileID, []inventory.Sign{{Kind: "phone", Column: "tel"}})
			x := declared()
			x.Answer = inventory.Lawful
			if err := d.Declare(officer, x, v, start); err != nil {
				t.Fatal(err)
			}
			c := d.Content.Clean()
			tt.change(&c)
			if err := d.Edit(officer, c, v, start); err != nil {
				t.Fatal(err)
			}
			if n := len(d.Unanswered(v)); n != tt.waits {
				t.Errorf("%d signs wait; want %d", n, tt.waits)
			}
			if d.Declarations[0].Note != x.Note {
				t.Error("the record is gone; only what it covers may change")
			}
		})
	}
}

func TestWhoMayDeclare(t *testing.T) {
	for _, role := range append(identity.Roles(), identity.Public) {
		for _, institution := range []string{"marhp", "ms"} {
			by := identity.Actor{Account: "x", Role: role}
			if role.NeedsInstitution() {
				by.Institution, by.Institutions = institution, []string{institution}
			}
			d, v := listed(t)
			may := by.May(identity.RecordDataset, "marhp")
			if err := d.Declare(by, declared(), v, start); (err == nil) != may {
				t.Errorf("%s of %s: %v", role, institution, err)
			}
		}
	}
	d, v := listed(t)
	d.State = inventory.Withdrawn
	if got := told(d.Declare(officer, declared(), v, start)); !slices.Equal(got, []string{"dataset.edit.withdrawn"}) {
		t.Errorf("declared on a withdrawn dataset: %v", got)
	}
	d, v = listed(t)
	d.Content.Title["fr"] = "Production"
	if got := told(d.Declare(officer, declared(), v, start)); !slices.Equal(got, []string{"dataset.signs.none"}) {
		t.Errorf("declared about nothing: %v", got)
	}
}

func TestSeeingAFileAgainReplacesWhatWasSeen(t *testing.T) {
	d, _ := listed(t)
	d.Found(fileID, []inventory.Sign{{Kind: "phone", Column: "tel", Matches: 3, Cells: 3}})
	d.Found("f2", []inventory.Sign{{Kind: "cin", Column: "CIN"}})
	d.Found(fileID, []inventory.Sign{{Kind: "email", Column: "mail"}})
	d.Found("f2", nil)
	if len(d.FileSigns) != 1 || d.FileSigns[0].Kind != "email" || d.FileSigns[0].Field != "distributions."+fileID {
		t.Errorf("kept %+v", d.FileSigns)
	}
}
