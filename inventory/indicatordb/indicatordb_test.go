package indicatordb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
)

func TestEveryFieldHasItsColumn(t *testing.T) { databasetest.Drift(t, &indicator.Issued{}) }

// Each role sees what it may, of the institutions it may, and nothing of others.
func TestFiguresAreConfined(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, slug := range []string{"marhp", "onagri", "ms"} {
			h.dataset(slug, content("Public "+slug, "monthly"), "submit", "approve")
			h.dataset(slug, content("Brouillon "+slug, "monthly"), "submit")
		}
		h.now = start.AddDate(0, 3, 0)
		for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
			by := of(role)
			if role.NeedsInstitution() {
				by = of(role, "marhp", "onagri")
			}
			scope, err := indicatordb.Of(by, nil)
			if !by.MayAnywhere(identity.ReadRegister) {
				if err == nil {
					t.Errorf("%s reads figures", role)
				}
				if rows, n, err := h.figures.Rows(t.Context(), scope, indicatordb.Query{Code: indicator.Inventoried}); n != 0 || len(rows) != 0 || err != nil {
					t.Errorf("%s: a scope nobody gave has %d rows, %v", role, n, err)
				}
				continue
			}
			h.ok(err)
			want := 6
			if role.NeedsInstitution() {
				want = 4
			}
			m, err := h.figures.Measure(t.Context(), scope, indicator.YearTo(h.now), 0)
			h.ok(err)
			f := m.Figures(nil, h.vocabulary.Workdays(), h.tree, m.Today)
			if f.Stock.Datasets != want || f.Queue.N != want/2 {
				t.Errorf("%s sees %d datasets, %d waiting; want %d", role, f.Stock.Datasets, f.Queue.N, want)
			}
			if role.NeedsInstitution() {
				if _, err := indicatordb.Of(by, []string{"ms"}); err == nil {
					t.Errorf("%s reads another institution's figures", role)
				}
				if n := len(m.Days); n == 0 || m.Stocks["ms"].Datasets != 0 {
					t.Errorf("%s: %d days, %+v", role, n, m.Stocks)
				}
				if _, err := h.figures.State(t.Context(), by, "ms", indicator.Quarter{Year: 2026, N: 4}, h.tree, h.vocabulary.Workdays()); err == nil {
					t.Errorf("%s reads another institution's statement", role)
				}
			}
		}
		stocks, err := h.figures.Stocks(t.Context(), indicatordb.Public(nil))
		if err != nil || stocks["ms"].Datasets != 1 || stocks["ms"].States[inventory.Submitted] != 0 {
			t.Errorf("the public sees %+v, %v", stocks["ms"], err)
		}
		if _, n, err := h.figures.Rows(t.Context(), indicatordb.Public(nil), indicatordb.Query{Code: indicator.Inventoried}); n != 3 || err != nil {
			t.Errorf("the public lists %d entries, %v", n, err)
		}
	})
}

func TestUnknownRowsAreRefused(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for name, one := range map[string]struct {
		q    indicatordb.Query
		want fault.Kind
	}{
		"no rows":      {indicatordb.Query{Code: indicator.Feedback}, fault.NotFound},
		"no indicator": {indicatordb.Query{Code: "x"}, fault.NotFound},
		"no part":      {indicatordb.Query{Code: indicator.Openness, Part: "'; --"}, fault.Invalid},
	} {
		_, _, err := h.figures.Rows(t.Context(), h.scope(operator), one.q)
		if kind, _ := fault.KindOf(err); kind != one.want {
			t.Errorf("%s: %v; want %v", name, err, one.want)
		}
	}
}

// A date that was handed in and then put back is a slip; brought forward, or
// changed in a draft, it is none.
func TestSlippage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		planned := func(title string) inventory.Content {
			c := content(title, "annual")
			c.Openness, c.TargetDate, c.Distributions = inventory.Openable, "2027-01-15", nil
			return c
		}
		move := func(ref string, to inventory.Date) {
			t.Helper()
			_, err := h.act(ref, "edit", func(c *inventory.Content) { c.TargetDate = to })
			h.ok(err)
		}
		back := h.dataset("marhp", planned("Repoussé"), "submit", "approve")
		move(back.Ref, "2027-03-01")
		move(back.Ref, "2027-02-15")
		forward := h.dataset("marhp", planned("Avancé"), "submit", "approve")
		move(forward.Ref, "2026-12-20")
		draft := h.dataset("marhp", planned("Brouillon"))
		move(draft.Ref, "2027-05-01")
		figures := func() indicator.Figures {
			m, err := h.figures.Measure(t.Context(), h.scope(operator), indicator.YearTo(h.now), 0)
			h.ok(err)
			return m.Figures(nil, h.vocabulary.Workdays(), h.tree, m.Today)
		}
		if f := figures(); f.Stock.Committed != 3 || f.Slipped != 1 {
			t.Errorf("%d of %d slipped; want 1 of 3", f.Slipped, f.Stock.Committed)
		}
		moves, err := h.figures.Moves(t.Context(), h.scope(operator))
		if days, n := indicator.MedianSlip(moves); err != nil || n != 1 || days != 31 {
			t.Errorf("put back by %d days, %d of them, %v", days, n, err)
		}
		rows, n, err := h.figures.Rows(t.Context(), h.scope(operator), indicatordb.Query{Code: indicator.Slippage})
		if err != nil || n != 1 || rows[0].First != "2027-01-15" || rows[0].Dataset.Ref != back.Ref {
			t.Errorf("%d rows, %+v, %v", n, rows, err)
		}
		h.now = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC) // the day of the one brought forward has passed
		if f := figures(); f.Slipped != 2 || f.Stock.Passed != 1 {
			t.Errorf("%d slipped, %d passed; want 2 and 1", f.Slipped, f.Stock.Passed)
		}
	})
}

