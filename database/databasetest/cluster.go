package databasetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a PostgreSQL server of our own, without durability: it is thrown away.
type cluster struct {
	url   string
	post  *exec.Cmd
	done  chan error
	flags []string // beside those that all have
}

// careless are the flags of a server whose records nobody needs tomorrow.
func careless() []string {
	return []string{"-c", "full_page_writes=off", "-c", "synchronous_commit=off"}
}

// startCluster makes a cluster under dir and starts it on a socket there.
func startCluster(dir string) (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	c, data := &cluster{done: make(chan error, 1), flags: careless()}, filepath.Join(dir, "pg")
	as, err := c.make(bin, data)
	if err != nil {
		return nil, err
	}
	if err := c.start(bin, data, as); err != nil {
		return nil, err
	}
	server.url = c.url
	if err := c.await(filepath.Join(data, ".s.PGSQL.5432")); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// make makes an empty cluster at data.
func (c *cluster) make(bin, data string) (*syscall.SysProcAttr, error) {
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	as, err := serverUser(data)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "jard",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = as, data
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	c.url = at(data)
	return as, nil
}

// at is the address of the cluster whose socket is in a folder.
func at(folder string) string {
	return "postgres://jard@/postgres?" + url.Values{"host": {folder}, "port": {"5432"}}.Encode()
}

// start runs the server. It dies with this process, even a killed one: the
// kernel ties that to the thread that started it, hence the locked one.
func (c *cluster) start(bin, data string, as *syscall.SysProcAttr) error {
	//nolint:noctx // it lives as long as the tests; stop ends it
	c.post = exec.Command(filepath.Join(bin, "postgres"), append(c.flags, "-D", data, "-k", data, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "timezone=UTC", "-c", "logging_collector=off")...)
	attr := syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if as != nil {
		attr.Credential = as.Credential
	}
	c.post.SysProcAttr, c.post.Dir = &attr, data
	log, err := os.Create(data + ".log")
	if err != nil {
		return err
	}
	c.post.Stderr = log
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer log.Close()
		if err := c.post.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		c.done <- c.post.Wait()
	}()
	return <-started
}

// await returns once the server has made its socket and answers.
func (c *cluster) await(socket string) error {
	for range 1200 {
		if _, err := os.Stat(socket); err == nil && ask(c.url, "SELECT 1") == nil {
			return nil
		}
		select {
		case err := <-c.done:
			c.done <- err
			log, _ := os.ReadFile(filepath.Dir(socket) + ".log")
			return fmt.Errorf("postgres ended at once: %w\n%s", err, log)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("postgres did not answer within a minute")
}

func (c *cluster) stop() {
	_ = c.post.Process.Signal(syscall.SIGINT) // fast shutdown
	select {
	case <-c.done: //nolint:errcheck // how it ended is of no interest any more
	case <-time.After(10 * time.Second):
		_ = c.post.Process.Kill()
		<-c.done //nolint:errcheck // as above
	}
}

// binaries finds the folder of initdb and postgres: the newest of Debian's, else PATH.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return major(b) - major(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no PostgreSQL here: install it (apt-get install postgresql), or set " +
			"JARD_TEST_POSTGRES to the URL of a server; `make test` does the former by itself")
	}
	return filepath.Dir(path), nil
}

func major(path string) int {
	n, _ := strconv.Atoi(strings.Split(strings.TrimPrefix(path, "/usr/lib/postgresql/"), "/")[0])
	return n
}

// serverUser hands data to an ordinary user when we are root, because
// PostgreSQL refuses to run as root.
func serverUser(data string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil means "as ourselves"
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("find a user to run postgres as: %w", err)
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(data, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// Tool returns the path of a program of the PostgreSQL that the tests run on:
// pgbench, pg_dump.
func Tool(tb testing.TB, name string) string {
	tb.Helper()
	bin, err := binaries()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(bin, name)
}
