package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// jard runs a command line and returns its code, what it printed, and what it
// said on standard error. settings are environment, name and value in turn.
func jard(ctx context.Context, in string, settings []string, args ...string) (code int, out, said string) {
	var stdout, stderr bytes.Buffer
	code = run(ctx, args, program{in: strings.NewReader(in), out: &stdout, err: &stderr, getenv: func(key string) string {
		for n := 0; n < len(settings); n += 2 {
			if settings[n] == key {
				return settings[n+1]
			}
		}
		return ""
	}})
	return code, stdout.String(), stderr.String()
}

func opened(t *testing.T, target string) *gorm.DB {
	t.Helper()
	db, err := database.Open(database.Options{URL: target, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	return db
}

func sums(t *testing.T, target string) []backup.Sum {
	t.Helper()
	db := opened(t, target)
	tables, err := backupdb.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	all, err := backupdb.Sums(t.Context(), db, tables)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The whole program writes while a backup is made, again and again: each holds
// of every dataset its trail, or neither.
func TestABackupWhilePeopleWriteIsOfOneMoment(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
			officer := r.token(t, identity.Officer, "marhp")
			writing, stop := context.WithCancel(t.Context())
			var writers sync.WaitGroup
			written := make(chan struct{}, 1000)
			for range 2 {
				writers.Go(func() {
					for writing.Err() == nil {
						if _, ok := r.tryCreate(officer, "Pendant la sauvegarde"); ok {
							select {
							case written <- struct{}{}:
							default:
							}
						}
					}
				})
			}
			var last string
			for n := range 2 {
				<-written // somebody wrote since the last one
				last = filepath.Join(t.TempDir(), "moment.jardbackup")
				if code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", target}, "backup", last); code != 0 {
					t.Fatalf("backup %d: %d, %s", n, code, said)
				}
				copied := "sqlite:" + filepath.Join(t.TempDir(), "copy.db")
				if code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", copied}, "restore", last); code != 0 {
					t.Fatalf("restore %d: %d, %s", n, code, said)
				}
				whole(t, opened(t, copied))
			}
			stop()
			writers.Wait()
		})
	}
}

// whole fails when tables tell of different moments.
func whole(t *testing.T, db *gorm.DB) {
	t.Helper()
	var datasets, lines, revisions, counted int64
	for query, n := range map[string]*int64{
		"SELECT COUNT(*) FROM datasets": &datasets,
		"SELECT COUNT(*) FROM audit_lines WHERE subject = 'dataset' AND act = 'dataset.create'":              &lines,
		"SELECT COUNT(*) FROM datasets d WHERE EXISTS (SELECT 1 FROM revisions r WHERE r.dataset_id = d.id)": &revisions,
		"SELECT COALESCE(SUM(n), 0) FROM dataset_tally":                                                      &counted,
	} {
		if err := db.Raw(query).Scan(n).Error; err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if datasets == 0 || lines != datasets || revisions != datasets || counted != datasets {
		t.Errorf("%d datasets, %d lines of their creation, %d with a revision, %d counted", datasets, lines, revisions, counted)
	}
}

// There and back again: what arrives is what left, and what counts is counted.
func TestMoveToPostgreSQLAndBack(t *testing.T) {
	first := databasetest.URL(t, database.SQLite)
	r := start(t, first, func(c *configs.Config) { c.Watch.Enabled = false })
	officer := r.token(t, identity.Officer, "marhp")
	for range 3 {
		if _, ok := r.tryCreate(officer, "À déménager"); !ok {
			t.Fatal("nothing could be written")
		}
	}
	second, third := databasetest.Empty(t, database.Postgres), databasetest.Empty(t, database.SQLite)
	code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", first}, "move", "--to", second)
	if code != 1 || !strings.Contains(said, "another jard is serving from this SQLite file") {
		t.Errorf("while it is served from: %d, %s", code, said)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][2]string{{first, second}, {second, third}} {
		code, out, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", step[0], "JARD_MOVE_TO", step[1]}, "move")
		if code != 0 || !strings.Contains(out, "each compared by hash") {
			t.Fatalf("%d, %s%s", code, out, said)
		}
		if diff := cmp.Diff(sums(t, step[0]), sums(t, step[1])); diff != "" {
			t.Fatalf("(-left +arrived):\n%s", diff)
		}
	}
	whole(t, opened(t, second))
	whole(t, opened(t, third))
	if code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", third}, "move", "--to", third); code != 2 || !strings.Contains(said, "in already") {
		t.Errorf("to itself: %d, %s", code, said)
	}
	again := start(t, second, func(c *configs.Config) { c.Watch.Enabled = false })
	if _, ok := again.tryCreate(officer, "Après le déménagement"); !ok {
		t.Error("nobody can write where everything was moved to")
	}
}

func TestBackupSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	source := []string{"JARD_DATABASE_URL", databasetest.URL(t, database.SQLite)}
	file := filepath.Join(dir, "one.jardbackup")
	if code, out, said := jard(t.Context(), "", source, "backup", file); code != 0 || !strings.Contains(out, file+": ") {
		t.Fatalf("%d, %s%s", code, out, said)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; only its owner should read it", info.Mode(), err)
	}
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	broken, short, text := filepath.Join(dir, "broken"), filepath.Join(dir, "short"), filepath.Join(dir, "text")
	flipped := bytes.Clone(sound)
	flipped[len(flipped)/2] ^= 4
	for path, content := range map[string][]byte{broken: flipped, short: sound[:len(sound)-10], text: []byte("un mot")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	empty := []string{"JARD_DATABASE_URL", "sqlite:" + filepath.Join(dir, "new.db")}
	full := []string{"JARD_DATABASE_URL", databasetest.URL(t, database.SQLite)}
	for _, c := range []struct {
		name     string
		settings []string
		args     []string
		code     int
		says     string
	}{
		{"no name", source, []string{"backup"}, 2, "takes the name of one file"},
		{"a name that is there", source, []string{"backup", file}, 1, "--force replaces it"},
		{"a folder that is not", source, []string{"backup", filepath.Join(dir, "none", "x")}, 1, "no such file or directory; no backup was made"},
		{"no database", empty, []string{"backup", filepath.Join(dir, "x")}, 1, "there is no database"},
		{"a sound file", empty, []string{"backup", "--verify", file}, 0, "is sound"},
		{"a damaged file", empty, []string{"backup", "--verify", broken}, 1, "this backup is damaged"},
		{"a file cut short", empty, []string{"backup", "--verify", short}, 1, "ends too early"},
		{"another file", empty, []string{"backup", "--verify", text}, 1, "this is no backup of Jard"},
		{"restoring a damaged file", empty, []string{"restore", broken}, 1, "nothing was changed"},
		{"restoring no file", empty, []string{"restore", filepath.Join(dir, "gone")}, 1, "no such file"},
		{"over what is there", full, []string{"restore", file}, 1, "--replace jard.db has the backup take its place"},
		{"over another name", full, []string{"restore", file, "--replace", "other.db"}, 2, "the database is called jard.db"},
		{"moving nowhere", source, []string{"move"}, 2, "needs --to URL"},
		{"moving to what is no address", source, []string{"move", "--to", "mysql:x"}, 2, "write sqlite:PATH or postgres"},
		{"over what is there, confirmed", full, []string{"restore", file, "--replace", "jard.db"}, 0, "each compared by hash"},
		{"into nothing", empty, []string{"restore", file}, 0, "everybody signs in again"},
	} {
		code, out, said := jard(t.Context(), "", c.settings, c.args...)
		if code != c.code || !strings.Contains(out+said, c.says) {
			t.Errorf("%s: %d, %s%s; want %d and %q", c.name, code, out, said, c.code, c.says)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".part") || strings.Contains(e.Name(), ".restoring") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestAnEncryptedBackupThroughAPipe(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(secret, []byte("trois vaches à Béja\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := databasetest.URL(t, database.SQLite)
	code, file, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", source, "JARD_BACKUP_PASSPHRASE_FILE", secret}, "backup", "-")
	if code != 0 || !strings.HasPrefix(file, "age-encryption.org/v1") {
		t.Fatalf("%d, %s", code, said)
	}
	target := databasetest.Empty(t, database.SQLite)
	if code, _, said := jard(t.Context(), file, []string{"JARD_DATABASE_URL", target}, "restore", "-"); code != 1 || !strings.Contains(said, "backup.passphrase_file names") {
		t.Errorf("without the passphrase: %d, %s", code, said)
	}
	if code, _, said := jard(t.Context(), file, []string{"JARD_DATABASE_URL", target, "JARD_BACKUP_PASSPHRASE_FILE", secret}, "restore", "-"); code != 0 {
		t.Fatalf("%d, %s", code, said)
	}
	if diff := cmp.Diff(untold(sums(t, source)), untold(sums(t, target))); diff != "" {
		t.Error(diff)
	}
}

// untold leaves out the trail, where each side tells of what it did.
func untold(all []backup.Sum) []backup.Sum {
	return slices.DeleteFunc(all, func(s backup.Sum) bool { return s.Table == "audit_lines" || s.Table == "audit_head" })
}

// A process that may not write past some bytes of any file is on a full disk,
// as far as it can tell.
func TestABackupOnAFullDiskLeavesNoHalfFile(t *testing.T) {
	dir, target := t.TempDir(), databasetest.URL(t, database.SQLite)
	db, noise := opened(t, target), make([]byte, 400<<10)
	_, _ = rand.Read(noise)
	if err := db.Exec("INSERT INTO harvest_salts (day, salt) VALUES (1, ?)", noise).Error; err != nil {
		t.Fatal(err)
	}
	if err := database.Close(db); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 200; exec "$0" backup "$1"`, os.Args[0], filepath.Join(dir, "full.jardbackup"))
	cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+target)
	said, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 1 || !strings.Contains(string(said), "there is no room left in "+dir) {
		t.Errorf("%v, %s", err, said)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("%v was left, %v", entries, err)
	}
}

// A restore that is killed at any moment leaves what was there.
func TestAKilledRestoreLeavesWhatWasThere(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "other.jardbackup")
			if code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", databasetest.URL(t, database.SQLite)}, "backup", file); code != 0 {
				t.Fatal(said)
			}
			before := sums(t, target)
			for n := range 2 {
				cmd := exec.CommandContext(t.Context(), os.Args[0], "restore", file, "--replace", databaseName(target))
				cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+target)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				timer := time.AfterFunc(time.Duration(20+60*n)*time.Millisecond, func() { _ = unix.Kill(cmd.Process.Pid, unix.SIGKILL) })
				done := cmd.Wait() == nil
				timer.Stop()
				if diff := cmp.Diff(before, sums(t, target)); diff != "" && !done {
					t.Fatalf("killed (-before +after):\n%s", diff)
				}
			}
			if code, _, said := jard(t.Context(), "", []string{"JARD_DATABASE_URL", target}, "restore", file, "--replace", databaseName(target)); code != 0 {
				t.Errorf("after the kills: %d, %s", code, said)
			}
		})
	}
}
