package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func institution(slug string) identity.Institution {
	return identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}
}

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &identity.Institution{}, &identity.Account{}, &identity.Session{}, &identity.Token{},
		&identity.Attempt{}, &identity.Bond{}, &identity.ProviderSession{}, &identity.Seen{}, &identity.Step{}, &identity.Second{},
		&identity.RecoveryCode{}, &identity.Reset{}, &identity.Device{}, &identity.BreakGlass{}, &audit.Line{})
}

// Each writer reads before it writes: the pattern that a deferred SQLite
// transaction loses to "database is locked".
func TestFiftyWritersAllSucceed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		if err := db.Create(new(institution("marhp"))).Error; err != nil {
			t.Fatal(err)
		}
		const writers, each = 50, 10
		var wg sync.WaitGroup
		faults := make(chan error, writers*each)
		for w := range writers {
			wg.Go(func() {
				for n := range each {
					faults <- db.Transaction(func(tx *gorm.DB) error {
						var count int64
						if err := tx.Model(&identity.Institution{}).Count(&count).Error; err != nil {
							return err
						}
						return tx.Create(new(institution(fmt.Sprintf("body-%d-%d", w, n)))).Error
					})
				}
			})
		}
		wg.Wait()
		close(faults)
		for err := range faults {
			if err != nil {
				t.Fatal(err)
			}
		}
		var count int64
		if err := db.Model(&identity.Institution{}).Count(&count).Error; err != nil {
			t.Fatal(err)
		}
		if count != writers*each+1 {
			t.Errorf("stored %d institutions; want %d", count, writers*each+1)
		}
	})
}

func TestTimesComeBackInUTCToTheMicrosecond(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tunis := time.FixedZone("CET", 3600)
		at := time.Date(2026, 3, 15, 12, 30, 0, 123456789, tunis)
		i := institution("marhp")
		i.ValidFrom = &at
		if err := db.Create(&i).Error; err != nil {
			t.Fatal(err)
		}
		var got identity.Institution
		if err := db.Take(&got, "slug = ?", "marhp").Error; err != nil {
			t.Fatal(err)
		}
		want := at.UTC().Truncate(time.Microsecond)
		if got.ValidFrom == nil || !got.ValidFrom.Equal(want) {
			t.Errorf("came back as %v; want %v", got.ValidFrom, want)
		}
		var n int64
		db.Model(&identity.Institution{}).Where("valid_from <= ?", at).Count(&n)
		if n != 1 {
			t.Errorf("comparing with the same instant in another zone found %d rows; want 1", n)
		}
	})
}

func TestConstraintErrorsAreTheSameOnBothEngines(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		if err := db.Create(new(institution("marhp"))).Error; err != nil {
			t.Fatal(err)
		}
		if err := db.Create(new(institution("marhp"))).Error; !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("creating twice = %v; want gorm.ErrDuplicatedKey", err)
		}
		nobody := "nowhere"
		err := db.Create(&identity.Account{ID: "1", Email: "a@example.tn", Institution: &nobody}).Error
		if !errors.Is(err, gorm.ErrForeignKeyViolated) {
			t.Errorf("account of no institution = %v; want gorm.ErrForeignKeyViolated", err)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	db := databasetest.Open(t)
	err := db.Raw("INSERT INTO login_attempts (key, failures, last_at) VALUES ('x', 1, 1) RETURNING key").Scan(new(string)).Error
	if err == nil {
		t.Error("a query outside a transaction wrote; want a refusal")
	}
}

func TestAnOffsetNeedsNoLimit(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		for _, slug := range []string{"a", "b", "c"} {
			if err := db.Create(new(institution(slug))).Error; err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		if err := db.Model(&identity.Institution{}).Order("slug").Offset(2).Pluck("slug", &got).Error; err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0] != "c" {
			t.Errorf("offset 2 of a b c = %v; want [c]", got)
		}
	})
}

func TestReadyNeedsTheSchemaAndRoomToWrite(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		for range 2 {
			if err := database.Ready(context.Background(), db); err != nil {
				t.Fatal(err)
			}
		}
	})
	db, err := database.Open(database.Options{URL: "sqlite:" + t.TempDir() + "/empty.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	if database.Ready(context.Background(), db) == nil {
		t.Error("an empty database is ready; want a refusal")
	}
}

// A file that may not grow is what a full disk looks like from inside.
func TestAFullDiskIsSaidAndRecoversByItself(t *testing.T) {
	db := databasetest.Open(t)
	ctx := context.Background()
	if err := db.Exec("PRAGMA max_page_count = 1").Error; err != nil { // as small as the file already is
		t.Fatal(err)
	}
	var full error
	for n := 0; full == nil && n < 1000; n++ {
		i := institution(fmt.Sprintf("body-%d", n))
		i.Provenance = string(make([]byte, 4000))
		full = db.Create(&i).Error
	}
	if full == nil {
		t.Fatal("a thousand pages fitted into a full file")
	}
	var count int64
	if err := db.Model(&identity.Institution{}).Count(&count).Error; err != nil {
		t.Errorf("reading from a full disk = %v; want it to go on", err)
	}
	if err := db.Exec("PRAGMA max_page_count = 1000000").Error; err != nil {
		t.Fatal(err)
	}
	if err := database.Ready(ctx, db); err != nil {
		t.Errorf("with room again = %v; want ready", err)
	}
}

func TestOpenRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite:"} {
		if db, err := database.Open(database.Options{URL: url}); err == nil {
			_ = database.Close(db)
			t.Errorf("Open(%q) succeeded; want an error", url)
		}
	}
}
