package backupdb_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/pack"
)

// puts puts a value into the first column of a kind that takes it, or of the
// name that is asked for, and returns the column's name.
func puts(t *testing.T, db *gorm.DB, kind backup.Kind, value any, name string) (column string) {
	t.Helper()
	tables, err := backupdb.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	refer := references(t)
	unchecked(t, db, func(tx *gorm.DB) {
		for _, table := range tables { // what a row refers to is there
			if err := tx.Exec(`DELETE FROM "` + table.Name + `"`).Error; err != nil || !try(tx, table, refer, nil, 1) {
				t.Fatalf("a plain row of %s is refused, %v", table.Name, err)
			}
		}
		for _, table := range tables {
			for _, c := range table.Columns {
				if column == "" && c.Kind == kind && (name == "" || name == c.Name) && !refer[table.Name+"."+c.Name] && !slices.Contains(table.Key, c.Name) &&
					try(tx, table, refer, map[string]any{c.Name: value}, 7) {
					column = c.Name
				}
			}
		}
	})
	if column == "" {
		t.Fatalf("no column takes %v", value)
	}
	return column
}

// What one engine keeps and the other does not is refused by its place, and
// comes back on the engine that it is from.
func TestWhatTheOtherEngineCannotKeepIsSaid(t *testing.T) {
	for _, c := range []struct {
		from  string
		kind  backup.Kind
		value any
		says  string
	}{
		{database.Postgres, backup.Real, math.NaN(), "NaN"},
		{database.SQLite, backup.Text, "a\x00b", "NUL"},
		{database.SQLite, backup.Text, "not \xff UTF-8", "UTF-8"},
	} {
		source := open(t, databasetest.URL(t, c.from))
		column := puts(t, source, c.kind, c.value, "")
		file, want := write(t, source)
		for _, to := range engines {
			url := databasetest.Empty(t, to)
			_, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil)
			if to != c.from {
				if !errors.Is(err, backupdb.ErrUnfit) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "column "+column) {
					t.Errorf("%q from %s to %s: %v", c.value, c.from, to, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%q from %s to %s: %v", c.value, c.from, to, err)
			} else if diff := cmp.Diff(want, sumsOf(t, open(t, url))); diff != "" {
				t.Errorf("%q: (-written +restored):\n%s", c.value, diff)
			}
		}
	}
}

// A text of 40 MB, more than any request brings, goes both ways.
func TestAVeryLongTextComesBack(t *testing.T) {
	long := strings.Repeat("نصّ طويل جدا، un texte très long\n", 1<<20)
	for _, from := range engines {
		source := open(t, databasetest.URL(t, from))
		puts(t, source, backup.Text, long, "document") // no index is on it
		file, want := write(t, source)
		for _, to := range engines {
			if to == from {
				continue
			}
			url := databasetest.Empty(t, to)
			if _, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, sumsOf(t, open(t, url))); diff != "" {
				t.Errorf("%s to %s (-written +restored):\n%s", from, to, diff)
			}
		}
	}
}

// partitions are those of the packs on PostgreSQL, with their rows.
func partitions(t *testing.T, db *gorm.DB) map[string]int64 {
	t.Helper()
	var names []string
	err := db.Raw("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'reading_packs'::regclass").Scan(&names).Error
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, name := range names {
		var n int64
		if err := db.Raw("SELECT COUNT(*) FROM " + name).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		out[name] = n
	}
	return out
}

// Half a year of readings restored into PostgreSQL, from either engine, stands
// in its months, so that what is past keeping goes with its month.
func TestRestoredReadingsStandInTheirMonths(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, from := range engines {
		source := open(t, databasetest.URL(t, from))
		add := func(at time.Time, check int) {
			hour := pack.HourOf(at.UnixMicro())
			if err := source.Exec("INSERT INTO reading_packs (check_id, start, count, vantage, hours, body) VALUES (?, ?, 5, 0, 1, ?)", check, hour, []byte{1, 2}).Error; err != nil {
				t.Fatal(err)
			}
		}
		for check := range 3 {
			for month := range 6 { // from June on
				add(time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC).AddDate(0, month, 0), check)
				add(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).AddDate(0, month, 0).Add(-time.Hour), check)
			}
		}
		add(time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC), 9) // no clock was right
		file, want := write(t, source)
		url := databasetest.Empty(t, database.Postgres)
		if _, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil); err != nil {
			t.Fatal(err)
		}
		db := open(t, url)
		stand := map[string]int64{"reading_packs_rest": 1}
		for _, month := range []string{"06", "07", "08", "09", "10", "11"} {
			stand["reading_packs_2026_"+month] = 6
		}
		if diff := cmp.Diff(stand, partitions(t, db)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", from, diff)
		}
		if diff := cmp.Diff(want, sumsOf(t, db)); diff != "" {
			t.Errorf("%s (-written +restored):\n%s", from, diff)
		}
		forgotten, err := monitordb.New(db, func() time.Time { return now }).Purge(t.Context(), time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
		if err != nil || forgotten != 3*6*5 {
			t.Errorf("%s: %d readings were forgotten, %v", from, forgotten, err)
		}
		for _, month := range []string{"06", "07", "08"} {
			delete(stand, "reading_packs_2026_"+month)
		}
		if diff := cmp.Diff(stand, partitions(t, db)); diff != "" {
			t.Errorf("%s, after retention (-want +got):\n%s", from, diff)
		}
	}
}
