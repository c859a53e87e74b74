package backupdb_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/database/databasetest"
)

func TestRunsHaveTheirTable(t *testing.T) { databasetest.Drift(t, &backup.Run{}) }

func TestTimedBackupsRotateAndTellHowTheyEnded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now, folder := at, filepath.Join(t.TempDir(), "backups")
		s := backupdb.New(db, func() time.Time { return now })
		rule := backupdb.Rule{Folder: folder, Keep: backup.Keep{Daily: 2}, Zone: time.UTC, Program: "test", Process: "here"}
		if stands, err := s.Standing(t.Context()); err != nil || stands.Last.ID != 0 || !stands.Overdue(now, 24*time.Hour) {
			t.Errorf("before any: %+v, %v", stands, err)
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		half := filepath.Join(folder, backup.Name(at.AddDate(0, 0, -3))+".1.part")
		for _, path := range []string{half, filepath.Join(folder, "notes.txt")} {
			if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(half, at.AddDate(0, 0, -3), at.AddDate(0, 0, -3)); err != nil {
			t.Fatal(err)
		}
		var good backup.Run
		for range 3 {
			var err error
			now = now.AddDate(0, 0, 1)
			if good, err = s.Take(t.Context(), rule); err != nil || !good.Good() || good.Bytes == 0 || good.RowCount == 0 {
				t.Fatalf("%+v, %v", good, err)
			}
		}
		want := []string{backup.Name(now.AddDate(0, 0, -1)), backup.Name(now), "notes.txt"}
		if got := list(t, folder); !slices.Equal(got, want) {
			t.Errorf("the folder holds %q; want %q", got, want)
		}
		readable(t, filepath.Join(folder, backup.Name(now)))
		rule.Folder = filepath.Join(folder, "notes.txt")
		now = now.Add(25 * time.Hour)
		if _, err := s.Take(t.Context(), rule); err == nil {
			t.Error("a folder that is a file was taken")
		}
		stands, err := s.Standing(t.Context())
		if err != nil || stands.Good.ID != good.ID || stands.Last.ID == good.ID || !strings.Contains(stands.Last.Failed, "folder") {
			t.Errorf("%+v, %v", stands, err)
		}
		if stands.Overdue(now, 24*time.Hour) || !stands.Overdue(now.Add(12*time.Hour), 24*time.Hour) {
			t.Error("overdue at another time than after a day and a half")
		}
	})
}

func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func readable(t *testing.T, path string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := backup.NewReader(bytes.NewReader(file))
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("%s: %v", path, err)
	}
}

// A clock that was a year ahead for a night: the night after is told of as the
// newest, stays, and nothing is pushed out by what was dated ahead. A run that
// nobody ended is over when the next begins.
func TestAClockThatStepsBetweenBackups(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now, folder := at, filepath.Join(t.TempDir(), "backups")
		s := backupdb.New(db, func() time.Time { return now })
		rule := backupdb.Rule{Folder: folder, Keep: backup.Keep{Daily: 2}, Zone: time.UTC}
		take := func(moment time.Time) (run backup.Run) {
			t.Helper()
			now = moment
			run, err := s.Take(t.Context(), rule)
			if err != nil {
				t.Fatal(err)
			}
			return run
		}
		ahead := at.AddDate(1, 0, 1)
		take(at)
		take(ahead)
		now = at.AddDate(0, 0, 2)
		if stands, err := s.Standing(t.Context()); err != nil || !stands.Overdue(now, 24*time.Hour) {
			t.Errorf("what a wrong clock dated counts as today's: %+v, %v", stands, err)
		}
		if err := db.Create(&backup.Run{BeganAt: now.Add(-time.Hour), Process: "killed"}).Error; err != nil {
			t.Fatal(err)
		}
		if stands, err := s.Standing(t.Context()); err != nil || !stands.Last.Running(now) || stands.Last.Running(now.AddDate(0, 0, 2)) {
			t.Errorf("%+v, %v", stands, err)
		}
		good := take(now)
		stands, err := s.Standing(t.Context())
		if err != nil || stands.Good.ID != good.ID || stands.Last.ID != good.ID || stands.Overdue(now, 24*time.Hour) {
			t.Errorf("%+v, %v", stands, err)
		}
		var unended int64
		if err := db.Model(&backup.Run{}).Where("ended_at IS NULL").Count(&unended).Error; err != nil || unended != 0 {
			t.Errorf("%d runs never ended, %v", unended, err)
		}
		last := take(at.AddDate(0, 0, 3))
		want := []string{good.Name, last.Name, backup.Name(ahead)}
		if got := list(t, folder); !slices.Equal(got, want) {
			t.Errorf("the folder holds %q; want %q", got, want)
		}
	})
}

// The clock and somebody's command within one second make two files.
func TestTwoBackupsOfOneSecond(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		folder := t.TempDir()
		s := backupdb.New(db, func() time.Time { return at })
		rule := backupdb.Rule{Folder: folder, Keep: backup.Keep{Daily: 2}, Zone: time.UTC, Program: "test", Process: "here"}
		names := map[string]bool{}
		for range 2 {
			run, err := s.Take(t.Context(), rule)
			if err != nil {
				t.Fatal(err)
			}
			names[run.Name] = true
		}
		if len(names) != 2 {
			t.Errorf("%v", names)
		}
	})
}
