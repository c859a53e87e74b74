package inventorydb

import (
	"context"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// BenchmarkApproveMany tells what one approval of several takes, against
// approving the same number one by one.
func BenchmarkApproveMany(b *testing.B) {
	const many = 200
	for engine, open := range map[string]func(testing.TB) *gorm.DB{
		"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres,
	} {
		b.Run(engine, func(b *testing.B) {
			s, c := setup(b, open(b))
			waiting := func() []inventory.Pick {
				picks := make([]inventory.Pick, 0, many)
				for n := range many {
					d := create(b, s, fmt.Sprintf("Jeu %d", n))
					d = must[*inventory.Dataset](b)(submit(s, d.Ref))
					picks = append(picks, inventory.Pick{Ref: d.Ref, Seen: inventory.Seen{Revision: d.Revision}})
				}
				return picks
			}
			var together, single float64
			for b.Loop() {
				b.StopTimer()
				first, second := waiting(), waiting()
				b.StartTimer()
				began := b.Elapsed()
				all := must[[]inventory.Picked](b)(s.Each(context.Background(), reviewer, "dataset.approve", first,
					func(d *inventory.Dataset, v *inventory.Vocabulary) error { return d.Approve(reviewer, v, c.now()) }))
				between := b.Elapsed()
				for _, pick := range second {
					must[*inventory.Dataset](b)(approve(s, pick.Ref))
				}
				together += (between - began).Seconds()
				single += (b.Elapsed() - between).Seconds()
				for _, one := range all {
					if one.Err != nil {
						b.Fatal(one.Err)
					}
				}
			}
			b.ReportMetric(together/float64(b.N)/many*1e3, "ms/approval")
			b.ReportMetric(together/single, "together/one-by-one")
		})
	}
}
