package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

func TestTheDrillRestoresOnEitherEngine(t *testing.T) {
	source := databasetest.URL(t, database.SQLite)
	r := start(t, source, func(c *configs.Config) { c.Watch.Enabled = false })
	if _, ok := r.tryCreate(r.token(t, identity.Officer, "marhp"), "Exercice"); !ok {
		t.Fatal("nothing could be written")
	}
	settings := []string{"JARD_DATABASE_URL", source} // it is served from meanwhile
	for _, args := range [][]string{{"drill", "restore"}, {"drill", "restore", "--into", databasetest.Empty(t, database.Postgres)}} {
		code, out, said := jard(t.Context(), "", settings, args...)
		if code != 0 || !strings.Contains(out, "the drill succeeded") || !strings.Contains(out, "8 addresses answer") {
			t.Errorf("%q: %d, %s%s", args, code, out, said)
		}
	}
	broken := filepath.Join(t.TempDir(), "broken.jardbackup")
	if err := os.WriteFile(broken, []byte("\x28\xb5\x2f\xfdnothing of ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"read the file to its end": {"drill", "restore", "--from", broken},
		"wants an empty one":       {"drill", "restore", "--into", databasetest.URL(t, database.SQLite)},
	} {
		if code, out, said := jard(t.Context(), "", settings, args...); code != 1 || !strings.Contains(said, want) || strings.Contains(out, "succeeded") {
			t.Errorf("%q: %d, %s%s", args, code, out, said)
		}
	}
}
