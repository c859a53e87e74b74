package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// Two who decide on the same datasets, each in their own order, do not hold
// what the other waits for: one decides, the other is told so for each.
func TestTwoDecideOnTheSameInOppositeOrders(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		for round := range 5 {
			var picks []inventory.Pick
			for n := range 30 {
				d := create(t, s, fmt.Sprintf("Jeu %d-%d", round, n))
				d = must[*inventory.Dataset](t)(submit(s, d.Ref))
				picks = append(picks, inventory.Pick{Ref: d.Ref, Seen: inventory.Seen{Revision: d.Revision}})
			}
			orders := [][]inventory.Pick{picks, slices.Clone(picks)}
			slices.Reverse(orders[1])
			var both sync.WaitGroup
			results, errs := make([][]inventory.Picked, 2), make([]error, 2)
			for n, order := range orders {
				both.Go(func() {
					results[n], errs[n] = s.Each(context.Background(), reviewer, "dataset.approve", order,
						func(d *inventory.Dataset, v *inventory.Vocabulary) error { return d.Approve(reviewer, v, c.now()) })
				})
			}
			both.Wait()
			done := 0
			for n := range results {
				if errs[n] != nil {
					t.Fatal(errs[n])
				}
				for k, one := range results[n] {
					if one.Ref != orders[n][k].Ref {
						t.Errorf("answer %d is about %s; want %s", k, one.Ref, orders[n][k].Ref)
					}
					if one.Err == nil {
						done++
					} else if got := kind(one.Err); got != fault.Stale && got != fault.Conflict {
						t.Errorf("%s: %v", one.Ref, one.Err)
					}
				}
			}
			if done != len(picks) {
				t.Errorf("%d approvals of %d datasets", done, len(picks))
			}
		}
	})
}
