package inventorydb

import (
	"fmt"
	"os"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// BenchmarkRollForward rolls 100,000 public datasets forward: the first time,
// when every row is missing; again, when nothing is to be done; and into the
// next month. JARD_BENCH_ROWS sets another number.
func BenchmarkRollForward(b *testing.B) {
	databasetest.EachBench(b, func(b *testing.B, db *gorm.DB) {
		n := 100_000
		if text := os.Getenv("JARD_BENCH_ROWS"); text != "" {
			_, _ = fmt.Sscan(text, &n)
		}
		s, c := setup(b, db)
		many(b, db, published(b, s, "Barrages"), n)
		for _, one := range []struct {
			name string
			at   time.Time
		}{
			{"first", start}, {"again", start}, {"next month", start.AddDate(0, 1, 0)}, {"a year", start.AddDate(1, 0, 0)},
		} {
			c.t = one.at
			begun := time.Now()
			r, err := s.RollForward(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("%s, %s: %d datasets, %d rows opened, %d moved, in %s", db.Name(), one.name, r.Datasets, r.Opened, r.Moved,
				time.Since(begun).Round(time.Millisecond))
		}
		begun := time.Now()
		counts, err := s.Promises(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%s: counted by institution and state (%d groups) in %s", db.Name(), len(counts), time.Since(begun).Round(time.Millisecond))
	})
}

// many copies a public dataset n times, with frequencies as a register has them.
func many(b *testing.B, db *gorm.DB, d *inventory.Dataset, n int) {
	b.Helper()
	var p inventory.Publication
	if err := db.Take(&p, "dataset_id = ?", d.ID).Error; err != nil {
		b.Fatal(err)
	}
	frequencies := []string{"monthly", "monthly", "quarterly", "annual", "annual", "weekly", "campaign", "irregular", "semiannual", "monthly"}
	for from := 0; from < n; from += 500 {
		var datasets []inventory.Dataset
		var publications []inventory.Publication
		for k := from; k < min(from+500, n); k++ {
			one, public := *d, p
			one.ID, one.Ref, one.Name = newID(), fmt.Sprintf("TN-B-2026-%06d", k), fmt.Sprintf("jeu-%d", k)
			one.Content.Frequency = frequencies[k%len(frequencies)]
			public.DatasetID, public.Ref, public.Name, public.Content = one.ID, one.Ref, one.Name, one.Content
			datasets, publications = append(datasets, one), append(publications, public)
		}
		if err := db.CreateInBatches(&datasets, 250).Error; err != nil {
			b.Fatal(err)
		}
		if err := db.CreateInBatches(&publications, 250).Error; err != nil {
			b.Fatal(err)
		}
	}
}
