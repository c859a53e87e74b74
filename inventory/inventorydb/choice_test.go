package inventorydb

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

func (d *desk) choose(c *inventory.Changeset, choice inventory.Choice) *inventory.Changeset {
	d.Helper()
	done, err := d.Apply(context.Background(), officer, c.ID, choice)
	d.must(err)
	return done
}

func keyOf(err error) string {
	if all := fault.All(err); len(all) > 0 {
		return all[0].Key
	}
	return fmt.Sprint(err)
}

func TestSingleRowsAreAppliedAndTheOthersLater(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		c := d.propose("Intitulé;Fréquence\nForêts;annuelle\nBarrages;parfois\nNappes;mensuelle\nPorts;annuelle\n")
		for _, rows := range [][]int{{1}, {0, 9}, {-1}} { // refused, not there
			_, err := d.Apply(t.Context(), officer, c.ID, inventory.Choice{Rows: rows})
			if keyOf(err) != "import.row.unfit" {
				t.Errorf("rows %v: %v", rows, err)
			}
		}
		part := d.choose(c, inventory.Choice{Rows: []int{2}})
		if part.State != inventory.Partly || part.Counts[inventory.Create] != 3 {
			t.Errorf("partly applied: %+v", part)
		}
		d.want(c, "2 create", "3 refused  [B3 frequency dataset.frequency.unknown [parfois]]", "4 create TN-MARHP-2026-0001", "5 create")
		if again := d.choose(c, inventory.Choice{Rows: []int{2}}); again.State != inventory.Partly {
			t.Errorf("the same row again: %+v", again)
		}
		if err := d.Discard(t.Context(), officer, c.ID); keyOf(err) != "import.discard.written" {
			t.Errorf("discarding what is written: %v", err)
		}
		rest := d.apply(c)
		if rest.State != inventory.Applied {
			t.Errorf("the rest: %+v", rest)
		}
		if n, err := d.Count(t.Context(), reviewer, Filter{}); err != nil || n != 3 {
			t.Errorf("%d datasets, %v; want 3", n, err)
		}
		_, err := d.Undo(t.Context(), officer, c.ID, "retour")
		d.must(err)
		if n, err := d.Count(t.Context(), reviewer, Filter{Living: true}); err != nil || n != 0 {
			t.Errorf("%d datasets after undo, %v", n, err)
		}
		if _, err := d.Apply(t.Context(), officer, c.ID, inventory.Choice{Rows: []int{0}}); keyOf(err) != "import.undone" {
			t.Errorf("a row of what was undone: %v", err)
		}
	})
}

func TestConflictsAreSettledRowByRow(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		v, err := d.Vocabulary(t.Context())
		d.must(err)
		theme, other := v.Themes[2].Code, v.Themes[1].Code // the datasets begin with the first
		var lines, refs []string
		for n := range 4 {
			was := create(t, d.Store, fmt.Sprintf("Céréales %d", n))
			lines = append(lines, key(was)+fmt.Sprintf(";Blé %d;%s;LNDPO-TN", n, theme))
			refs = append(refs, was.Ref)
			_, err := edit(d.Store, was.Ref, 0, func(c *inventory.Content) {
				c.Title["fr"], c.Theme = fmt.Sprintf("Orge %d", n), other
			})
			d.must(err)
		}
		c := d.propose(keyHead + ";Intitulé;Thème;Licence\n" + strings.Join(lines, "\n") + "\n")
		if c.Counts[inventory.Conflict] != 4 {
			t.Fatalf("counts %v: %v", c.Counts, d.rows(c))
		}
		if _, err := d.Apply(t.Context(), officer, c.ID, inventory.Choice{Rows: []int{0}}); keyOf(err) != "import.row.unfit" {
			t.Errorf("a conflict without an answer: %v", err)
		}
		// The register moves on again under the last row: the answer was given to something else.
		_, err = edit(d.Store, refs[3], 0, func(c *inventory.Content) { c.Title["fr"] = "Maïs" })
		d.must(err)
		done := d.choose(c, inventory.Choice{Rows: []int{}, Answers: map[int]inventory.Settlement{
			0: {Theirs: true}, 1: {}, 2: {Fields: []string{"title.fr"}}, 3: {Theirs: true},
		}})
		var got []string
		for _, ref := range refs {
			now := d.stored(ref)
			got = append(got, now.Content.Title["fr"]+" "+now.Content.Theme)
		}
		want := []string{"Blé 0 " + theme, "Orge 1 " + other, "Blé 2 " + other, "Maïs " + other}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("settled as %q; want %q", got, want)
		}
		if done.Counts[inventory.Change] != 2 || done.Counts[inventory.Unchanged] != 1 || done.Counts[inventory.Conflict] != 1 {
			t.Errorf("counts %v", done.Counts)
		}
		if rows := d.rows(c); !strings.Contains(rows[3], "import.answer.moved") || !strings.Contains(rows[3], "Maïs") {
			t.Errorf("the last row says %s", rows[3])
		}
		d.choose(c, inventory.Choice{Rows: []int{}, Answers: map[int]inventory.Settlement{3: {Theirs: true}}})
		if now := d.stored(refs[3]); now.Content.Title["fr"] != "Blé 3" {
			t.Errorf("settled at last as %v", now.Content.Title)
		}
		_, err = d.Undo(t.Context(), officer, c.ID, "retour")
		d.must(err)
		if now := d.stored(refs[0]); now.Content.Title["fr"] != "Orge 0" || now.Content.Theme != other {
			t.Errorf("undone to %+v", now.Content)
		}
	})
}

