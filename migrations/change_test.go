package migrations_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/migrations"
)

func TestWhatAMigrationDoes(t *testing.T) {
	got := migrations.Read(`-- +goose Up
-- Why; and DROP TABLE nothing.
CREATE TABLE a (
    id TEXT NOT NULL PRIMARY KEY -- DROP TABLE a;
);
CREATE UNIQUE INDEX a_id ON a (id);
ALTER TABLE b ADD COLUMN c TEXT NOT NULL DEFAULT '';
ALTER TABLE b ADD COLUMN d TEXT NOT NULL;
ALTER TABLE b ALTER COLUMN c SET NOT NULL;
ALTER TABLE b DROP COLUMN e;
DROP TABLE f;
DROP INDEX g;
ALTER TABLE h RENAME TO i;
UPDATE b SET c = '1';
INSERT INTO a SELECT id FROM b;
-- +goose StatementBegin
CREATE TRIGGER t AFTER INSERT ON b BEGIN
    DELETE FROM a;
END;
-- +goose StatementEnd
`)
	want := []migrations.Act{
		{Does: "create", Table: "a"},
		{Does: "index", Table: "a", What: "a_id", Must: true},
		{Does: "add", Table: "b", What: "c"},
		{Does: "add", Table: "b", What: "d", Must: true},
		{Does: "change", Table: "b", What: "ALTER COLUMN c SET NOT NULL"},
		{Does: "drop", Table: "b", What: "e"},
		{Does: "drop", Table: "f"},
		{Does: "other", What: "DROP INDEX g"},
		{Does: "rename", Table: "h", What: "TO i"},
		{Does: "fill", Table: "b"},
		{Does: "fill", Table: "a"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// since is from which migration on a former version must be able to go on
// while the newer one is there: before it, nobody had been promised so.
const since = 36

// allowed are what looks as if it would break a former version, by migration
// and table, each for the reason told.
var allowed = map[string]string{
	"audit.sql audit_lines": "the version before leaves the position empty, and empty ones never are the same",
}

// A migration must leave every statement of the version before it working:
// it adds, and what it adds has a value by itself.
func TestMigrationsOnlyAdd(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		changes, err := migrations.Changes(dialect, since-1)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			made := map[string]bool{}
			for _, a := range c.Acts {
				made[a.Table] = made[a.Table] || a.Does == "create"
				breaks := a.Does == "drop" || a.Does == "rename" || a.Must ||
					a.Does == "change" && (strings.Contains(a.What, "SET NOT NULL") || strings.Contains(a.What, " TYPE ") || strings.Contains(a.What, "ADD CONSTRAINT"))
				if _, argued := allowed[strings.TrimLeft(c.Name, "0123456789_")+" "+a.Table]; breaks && !made[a.Table] && !argued {
					t.Errorf("%s/%s: %s %s %s would break the version before it; add a column or table beside it", dialect, c.Name, a.Does, a.Table, a.What)
				}
			}
		}
	}
}

func TestJSONColumnsAreThoseOfPostgreSQL(t *testing.T) {
	got, err := migrations.JSONColumns()
	if err != nil {
		t.Fatal(err)
	}
	db := databasetest.OpenPostgres(t)
	var names []string
	err = db.Raw(`SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND udt_name = 'jsonb' AND table_name NOT LIKE 'river%'`).Scan(&names).Error
	if err != nil || len(names) < 20 {
		t.Fatalf("%d columns, %v", len(names), err)
	}
	for _, name := range names {
		if !got[name] {
			t.Errorf("%s holds JSON and is not known to", name)
		}
	}
}
