package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
	"github.com/jard-odi/jard/migrations"
)

// follower keeps a copy of the public register by the change feed alone.
type follower struct {
	mark inventory.Mark
	has  map[string]int // revision by ref
}

// follow reads page after page until there is nothing more.
func (f *follower) follow(t *testing.T, s *Store, limit int) (told []string) {
	t.Helper()
	for {
		changed, more, err := s.Changes(context.Background(), f.mark, math.MaxInt64, limit)
		if err != nil {
			t.Error(err)
			return told
		}
		for _, p := range changed {
			told = append(told, string(p.ChangeSince(f.mark))+" "+p.Ref)
			if p.Live() {
				f.has[p.Ref] = p.Revision
			} else {
				delete(f.has, p.Ref)
			}
		}
		if len(changed) > 0 {
			f.mark = changed[len(changed)-1].Mark()
		}
		if !more {
			return told
		}
	}
}

func (f *follower) want(t *testing.T, s *Store) {
	t.Helper()
	live, err := s.Publications(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, p := range live {
		want[p.Ref] = p.Revision
	}
	if !maps.Equal(want, f.has) {
		t.Errorf("the copy has %d datasets, the register %d:\n%v\n%v", len(f.has), len(want), f.has, want)
	}
}

func TestChangesAreToldInTheOrderTheyBecameVisible(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		f := follower{has: map[string]int{}}
		tell := func(want ...string) {
			t.Helper()
			if got := f.follow(t, s, 2); !slices.Equal(got, want) {
				t.Errorf("told %q; want %q", got, want)
			}
			f.want(t, s)
		}
		a, b, d := published(t, s, "Céréales"), published(t, s, "Olives"), published(t, s, "Dattes")
		tell("created "+a.Ref, "created "+b.Ref, "created "+d.Ref)
		tell()
		// A clock set back, or two approvals whose times and commits are not in
		// the same order: whoever follows times would miss this one.
		c.t = c.t.Add(-24 * time.Hour)
		e := published(t, s, "Agrumes")
		tell("created " + e.Ref)
		_, err := refresh(s, officer, a.Ref, "2026-11-10")
		if err != nil {
			t.Fatal(err)
		}
		_, err = withdraw(s, b.Ref, d.Ref)
		if err != nil {
			t.Fatal(err)
		}
		tell("updated "+a.Ref, "withdrawn "+b.Ref)
		create(t, s, "Brouillon")
		tell()
		ids, err := s.PublicIDs(t.Context(), []string{d.Ref, "TN-X-2026-0001"})
		if err != nil || len(ids) != 1 || ids[d.Ref] != d.ID {
			t.Errorf("replacements %v, %v", ids, err)
		}
	})
}

func TestWhatTheCatalogueDoesNotServeYetIsNotTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		a, b := published(t, s, "Céréales"), published(t, s, "Olives")
		changed, more, err := s.Changes(t.Context(), inventory.Mark{}, 1, 10)
		if err != nil || more || len(changed) != 1 || changed[0].Ref != a.Ref {
			t.Errorf("up to version 1: %d changes, more %v, %v", len(changed), more, err)
		}
		latest, more, err := s.LatestChanges(t.Context(), inventory.Mark{}, 2, 1)
		if err != nil || !more || len(latest) != 1 || latest[0].Ref != b.Ref {
			t.Errorf("latest: %d changes, more %v, %v", len(latest), more, err)
		}
		latest, more, err = s.LatestChanges(t.Context(), latest[0].Mark(), 2, 1)
		if err != nil || more || len(latest) != 1 || latest[0].Ref != a.Ref {
			t.Errorf("before it: %d changes, more %v, %v", len(latest), more, err)
		}
	})
}

func TestAMarkOfAnotherHistoryIsGone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		a, b := published(t, s, "Céréales"), published(t, s, "Olives")
		for _, m := range []inventory.Mark{
			inventory.MarkOf(3), {Version: 3, Dataset: a.ID}, {Version: 2, Dataset: a.ID}, {Version: 1, Dataset: "00000000-0000-4000-8000-000000000000"},
		} {
			_, _, err := s.Changes(t.Context(), m, math.MaxInt64, 10)
			if kind(err) != fault.Gone || keyOf(err) != "changes.since.gone" {
				t.Errorf("%+v: %v", m, err)
			}
		}
		for m, want := range map[inventory.Mark]int{
			{}: 2, inventory.MarkOf(0): 2, inventory.MarkOf(1): 1, inventory.MarkOf(2): 0, {Version: 1, Dataset: a.ID}: 1, {Version: 2, Dataset: b.ID}: 0,
		} {
			changed, _, err := s.Changes(t.Context(), m, math.MaxInt64, 10)
			if err != nil || len(changed) != want {
				t.Errorf("%+v: %d changes, %v; want %d", m, len(changed), err, want)
			}
		}
	})
}

