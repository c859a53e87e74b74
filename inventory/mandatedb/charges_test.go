package mandatedb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

// toldOf says which of the ministry's two officers, and whether a stranger, is told.
func (b *bench) toldOf() (leila, anis bool) {
	b.Helper()
	c, err := b.Charges(b.Context())
	b.ok(err)
	if !c.Told("stranger", "ms", b.now) {
		b.Error("where nobody is designated, the role is no longer enough")
	}
	for _, slug := range []string{"marhp", "onagri"} { // a body under it follows its ministry
		if c.Told("leila", slug, b.now) != c.Told("leila", "marhp", b.now) {
			b.Errorf("%s differs from the body above it", slug)
		}
	}
	return c.Told("leila", "marhp", b.now), c.Told("anis", "marhp", b.now)
}

func (b *bench) wantTold(when string, leila, anis bool) {
	b.Helper()
	if l, a := b.toldOf(); l != leila || a != anis {
		b.Errorf("%s: told leila %t, anis %t; want %t, %t", when, l, a, leila, anis)
	}
}

func (b *bench) wantLapsed(account string, given time.Time, want bool) {
	b.Helper()
	got, err := b.Lapsed(b.Context(), account, "onagri", given)
	b.ok(err)
	if got != want {
		b.Errorf("what %s was given on %s: lapsed %t on %s; want %t", account, given.Format(time.DateOnly), got, b.now.Format(time.DateOnly), want)
	}
}

func TestWhoIsToldFollowsTheDesignation(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		b := open(t, db)
		ctx := t.Context()
		b.wantTold("nobody designated", true, true)
		before := b.now.AddDate(0, 0, -3)

		p := proposal("leila")
		p.Deputy = "anis"
		d, err := b.Propose(ctx, head, "marhp", p, "")
		b.ok(err)
		b.wantTold("proposed only", true, true)
		_, err = b.Accept(ctx, leila, d.ID)
		b.ok(err)
		b.wantTold("in charge", true, false)

		_, err = b.Absent(ctx, leila, d.ID, "2026-11-18", "2026-11-19")
		b.ok(err)
		b.now = start.AddDate(0, 0, 2)
		b.wantTold("away", false, true)
		away := b.now
		b.now = start.AddDate(0, 0, 7)
		b.wantTold("back", true, false)
		b.wantLapsed("leila", away, false)
		b.wantLapsed("anis", away, false)

		given := b.now
		b.now = start.AddDate(0, 0, 8)
		p = proposal("anis")
		p.StartsOn = "2026-11-24"
		next, err := b.Propose(ctx, head, "marhp", p, "")
		b.ok(err)
		_, err = b.Accept(ctx, anis, next.ID)
		b.ok(err)
		b.now = start.AddDate(0, 0, 10)
		b.wantTold("handed over", false, true)
		b.wantLapsed("leila", given, true)
		b.wantLapsed("leila", before, false) // given before anybody was designated
		b.wantLapsed("anis", given, false)   // was deputy, is in charge
		b.wantLapsed("stranger", given, false)

		b.ok(db.Table("accounts").Where("id = ?", "anis").Update("disabled_at", b.now.Add(-time.Minute)).Error)
		b.wantTold("her account closed, no deputy", true, true)
	})
}
