package database_test

import (
	"path/filepath"
	"testing"

	"github.com/jard-odi/jard/database"
)

func TestAClaimIsOnes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.lock")
	letGo, ok, err := database.Claim(path)
	if err != nil || !ok {
		t.Fatalf("the first: %t, %v", ok, err)
	}
	if _, ok, err := database.Claim(path); err != nil || ok {
		t.Errorf("the second: %t, %v", ok, err)
	}
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
	if again, ok, err := database.Claim(path); err != nil || !ok || again() != nil {
		t.Errorf("after the first let go: %t, %v", ok, err)
	}
	if _, ok, err := database.Claim(filepath.Join(path, "x")); err == nil || ok {
		t.Errorf("where no file can be: %t, %v", ok, err)
	}
}
