package database_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

func opened(t *testing.T, url string, connections int) *gorm.DB {
	t.Helper()
	db, err := database.Open(database.Options{URL: url, MaxConnections: connections})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	return db
}

func must(t *testing.T, db *gorm.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Exec(s).Error; err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// Of a leader and its copy the one that takes writes is found, wherever it
// stands in the address; when the leader dies and the copy is promoted, it is
// the copy.
func TestTheHostThatWritesIsFoundAndFollowed(t *testing.T) {
	leader := databasetest.NewServer(t)
	copied := leader.Copy(t)
	where := "postgres://jard@/postgres?" + url.Values{"host": {copied.Folder() + "," + leader.Folder()}, "port": {"5432,5432"}}.Encode()
	db := opened(t, where, 4)
	things(t, db)
	must(t, db, "INSERT INTO things VALUES ('a', 1)")
	alone := opened(t, copied.URL, 2)
	eventually(t, "the copy to have it", func() bool {
		var n int
		return alone.Raw("SELECT count(*) FROM things").Scan(&n).Error == nil && n == 1
	})
	concerned(t, alone, "it takes no writes", true)
	concerned(t, db, "no commit waits for them", true)
	leader.Crash(t)
	if err := db.Exec("INSERT INTO things VALUES ('b', 1)").Error; !database.Away(err) {
		t.Errorf("while nobody leads = %v; want that it is away", err)
	}
	must(t, alone, "SELECT pg_promote()")
	eventually(t, "the copy to be found", func() bool { return db.Exec("INSERT INTO things VALUES ('c', 1)").Error == nil })
	var keys string
	if err := db.Raw("SELECT string_agg(key, '' ORDER BY key) FROM things").Scan(&keys).Error; err != nil || keys != "ac" {
		t.Errorf("kept %q, %v; want what was acknowledged and nothing else", keys, err)
	}
}

// concerned wants a sentence among the concerns, or none.
func concerned(t *testing.T, db *gorm.DB, sentence string, want bool) {
	t.Helper()
	list, err := database.Concerns(t.Context(), db, 16)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Contains(strings.Join(list, "\n"), sentence); got != want {
		t.Errorf("%q is among the concerns: %v; want %v: %q", sentence, got, want, list)
	}
}

func TestWhatAServerCouldNotKeepIsSaid(t *testing.T) {
	own := databasetest.NewServer(t) // without fsync, as all of the tests are
	db := opened(t, own.URL, 2)
	concerned(t, db, "fsync is off", true)
	concerned(t, db, "full_page_writes is off", false)
	concerned(t, db, "synchronous_commit", false)
	concerned(t, db, "it gives us", false)
	concerned(t, db, "pooler", false)
	must(t, db, "ALTER DATABASE postgres SET synchronous_commit = off", "ALTER ROLE jard CONNECTION LIMIT 28")
	other := opened(t, own.URL, 2)
	concerned(t, other, "synchronous_commit is off", true)
	concerned(t, other, "it gives us 28 connections and each process may open 29", true)
	must(t, db, "ALTER ROLE jard CONNECTION LIMIT 40")
	for range 2 {
		letGo, err := database.Hold(own.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = letGo() })
	}
	concerned(t, other, "it gives us 40 connections and 2 processes may open 29 each", true)
	must(t, db, "ALTER DATABASE postgres SET synchronous_commit = local", "ALTER SYSTEM SET synchronous_standby_names = 'ghost'", "SELECT pg_reload_conf()")
	eventually(t, "the setting", func() bool {
		var s string
		return other.Raw("SHOW synchronous_standby_names").Scan(&s).Error == nil && s == "ghost"
	})
	concerned(t, opened(t, own.URL, 2), "synchronous_commit is local: commits do not wait for ghost", true)
}

// A server that gives fewer connections than the pool may open makes requests
// wait for one of those that there are, and fails none.
func TestFewerConnectionsThanAskedForMakeRequestsWait(t *testing.T) {
	admin := opened(t, databasetest.URL(t, database.Postgres), 2)
	var name string
	if err := admin.Raw("SELECT current_database()").Scan(&name).Error; err != nil {
		t.Fatal(err)
	}
	role := "few_" + name
	must(t, admin, "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 3")
	t.Cleanup(func() { admin.Exec("DROP ROLE " + role) })
	var where string
	if err := admin.Raw("SELECT setting FROM pg_settings WHERE name = 'unix_socket_directories'").Scan(&where).Error; err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(database.Options{URL: "postgres://" + role + "@/" + name + "?host=" + where + "&port=5432", MaxConnections: 12})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	must(t, db, "SELECT 1")
	var all sync.WaitGroup
	var done atomic.Int64
	for range 24 {
		all.Go(func() {
			err := db.Transaction(func(tx *gorm.DB) error { return tx.Exec("SELECT pg_sleep(0.1)").Error })
			if err != nil {
				t.Error(err)
				return
			}
			done.Add(1)
		})
	}
	all.Wait()
	if done.Load() != 24 {
		t.Errorf("%d of 24 were done", done.Load())
	}
}

// A name that is given another address while the old one is gone is looked up
// again: nothing of it is remembered.
func TestANameThatMovesIsFollowed(t *testing.T) {
	own := databasetest.NewServer(t)
	first, second := forward(t, "127.0.0.1:0", own), net.JoinHostPort("127.0.0.2", "")
	_, port, _ := net.SplitHostPort(first.Addr().String())
	forward(t, second+port, own)
	var address atomic.Value
	address.Store("127.0.0.1")
	db, err := database.OpenLooking("postgres://jard@db.example.tn:"+port+"/postgres?sslmode=disable", func(_ context.Context, host string) ([]string, error) {
		if host != "db.example.tn" {
			return nil, errors.New("asked for " + host)
		}
		return []string{address.Load().(string)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	must(t, db, "CREATE TABLE moved (n BIGINT)")
	first.end() // the machine is gone, and the name is moved
	address.Store("127.0.0.2")
	must(t, db, "INSERT INTO moved VALUES (1)")
}

// forwarder is a way to a server over TCP.
type forwarder struct {
	net.Listener
	mu   sync.Mutex
	open []net.Conn
}

func forward(t *testing.T, address string, to *databasetest.Server) *forwarder {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	f := &forwarder{Listener: l}
	t.Cleanup(f.end)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := new(net.Dialer).Dial("unix", filepath.Join(to.Folder(), ".s.PGSQL.5432"))
			if err != nil {
				_ = in.Close()
				continue
			}
			f.mu.Lock()
			f.open = append(f.open, in, out)
			f.mu.Unlock()
			go func() { _, _ = io.Copy(in, out) }()
			go func() { _, _ = io.Copy(out, in) }()
		}
	}()
	return f
}

// end closes it, and what goes through it.
func (f *forwarder) end() {
	_ = f.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.open {
		_ = c.Close()
	}
}
