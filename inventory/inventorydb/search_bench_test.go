package inventorydb

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search/searchtest"
	"github.com/jard-odi/jard/lang"
)

// BenchmarkSearch answers the first page of the public list with every facet
// from 100,000 datasets on each engine, and prints for each kind of question
// the median and the 95th percentile against the promise of 50 ms, beside what
// the same question takes with LIKE in the same run. JARD_BENCH_ROWS sets
// another number.
func BenchmarkSearch(b *testing.B) {
	n := 100_000
	if text := os.Getenv("JARD_BENCH_ROWS"); text != "" {
		_, _ = fmt.Sscan(text, &n)
	}
	for engine, open := range map[string]func(testing.TB) *gorm.DB{
		"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres,
	} {
		b.Run(engine, func(b *testing.B) {
			db := open(b)
			s, _ := setup(b, db)
			worded(b, db, published(b, s, "Barrages"), n)
			begun, before := time.Now(), heapSize()
			if err := s.KeepSearch(b.Context()); err != nil {
				b.Fatal(err)
			}
			built, grown := time.Since(begun), heapSize()-before
			for _, one := range []struct {
				name string
				f    PublicFilter
			}{
				{"empty", PublicFilter{}},
				{"filtered", PublicFilter{Theme: "sante", Format: "CSV"}},
				{"common", PublicFilter{Q: "production"}},
				{"two-words", PublicFilter{Q: "production céréales", Theme: "agriculture"}},
				{"typo", PublicFilter{Q: "prodcution"}},
				{"arabic", PublicFilter{Q: "انتاج حبوب"}},
				{"synonym", PublicFilter{Q: "eau potable"}},
				{"deep", PublicFilter{Page: n / 25}},
				{"deep-words", PublicFilter{Q: "production", Page: 500}},
				{"title", PublicFilter{Q: "marché", Sort: "title"}},
			} {
				b.Run(one.name, func(b *testing.B) { ask(b, s, one.f) })
			}
			b.Run("build", func(b *testing.B) {
				for b.Loop() {
					runtime.KeepAlive(s)
				}
				b.ReportMetric(built.Seconds(), "build-s")
				b.ReportMetric(float64(grown>>20), "index-MB")
			})
		})
	}
}

// ask measures a question, and once how LIKE answers it.
func ask(b *testing.B, s *Store, f PublicFilter) {
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		if _, err := s.Public(b.Context(), f); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	begun := time.Now()
	if _, err := s.publicAsked(b.Context(), f, nil, PublicPage{Page: max(1, f.Page), PerPage: 20}); err != nil {
		b.Fatal(err)
	}
	like := time.Since(begun)
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(p95.Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(p95)/float64(50*time.Millisecond), "p95/50ms")
	b.ReportMetric(float64(like.Microseconds())/1000, "like-ms")
	b.ReportMetric(float64(like)/float64(p95), "like/p95")
}

func heapSize() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// worded makes n public datasets of a public one, each with words of its own.
func worded(b testing.TB, db *gorm.DB, d *inventory.Dataset, n int) {
	b.Helper()
	var p inventory.Publication
	if err := db.Take(&p, "dataset_id = ?", d.ID).Error; err != nil {
		b.Fatal(err)
	}
	w := searchtest.NewWords()
	themes := []string{"agriculture", "sante", "education", "transport", "finances", "tourisme", "energie-mines"}
	frequencies := []string{"monthly", "quarterly", "annual", "weekly", "irregular"}
	institutions := []string{"marhp", "ms", "mt", "meh", "mas", "onagri"}
	for from := 0; from < n; from += 500 {
		var datasets []inventory.Dataset
		var publications []inventory.Publication
		for k := from; k < min(from+500, n); k++ {
			one, public := *d, p
			c := d.Content
			c.Title = lang.Text{"fr": w.French(7), "ar": w.Arabic(6)}
			c.Description = lang.Text{"fr": w.French(35), "ar": w.Arabic(25)}
			c.Keywords = lang.Words{"fr": {w.French(1), w.French(1)}, "ar": {w.Arabic(1)}}
			c.Theme, c.Frequency = themes[k%len(themes)], frequencies[k%len(frequencies)]
			c.Spatial = []string{[]string{"TN-11", "TN-61", "TN-82"}[k%3]}
			one.ID, one.Ref, one.Name, one.Content = newID(), fmt.Sprintf("TN-B-2026-%06d", k), fmt.Sprintf("jeu-%d", k), c
			one.Institution, one.Search = institutions[k%len(institutions)], c.Words(one.Ref)
			public.DatasetID, public.Ref, public.Name, public.Content = one.ID, one.Ref, one.Name, c
			public.Institution, public.Search, public.Formats = one.Institution, one.Search, c.Formats()
			public.Modified = p.Modified.Add(-time.Duration(n-k) * time.Minute)
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
