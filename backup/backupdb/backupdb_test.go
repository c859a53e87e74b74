package backupdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
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
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var engines = []string{database.SQLite, database.Postgres}

// nasty are values that engines, drivers or formats have been known to change.
var nasty = map[backup.Kind][]any{
	backup.Int:  {int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), int64(math.MaxInt32)},
	backup.Real: {0.0, 0.125, -1234567.891, math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1, math.Inf(1), math.Inf(-1), math.Copysign(0, -1)},
	backup.Bool: {true, false},
	backup.Time: {time.Time{}, time.UnixMicro(0), time.UnixMicro(-1), time.Date(2026, 3, 29, 1, 30, 0, 123456000, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)},
	backup.Text: {"", " ", "الديوان الوطني ﷺ", "é\u2028\"\\\n\t\x01🇹🇳", strings.Repeat("سجل عمومي ", 1000), "null", "1"},
	backup.JSON: {`{}`, `[]`, `null`, `""`, `{"b":[1.50,1e3,-0.0],"a":{"fr":"\u003cé\u003e","ar":"مواعيد"},"aa":9007199254740993}`},
	backup.Bytes: {
		[]byte{}, []byte{0}, []byte("\xff\xfe text"), bytes.Repeat([]byte{0, 1, 254}, 5000),
	},
}

// plain is what stands in every column that nothing else is put in: the same
// everywhere, so that rows refer to rows that are there.
func plain(kind backup.Kind) any {
	return map[backup.Kind]any{
		backup.Int: int64(1), backup.Real: 1.0, backup.Bool: true, backup.Time: time.UnixMicro(1), backup.Text: "1", backup.JSON: `{}`, backup.Bytes: []byte{1},
	}[kind]
}

// fill puts a plain row into every table, and rows with a nasty value in each
// column that nothing refers to, where the engine takes it. With only, those
// alone that another engine took: a whole number may be smaller there. It
// returns how many rows there are, and what was taken.
func fill(t *testing.T, db *gorm.DB, refer, only map[string]bool) (rows int, taken map[string]bool) {
	t.Helper()
	tables, err := backupdb.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	taken = map[string]bool{}
	put := func(tx *gorm.DB, table backup.Table, odd map[string]any, nth int) bool {
		name := fmt.Sprint(table.Name, nth, slices.Sorted(maps.Keys(odd)))
		if only != nil && !only[name] || !try(tx, table, refer, odd, nth) {
			return false
		}
		rows, taken[name] = rows+1, true
		return true
	}
	unchecked(t, db, func(tx *gorm.DB) {
		for _, table := range tables {
			if err := tx.Exec(`DELETE FROM "` + table.Name + `"`).Error; err != nil {
				t.Fatal(err)
			}
		}
		for _, table := range tables {
			if !put(tx, table, nil, 1) {
				t.Fatalf("a plain row of %s is refused", table.Name)
			}
			for nth := range 10 {
				odd := map[string]any{}
				for _, c := range table.Columns {
					if values := nasty[c.Kind]; !refer[table.Name+"."+c.Name] && !slices.Contains(table.Key, c.Name) {
						odd[c.Name] = append(values, nil)[nth%(len(values)+1)]
					}
				}
				if len(odd) == 0 || put(tx, table, odd, 2+nth) {
					continue
				}
				for name, value := range odd { // one of them is refused: each alone
					put(tx, table, map[string]any{name: value}, 2+nth)
				}
			}
		}
	})
	return rows, taken
}

// references are the columns that refer to other tables: the same on both engines.
func references(t testing.TB) map[string]bool {
	t.Helper()
	var names []string
	err := databasetest.Open(t).Raw(`SELECT m.name || '.' || f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`).Scan(&names).Error
	if err != nil || len(names) == 0 {
		t.Fatalf("%d columns refer to other tables, %v", len(names), err)
	}
	refer := map[string]bool{}
	for _, name := range names {
		refer[name] = true
	}
	return refer
}

