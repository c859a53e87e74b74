package main

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// noisy puts bytes into a database that do not pack.
func noisy(t *testing.T, target string, bytes int) {
	t.Helper()
	db, noise := opened(t, target), make([]byte, bytes)
	_, _ = rand.Read(noise)
	if err := db.Exec("INSERT INTO reading_packs (check_id, start, count, vantage, hours, body) VALUES (1, 494000, 1, 0, 1, ?)", noise).Error; err != nil {
		t.Fatal(err)
	}
}

// limited runs the program as on a disk that takes no file of more than so many kilobytes.
func limited(kilobytes, command string, env ...string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", "ulimit -f $((2 * "+kilobytes+")); exec \"$0\" "+command, os.Args[0]) //nolint:gosec,noctx // ourselves; ended by the test
	cmd.Env = append(append(os.Environ(), "JARD_TEST_CHILD=1"), env...)
	return cmd
}

// runs are the timed backups that were begun, oldest first.
func runs(t *testing.T, db *gorm.DB) (all []backup.Run) {
	t.Helper()
	if err := db.Order("id").Find(&all).Error; err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARestoreOnAFullDiskLeavesWhatWasThere(t *testing.T) {
	source, target := databasetest.URL(t, database.SQLite), databasetest.URL(t, database.SQLite)
	noisy(t, source, 12<<20)
	path, _ := database.File(target)
	file := filepath.Join(t.TempDir(), "large.jardbackup")
	if code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", source}, "backup", file); code != 0 {
		t.Fatal(said)
	}
	before := sums(t, target)
	said, err := limited("9000", "restore "+file+" --replace jard.db", "JARD_DATABASE_URL="+target).CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 1 || !strings.Contains(string(said), "no room left") || !strings.Contains(string(said), "nothing was changed") {
		t.Errorf("%v, %s", err, said)
	}
	if diff := cmp.Diff(before, sums(t, target)); diff != "" {
		t.Errorf("what was there changed:\n%s", diff)
	}
	if left, _ := filepath.Glob(path + ".restoring*"); len(left) > 0 {
		t.Errorf("%q was left behind", left)
	}
}

// A timed backup that finds no room is told of, leaves nothing, and keeps
// nobody from working.
func TestATimedBackupOnAFullDisk(t *testing.T) {
	target, folder := databasetest.URL(t, database.Postgres), t.TempDir()
	noisy(t, target, 3<<20)
	cmd := limited("1000", "serve", "JARD_DATABASE_URL="+target, "JARD_LISTEN=127.0.0.1:0", "JARD_WATCH_ENABLED=false", "JARD_WATCH_SPOOL="+t.TempDir(),
		"JARD_BACKUP_FOLDER="+folder, "JARD_BACKUP_SCHEDULE=@every 1s", "JARD_LOG_LEVEL=warn")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	db := opened(t, target)
	await(t, "a backup to fail", func() bool { all := runs(t, db); return len(all) > 0 && all[0].EndedAt != nil })
	if run := runs(t, db)[0]; !strings.Contains(run.Failed, "no room left in "+folder) || run.Name != "" {
		t.Errorf("%+v", run)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%v was left, %v", left, err)
	}
}

// Where two processes serve, both notice that a backup is due, and one makes it.
func TestTwoProcessesMakeOneBackup(t *testing.T) {
	target, folder := databasetest.URL(t, database.Postgres), filepath.Join(t.TempDir(), "shared")
	due := func(c *configs.Config) {
		c.Watch.Enabled, c.Backup.Folder, c.Backup.Schedule = false, folder, "@every 1s"
	}
	began := time.Now()
	r := start(t, target, due)
	start(t, target, due)
	await(t, "a backup", func() bool { all := runs(t, r.db); return len(all) > 0 && all[0].Good() })
	until(t, "each to have noticed thrice", 20*time.Second, func() bool { return time.Since(began) > 4*time.Second })
	all := runs(t, r.db)
	minutes := int(time.Since(began.Truncate(time.Minute))/time.Minute) + 2 // turns come on the minute, the nearest
	if len(all) > minutes {
		t.Errorf("%d backups in %d minutes: %+v", len(all), minutes, all)
	}
	for n, run := range all {
		if n > 0 && all[n-1].EndedAt != nil && run.BeganAt.Before(*all[n-1].EndedAt) {
			t.Errorf("two at once: %+v and %+v", all[n-1], run)
		}
	}
}

