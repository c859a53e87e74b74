package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// A process that may not write past the first page of any file is on a full
// disk, as far as it can tell.
func TestAFullDiskIsSaidAndNothingIsLost(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	first := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
	officer := first.token(t, identity.Officer, "marhp")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	c := spawn(t, target)
	r := &running{url: c.url}
	status, before := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Avant"))
	if status != http.StatusCreated {
		t.Fatalf("create = %d %v", status, before)
	}
	c.mayWrite(t, 4096)
	if status, d := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Sur un disque plein")); status < 500 {
		t.Errorf("writing to a full disk = %d %v; want a 5xx", status, d)
	}
	await(t, "readiness to notice", func() bool { status, _ := r.ask(t, "GET", "/readyz", "", nil); return status == 503 })
	for path, want := range map[string]int{"/readyz": 503, "/healthz": 200, "/datasets": 200} {
		if status, d := r.ask(t, "GET", path, "", nil); status != want {
			t.Errorf("%s on a full disk = %d %v; want %d", path, status, d, want)
		}
	}
	c.mayWrite(t, unix.RLIM_INFINITY)
	await(t, "readiness to come back", func() bool { status, _ := r.ask(t, "GET", "/readyz", "", nil); return status == 200 })
	if status, d := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Il y a de la place")); status != 201 {
		t.Errorf("with room again = %d %v; want 201", status, d)
	}
	if status, _ := r.ask(t, "GET", "/api/v1/datasets/"+before["ref"].(string), officer, nil); status != 200 {
		t.Errorf("what was acknowledged before is %d now", status)
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	consistent(t, start(t, target, nil).db, 2)
}

// mayWrite bounds the files that the child may write, in bytes.
func (c *child) mayWrite(t *testing.T, limit uint64) {
	t.Helper()
	err := unix.Prlimit(c.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: unix.RLIM_INFINITY}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// consistent fails unless there are n datasets and each has the line of its creation.
func consistent(t *testing.T, db *gorm.DB, n int) {
	t.Helper()
	var datasets, lines int64
	if err := db.Model(&inventory.Dataset{}).Count(&datasets).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Model(&audit.Line{}).Where("subject = ? AND act = ?", "dataset", "dataset.create").Count(&lines).Error; err != nil {
		t.Fatal(err)
	}
	if datasets != int64(n) || lines != int64(n) {
		t.Errorf("stored %d datasets and %d lines of their creation; want %d of each", datasets, lines, n)
	}
}

// wire carries bytes to PostgreSQL's socket until it is cut.
type wire struct {
	listener net.Listener
	socket   string
	mu       sync.Mutex
	conns    []net.Conn
	down     bool
}

// newWire returns a wire to the server at target and the URL of its end.
func newWire(t *testing.T, target string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	host, port := q.Get("host"), q.Get("port")
	if host == "" {
		host, port = u.Hostname(), u.Port()
	}
	w := &wire{socket: net.JoinHostPort(host, port)}
	if strings.HasPrefix(host, "/") {
		w.socket = filepath.Join(host, ".s.PGSQL."+port)
	}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil { //nolint:noctx // a test's own listener
		t.Fatal(err)
	}
	t.Cleanup(func() { w.cut(); w.listener.Close() })
	go w.carry()
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = w.listener.Addr().String(), q.Encode()
	return w, u.String()
}

func (w *wire) carry() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		network := "tcp"
		if strings.HasPrefix(w.socket, "/") {
			network = "unix"
		}
		far, err := net.Dial(network, w.socket) //nolint:noctx // as above
		w.mu.Lock()
		if err != nil || w.down {
			near.Close()
			w.mu.Unlock()
			continue
		}
		w.conns = append(w.conns, near, far)
		w.mu.Unlock()
		go func() { _, _ = io.Copy(far, near); far.Close() }()
		go func() { _, _ = io.Copy(near, far); near.Close() }()
	}
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

