package inventory_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// fixed is what no later act may change of a row.
type fixed struct {
	state     inventory.ObligationState
	late, met time.Time
}

func fix(o *inventory.Obligation, now time.Time) (f fixed, lasting bool) {
	f = fixed{state: o.State(now), late: o.LateAfter}
	if o.MetAt != nil {
		f.met = *o.MetAt
	}
	return f, o.MetAt != nil
}

// TestAnyWalkKeepsTheLedger lets three years of random acts happen to random
// frequencies and checks after each what must always hold: one row a period;
// what was met stays as it was met; what was late and not waived is never
// anything else; with one frequency, every day since the approval has its row.
func TestAnyWalkKeepsTheLedger(t *testing.T) {
	v := vocabulary(t)
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		pick := func() string { return v.Frequencies[random.IntN(len(v.Frequencies))].Code }
		b := approved(t, pick(), "2024-01-15", "2024-01-10")
		known, changed := map[string]fixed{}, false
		for b.now.Year() < 2027 {
			on := b.now.AddDate(0, 0, 1+random.IntN(40)).Format(time.DateOnly)
			switch random.IntN(10) {
			case 0:
				b.change(on, pick())
				changed = true
			case 1, 2, 3:
				b.update(on)
			case 4:
				b.on(on)
				b.Take(inventory.Evidence{Kind: inventory.Attestation, Day: inventory.Date(on)}, b.now)
			case 5:
				b.on(b.now.AddDate(0, 0, -random.IntN(60)).Format(time.DateOnly)) // the clock is put back
				b.on(on)
			default:
				b.on(on)
			}
			checkRows(t, seed, b, known)
		}
		if !changed && len(b.Rows) > 0 {
			checkGaps(t, seed, b)
		}
	}
}

func checkRows(t *testing.T, seed uint64, b *book, known map[string]fixed) {
	t.Helper()
	seen := map[string]bool{}
	for n := range b.Rows {
		o := &b.Rows[n]
		if seen[o.Period] || !o.StartsAt.Before(o.EndsAt) || o.DueAt.Before(o.EndsAt) {
			t.Fatalf("seed %d: row %+v", seed, o)
		}
		seen[o.Period] = true
		now, lasting := fix(o, b.now)
		was, before := known[o.Period]
		if before && (was.state == inventory.Late && now.state != inventory.Late || !was.met.IsZero() && was != now) {
			t.Fatalf("seed %d: %s was %+v and is %+v", seed, o.Period, was, now)
		}
		if lasting || now.state == inventory.Late {
			known[o.Period] = now
		}
	}
	for period := range known {
		if !seen[period] {
			t.Fatalf("seed %d: %s is no longer on record", seed, period)
		}
	}
}

func checkGaps(t *testing.T, seed uint64, b *book) {
	t.Helper()
	for n := 1; n < len(b.Rows); n++ {
		if !b.Rows[n].StartsAt.Equal(b.Rows[n-1].EndsAt) {
			t.Fatalf("seed %d: %s does not follow %s", seed, b.Rows[n].Period, b.Rows[n-1].Period)
		}
	}
	if first, last := b.Rows[0], b.Rows[len(b.Rows)-1]; first.StartsAt.After(day(t, "2024-01-15")) || last.StartsAt.Before(b.now) {
		t.Fatalf("seed %d: rows from %s to %s", seed, first.Period, last.Period)
	}
}

// FuzzWaive throws any text at the operator's form: what is accepted has a
// reason, ends within a year, and lets off a row that is there.
func FuzzWaive(f *testing.F) {
	f.Add("2026-11", "Panne", "2026-12-31")
	f.Add("", "\x00", "2026-11-16")
	f.Add("2026-12", "x", "0000-00-00")
	f.Fuzz(func(t *testing.T, period, reason, until string) {
		d := published()
		err := d.Waive(reviewer, inventory.Waiver{Period: period, Reason: reason, Until: inventory.Date(until)}, start)
		if err != nil {
			if d.LetOff != nil || d.Revision != 3 {
				t.Fatalf("refused with %v, and yet let off", err)
			}
			return
		}
		w := *d.LetOff
		if w.Reason == "" || w.Until < "2026-11-16" || w.Until > "2027-11-18" {
			t.Fatalf("accepted %+v", w)
		}
		b := approved(t, "monthly", "2026-11-16", "2026-10-05")
		err = b.Waive(w, b.now)
		if known := w.Period == "" || w.Period == "2026-11" || w.Period == "2026-12"; (err == nil) != known {
			t.Fatalf("Waive(%q) = %v", w.Period, err)
		}
	})
}
