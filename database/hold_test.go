package database_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

func TestOneServesFromASQLiteFile(t *testing.T) {
	target := "sqlite:" + filepath.Join(t.TempDir(), "new", "jard.db?cache=shared")
	letGo, err := database.Hold(target)
	if err != nil {
		t.Fatal(err)
	}
	_, err = database.Hold(target)
	if !errors.Is(err, database.ErrHeld) || !strings.Contains(err.Error(), "jard.db: another jard is serving from this SQLite file; stop it first") {
		t.Errorf("the second: %v", err)
	}
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
	again, err := database.Hold(target)
	if err != nil {
		t.Fatalf("after the first let go: %v", err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
	for _, free := range []string{"sqlite::memory:", "sqlite:"} {
		for range 2 {
			if _, err := database.Hold(free); err != nil {
				t.Errorf("%s: %v", free, err)
			}
		}
	}
}

func TestWhoRestoresIsAlone(t *testing.T) {
	target := databasetest.URL(t, database.Postgres)
	var held []func() error
	for range 2 {
		letGo, err := database.Hold(target)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, letGo)
	}
	if _, err := database.HoldAlone(t.Context(), target); !errors.Is(err, database.ErrServed) {
		t.Errorf("while two serve: %v", err)
	}
	db, err := database.Open(database.Options{URL: target})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	for n := range held {
		if got, err := database.Serving(t.Context(), db); err != nil || got != len(held)-n {
			t.Errorf("%d serve, %v; want %d", got, err, len(held)-n)
		}
		if err := held[n](); err != nil {
			t.Fatal(err)
		}
	}
	letGo, err := database.HoldAlone(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.Hold(target); !errors.Is(err, database.ErrRestoring) {
		t.Errorf("serving while it is restored: %v", err)
	}
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
}