func TestAListThatWasNotFollowedIsNotAskedAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		s := d.Store
		doImport(t, s, entries(2), true)
		for _, ref := range []string{"TN-ONAGRI-2026-0001", "TN-ONAGRI-2026-0002"} {
			_, err := edit(s, ref, 0, func(c *inventory.Content) { c.Theme = "agriculture" })
			d.must(err)
		}
		list := strings.ReplaceAll(entries(2), "Production n°", "Récolte n°")
		was := doImport(t, s, list, false)
		if counts(was) != "create=0 change=0 unchanged=0 conflict=2 refused=0" || len(was.rows[0].Changes) == 0 {
			t.Fatalf("preview %s, changes %v", counts(was), was.rows[0].Changes)
		}
		done, err := s.Apply(t.Context(), officer, was.ID, inventory.Choice{Answers: map[int]inventory.Settlement{
			0: {}, 1: {Fields: []string{"title.fr"}},
		}})
		d.must(err)
		if done.Counts[inventory.Unchanged] != 1 || done.Counts[inventory.Change] != 1 {
			t.Errorf("settled %v", done.Counts)
		}
		if now := d.stored("TN-ONAGRI-2026-0002").Content; now.Title["fr"] != "Récolte n° 1" || now.Theme != "agriculture" {
			t.Errorf("taken by field: %+v", now)
		}
		if got := counts(doImport(t, s, list, false)); got != "create=0 change=0 unchanged=2 conflict=0 refused=0" {
			t.Errorf("asked again: %s", got)
		}
	})
}

func TestANewRowOfATakenTitleMayBeMeantForThatDataset(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		was := create(t, d.Store, "Céréales")
		c := d.propose("Intitulé;Fréquence\nCéréales;annuelle\n")
		d.want(c, "2 conflict "+was.Ref+" [A2 title.fr import.title.exists ["+was.Ref+"]]")
		d.choose(c, inventory.Choice{Answers: map[int]inventory.Settlement{0: {Theirs: true}}})
		if now := d.stored(was.Ref).Content; now.Frequency != "annual" || now.Theme != was.Content.Theme {
			t.Errorf("became %+v", now)
		}
		d.want(d.propose("Intitulé;Fréquence\nCéréales;annuelle\n"), "2 unchanged "+was.Ref)
	})
}

// Each role may do with a changeset what it may do with the datasets.
func TestWhoMayChooseAndDiscard(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		for _, role := range append(identity.Roles(), identity.Public) {
			by := identity.Actor{Account: "x", Role: role, Institution: "marhp", Institutions: []string{"marhp", "onagri"}}
			c := d.propose("Intitulé;Fréquence\nForêts " + string(role) + ";annuelle\n")
			_, choosing := d.Apply(t.Context(), by, c.ID, inventory.Choice{Rows: []int{0}})
			other := d.propose("Intitulé;Fréquence\nPorts " + string(role) + ";annuelle\n")
			discarding := d.Discard(t.Context(), by, other.ID)
			_, holding := d.Hold(t.Context(), by, "marhp", HandedIn{Format: "csv", File: []byte("a;b")})
			_, editing := d.ProposeBulk(t.Context(), by, Bulk{
				Institution: "marhp", Edits: []inventory.BulkEdit{{Field: "theme", Act: inventory.BulkClear}},
			})
			may := by.May(identity.RecordDataset, "marhp")
			for name, err := range map[string]error{
				"apply a row": choosing, "discard": discarding, "hold": holding, "edit many": editing,
			} {
				// The first role that may has made a dataset; before it there is none to edit.
				if got := err == nil || keyOf(err) == "bulk.none"; got != may {
					t.Errorf("%s, %s: %v; may %v", role, name, err, may)
				}
			}
		}
	})
}
