package backupdb_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/migrations"
)

// releases are databases of earlier versions, as scripts/release-dump.sh made them.
func releases(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../migrations/testdata/schema-*.jardbackup")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d releases, %v", len(paths), err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// contents are the tables of a backup and their sums.
func contents(t *testing.T, file []byte) (schema int64, tables []backup.Table, sums []backup.Sum) {
	t.Helper()
	r, err := backup.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		table, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Schema, tables, r.Sums()
		}
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, *table)
	}
}

// reworked are the tables whose rows a migration wrote anew or added to, by its number.
var reworked = map[string]struct {
	by  int64
	why string
}{
	"uploads":     {7, "lists sent before went: they were kept for a day"},
	"readings":    {28, "kept on as readings_before until the program has packed them"},
	"incidents":   {26, "each became an incident of a service, with its outage beside it"},
	"watch_state": {33, "later versions keep more of where they are"},
}

// Every release comes up to this version on both engines, and what it had
// written is there as it was.
func TestEveryReleaseUpgrades(t *testing.T) {
	for name, file := range releases(t) {
		schema, tables, want := contents(t, file)
		for _, engine := range engines {
			t.Run(name+" on "+engine, func(t *testing.T) {
				url := databasetest.Empty(t, engine)
				done, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if latest, err := migrations.Latest(); err != nil || done.Migrated != latest {
					t.Fatalf("from %d to %d, and %d is the latest, %v", schema, done.Migrated, latest, err)
				}
				same(t, open(t, url), schema, tables, want)
			})
		}
	}
}

// same fails when a table of the file lost or changed a row in db.
func same(t *testing.T, db *gorm.DB, schema int64, tables []backup.Table, want []backup.Sum) {
	t.Helper()
	tables = slices.DeleteFunc(slices.Clone(tables), func(table backup.Table) bool {
		r, is := reworked[table.Name]
		return is && r.by > schema
	})
	found, err := backupdb.Sums(t.Context(), db, tables)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, s := range found {
		if !slices.Contains(want, s) {
			t.Errorf("table %s is not as it was: %+v", s.Table, s)
		}
		compared += int(s.Rows)
	}
	if compared < 500 {
		t.Errorf("only %d rows were compared", compared)
	}
}

// oldest is the first release that was promised to go on while a newer version
// is there already.
const oldest = "schema-0040.jardbackup"

// After each newer migration every row that the release wrote can be written
// and read by naming the columns that it knows, and written over, with
// triggers on: its statements go on to work. So it may serve until it is
// replaced, and may come back.
func TestTheReleaseBeforeGoesOnAfterEachMigration(t *testing.T) {
	file, is := releases(t)[oldest]
	if !is {
		t.Fatalf("%s is gone", oldest)
	}
	schema, tables, want := contents(t, file)
	newer, err := migrations.Changes(database.SQLite, schema)
	if err != nil || len(newer) == 0 {
		t.Fatalf("%d migrations are newer, %v", len(newer), err)
	}
	latest := newer[len(newer)-1].Version
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			db := open(t, databasetest.Empty(t, engine))
			for _, change := range newer {
				version := change.Version
				if err := migrations.UpTo(t.Context(), db, version); err != nil {
					t.Fatal(err)
				}
				if version < latest && engine != engines[0] {
					continue // each on one engine, the last on both
				}
				r, err := backup.NewReader(bytes.NewReader(file))
				if err != nil {
					t.Fatal(err)
				}
				err = backupdb.Load(t.Context(), db, r, backupdb.More, nil)
				r.Close()
				if err != nil {
					t.Fatalf("schema %d refuses what the release writes: %v", version, err)
				}
				over(t, db, tables)
				same(t, db, latest, tables, want)
			}
		})
	}
}

// over writes each row of each table over itself, as the release would.
func over(t *testing.T, db *gorm.DB, tables []backup.Table) {
	t.Helper()
	for _, table := range tables {
		var sets []string
		for _, c := range table.Columns {
			if !slices.Contains(table.Key, c.Name) {
				sets = append(sets, fmt.Sprintf("%q = %q", c.Name, c.Name))
			}
		}
		if len(sets) == 0 {
			continue
		}
		if err := db.Exec(fmt.Sprintf("UPDATE %q SET %s", table.Name, strings.Join(sets, ", "))).Error; err != nil {
			t.Errorf("writing over %s: %v", table.Name, err)
		}
	}
}
