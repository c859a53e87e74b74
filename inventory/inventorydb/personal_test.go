package inventorydb

import (
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

func TestWhatAFileShowsIsCountedAndAnswered(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := published(t, s, "Production de céréales")
		file := d.Content.Distributions[0].ID
		seen := []inventory.Sign{{Kind: "phone", Column: "Téléphone", Matches: 9, Cells: 10, Sample: "98•••••6"}}
		for range 2 { // seen twice is told once
			if err := s.Found(t.Context(), d.ID, file, seen); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := s.History(t.Context(), officer, d.Ref)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, l := range lines {
			if l.Act == "dataset.screen" {
				told++
			}
			if text := string(l.After); strings.Contains(text, "98") && strings.Contains(text, "•") {
				t.Errorf("the trail holds a sample: %s", text)
			}
		}
		if told != 1 {
			t.Errorf("%d audit lines; want one", told)
		}
		for _, tt := range []struct {
			by identity.Actor
			n  int
		}{{officer, 1}, {reviewer, 1}, {stranger, 0}} {
			found, err := s.Waiting(t.Context(), tt.by)
			if err != nil || len(found) != tt.n {
				t.Errorf("%s sees %d datasets, %v; want %d", tt.by.Account, len(found), err, tt.n)
			}
		}
		if _, err := s.Waiting(t.Context(), nobody); err == nil {
			t.Error("a stranger without a name sees the list")
		}
		v, err := s.Vocabulary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		after, err := s.Change(t.Context(), officer, d.Ref, "dataset.declare", 0, func(d *inventory.Dataset) error {
			return d.Declare(officer, inventory.PersonalRecord{Answer: inventory.Functional, Note: "Standards", Confirmed: true}, v, s.now())
		})
		if err != nil {
			t.Fatal(err)
		}
		if after.State != inventory.Approved || after.SignsWaiting != 0 {
			t.Errorf("state %s, %d signs wait; want approved and none", after.State, after.SignsWaiting)
		}
		if found, _ := s.Waiting(t.Context(), officer); len(found) != 0 {
			t.Errorf("%d datasets wait after the declaration", len(found))
		}
	})
}

func TestDescriptionsOfBeforeAreLookedThrough(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		var refs []string
		for range screenBatch + 1 {
			refs = append(refs, create(t, s, "Production").Ref)
		}
		c := complete("Liste des agents")
		d, err := s.Create(t.Context(), officer, "marhp", c)
		if err != nil {
			t.Fatal(err)
		}
		if d.SignsWaiting != 1 {
			t.Errorf("%d signs counted at creation; want 1", d.SignsWaiting)
		}
		if err := db.Exec("UPDATE datasets SET signs_waiting = -1").Error; err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{len(refs) + 1, 0} {
			if n, err := s.ScreenAll(t.Context()); err != nil || n != want {
				t.Errorf("looked through %d, %v; want %d", n, err, want)
			}
		}
		found, err := s.Waiting(t.Context(), officer)
		if err != nil || len(found) != 1 || found[0].Ref != d.Ref {
			t.Errorf("waiting: %v, %v; want %s alone", found, err, d.Ref)
		}
		if slices.Contains(refs, d.Ref) {
			t.Error("a ref was given twice")
		}
	})
}

// Every approval goes through a vocabulary that screens: a store that forgot
// to set it would let everything pass.
func TestTheStoresVocabularyScreens(t *testing.T) {
	s, _ := setup(t, databasetest.Open(t))
	v, err := s.Vocabulary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v.Screen == nil || len(v.Screen(complete("Liste des agents"))) != 1 {
		t.Error("the vocabulary finds no list of persons")
	}
}
