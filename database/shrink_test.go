package database_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// fat opens a file, old ones as earlier versions made them, and fills and
// empties a table of about eight megabytes in it.
func fat(t *testing.T, old bool) (db *gorm.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "jard.db")
	if old {
		raw, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"PRAGMA journal_mode = WAL", "CREATE TABLE of_before (n INTEGER)"} {
			if _, err := raw.ExecContext(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if err := raw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := database.Open(database.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	for _, s := range []string{
		"CREATE TABLE much (body BLOB)", "CREATE TABLE kept (n INTEGER)", "INSERT INTO kept VALUES (7)",
		"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2000) INSERT INTO much SELECT zeroblob(4000) FROM s",
		"DELETE FROM much", "PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if err := db.Exec(s).Error; err != nil {
			t.Fatal(err)
		}
	}
	return db, path
}

func sizeOf(t *testing.T, db *gorm.DB, path string) int64 {
	t.Helper()
	if err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error; err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestAFileShrinksWhenMuchWasDeleted(t *testing.T) {
	db, path := fat(t, false)
	before := sizeOf(t, db, path)
	pages, err := database.Shrink(t.Context(), db)
	if after := sizeOf(t, db, path); err != nil || pages < 1500 || after > before/4 {
		t.Errorf("%d pages given back, %v: %d bytes became %d", pages, err, before, after)
	}
	if pages, err := database.Shrink(t.Context(), db); err != nil || pages != 0 {
		t.Errorf("again it gave back %d, %v; want none: the rest will soon be needed", pages, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := database.Shrink(ended, db); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits any more: %v", err)
	}
}

func TestAFileOfAnEarlierVersionShrinksOnceCompacted(t *testing.T) {
	db, path := fat(t, true)
	if pages, err := database.Shrink(t.Context(), db); err != nil || pages != 0 {
		t.Fatalf("it gave back %d pages, %v; such a file cannot", pages, err)
	}
	before, after, err := database.Compact(t.Context(), db)
	if err != nil || after > before/4 || sizeOf(t, db, path) != after {
		t.Errorf("%d bytes became %d (%d on the disk), %v", before, after, sizeOf(t, db, path), err)
	}
	var mode, kept int
	if err := db.Raw("SELECT auto_vacuum FROM pragma_auto_vacuum").Scan(&mode).Error; err != nil || mode != 2 {
		t.Errorf("auto_vacuum is %d, %v; want 2: incremental", mode, err)
	}
	if err := db.Raw("SELECT n FROM kept").Scan(&kept).Error; err != nil || kept != 7 {
		t.Errorf("what was kept reads %d, %v", kept, err)
	}
}

func TestPostgresIsNotCompacted(t *testing.T) {
	db := databasetest.OpenPostgres(t)
	if _, _, err := database.Compact(t.Context(), db); !errors.Is(err, database.ErrCompactsItself) {
		t.Errorf("compacting PostgreSQL: %v", err)
	}
	if pages, err := database.Shrink(t.Context(), db); pages != 0 || err != nil {
		t.Errorf("shrinking PostgreSQL: %d pages, %v", pages, err)
	}
}
