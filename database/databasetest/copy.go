package databasetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
)

// Copy starts a server that copies this one and only reads, until the test
// ends or it is promoted.
func (s *Server) Copy(tb testing.TB) *Server {
	tb.Helper()
	n := server.fresh.Add(1)
	c := &Server{c: &cluster{done: make(chan error, 1)}, bin: s.bin, as: s.as, data: filepath.Join(filepath.Dir(s.data), "copy"+strconv.FormatInt(n, 10))}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	take := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_basebackup"), "--pgdata", c.data, "--host", s.data, "--port", "5432",
		"--username", "jard", "--checkpoint", "fast", "--no-sync", "--write-recovery-conf")
	take.Dir = s.data
	if s.as != nil {
		if err := exec.CommandContext(ctx, "install", "-d", "-m", "700", "-o", strconv.FormatUint(uint64(s.as.Credential.Uid), 10), c.data).Run(); err != nil {
			tb.Fatal(err)
		}
		take.SysProcAttr = s.as
	}
	if out, err := take.CombinedOutput(); err != nil {
		tb.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	if err := os.Remove(filepath.Join(c.data, ".s.PGSQL.5432.lock")); err != nil { // its socket stands among the data
		tb.Fatal(err)
	}
	c.c.url = at(c.data)
	c.URL = c.c.url
	c.Start(tb)
	tb.Cleanup(c.stop)
	return c
}

// Folder is where the server listens.
func (s *Server) Folder() string { return s.data }

// CopyOf makes a copy of the database at target, to which nobody is connected,
// and returns where it is.
func CopyOf(tb testing.TB, target string) string {
	tb.Helper()
	if path, is := database.File(target); is {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		to := filepath.Join(tb.TempDir(), "copy.db")
		if err := os.WriteFile(to, data, 0o600); err != nil {
			tb.Fatal(err)
		}
		return "sqlite:" + to
	}
	from, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("jard_copy_%d_%d", os.Getpid(), server.fresh.Add(1))
	if err := admin("CREATE DATABASE " + name + " TEMPLATE " + strings.TrimPrefix(from.Path, "/")); err != nil {
		tb.Fatal(err)
	}
	dropAfter(tb, name)
	return withDatabase(server.url, name)
}
