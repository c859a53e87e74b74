package indicatordb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
)

// After any acts, in any order, at any time, the figures are those of a plain
// count of the rows by the rules, each indicator counts as many rows as its
// list has, and time alone makes promises late.
func TestFiguresAreThoseOfTheRows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 1))
			walk(h, r, 70)
			for range 4 {
				h.compare()
				h.now = h.now.Add(time.Duration(r.IntN(20*24)) * time.Hour)
			}
			h.compare()
			h.ok(h.figures.Fold(t.Context()))
			h.compare()
			h.ok(h.figures.Recount(t.Context()))
			h.compare()
		}
		h.ok(db.Exec("DELETE FROM obligations").Error)
		h.compare()
	})
}

// walk lets random acts happen; those that the rules refuse change nothing.
func walk(h *house, r *rand.Rand, steps int) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var refs []string
	done := 0
	for step := range steps {
		if len(refs) < 4 || r.IntN(6) == 0 {
			c := content(fmt.Sprintf("Jeu %d", step), pick("monthly", "weekly", "quarterly", "annual", "irregular"))
			refs = append(refs, h.dataset(pick("marhp", "onagri", "ms"), c).Ref)
		}
		ref := pick(refs...)
		act := pick("submit", "submit", "approve", "approve", "approve", "attest", "refresh", "waive", "edit", "edit", "return", "withdraw", "clock", "clock", "clock", "roll")
		var err error
		switch act {
		case "clock":
			h.now = h.now.Add(time.Duration(r.IntN(25*24)) * time.Hour)
		case "roll":
			_, err = h.register.RollForward(h.Context())
		case "withdraw":
			if r.IntN(4) == 0 {
				_, err = h.act(ref, act, nil)
			}
		default:
			_, err = h.act(ref, act, func(c *inventory.Content) {
				switch r.IntN(3) {
				case 0:
					c.Frequency = pick("monthly", "weekly", "")
				case 1:
					c.Openness = inventory.Openness(pick("open", "openable"))
				case 2:
					c.TargetDate = inventory.DateOf(h.now.AddDate(0, 0, r.IntN(60)), inventory.Tunis())
				}
			})
		}
		if err == nil {
			done++
		}
	}
	if done < steps/3 {
		h.Errorf("only %d of %d acts were let happen: the walk says little", done, steps)
	}
}

// compare recounts everything the slow way.
func (h *house) compare() {
	h.Helper()
	if n, err := h.figures.Drift(h.Context()); err != nil || n != 0 {
		h.Fatalf("the tallies differ from a recount in %d groups, %v", n, err)
	}
	var rows []inventory.Obligation
	h.ok(h.db.Find(&rows).Error)
	want, missing, backlog := map[string]indicator.Promises{}, map[string]int{}, 0
	monday := indicator.DayOf(h.now).Week().Monday().Start()
	for _, o := range rows {
		last := o.LateAfter.Add(-time.Nanosecond)
		state := o.State(h.now)
		if o.LateAfter.After(h.now) {
			continue
		}
		key := o.Institution + " " + string(indicator.DayOf(last).Date())
		p := want[key]
		switch state {
		case inventory.Met:
			p.Met++
		case inventory.Late:
			p.Late++
		case inventory.Waived:
			p.Waived++
		}
		if o.Overdue(h.now) {
			p.Missing++
			missing[o.Institution]++
		}
		want[key] = p
		if out := o.MetAt; !o.Limit().After(monday) && state != inventory.Met && (state != inventory.Waived || o.MetAt == nil) {
			if out == nil {
				out = o.ClosedAt
			}
			if out == nil || !out.Before(monday) {
				backlog++
			}
		}
	}
	scope := h.scope(operator)
	year := indicator.YearTo(h.now)
	m, err := h.figures.Measure(h.Context(), scope, year, 0)
	h.ok(err)
	got, late := map[string]indicator.Promises{}, map[string]int{}
	for _, d := range m.Days {
		got[d.Institution+" "+string(d.Day.Date())] = d.Promises
	}
	for _, one := range m.Overdue {
		late[one.Institution] += one.N
	}
	if diff := cmp.Diff(want, got) + cmp.Diff(missing, late); diff != "" {
		h.Fatalf("at %v (-rows +figures)\n%s", h.now, diff)
	}
	week := indicator.DayOf(h.now).Week()
	if sums, err := h.figures.Backlog(h.Context(), scope, week, week); err != nil || sums[0] != backlog {
		h.Errorf("backlog on Monday = %v, %v; want %d", sums, err, backlog)
	}
	h.drill(m, scope)
}

// drill sees that every indicator counts the rows that its list has.
func (h *house) drill(m indicatordb.Measured, scope indicatordb.Scope) {
	h.Helper()
	f := m.Figures(nil, h.vocabulary.Workdays(), h.tree, m.Today)
	rows := func(code indicator.Code, part string) int {
		h.Helper()
		list, n, err := h.figures.Rows(h.Context(), scope, indicatordb.Query{Code: code, Part: part, Period: m.Period})
		h.ok(err)
		if len(list) != n {
			h.Errorf("%s %s: %d rows, said to be %d", code, part, len(list), n)
		}
		return n
	}
	for _, c := range []indicator.Code{indicator.Frequency, indicator.Published, indicator.Openness, indicator.OnTime, indicator.Slippage} {
		v := f.Value(c)
		if n, of := rows(c, ""), rows(c, "all"); n != v.N || of != v.Of {
			h.Errorf("%s is %d of %d; its lists have %d and %d", c, v.N, v.Of, n, of)
		}
	}
	for _, c := range []indicator.Code{indicator.Inventoried, indicator.Overdue, indicator.ReviewAge} {
		if n := rows(c, "all"); n != f.Value(c).N {
			h.Errorf("%s is %d; its list has %d", c, f.Value(c).N, n)
		}
	}
	if n := rows(indicator.OnTime, "late"); n != f.Promises.Late {
		h.Errorf("late: %d, list %d", f.Promises.Late, n)
	}
	if n := rows(indicator.OnTime, "waived"); n != f.Promises.Waived {
		h.Errorf("waived: %d, list %d", f.Promises.Waived, n)
	}
	sum := 0
	for _, part := range []string{"open", "openable", "restricted", "closed", "undecided"} {
		sum += rows(indicator.Openness, part)
	}
	if sum != f.Stock.Datasets {
		h.Errorf("openness in parts: %d of %d", sum, f.Stock.Datasets)
	}
}
