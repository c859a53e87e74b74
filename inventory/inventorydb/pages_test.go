package inventorydb

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

func TestTheColumnsOfWhatIsKept(t *testing.T) { databasetest.Drift(t, &Answer{}) }

func TestAgendaAndStandings(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := t.Context()
		for _, title := range []string{"Un", "Deux", "Trois", "Quatre"} {
			create(t, s, title)
		}
		refs := []string{"TN-MARHP-2026-0001", "TN-MARHP-2026-0002", "TN-MARHP-2026-0003"}
		for _, ref := range refs {
			if _, err := submit(s, ref); err != nil {
				t.Fatal(err)
			}
		}
		if next, err := s.Next(ctx, reviewer, refs[0]); err != nil || next != refs[1] {
			t.Errorf("Next = %q, %v; want %s", next, err, refs[1])
		}
		if _, err := approve(s, refs[0]); err != nil {
			t.Fatal(err)
		}
		d, err := s.Change(ctx, reviewer, refs[1], "dataset.return", 0, func(d *inventory.Dataset) error {
			return d.Return(reviewer, "Précisez", s.now())
		})
		if err != nil || d.State != inventory.Returned {
			t.Fatal(d, err)
		}
		month := c.t.AddDate(0, 1, 0)
		got, err := s.Agenda(ctx, officer, month)
		if want := (Agenda{Due: 1, Returned: 1, Drafts: 1, Waiting: 1, Total: 4}); err != nil || got != want {
			t.Errorf("Agenda = %+v, %v; want %+v", got, err, want)
		}
		if got, err := s.Agenda(ctx, stranger, month); err != nil || got != (Agenda{}) {
			t.Errorf("a stranger's Agenda = %+v, %v; want nothing", got, err)
		}
		c.t = c.t.AddDate(0, 3, 0)
		if got, _ := s.Agenda(ctx, officer, c.t); got.Late != 1 || got.Due != 0 {
			t.Errorf("three months later Agenda = %+v; want one late", got)
		}
		if due, err := s.Due(ctx, officer, c.t, 5); err != nil || len(due) != 1 || due[0].Ref != refs[0] {
			t.Errorf("Due = %v, %v; want %s", due, err, refs[0])
		}
		standings, err := s.Standings(ctx, committee)
		want := Standing{Institution: "marhp", Public: 1, Promised: 1, Late: 1, Draft: 1, Submitted: 1, Returned: 1}
		if err != nil || len(standings) != 1 || standings[0] != want {
			t.Errorf("Standings = %+v, %v; want %+v", standings, err, want)
		}
		if met, judged, err := s.Kept(ctx, []string{"marhp", "onagri"}); err != nil || met != 0 || judged != 2 {
			t.Errorf("Kept = %d of %d, %v; want 0 of 2", met, judged, err)
		}
		for name, err := range map[string]error{
			"Agenda": second(s.Agenda(ctx, nobody, month)), "Due": second(s.Due(ctx, nobody, month, 1)),
			"Standings": second(s.Standings(ctx, nobody)), "Next": second(s.Next(ctx, officer, "")),
		} {
			if _, refused := fault.KindOf(err); !refused {
				t.Errorf("%s for somebody who may not = %v; want a refusal", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := t.Context()
		work := func(inside *Store) ([]byte, error) {
			d, err := inside.Create(ctx, officer, "marhp", complete("Titre"))
			if err != nil {
				return nil, err
			}
			return []byte(d.Ref), nil
		}
		// Whoever sends it how often at once: it is done once, and all get one answer.
		var wg sync.WaitGroup
		answers := make(chan string, 8)
		for range 8 {
			wg.Go(func() {
				b, err := s.Once(context.WithoutCancel(ctx), officer, "key", "request", work)
				if err != nil {
					t.Error(err)
				}
				answers <- string(b)
			})
		}
		wg.Wait()
		close(answers)
		for a := range answers {
			if a != "TN-MARHP-2026-0001" {
				t.Errorf("answered %q", a)
			}
		}
		expect(t, db, 1)
		if _, err := s.Once(ctx, officer, "key", "another request", work); kind(err) != fault.Invalid {
			t.Errorf("the key for another request = %v; want it refused", err)
		}
		// What fails leaves nothing behind, neither change nor key.
		broken := errors.New("broken")
		_, err := s.Once(ctx, officer, "other", "request", func(inside *Store) ([]byte, error) {
			if _, err := work(inside); err != nil {
				return nil, err
			}
			return nil, broken
		})
		if !errors.Is(err, broken) {
			t.Errorf("Once = %v; want what went wrong", err)
		}
		expect(t, db, 1)
		c.t = c.t.Add(AnswerLife + time.Second)
		if b, err := s.Once(ctx, officer, "key", "request", work); err != nil || string(b) == "TN-MARHP-2026-0001" {
			t.Errorf("a day later Once = %s, %v; want it done again", b, err)
		}
		var kept int64
		if err := db.Model(&Answer{}).Count(&kept).Error; err != nil || kept != 1 {
			t.Errorf("%d answers kept, %v; want the old one forgotten", kept, err)
		}
	})
}

// expect counts what is stored: datasets, each with one audit line.
func expect(t *testing.T, db *gorm.DB, want int64) {
	t.Helper()
	var datasets, lines int64
	db.Model(&inventory.Dataset{}).Count(&datasets)
	db.Model(&audit.Line{}).Where("subject = ? AND actor = ?", "dataset", officer.Account).Count(&lines)
	if datasets != want || lines != want {
		t.Errorf("%d datasets, %d audit lines; want %d of each", datasets, lines, want)
	}
}
