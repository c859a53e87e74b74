package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/migrations"
)

// former makes a database with the schema of an earlier version.
func former(t *testing.T, schema int64) (target string) {
	t.Helper()
	target = "sqlite:" + filepath.Join(t.TempDir(), "former.db")
	db := opened(t, target)
	if err := migrations.UpTo(t.Context(), db, schema); err != nil {
		t.Fatal(err)
	}
	if err := database.Close(db); err != nil {
		t.Fatal(err)
	}
	return target
}

func TestWhatAnUpgradeChangesIsSaidBefore(t *testing.T) {
	target := former(t, 35)
	settings := []string{"JARD_DATABASE_URL", target}
	for _, c := range []struct {
		name     string
		settings []string
		args     []string
		code     int
		says     string
	}{
		{"check", settings, []string{"check"}, 0, "warning: `jard serve` will bring the database from schema 35 to "},
		{"check where serving may not", append(settings, "JARD_DATABASE_MIGRATE", "false"), []string{"check"}, 0, "database.migrate is false: run `jard migrate` first"},
		{"serve where it may not", append(settings, "JARD_DATABASE_MIGRATE", "false"), []string{"serve"}, 1, "run `jard migrate` first"},
		{"plan", settings, []string{"migrate", "--plan"}, 0, "makes the table survey_sets"},
		{"plan", settings, []string{"migrate", "--plan"}, 0, "from schema 35 to "},
		{"status after the plan", settings, []string{"migrate", "--status"}, 0, "pending  0036_survey.sql"},
		{"migrate", settings, []string{"migrate"}, 0, "applied  0036_survey.sql"},
		{"plan afterwards", settings, []string{"migrate", "--plan"}, 0, "nothing would change"},
	} {
		code, out, said := jard(t.Context(), "", c.settings, c.args...)
		if code != c.code || !strings.Contains(out+said, c.says) {
			t.Errorf("%s: %d, %s%s; want %d and %q", c.name, code, out, said, c.code, c.says)
		}
	}
	db := opened(t, target)
	if err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)").Error; err != nil {
		t.Fatal(err)
	}
	if code, _, said := jard(t.Context(), "", settings, "check"); code != 0 || !strings.Contains(said, "schema 9999") {
		t.Errorf("a newer database: %d, %s", code, said)
	}
	// The version before may go on, or come back: it serves from what a newer one left.
	r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
	if status, _ := r.ask(t, "GET", "/readyz", "", nil); status != 200 {
		t.Errorf("from a newer schema: %d", status)
	}
}

func TestAMisspeltVariableIsSaid(t *testing.T) {
	var said bytes.Buffer
	run(t.Context(), []string{"check"}, program{
		in: strings.NewReader(""), out: &said, err: &said,
		getenv: func(key string) string {
			return map[string]string{"JARD_DATABASE_URL": former(t, 1), "JARD_OPERATOR_CONTACT": "opendata@example.tn"}[key]
		},
		environ: []string{"JARD_DATABASE_URL=x", "JARD_BASE_ULR=https://x", "JARD_KEEP_THIS=1", "PATH=/bin", "JARD_TOKEN=x", "JARD_BACKUP_KEEP_DAILY=7"},
	})
	for _, want := range []string{
		"warning: JARD_BASE_ULR is no setting of this version and is not read; is JARD_BASE_URL meant?\n",
		"warning: JARD_KEEP_THIS is no setting of this version and is not read\n",
		"warning: operator.contact is still opendata@example.tn of the example\n",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%s lacks %q", said.String(), want)
		}
	}
	if strings.Contains(said.String(), "JARD_TOKEN") || strings.Contains(said.String(), "KEEP_DAILY") {
		t.Error(said.String())
	}
}

// The servers of tests keep nothing over a cut of power: who checks is told so.
func TestTheCheckSaysWhatTheServerWouldNotKeep(t *testing.T) {
	code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", databasetest.NewServer(t).URL}, "check")
	if code != 0 || !strings.Contains(said, "warning: the database: fsync is off") || strings.Contains(said, "pooler") {
		t.Errorf("check: %d, %s; want a warning of fsync alone", code, said)
	}
}
