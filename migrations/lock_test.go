package migrations_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/migrations"
)

// Two processes that start at once: one migrates, the other waits and finds
// everything done.
func TestTwoThatMigrateAtOnce(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.Empty(t, engine)
			var ran [3]int
			var failed [3]error
			var all sync.WaitGroup
			for n := range ran {
				db := opened(t, target)
				all.Go(func() { ran[n], failed[n] = migrations.Up(t.Context(), db) })
			}
			all.Wait()
			if err := errors.Join(failed[:]...); err != nil {
				t.Fatal(err)
			}
			steps, err := migrations.Status(t.Context(), opened(t, target))
			if err != nil || ran[0]+ran[1]+ran[2] != len(steps) {
				t.Errorf("ran %v of %d migrations, %v", ran, len(steps), err)
			}
		})
	}
}

func opened(t *testing.T, target string) *gorm.DB {
	t.Helper()
	db, err := database.Open(database.Options{URL: target, MaxConnections: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	return db
}

// A transaction that holds a table keeps a migration waiting, and the
// migration in turn lets others through; when it ends the migration goes on.
func TestAMigrationWaitsForATableAndGoesOn(t *testing.T) {
	db, _ := upTo(t, database.Postgres, 7)
	holder := db.Begin()
	if err := holder.Exec("LOCK TABLE datasets IN ACCESS EXCLUSIVE MODE").Error; err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, err := migrations.Up(t.Context(), db); ended <- err }()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for waiting := false; !waiting; {
		select {
		case err := <-ended:
			t.Fatalf("it did not wait: %v", err)
		case <-deadline:
			t.Fatal("it never asked for the table")
		case <-tick.C:
		}
		if err := db.Raw("SELECT COUNT(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'datasets'::regclass").Scan(&waiting).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := holder.Rollback().Error; err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
