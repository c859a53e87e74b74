package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// How soon a server that says nothing any more counts as away.
const (
	connectWithin = 3 * time.Second  // for each host of the address
	silentFor     = 10 * time.Second // what was sent and not acknowledged by the other machine
	idleInside    = "10s"            // a transaction that does nothing: its locks keep others waiting
)

// openPostgres opens the server at url. The pool keeps every connection it
// opens: closing and reopening them costs the server more than the queries do.
func openPostgres(o Options, cfg *gorm.Config) (*gorm.DB, error) {
	settings, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", errors.New(hidePassword(err.Error(), o.URL)))
	}
	Wire(&settings.Config)
	if o.Statement > 0 {
		orElse(settings.RuntimeParams, "statement_timeout", fmt.Sprint(o.Statement.Milliseconds()))
		orElse(settings.RuntimeParams, "idle_in_transaction_session_timeout", idleInside)
	}
	return openWith(settings, o.MaxConnections, cfg)
}

// openWith opens the server with these settings.
func openWith(settings *pgx.ConnConfig, connections int, cfg *gorm.Config) (*gorm.DB, error) {
	if connections <= 0 {
		connections = 16
	}
	s := newServer(settings)
	pool := sql.OpenDB(s)
	s.narrow = func(n int) {
		pool.SetMaxOpenConns(min(n, connections))
		pool.SetMaxIdleConns(min(n, connections))
	}
	s.narrow(connections)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), pool.Close())
	}
	return db, nil
}

// Wire has connections with these settings notice within seconds that the other
// end is gone, on both sides, and of several hosts find the one that takes
// writes. What the address itself says of these things stands.
func Wire(c *pgconn.Config) {
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = connectWithin
	}
	dialer := &net.Dialer{
		Timeout:         c.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3},
		Control:         silence,
	}
	c.DialFunc = dialer.DialContext
	if c.ValidateConnect == nil && severalHosts(c) {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	for name, value := range map[string]string{
		"application_name": "jard",
		// So that the locks of a machine that vanished do not outlive it by hours.
		"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
		"tcp_user_timeout":                 fmt.Sprint(silentFor.Milliseconds()),
		"client_connection_check_interval": "2s",
	} {
		orElse(c.RuntimeParams, name, value)
	}
}

// orElse sets what the address leaves open.
func orElse(params map[string]string, name, value string) {
	if params[name] == "" {
		params[name] = value
	}
}

// severalHosts tells whether the address names more than one machine.
func severalHosts(c *pgconn.Config) bool {
	for _, other := range c.Fallbacks { // with TLS each host stands there twice
		if other.Host != c.Host || other.Port != c.Port {
			return true
		}
	}
	return false
}

// serverOf returns what is known of the server behind db; nil for SQLite.
func serverOf(db *gorm.DB) *server {
	if db.Name() != Postgres {
		return nil
	}
	pool, err := db.DB()
	if err != nil {
		return nil
	}
	s, _ := pool.Driver().(*server)
	return s
}

// dial opens a connection of its own to the server, outside the pool.
func (s *server) dial(ctx context.Context) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, s.settings.Copy())
}

// open opens one connection as the pool uses them.
func (s *server) open(ctx context.Context) (*stdlib.Conn, error) {
	c, err := s.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := c.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver of PostgreSQL gave a %T", c)
	}
	return conn, nil
}

// passing tells whether it makes sense to try to connect again in a moment: the
// server is starting, stopping, full or only reads, or nobody is there.
func passing(err error) bool {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(said.Code, "57P") || strings.HasPrefix(said.Code, "08") || said.Code == codeFull
	}
	return true
}
