package inventorydb

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// A cursor is opaque, not secret: whoever writes their own gets a fault, on
// both engines, and never more than they may read.
func TestAForgedCursorIsAFault(t *testing.T) {
	const id = "01900000-0000-7000-8000-000000000000"
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		create(t, s, "Production de céréales")
		for name, tt := range map[string]struct {
			cursor string
			sound  bool
		}{
			"no base64":                {"%%%", false},
			"no id":                    {encode("1"), false},
			"no time":                  {encode("x " + id), false},
			"a NUL":                    {encode("1 \x00"), false},
			"no UTF-8":                 {encode("1 \xff"), false},
			"another id":               {encode("1 ' OR 1=1 --"), false},
			"before time began":        {encode("-9223372036854775808 " + id), false},
			"after time ended":         {encode("9223372036854775807 " + id), false},
			"a time nobody can write":  {encode("99223372036854775807 " + id), false},
			"made up, but well formed": {encode("1790000000000000 " + id), true},
		} {
			page, err := s.List(context.Background(), stranger, Filter{Cursor: tt.cursor})
			if tt.sound && err != nil || !tt.sound && kind(err) != fault.Invalid {
				t.Errorf("%s = %v", name, err)
			}
			if len(page.Items) > 0 {
				t.Errorf("%s shows a stranger %d datasets", name, len(page.Items))
			}
		}
	})
}

func TestASearchIsAskedWhateverItSays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		published(t, s, "Production de céréales 100%")
		for name, tt := range map[string]struct {
			q    string
			want int
		}{
			"a word":                 {"cereales", 1},
			"one far too long":       {strings.Repeat("a", 60_000), 0},
			"very many":              {strings.Repeat("cereales ", 20_000), 1},
			"marks of a pattern":     {"zz_ % zz%", 0},
			"a backslash":            {`\ cereales \`, 1},
			"a NUL":                  {"cereales\x00", 1},
			"no UTF-8":               {"cereales \xff\xfe", 1},
			"nothing that is a word": {"%%%", 1},
		} {
			if n, err := s.Count(context.Background(), reviewer, Filter{Q: tt.q}); err != nil || n != tt.want {
				t.Errorf("%s among drafts = %d, %v; want %d", name, n, err, tt.want)
			}
			page, err := s.Public(context.Background(), PublicFilter{Q: tt.q, Page: 1 << 62, PerPage: 1 << 40})
			if err != nil || page.Total != tt.want {
				t.Errorf("%s in public = %d, %v; want %d", name, page.Total, err, tt.want)
			}
		}
	})
}

// Nothing another institution does shows in what an officer may ask for.
func TestNothingOfAnotherInstitutionShows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		d := create(t, s, "Production de céréales")
		for name, ask := range map[string]func(identity.Actor) (int, error){
			"list": func(by identity.Actor) (int, error) {
				l, err := s.List(ctx, by, Filter{})
				return len(l.Items), err
			},
			"list of the institution": func(by identity.Actor) (int, error) {
				l, err := s.List(ctx, by, Filter{Institution: "marhp"})
				return len(l.Items), err
			},
			"search": func(by identity.Actor) (int, error) { return s.Count(ctx, by, Filter{Q: "cereales"}) },
			"agenda": func(by identity.Actor) (int, error) {
				a, err := s.Agenda(ctx, by, c.now())
				return a.Total, err
			},
			"standings": func(by identity.Actor) (int, error) {
				all, err := s.Standings(ctx, by)
				return len(all), err
			},
		} {
			if n, err := ask(officer); err != nil || n != 1 {
				t.Errorf("%s of its officer = %d, %v; want 1", name, n, err)
			}
			if n, err := ask(stranger); err != nil || n != 0 {
				t.Errorf("%s of a stranger = %d, %v; want nothing", name, n, err)
			}
			for _, by := range []identity.Actor{nobody, {Account: "x", Role: identity.ServiceOwner, Institutions: []string{"marhp"}}} {
				if n, err := ask(by); n != 0 || kind(err) != fault.Unauthenticated && kind(err) != fault.Forbidden {
					t.Errorf("%s of %q = %d, %v; want refused", name, by.Role, n, err)
				}
			}
		}
		for name, ask := range map[string]func(ref string) error{
			"get":     func(ref string) error { _, err := s.Get(ctx, stranger, ref); return err },
			"history": func(ref string) error { _, err := s.History(ctx, stranger, ref); return err },
			"change": func(ref string) error {
				_, err := s.Change(ctx, stranger, ref, "dataset.edit", 99, func(*inventory.Dataset) error { return nil })
				return err
			},
		} {
			for _, ref := range []string{d.Ref, d.ID} {
				there, nowhere := ask(ref), ask("TN-MARHP-2026-9999")
				if kind(there) != fault.NotFound || there.Error() != nowhere.Error() {
					t.Errorf("%s of %s says %v, of nothing %v; want the same", name, ref, there, nowhere)
				}
			}
		}
	})
}

// Two reviewers who press the button at once decide once.
func TestOnlyOneOfManyDecides(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := create(t, s, "Production de céréales")
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		results := make([]error, 8)
		for n := range results {
			all.Go(func() { _, results[n] = approve(s, d.Ref) })
		}
		all.Wait()
		done := 0
		for _, err := range results {
			switch {
			case err == nil:
				done++
			case kind(err) != fault.Conflict && kind(err) != fault.Stale:
				t.Errorf("the loser is told %v; want a conflict", err)
			}
		}
		lines, err := s.History(context.Background(), reviewer, d.Ref)
		if err != nil || done != 1 || len(lines) != 3 {
			t.Errorf("%d decided, %d lines, %v; want one, and three lines", done, len(lines), err)
		}
	})
}

// One bad row of a stranger's list costs no other row anything.
func TestARowThatIsNoTextCostsOnlyItself(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		var rows []inventory.Row
		for n, source := range []inventory.Source{
			{ID: "sound"},
			{ID: "a\x00b"},
			{ID: "a\xff"},
			{Portal: "p\x00"},
			{Portal: "\xff", ID: "x"},
			{ID: strings.Repeat("x", 10_000)},
			{ID: "sound too"},
		} {
			rows = append(rows, inventory.Row{Line: n + 1, Content: complete("Production de céréales"), Source: source})
		}
		for _, apply := range []bool{false, true} {
			report, err := tryRows(t, s, officer, "marhp", slices.Values(rows), apply)
			if err != nil || report.Counts[inventory.Create] != 2 || report.Counts[inventory.Refused] != 5 {
				t.Errorf("apply %v = %v, %v; want 2 made and 5 refused", apply, report.Counts, err)
			}
		}
	})
}
