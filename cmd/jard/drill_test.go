package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

var invariantsHold = regexp.MustCompile(`a chain of [1-9]\d* lines and 1\d invariants hold`)

func TestTheDrillRestoresOnEitherEngine(t *testing.T) {
	source := databasetest.URL(t, database.SQLite)
	r := start(t, source, func(c *configs.Config) { c.Watch.Enabled = false })
	if _, ok := r.tryCreate(r.token(t, identity.Officer, "marhp"), "Exercice"); !ok {
		t.Fatal("nothing could be written")
	}
	settings := []string{"JARD_DATABASE_URL", source} // it is served from meanwhile
	for _, args := range [][]string{{"drill", "restore"}, {"drill", "restore", "--into", databasetest.Empty(t, database.Postgres)}} {
		code, out, said := jard(t.Context(), "", settings, args...)
		if code != 0 || !strings.Contains(out, "the drill succeeded") || !strings.Contains(out, "8 addresses answer") || !invariantsHold.MatchString(out) {
			t.Errorf("%q: %d, %s%s", args, code, out, said)
		}
	}
	// A restore is as good as what was backed up: the drill says so where that is not sound.
	if err := r.db.Exec("INSERT INTO statements (institution, quarter, revision, issued_at, issued_by, reason, hash, body) " +
		"VALUES ('marhp', '2026-Q1', 1, '2026-04-01 00:00:00+00:00', 'a', '', 'no hash', '{}')").Error; err != nil {
		t.Fatal(err)
	}
	code, out, said := jard(t.Context(), "", settings, "drill", "restore")
	if code != 1 || !strings.Contains(said, "marhp 2026-Q1, revision 1: its text was changed after it was issued") || strings.Contains(out, "succeeded") {
		t.Errorf("of a database that is not sound: %d, %s%s", code, out, said)
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
