package monitordb

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// away takes the table of batches away, and brings it back.
func away(t *testing.T, db *gorm.DB, gone bool) {
	t.Helper()
	statement := "ALTER TABLE gone RENAME TO reading_batches"
	if gone {
		statement = "ALTER TABLE reading_batches RENAME TO gone"
	}
	if err := db.Exec(statement).Error; err != nil {
		t.Fatal(err)
	}
}

// The database is away for ten minutes of a busy installation: memory goes to
// the disk, and all of it is stored once when the database is back.
func TestTenMinutesWithoutADatabase(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		dir := filepath.Join(t.TempDir(), "spool")
		w := s.NewWriter(nil, 1000)
		if err := w.SpoolTo(dir, 0); err != nil {
			t.Fatal(err)
		}
		away(t, db, true)
		var c monitor.Current
		at, seen := noon, 0
		for minute := range 10 {
			letters := strings.Repeat("u", 300)
			if minute == 4 {
				letters = "ffff" + letters[4:]
			}
			at = feed(w, &c, check, at, letters)
			seen += len(letters)
			clk.at = clk.at.Add(time.Minute)
			if err := w.Flush(t.Context()); err == nil {
				t.Fatal("flush into nothing succeeded")
			}
			w.spillLater()
		}
		if st := w.Stats(); st.Spooled < int64(seen)*8/10 || st.Dropped != 0 || st.Spooled+int64(st.Waiting) != int64(seen) {
			t.Errorf("stats %+v; want most of %d readings on the disk and none given up", st, seen)
		}
		away(t, db, false)
		feed(w, &c, check, at, "u")
		flush(t, w)
		flush(t, w)
		if n := count(t, db, kept); n != seen+1 {
			t.Errorf("%d readings; want %d", n, seen+1)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL"); n != 1 {
			t.Errorf("%d ended incidents; want 1", n)
		}
		if left := names(t, dir); len(left) != 0 || w.Stats().Spooled != 0 {
			t.Errorf("%v are left of the spool, %+v", left, w.Stats())
		}
		stored, err := s.Currents(t.Context(), "b3")
		if err != nil || !stored[check].LastAt.Equal(at) {
			t.Errorf("state %+v, %v; want the last of all", stored[check], err)
		}
	})
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// spilt returns a writer on a database that is away, with two files on its shelf.
func spilt(t *testing.T, s *Store, db *gorm.DB, dir string, limit int64) (w *Writer, readings int) {
	t.Helper()
	check := add(t, s, service("b3")).Checks[0].ID
	w = s.NewWriter(nil, 0)
	if err := w.SpoolTo(dir, limit); err != nil {
		t.Fatal(err)
	}
	away(t, db, true)
	var c monitor.Current
	at := noon
	for _, letters := range []string{"uuufff" + strings.Repeat("u", 60), strings.Repeat("u", 40)} {
		at = feed(w, &c, check, at, letters)
		readings += len(letters)
		if err := w.spill(); err != nil {
			t.Fatal(err)
		}
	}
	return w, readings
}

// What one process could not store the next one stores, before it looks at
// anything; a file that was stored already changes nothing.
func TestTheNextProcessStoresTheSpool(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		dir := t.TempDir()
		_, readings := spilt(t, s, db, dir, 0)
		first, err := os.ReadFile(filepath.Join(dir, names(t, dir)[0]))
		if err != nil {
			t.Fatal(err)
		}
		oldest := names(t, dir)[0]
		away(t, db, false)
		for round := range 2 {
			next := s.NewWriter(nil, 0)
			if err := next.SpoolTo(dir, 0); err != nil {
				t.Fatal(err)
			}
			if err := next.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := count(t, db, kept); n != readings {
				t.Errorf("round %d: %d readings; want %d", round, n, readings)
			}
			if left := names(t, dir); len(left) != 0 {
				t.Errorf("%v are left", left)
			}
			// As if the process had been killed between storing it and taking it away.
			if err := os.WriteFile(filepath.Join(dir, oldest), first, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL"); n != 1 {
			t.Errorf("%d ended incidents; want 1", n)
		}
	})
}

func TestTheLastReadingsWaitForTheNextStart(t *testing.T) {
	db := databasetest.Open(t)
	s, _ := open(t, db)
	dir := t.TempDir()
	w, readings := spilt(t, s, db, dir, 0)
	var c monitor.Current
	feed(w, &c, 1, noon.Add(5*time.Hour), "uuu")
	if err := w.finish(t.Context()); err != nil {
		t.Errorf("what lies safely in the spool is no failure: %v", err)
	}
	if n := w.Stats().Spooled; n != int64(readings)+3 {
		t.Errorf("%d readings in the spool; want %d", n, readings+3)
	}
}