// A passphrase that is gone at night is a failed backup that the page tells of.
func TestAPassphraseThatIsGone(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(secret, []byte("trois vaches à Béja\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var c configs.Config
	r := start(t, databasetest.URL(t, database.SQLite), func(settings *configs.Config) {
		settings.Watch.Enabled, settings.Backup.Folder, settings.Backup.PassphraseFile = false, t.TempDir(), secret
		c = *settings
	})
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	store := backupdb.New(r.db, nil)
	if _, err := takeBackup(t.Context(), c, r.db, store); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if all := runs(t, r.db); len(all) != 1 || !strings.Contains(all[0].Failed, "passphrase_file") {
		t.Errorf("%+v", all)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if said := r.seenBy(t, "/desk/processes", r.token(t, identity.Admin, "")); !strings.Contains(said, host+": it failed. The program") {
		t.Error("the page does not tell of it")
	}
}

// What comes through a pipe that ends early, or with another passphrase,
// changes nothing.
func TestARestoreFromAPipeThatEndsEarly(t *testing.T) {
	dir := t.TempDir()
	phrase := func(words string) string {
		path := filepath.Join(dir, words)
		if err := os.WriteFile(path, []byte(words+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right, wrong := phrase("trois vaches"), phrase("deux vaches")
	source, target := databasetest.URL(t, database.SQLite), databasetest.URL(t, database.Postgres)
	before := sums(t, target)
	for _, secret := range []string{"", right} {
		settings := []string{"JARD_DATABASE_URL", source, "JARD_BACKUP_PASSPHRASE_FILE", secret}
		code, file, said := jard(t.Context(), "", settings, "backup", "-")
		if code != 0 {
			t.Fatal(said)
		}
		half := file[:len(file)/2]
		settings[1] = target
		code, _, said = jard(t.Context(), half, settings, "restore", "-", "--replace", databaseName(target))
		if code != 1 || !strings.Contains(said, "nothing was changed") {
			t.Errorf("half of it: %d, %s", code, said)
		}
		if secret == "" {
			continue
		}
		settings[3] = wrong
		code, _, said = jard(t.Context(), file, settings, "restore", "-", "--replace", databaseName(target))
		if code != 1 || !strings.Contains(said, "the passphrase is missing or wrong") {
			t.Errorf("another passphrase: %d, %s", code, said)
		}
	}
	if diff := cmp.Diff(before, sums(t, target)); diff != "" {
		t.Errorf("what was there changed:\n%s", diff)
	}
}

// PostgreSQL goes away in the middle of a backup: nothing is left of it, and
// the next one is made once the server is back.
func TestTheDatabaseIsLostDuringABackup(t *testing.T) {
	base, folder := databasetest.NewServer(t), t.TempDir()
	freshly(t, base.URL)
	noisy(t, base.URL, 3<<20)
	r := start(t, base.URL, func(c *configs.Config) { c.Watch.Enabled = false })
	crash := sync.OnceFunc(func() { base.Crash(t) })
	_, err := backupdb.WriteFile(t.Context(), r.db, backupdb.File{Path: filepath.Join(folder, "middle")}, backupdb.About{Program: "test", At: time.Now()}, func(string, int64) { crash() })
	if left, readErr := os.ReadDir(folder); err == nil || readErr != nil || len(left) > 0 {
		t.Errorf("lost in the middle: %v; %v was left, %v", err, left, readErr)
	}
	base.Start(t)
	back := func() {
		t.Helper()
		await(t, "the program to serve again", func() bool {
			resp, err := http.Get(r.url + "/readyz") //nolint:noctx // the test's own
			if err != nil {
				return false
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		})
	}
	back()
	store := backupdb.New(r.db, nil)
	rule := backupdb.Rule{Folder: folder, Zone: time.UTC, Program: "test", Process: "here", Keep: backup.Keep{Daily: 3}}
	rule.Passphrase = func() (string, error) { base.Crash(t); return "", nil } // the run is noted by then
	if _, err := store.Take(t.Context(), rule); err == nil {
		t.Error("a backup was made without a database")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%v was left, %v", left, err)
	}
	base.Start(t)
	back()
	rule.Passphrase = nil
	if run, err := store.Take(t.Context(), rule); err != nil || !run.Good() {
		t.Errorf("afterwards: %+v, %v", run, err)
	}
	if all := runs(t, r.db); len(all) != 2 || all[0].EndedAt == nil || all[0].Failed == "" || !all[1].Good() {
		t.Errorf("%+v", all)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}
