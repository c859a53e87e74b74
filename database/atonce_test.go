package database_test

import (
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

func TestManyActsAtOnceAreAllThereOrNone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const acts = 50
		stop := errors.New("stop")
		for _, fails := range []bool{true, false} {
			err := database.AtOnce(t.Context(), db, func(tx *gorm.DB) error {
				for n := range acts {
					err := tx.Transaction(func(tx *gorm.DB) error { // as a store does
						var before int64
						if err := tx.Model(&identity.Institution{}).Where("slug LIKE ?", "body-%").Count(&before).Error; err != nil {
							return err
						}
						if before != int64(n) {
							return fmt.Errorf("act %d finds %d rows", n, before)
						}
						return tx.Create(new(institution(fmt.Sprintf("body-%d", n)))).Error
					})
					if err != nil {
						return err
					}
				}
				if fails {
					return stop
				}
				return nil
			})
			if fails != errors.Is(err, stop) || !fails && err != nil {
				t.Fatalf("ended with %v", err)
			}
			var count int64
			if err := db.Model(&identity.Institution{}).Where("slug LIKE ?", "body-%").Count(&count).Error; err != nil {
				t.Fatal(err)
			}
			if want := map[bool]int64{true: 0, false: acts}[fails]; count != want {
				t.Errorf("%d rows are there; want %d", count, want)
			}
		}
	})
}

// BenchmarkActs compares a small act in a transaction of its own with one among many.
func BenchmarkActs(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		db := databasetest.Open(b)
		if engine == database.Postgres {
			db = databasetest.OpenPostgres(b)
		}
		n := 0
		act := func(tx *gorm.DB) error {
			n++
			return tx.Transaction(func(tx *gorm.DB) error {
				return tx.Create(new(institution(fmt.Sprintf("body-%d", n)))).Error
			})
		}
		b.Run(engine+"/alone", func(b *testing.B) {
			for b.Loop() {
				if err := act(db); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(engine+"/at once", func(b *testing.B) {
			err := database.AtOnce(b.Context(), db, func(tx *gorm.DB) error {
				for b.Loop() {
					if err := act(tx); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