func TestTheSpoolOnDiskIsBounded(t *testing.T) {
	db := databasetest.Open(t)
	s, _ := open(t, db)
	dir := t.TempDir()
	w, readings := spilt(t, s, db, dir, 5000) // the second file drives the first one out
	if st := w.Stats(); len(names(t, dir)) != 1 || st.Dropped != 66 || st.Spooled != 40 || st.Dropped+st.Spooled != int64(readings) {
		t.Errorf("%v, %+v; want the oldest 66 given up and counted", names(t, dir), st)
	}
}

// A full or broken disk under the spool loses nothing that fits into memory.
func TestASpoolThatCannotBeWritten(t *testing.T) {
	db := databasetest.Open(t)
	s, _ := open(t, db)
	check := add(t, s, service("b3")).Checks[0].ID
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := s.NewWriter(nil, 0)
	w.disk = &shelf{dir: filepath.Join(file, "spool"), limit: 1 << 20}
	var c monitor.Current
	feed(w, &c, check, noon, "uuu")
	if err := w.spill(); err == nil || w.Stats().Waiting != 3 || w.Stats().Spooled != 0 {
		t.Errorf("%v, %+v; want the 3 readings back in memory", err, w.Stats())
	}
	flush(t, w)
	if n := count(t, db, kept); n != 3 {
		t.Errorf("%d readings; want 3", n)
	}
}

// A torn or damaged file gives what stands before the damage and is set aside.
func TestDamagedFilesOfTheSpool(t *testing.T) {
	whole, err := encodeRecords(batch{rows: batchRows(25_000), current: map[int64]monitor.Current{7: {CheckID: 7, Service: "b3"}}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := decodeRecords(whole)
	if err != nil || len(list) != 3 || len(list[0].rows) != recordRows || len(list[2].rows) != 5000 || list[2].current[7].Service != "b3" {
		t.Fatalf("%d records, %v", len(list), err)
	}
	last := len(whole) - 100
	turned := slices.Clone(whole)
	turned[last] ^= 1
	for name, tt := range map[string]struct {
		body    []byte
		records int
	}{
		"cut in the last record":   {whole[:last], 2},
		"cut in a head":            {whole[:5], 0},
		"a bit turned at the end":  {turned, 2},
		"zeros where a crash left": {append(slices.Clone(whole), make([]byte, 512)...), 3},
		"empty":                    {nil, 0},
	} {
		list, err := decodeRecords(tt.body)
		if len(list) != tt.records || (err == nil) != (name == "empty") {
			t.Errorf("%s: %d records, %v; want %d", name, len(list), err, tt.records)
		}
	}
	dir := t.TempDir()
	for name, body := range map[string][]byte{
		"00000000000000000001-25000.readings": turned, "00000000000000000002-25000.readings": whole,
		"00000000000000000003-9.readings.part": whole[:9], "notes.txt": []byte("somebody's"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := openShelf(dir, 0)
	if err != nil || s.rows() != 50_000 {
		t.Fatalf("%+v, %v", s, err)
	}
	rows := 0
	damage, err := s.replay(t.Context(), func(_ context.Context, b batch) error { rows += len(b.rows); return nil })
	if err != nil || len(damage) != 1 || rows != 45_000 {
		t.Errorf("%d rows, %v, %v; want 45000 and one file damaged", rows, damage, err)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"00000000000000000001-25000.readings.damaged", "notes.txt"}) {
		t.Errorf("left: %v", left)
	}
}

// FuzzDecodeRecords reads any bytes as a file of the spool.
func FuzzDecodeRecords(f *testing.F) {
	whole, err := encodeRecords(batch{rows: batchRows(3), current: map[int64]monitor.Current{7: {CheckID: 7}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(appendRecord(nil, nil, []byte(`{"Current":{"x":1}}`)))
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := decodeRecords(body)
		if err == nil && len(list) == 0 && len(body) > 0 {
			t.Fatal("bytes were read as nothing")
		}
	})
}

func batchRows(n int) []pack.Row {
	rows := make([]pack.Row, n)
	for i := range rows {
		rows[i] = pack.Row{Check: 7, At: micro(noon) + int64(i), Verdict: 1, Attempt: 1}
	}
	return rows
}
