package mandatedb

import (
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/mandate"
)

// Two who propose at once are told what is the matter: one of them was second.
func TestTwoProposalsAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		b := open(t, db)
		var all sync.WaitGroup
		results := make([]error, 8)
		for n := range results {
			all.Go(func() { _, results[n] = b.Propose(t.Context(), head, "marhp", proposal("leila"), "") })
		}
		all.Wait()
		done := 0
		for _, err := range results {
			if err == nil {
				done++
			} else if kind, _ := fault.KindOf(err); kind != fault.Conflict {
				t.Errorf("the second is told %v; want a conflict", err)
			}
		}
		if done != 1 {
			t.Errorf("%d proposals stand", done)
		}
	})
}

// The officer in charge and whoever takes over may act at the same moment:
// neither waits for what the other holds.
func TestActsOnOneInstitutionDoNotBlockEachOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		b := open(t, db)
		p := proposal("leila")
		p.Deputy = "anis"
		first, err := b.Propose(t.Context(), head, "marhp", p, "")
		b.ok(err)
		_, err = b.Confirm(t.Context(), operator, first.ID)
		b.ok(err)
		for range 20 {
			next, err := b.Propose(t.Context(), head, "marhp", proposal("anis"), "")
			b.ok(err)
			var both sync.WaitGroup
			var away, declined error
			both.Go(func() { _, away = b.Absent(t.Context(), leila, first.ID, "2026-12-01", "2026-12-05") })
			both.Go(func() { _, declined = b.Decline(t.Context(), anis, next.ID, "Je ne peux pas.") })
			both.Wait()
			b.ok(away)
			b.ok(declined)
		}
		var last mandate.Designation
		b.ok(db.Take(&last, "id = ?", first.ID).Error)
		if last.AwayFrom != "2026-12-01" {
			t.Errorf("the absence was lost: %+v", last)
		}
	})
}
