package inventorydb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
	"github.com/jard-odi/jard/lang"
)

// subjects and manners make 100,000 titles of which some are alike.
var subjects = []string{
	"céréales", "olives", "agrumes", "légumes", "viandes", "lait", "pêche", "aquaculture", "forêts", "barrages", "forages", "sols", "semences",
	"engrais", "élevage", "apiculture", "dattes", "vignes", "tomates", "pommes de terre",
}

var manners = []string{"Production", "Superficies", "Prix de gros", "Exportations", "Importations", "Rendements", "Stocks", "Pertes", "Investissements", "Emplois"}

// lookingAlike writes n datasets straight into the table.
func lookingAlike(b *testing.B, db *gorm.DB, n int) {
	b.Helper()
	all := make([]inventory.Dataset, 0, 1_000)
	for i := range n {
		c := inventory.Content{
			Title:    lang.Text{"fr": benchTitle(i), "ar": fmt.Sprintf("معطيات %d حول الموضوع %d", i%977, i%211)},
			Producer: "Direction générale", TemporalStart: "2020-01-01", TemporalEnd: "2025-12-31",
			Distributions: []inventory.Distribution{{ID: fmt.Sprint(i), URL: fmt.Sprintf("https://data.example/jeu/%d", i), Format: "CSV"}},
		}
		all = append(all, inventory.Dataset{
			ID: fmt.Sprintf("00000000-0000-4000-8000-%012x", i), Ref: fmt.Sprintf("TN-MARHP-2026-%06d", i), Institution: "marhp",
			State: inventory.Draft, Revision: 1, Content: c.Clean(), CreatedAt: start, UpdatedAt: start,
		})
		if len(all) == cap(all) || i == n-1 {
			if err := db.CreateInBatches(&all, 100).Error; err != nil {
				b.Fatal(err)
			}
			all = all[:0]
		}
	}
}

func benchTitle(i int) string {
	return fmt.Sprintf("%s de %s, commune %s, secteur %s %d", manners[i%len(manners)], subjects[i/10%len(subjects)],
		string(rune('a'+i%23))+string(rune('a'+i/23%19))+"ouda", string(rune('b'+i/437%17))+"eni", 2000+i%25)
}

// BenchmarkTwinsOfAHundredThousand makes the index of 100,000 datasets, follows
// a change, compares 10,000 rows with it, and lists every pair.
func BenchmarkTwinsOfAHundredThousand(b *testing.B) {
	db := databasetest.Open(b)
	s, c := setup(b, db)
	lookingAlike(b, db, 100_000)
	c.t = c.t.Add(time.Hour)
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			if _, err := New(db, c.now).alike.current(context.Background(), s); err != nil {
				b.Fatal(err)
			}
		}
	})
	x, err := s.alike.current(context.Background(), s)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("follow", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.alike.current(context.Background(), s); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tenThousandRows", func(b *testing.B) {
		found := 0
		for b.Loop() {
			found = 0
			for i := range 10_000 {
				e := twin.Entry{Institution: "marhp", Content: inventory.Content{Title: lang.Text{"fr": benchTitle(i * 7)}}}
				found += len(x.Find(e, func(string) bool { return true }))
			}
		}
		b.ReportMetric(float64(found), "found")
	})
	b.Run("pairs", func(b *testing.B) {
		n := 0
		for b.Loop() {
			x.Put("none", 1) // something moved: all are compared again
			n = len(x.Pairs(func(string) bool { return true }))
		}
		b.ReportMetric(float64(n), "pairs")
	})
}