func TestALostDatabaseIsSaidAndComesBackByItself(t *testing.T) {
	w, target := newWire(t, databasetest.URL(t, database.Postgres))
	r := start(t, target, nil)
	officer := r.token(t, identity.Officer, "marhp")
	if status, d := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Avant la coupure")); status != 201 {
		t.Fatalf("create = %d %v", status, d)
	}
	w.cut()
	await(t, "readiness to notice", func() bool {
		status, _ := r.ask(t, "GET", "/readyz", "", nil)
		return status == http.StatusServiceUnavailable
	})
	if status, _ := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Pendant la coupure")); status < 500 {
		t.Errorf("writing without a database = %d; want a 5xx", status)
	}
	if status, _ := r.ask(t, "GET", "/api/3/action/package_list", "", nil); status < 500 {
		t.Errorf("a catalogue never built, without a database = %d; want a 5xx and never an empty 200", status)
	}
	w.mend()
	await(t, "readiness to come back", func() bool { status, _ := r.ask(t, "GET", "/readyz", "", nil); return status == 200 })
	if status, d := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Après la coupure")); status != 201 {
		t.Errorf("after = %d %v; want 201", status, d)
	}
	consistent(t, r.db, 2)
}

// The program is killed while it writes, again and again: what it answered
// 201 must be there, whole, with its line in the trail.
func TestKillNineLosesNothingAcknowledged(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			first := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
			officer := first.token(t, identity.Officer, "marhp")
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			acknowledged := map[string]bool{}
			for n := range 5 {
				child := spawn(t, target)
				killAfter(t, child, officer, n%2 == 1, time.Duration(40+60*n)*time.Millisecond, acknowledged)
			}
			r := start(t, target, nil)
			for ref := range acknowledged {
				if status, _ := r.ask(t, "GET", "/api/v1/datasets/"+ref, officer, nil); status != 200 {
					t.Errorf("%s was acknowledged and is %d now", ref, status)
				}
			}
			if len(acknowledged) == 0 {
				t.Error("nothing was acknowledged before the kills; the test tried nothing")
			}
			var stored int64
			if err := r.db.Model(&inventory.Dataset{}).Count(&stored).Error; err != nil {
				t.Fatal(err)
			}
			consistent(t, r.db, int(stored))
		})
	}
}

// child is `jard serve` in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

// spawn starts a program; env is what it is told besides.
func spawn(t *testing.T, target string, env ...string) *child {
	t.Helper()
	for {
		if c := trySpawn(t, target, env...); c != nil {
			return c
		}
	}
}

// taken notices that another program took the port that was free a moment ago.
type taken struct{ noticed atomic.Bool }

// Write passes on what the child says.
func (w *taken) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("address already in use")) {
		w.noticed.Store(true)
	}
	return os.Stderr.Write(p)
}

// trySpawn is nil when its port was taken in the meantime.
func trySpawn(t *testing.T, target string, env ...string) *child {
	t.Helper()
	var says taken
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // only to find a free port
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(context.Background(), os.Args[0], "serve")
	cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+target, "JARD_LISTEN="+address,
		"JARD_WATCH_ENABLED=false", "JARD_LOG_LEVEL=error", "JARD_LIMITS_DOORS_WRITE_TOKEN=0", "JARD_LIMITS_DOORS_HEAVY_TOKEN=0")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, "http://" + address}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	await(t, "the child to answer", func() bool {
		resp, err := http.Get(c.url + "/healthz") //nolint:noctx // it is there or it is not
		if err == nil {
			resp.Body.Close()
		}
		return err == nil || says.noticed.Load()
	})
	if says.noticed.Load() {
		_ = cmd.Wait()
		return nil
	}
	return c
}

// killAfter writes from four sides, kills the child after a while, and notes
// what it had acknowledged by then. The while begins when the child is ready, or
// when it has acknowledged something, however slow the machine is.
func killAfter(t *testing.T, c *child, token string, acked bool, after time.Duration, acknowledged map[string]bool) {
	t.Helper()
	kill := sync.OnceFunc(func() { time.AfterFunc(after, func() { _ = c.cmd.Process.Kill() }) })
	r := &running{url: c.url}
	var mu sync.Mutex
	var writers sync.WaitGroup
	for n := range 4 {
		writers.Go(func() {
			for {
				ref, ok := r.tryCreate(token, fmt.Sprintf("Jeu %d", n))
				if !ok {
					return
				}
				mu.Lock()
				acknowledged[ref] = true
				mu.Unlock()
				kill()
			}
		})
	}
	if !acked {
		kill()
	}
	writers.Wait()
	kill()
	_ = c.cmd.Wait()
}