// insert puts a row into a table that is plain but for some columns; nth makes
// its key its own where the key has a number or a text that refers to nothing.
func insert(tx *gorm.DB, table backup.Table, refer map[string]bool, odd map[string]any, nth int) error {
	names, marks, values := []string{}, []string{}, []any{}
	free := slices.IndexFunc(table.Columns, func(c backup.Column) bool {
		return slices.Contains(table.Key, c.Name) && !refer[table.Name+"."+c.Name]
	})
	for n, c := range table.Columns {
		v := plain(c.Kind)
		if value, is := odd[c.Name]; is {
			v = value
		} else if own := nth > 1 && n == free; own && c.Kind == backup.Int {
			v = int64(nth)
		} else if own && c.Kind == backup.Text {
			v = fmt.Sprint(slices.Sorted(maps.Keys(odd)), nth)
		}
		names, marks, values = append(names, `"`+c.Name+`"`), append(marks, "?"), append(values, v)
	}
	return tx.Exec(`INSERT INTO "`+table.Name+`" (`+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...).Error
}

// try is insert where the engine may refuse.
func try(tx *gorm.DB, table backup.Table, refer map[string]bool, odd map[string]any, nth int) bool {
	if err := tx.Exec("SAVEPOINT try").Error; err != nil {
		return false
	}
	err := insert(tx, table, refer, odd, nth)
	if err != nil {
		tx.Exec("ROLLBACK TO SAVEPOINT try")
	}
	return tx.Exec("RELEASE SAVEPOINT try").Error == nil && err == nil
}

// unchecked does work without triggers or keys between tables, in one transaction.
func unchecked(t testing.TB, db *gorm.DB, work func(tx *gorm.DB)) {
	t.Helper()
	if database.EngineOf(db) == database.SQLite {
		if err := db.Exec("PRAGMA foreign_keys = OFF").Error; err != nil {
			t.Fatal(err)
		}
	}
	err := db.Transaction(func(tx *gorm.DB) error {
		if database.EngineOf(db) == database.Postgres {
			if err := tx.Exec("SET LOCAL session_replication_role = replica").Error; err != nil {
				return err
			}
		} else {
			var triggers []string
			if err := tx.Raw("SELECT name FROM sqlite_master WHERE type = 'trigger'").Scan(&triggers).Error; err != nil {
				return err
			}
			for _, name := range triggers {
				if err := tx.Exec("DROP TRIGGER " + name).Error; err != nil {
					return err
				}
			}
		}
		work(tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var at = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func write(t *testing.T, db *gorm.DB) ([]byte, []backup.Sum) {
	t.Helper()
	var file bytes.Buffer
	sums, err := backupdb.Write(t.Context(), db, &file, backupdb.About{Program: "test", At: at}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), sums
}

func open(t *testing.T, url string) *gorm.DB {
	t.Helper()
	db, err := database.Open(database.Options{URL: url, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	return db
}

func sumsOf(t *testing.T, db *gorm.DB) []backup.Sum {
	t.Helper()
	tables, err := backupdb.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := backupdb.Sums(t.Context(), db, tables)
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// Every table with every nasty value, from each engine into each: what is read
// back is what was written, and the other engine's backup is the same but for
// its head.
func TestEveryTableComesBackOnEitherEngine(t *testing.T) {
	refer := references(t)
	var taken map[string]bool
	for _, from := range []string{database.Postgres, database.SQLite} {
		source := open(t, databasetest.URL(t, from))
		var rows int
		rows, taken = fill(t, source, refer, taken)
		file, want := write(t, source)
		total := 0
		for _, s := range want {
			total += int(s.Rows)
		}
		if total != rows || rows < 4*len(want) {
			t.Errorf("%s: %d rows in %d tables are in the file, %d in the database", from, total, len(want), rows)
		}
		for _, to := range engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				url := databasetest.Empty(t, to)
				done, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil)
				if err != nil {
					t.Fatal(err)
				}
				db := open(t, url)
				if diff := cmp.Diff(want, sumsOf(t, db)); diff != "" {
					t.Errorf("(-written +restored):\n%s", diff)
				}
				again, sums := write(t, db)
				if diff := cmp.Diff(want, sums); diff != "" || len(again) == 0 {
					t.Errorf("a backup of what was restored differs:\n%s", diff)
				}
				if done.Replaced || done.Head.Engine != from || done.Migrated != done.Head.Schema {
					t.Errorf("%+v", done)
				}
			})
		}
	}
}

func TestWhatIsLeftOutHasAReason(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		for table, reason := range backupdb.Reasons() {
			if err := db.Exec("SELECT COUNT(*) FROM " + table).Error; reason == "" || err != nil {
				t.Errorf("%s is left out: %q, %v", table, reason, err)
			}
		}
		if _, is := backupdb.LeftOut("river_job"); !is {
			t.Error("the queue is in backups")
		}
	})
}

// Rows get numbers that were never given before, also where the newest was
// deleted.
func TestNumbersGoOn(t *testing.T) {
	for _, from := range engines {
		source := open(t, databasetest.URL(t, from))
		var last int64
		for range 3 {
			last = line(t, source)
		}
		unchecked(t, source, func(tx *gorm.DB) { // the trail refuses that nobody may
			if err := tx.Exec("DELETE FROM audit_lines WHERE id = ?", last).Error; err != nil {
				t.Fatal(err)
			}
		})
		file, _ := write(t, source)
		for _, to := range engines {
			if to == from {
				continue // the harder way is between two
			}
			url := databasetest.Empty(t, to)
			if _, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil); err != nil {
				t.Fatal(err)
			}
			if next := line(t, open(t, url)); next != last+1 {
				t.Errorf("%s to %s: the next line is %d; want %d", from, to, next, last+1)
			}
		}
	}
}

