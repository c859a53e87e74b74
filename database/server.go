package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// How long a request waits for a server that has just gone away: long enough
// for one that is restarted, short enough that requests do not pile up.
const (
	patientFor  = 2 * time.Second
	firstPause  = 20 * time.Millisecond
	longPause   = 250 * time.Millisecond
	quietBefore = 250 * time.Millisecond // while it is away, it is tried this often and not by everybody
)

// server is PostgreSQL as this process knows it: one machine, or several of
// which one takes writes. It hands connections to database/sql.
type server struct {
	settings   *pgx.ConnConfig
	connector  driver.Connector
	generation atomic.Int64 // of connections; those of an earlier one are not used again
	counts     counts
	narrow     func(n int) // has the pool open no more than n
	unsure     sync.Map    // of *pgconn.PgConn: a commit there was told done although nobody else has it

	mu       sync.Mutex
	lines    map[*line]bool
	away     time.Time // since when nobody could connect; zero: somebody could
	tried    time.Time
	last     error
	narrowed bool // the pool opens no more for a while
}

// newServer returns the server with these settings, nobody connected yet.
func newServer(settings *pgx.ConnConfig) *server {
	s := &server{settings: settings, lines: map[*line]bool{}}
	before := settings.OnPgError
	settings.OnPgError = func(c *pgconn.PgConn, said *pgconn.PgError) bool {
		if said.Code == codeReadOnly {
			s.generation.Add(1) // and so are all others of this machine: it leads no more
			return false
		}
		return before == nil || before(c, said)
	}
	settings.OnNotice = func(c *pgconn.PgConn, said *pgconn.Notice) {
		// A commit that waits for its copy and is cut short is told "done" all the
		// same, with this warning before it.
		if said.Severity == "WARNING" && (said.Code == codeCancelled || said.Code == codeShutdown) {
			s.unsure.Store(c, true)
		}
	}
	s.connector = stdlib.GetConnector(*settings)
	return s
}

// Driver is asked by database/sql only to be shown.
func (s *server) Driver() driver.Driver { return s }

// Open is never asked: connections come from Connect.
func (s *server) Open(string) (driver.Conn, error) {
	return nil, errors.New("open a connection through its connector")
}

// Connect opens a connection. A server that has just gone away is waited for a
// little; of one that is away for longer whoever asks is told at once.
func (s *server) Connect(ctx context.Context) (driver.Conn, error) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		if err := s.refused(); err != nil {
			return nil, err
		}
		generation := s.generation.Load()
		c, err := s.open(ctx)
		if err == nil {
			return s.came(c, generation), nil
		}
		if s.full(err) {
			return nil, driver.ErrBadConn // database/sql waits for one of those that are open
		}
		if ctx.Err() != nil || !s.failed(err) {
			return nil, &Outage{err: err}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, &Outage{err: err}
		}
	}
}

// refused is how the last try ended, when that was a moment ago and the server
// has been away for longer than anybody waits.
func (s *server) refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away.IsZero() || time.Since(s.away) < patientFor || time.Since(s.tried) >= quietBefore {
		return nil
	}
	return &Outage{err: s.last}
}

// failed notes that nobody could connect and tells whether to wait for it.
func (s *server) failed(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.away.IsZero() {
		s.away = now
	}
	s.tried, s.last = now, err
	return passing(err) && now.Sub(s.away) < patientFor
}

// widenAfter is when a server that gave no more connections is asked again.
const widenAfter = 30 * time.Second

// full tells whether the server gives no more connections and some are open:
// then the pool makes do with those, and tries again after a while.
func (s *server) full(err error) bool {
	if codeOf(err) != codeFull {
		return false
	}
	s.mu.Lock()
	open, narrowed := len(s.lines), s.narrowed
	s.narrowed = narrowed || open > 0
	s.mu.Unlock() // connections that the pool closes come back here
	if open == 0 {
		return false
	}
	s.narrow(open)
	if !narrowed {
		time.AfterFunc(widenAfter, func() {
			s.mu.Lock()
			s.narrowed = false
			s.mu.Unlock()
			s.narrow(math.MaxInt)
		})
	}
	return true
}

// came is a connection that was opened.
func (s *server) came(c *stdlib.Conn, generation int64) *line {
	l := &line{Conn: c, server: s, generation: generation}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.away.IsZero() {
		s.counts.reconnects.Add(1)
	}
	s.away = time.Time{}
	s.lines[l] = true
	return l
}

// forget is told that a connection is closed.
func (s *server) forget(l *line) {
	s.unsure.Delete(l.Conn.Conn().PgConn())
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lines, l)
}

// cut breaks every connection: what waits on one is told so at once.
func (s *server) cut() {
	s.generation.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.lines {
		_ = l.Conn.Conn().PgConn().Conn().Close()
	}
}

// counts are told to Prometheus.
type counts struct {
	reconnects                  atomic.Int64
	lost, unknown, readOnly     atomic.Int64 // what could not be done
	begun, read                 atomic.Int64 // what was asked again on another connection
	again, conflicts, deadlocks atomic.Int64 // what was run again
	listening                   atomic.Bool
}