// Writers approve and withdraw at once, each with a time of its own taken
// before it waits for the others, while a reader follows; none is missed, and
// what fails leaves no number behind.
func TestAFollowerNeverMissesAChangeOfConcurrentWriters(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		var refs []string
		for n := range 24 {
			d := create(t, s, fmt.Sprintf("Jeu %d", n))
			refs = append(refs, must[*inventory.Dataset](t)(submit(s, d.Ref)).Ref)
		}
		var writers, reader sync.WaitGroup
		var done atomic.Bool
		f := follower{has: map[string]int{}}
		reader.Go(func() {
			for !done.Load() {
				f.follow(t, s, 3)
			}
		})
		for w := range 4 {
			writers.Go(func() {
				for n := w; n < len(refs); n += 4 {
					if _, err := approve(s, refs[n]); err != nil {
						t.Error(err)
					}
					if n%3 == 0 {
						if _, err := withdraw(s, refs[n], ""); err != nil {
							t.Error(err)
						}
					}
					_, _ = s.Change(context.Background(), reviewer, refs[n], "dataset.edit", 0, func(*inventory.Dataset) error { return errors.New("no") })
				}
			})
		}
		writers.Wait()
		done.Store(true)
		reader.Wait()
		f.follow(t, s, 3)
		f.want(t, s)
		v, err := s.CatalogueVersion(t.Context())
		if err != nil || v.Number != 24+8 || f.mark.Version != v.Number {
			t.Errorf("the register is at %d, the reader at %d, %v; want 32", v.Number, f.mark.Version, err)
		}
	})
}

// What the public sees changes in other ways than by an approval, and the feed
// tells of those, too.
func TestEveryWayInWhichTheCatalogueChangesIsTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		f := follower{has: map[string]int{}}
		a := opened(t, s, officer, "marhp", own("Superficies irriguées"))
		b := opened(t, s, officer, "onagri", own("Superficie irriguée"))
		f.follow(t, s, 10)
		tell := func(what string, want ...string) {
			t.Helper()
			if got := f.follow(t, s, 10); !slices.Equal(got, want) {
				t.Errorf("%s: told %q; want %q", what, got, want)
			}
			v, err := s.CatalogueVersion(t.Context())
			if err != nil || f.mark.Version != v.Number {
				t.Errorf("%s: the catalogue is at %d, the feed at %d, %v", what, v.Number, f.mark.Version, err)
			}
		}
		c.t = c.t.Add(time.Hour)
		look(t, s, a.Ref, strings.Repeat("a", 64))
		tell("a file that changed", "updated "+a.Ref)
		c.t = c.t.Add(time.Hour)
		if _, err := s.JudgeTwins(t.Context(), reviewer, twin.Asked{A: a.Ref, B: b.Ref, Verdict: twin.Linked}); err != nil {
			t.Fatal(err)
		}
		both := []string{"updated " + a.Ref, "updated " + b.Ref}
		if a.ID > b.ID {
			slices.Reverse(both)
		}
		tell("a link", both...)
	})
}

func TestWhatWasThereBeforeIsToldInTheOrderOfItsDates(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		var refs []string
		for n := range 3 {
			refs = append(refs, published(t, s, fmt.Sprintf("Jeu %d", n)).Ref)
			c.t = c.t.Add(-time.Hour)
		}
		for _, undo := range []string{"UPDATE publications SET version = 0, entered = 0", "UPDATE register_versions SET number = 1 WHERE part = 'catalogue'"} {
			if err := db.Exec(undo).Error; err != nil {
				t.Fatal(err)
			}
		}
		files, err := migrations.Files(db.Name())
		if err != nil {
			t.Fatal(err)
		}
		text, err := fs.ReadFile(files, "0020_changes.sql")
		if err != nil {
			t.Fatal(err)
		}
		ran := 0
		for statement := range strings.SplitSeq(string(text), ";\n") {
			if at := strings.Index(statement, "UPDATE "); at >= 0 {
				ran++
				if err := db.Exec(statement[at:]).Error; err != nil {
					t.Fatal(err)
				}
			}
		}
		f := follower{has: map[string]int{}}
		slices.Reverse(refs)
		if got := f.follow(t, s, 10); ran != 2 || !slices.Equal(got, []string{"created " + refs[0], "created " + refs[1], "created " + refs[2]}) {
			t.Errorf("after %d statements told %q", ran, got)
		}
		if v, err := s.CatalogueVersion(t.Context()); err != nil || v.Number != 3 || f.mark.Version != 3 {
			t.Errorf("the register is at %d, the reader at %d, %v", v.Number, f.mark.Version, err)
		}
		next := published(t, s, "Le suivant")
		if got := f.follow(t, s, 10); !slices.Equal(got, []string{"created " + next.Ref}) {
			t.Errorf("afterwards told %q", got)
		}
	})
}