// line adds a line to the trail and returns its number.
func line(t *testing.T, db *gorm.DB) (id int64) {
	t.Helper()
	tables, err := backupdb.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if table.Name != "audit_lines" {
			continue
		}
		table.Columns = table.Columns[1:] // the key comes first
		table.Key = nil
		if err := insert(db, table, nil, map[string]any{"position": nil}, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Raw("SELECT MAX(id) FROM audit_lines").Scan(&id).Error; err != nil {
		t.Fatal(err)
	}
	return id
}

func TestADatabaseThatIsNotEmptyStays(t *testing.T) {
	file, _ := write(t, open(t, databasetest.URL(t, database.SQLite)))
	for _, engine := range engines {
		url := databasetest.URL(t, engine)
		line(t, open(t, url))
		before := sumsOf(t, open(t, url))
		if _, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url}, nil); !errors.Is(err, backupdb.ErrNotEmpty) {
			t.Errorf("%s: %v", engine, err)
		}
		broken := bytes.Clone(file)
		broken[len(broken)/2] ^= 1
		if _, err := backupdb.Restore(t.Context(), bytes.NewReader(broken), backupdb.Target{URL: url, Replace: true}, nil); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s, a damaged file: %v", engine, err)
		}
		if _, err := backupdb.Restore(t.Context(), bytes.NewReader(file[:len(file)-1]), backupdb.Target{URL: url, Replace: true}, nil); err == nil {
			t.Errorf("%s: a file without its end was taken", engine)
		}
		late, end := context.WithCancel(t.Context())
		_, err := backupdb.Restore(late, bytes.NewReader(file), backupdb.Target{URL: url, Replace: true}, func(string, int64) { end() })
		if !errors.Is(err, context.Canceled) && err == nil {
			t.Errorf("%s, given up in the middle: %v", engine, err)
		}
		if diff := cmp.Diff(before, sumsOf(t, open(t, url))); diff != "" {
			t.Errorf("%s: what was there changed (-before +after):\n%s", engine, diff)
		}
		if done, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url, Replace: true}, nil); err != nil || !done.Replaced {
			t.Errorf("%s, replacing: %+v, %v", engine, done, err)
		}
		var left int64
		if err := open(t, url).Raw("SELECT COUNT(*) FROM audit_lines").Scan(&left).Error; err != nil || left != 0 {
			t.Errorf("%s: %d lines of before are left, %v", engine, left, err)
		}
	}
}

func TestNobodyServesFromWhatIsRestored(t *testing.T) {
	file, _ := write(t, open(t, databasetest.URL(t, database.SQLite)))
	for engine, want := range map[string]error{database.SQLite: database.ErrHeld, database.Postgres: database.ErrServed} {
		url := databasetest.URL(t, engine)
		letGo, err := database.Hold(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backupdb.Restore(t.Context(), bytes.NewReader(file), backupdb.Target{URL: url, Replace: true}, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", engine, err)
		}
		if err := letGo(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestANewerBackupIsRefused(t *testing.T) {
	var file bytes.Buffer
	w, err := backup.NewWriter(&file, backup.Head{Schema: 9999, Program: "9.9", At: at})
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	_, err = backupdb.Restore(t.Context(), &file, backupdb.Target{URL: databasetest.Empty(t, database.SQLite)}, nil)
	if !errors.Is(err, backup.ErrNewer) || !strings.Contains(err.Error(), "9.9") {
		t.Error(err)
	}
}
