package databasetest

import (
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Server is a PostgreSQL of one test's own, which may be killed and comes back
// with everything that was committed.
type Server struct {
	URL string

	c    *cluster
	bin  string
	data string
	as   *syscall.SysProcAttr
	dead bool
}

// NewServer starts one, empty, until the test ends.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	bin, err := binaries()
	if err != nil {
		tb.Fatal(err)
	}
	dir := filepath.Dir(server.file) // where another user may enter, too
	s := &Server{c: &cluster{done: make(chan error, 1)}, bin: bin, data: filepath.Join(dir, "own"+strconv.FormatInt(server.fresh.Add(1), 10))}
	if s.as, err = s.c.make(bin, s.data); err != nil {
		tb.Fatal(err)
	}
	s.URL = s.c.url
	s.Start(tb)
	tb.Cleanup(s.stop)
	return s
}

func (s *Server) stop() {
	if !s.dead {
		s.c.stop()
	}
}

// Start starts the server after a crash and returns once it answers.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	s.dead = false
	if err := s.c.start(s.bin, s.data, s.as); err != nil {
		tb.Fatal(err)
	}
	if err := s.c.await(filepath.Join(s.data, ".s.PGSQL.5432")); err != nil {
		tb.Fatal(err)
	}
}

// Crash ends the server at once, as a cut of power does but for what the disk
// was told: it goes through its log when it is started again.
func (s *Server) Crash(tb testing.TB) {
	tb.Helper()
	if err := s.c.post.Process.Signal(syscall.SIGQUIT); err != nil {
		tb.Fatal(err)
	}
	<-s.c.done //nolint:errcheck // it did not end well, as wanted
	s.dead = true
}
