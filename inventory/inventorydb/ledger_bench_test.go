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

// BenchmarkRollForward rolls 100,000 public datasets forward on each engine:
// the first time, when every row is missing; again, when nothing is to be
// done; into the next month; and over a year in which nobody ran it. The promise is
// 30 s for the night's work. JARD_BENCH_ROWS sets another number.
func BenchmarkRollForward(b *testing.B) {
	n := 100_000
	if text := os.Getenv("JARD_BENCH_ROWS"); text != "" {
		_, _ = fmt.Sscan(text, &n)
	}
	for engine, open := range map[string]func(testing.TB) *gorm.DB{
		"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres,
	} {
		b.Run(engine, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				db := open(b)
				s, c := setup(b, db)
				many(b, db, published(b, s, "Barrages"), n)
				b.StartTimer()
				rollThrough(b, s, c)
			}
		})
	}
}

func rollThrough(b *testing.B, s *Store, c *clock) {
	b.Helper()
	measure := func(name string, work func() error) {
		begun := time.Now()
		if err := work(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begun).Seconds(), name+"-s")
	}
	for _, one := range []struct {
		name string
		at   time.Time
	}{
		{"first", start}, {"again", start}, {"month", start.AddDate(0, 1, 0)}, {"year", start.AddDate(1, 0, 0)},
	} {
		c.t = one.at
		measure(one.name, func() error {
			r, err := s.RollForward(b.Context())
			b.Logf("%s: %+v", one.name, r)
			return err
		})
	}
	measure("count", func() error {
		_, err := s.Promises(b.Context())
		return err
	})
	measure("late-page", func() error {
		_, err := s.Missing(b.Context(), reviewer, "")
		return err
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