// Acts and folding go on side by side and no figure is lost.
func TestFoldingBesideActs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var refs []string
		for range 8 {
			refs = append(refs, h.dataset("marhp", content("Barrages", "monthly"), "submit", "approve").Ref)
		}
		h.now = start.AddDate(0, 2, 0)
		var all sync.WaitGroup
		for _, ref := range refs {
			all.Go(func() {
				if _, err := h.act(ref, "attest", nil); err != nil {
					t.Error(err)
				}
			})
		}
		for range 4 {
			all.Go(func() {
				if err := h.figures.Fold(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		h.compare()
	})
}

// What was issued stays as it was, whatever becomes of the datasets.
func TestStatementsAreFrozen(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.dataset("marhp", content("Céréales", "monthly"), "submit", "approve").Ref
		h.dataset("onagri", content("Prix", "monthly"), "submit", "approve")
		_, err := h.act(ref, "waive", nil)
		h.ok(err)
		h.now = time.Date(2027, time.January, 20, 9, 0, 0, 0, time.UTC)
		quarter := indicator.Quarter{Year: 2026, N: 4}
		state := func() indicator.Statement {
			t.Helper()
			s, err := h.figures.State(t.Context(), operator, "marhp", quarter, h.tree, h.vocabulary.Workdays())
			h.ok(err)
			return s
		}
		first := state()
		got := map[string][4]int{}
		for _, f := range first.Figures {
			got[f.Key] = [4]int{f.N, f.Of, f.WasN, f.WasOf}
		}
		want := map[string][4]int{
			"inventoried": {2, 0, 0, 0}, "published": {2, 2, 0, 0}, "open": {2, 2, 0, 0}, "on_time": {0, 2, 0, 0},
			"overdue": {2, 0, 0, 0}, "opened": {2, 0, 0, 0}, "waived": {1, 0, 0, 0},
		}
		delete(got, "on_time")
		delete(want, "on_time")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if first.Waived.Total != 1 || first.Waived.Items[0].Note == "" || first.Opened.Total != 2 {
			t.Errorf("%+v", first)
		}
		issued, err := h.figures.Issue(t.Context(), operator, first, "")
		h.ok(err)
		if _, err := h.act(ref, "edit", func(c *inventory.Content) { c.Title["fr"] = "Autre titre" }); err != nil {
			t.Fatal(err)
		}
		if _, err := h.figures.Issue(t.Context(), of(identity.Supervisor, "marhp"), first, "x"); err == nil {
			t.Error("a supervisor issues a statement")
		}
		all, err := h.figures.Issued(t.Context(), of(identity.Officer, "marhp"), "marhp", "2026-Q4")
		h.ok(err)
		again, err := all[0].Read()
		if diff := cmp.Diff(first, again); diff != "" || err != nil || all[0].Hash != issued.Hash {
			t.Errorf("%v\n%s", err, diff)
		}
		h.dataset("onagri", content("Tard", "monthly"))
		if _, err := h.act(ref, "withdraw", nil); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec("UPDATE obligations SET waived_until = NULL, waived_at = NULL").Error; err != nil {
			t.Fatal(err)
		}
		second, err := h.figures.Issue(t.Context(), operator, state(), "Dispense retirée")
		if err != nil || second.Revision != 2 {
			t.Errorf("%+v, %v", second, err)
		}
		if list, err := h.figures.Statements(t.Context(), operator); err != nil || len(list) != 1 || list[0].Revision != 2 {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := h.figures.Statements(t.Context(), of(identity.Officer, "ms")); err != nil || len(list) != 0 {
			t.Errorf("another institution lists %+v, %v", list, err)
		}
		if _, err := h.figures.Issued(t.Context(), of(identity.Officer, "ms"), "marhp", "2026-Q4"); err == nil {
			t.Error("another institution reads the statement")
		}
		var trail int64
		h.ok(db.Table("audit_lines").Where("act = ?", "statement.issue").Count(&trail).Error)
		if trail != 2 {
			t.Errorf("%d audit lines; want 2", trail)
		}
	})
}
