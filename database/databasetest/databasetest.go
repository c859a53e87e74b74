// Package databasetest gives each test a fresh, migrated database on both
// engines, so that a feature that works on one of them fails its test.
//
// PostgreSQL is the real one: the server at JARD_TEST_POSTGRES (a URL of a
// database that may create others), else a temporary cluster that this package
// starts from the installed binaries, on a socket in a folder of its own, and
// stops when the tests of the package end.
package databasetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/migrations"
)

// server is the PostgreSQL of this test binary; Main sets it before any test runs.
var server struct {
	sync.Mutex
	url      string // empty until Main has run
	template string // a migrated database that fresh ones are copied from
	file     string // a migrated SQLite file, likewise
	fresh    atomic.Int64
}

// Main runs the tests of a package that uses a database. It fails them all,
// saying what to install, when there is no PostgreSQL to be had: a suite that
// quietly tested one engine would be worse than none.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "jard-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "databasetest:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // the server may run as another user
		fmt.Fprintln(os.Stderr, "databasetest:", err)
		return 1
	}
	server.file = filepath.Join(dir, "template.db")
	server.url = os.Getenv("JARD_TEST_POSTGRES")
	if server.url == "" {
		c, err := startCluster(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, "databasetest:", err)
			return 1
		}
		defer c.stop()
		server.url = c.url
	}
	defer dropTemplate()
	return m.Run()
}

// Each runs test on SQLite and on PostgreSQL, each time with a fresh database.
func Each(t *testing.T, test func(*testing.T, *gorm.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Open(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, OpenPostgres(t)) })
}

// Open returns a fresh migrated SQLite database.
func Open(tb testing.TB) *gorm.DB {
	tb.Helper()
	return open(tb, URL(tb, database.SQLite))
}

// OpenPostgres returns a fresh migrated PostgreSQL database.
func OpenPostgres(tb testing.TB) *gorm.DB {
	tb.Helper()
	return open(tb, URL(tb, database.Postgres))
}

// URL makes a fresh migrated database of the engine and returns where it is,
// for tests that start the whole program or reopen the database.
func URL(tb testing.TB, engine string) string {
	tb.Helper()
	if server.url == "" {
		tb.Fatal("databasetest: the package needs func TestMain(m *testing.M) { databasetest.Main(m) }")
	}
	if engine == database.SQLite {
		return "sqlite:" + freshFile(tb)
	}
	return freshDatabase(tb)
}

// Empty makes a database of the engine without any table and returns where it is.
func Empty(tb testing.TB, engine string) string {
	tb.Helper()
	if engine == database.SQLite {
		return "sqlite:" + filepath.Join(tb.TempDir(), "empty.db")
	}
	if server.url == "" {
		tb.Fatal("databasetest: the package needs func TestMain(m *testing.M) { databasetest.Main(m) }")
	}
	name := fmt.Sprintf("jard_empty_%d_%d", os.Getpid(), server.fresh.Add(1))
	if err := admin("CREATE DATABASE " + name); err != nil {
		tb.Fatal(err)
	}
	dropAfter(tb, name)
	return withDatabase(server.url, name)
}

// dropAfter drops a database when its test has ended.
func dropAfter(tb testing.TB, name string) {
	tb.Cleanup(func() {
		if err := admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
}

func open(tb testing.TB, target string) *gorm.DB {
	tb.Helper()
	db, err := database.Open(database.Options{URL: target, MaxConnections: 8})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := database.Close(db); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// freshFile copies the migrated template, which is made once.
func freshFile(tb testing.TB) string {
	tb.Helper()
	server.Lock()
	defer server.Unlock()
	if _, err := os.Stat(server.file); err != nil {
		if err := migrate("sqlite:" + server.file); err != nil {
			tb.Fatal(err)
		}
	}
	data, err := os.ReadFile(server.file)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "jard.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// freshDatabase creates a database as a copy of the migrated template.
func freshDatabase(tb testing.TB) string {
	tb.Helper()
	server.Lock()
	defer server.Unlock()
	if server.template == "" {
		name := fmt.Sprintf("jard_template_%d", os.Getpid())
		if err := admin("CREATE DATABASE " + name); err != nil {
			tb.Fatal(err)
		}
		server.template = name
		if err := migrate(withDatabase(server.url, name)); err != nil {
			tb.Fatal(err)
		}
	}
	name := fmt.Sprintf("jard_test_%d_%d", os.Getpid(), server.fresh.Add(1))
	if err := admin("CREATE DATABASE " + name + " TEMPLATE " + server.template); err != nil {
		tb.Fatal(err)
	}
	dropAfter(tb, name)
	return withDatabase(server.url, name)
}

func dropTemplate() {
	if server.template == "" {
		return
	}
	if err := admin("DROP DATABASE IF EXISTS " + server.template + " WITH (FORCE)"); err != nil {
		fmt.Fprintln(os.Stderr, "databasetest:", err)
	}
}

// migrate brings the database at target up to date and lets go of it.
func migrate(target string) error {
	db, err := database.Open(database.Options{URL: target})
	if err != nil {
		return err
	}
	_, err = migrations.Up(context.Background(), db)
	if err == nil && database.EngineOf(db) == database.SQLite {
		err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error
	}
	if closed := database.Close(db); err == nil {
		err = closed
	}
	return err
}

// admin runs one statement on the server's own database.
func admin(statement string) error { return ask(server.url, statement) }

// ask runs one statement on the database at target.
func ask(target, statement string) error {
	db, err := database.Open(database.Options{URL: target, MaxConnections: 1})
	if err != nil {
		return err
	}
	defer database.Close(db)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return db.WithContext(ctx).Exec(statement).Error
}

func withDatabase(rawURL, name string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	u.Path = "/" + name
	return u.String()
}
