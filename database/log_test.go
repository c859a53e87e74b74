package database_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database"
)

// TestTheLogKeepsSecretsAndItsPatience sees what the log says of queries that
// fail: never the values, and nothing at all when nobody waits any longer.
func TestTheLogKeepsSecretsAndItsPatience(t *testing.T) {
	var out bytes.Buffer
	db, err := database.Open(database.Options{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "jard.db"), Log: slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })

	if err := db.Exec("SELECT ? FROM nowhere", "leila@example.tn").Error; err == nil {
		t.Fatal("there is a table called nowhere")
	}
	if got := out.String(); !strings.Contains(got, "nowhere") || strings.Contains(got, "leila") {
		t.Errorf("a query that fails is logged as %q; want the statement without its values", got)
	}
	out.Reset()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.WithContext(gone).Exec("SELECT 1").Error; err == nil {
		t.Fatal("a query that nobody waits for was run")
	}
	if out.Len() > 0 {
		t.Errorf("a query that nobody waits for is logged as %q; want nothing", out.String())
	}
}
