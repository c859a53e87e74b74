package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// line is one connection. It knows what may be asked again on another when it
// breaks: a transaction that has only begun, and a question outside of any. Of
// everything else it says what is known of what was being kept.
type line struct {
	*stdlib.Conn
	server     *server
	generation int64
	inside     bool // a transaction
}

// stillThere is how long a connection that was idle may take to answer.
const stillThere = 3 * time.Second

// ResetSession is asked before a connection is used again. One that the server
// has closed meanwhile must not cost a request.
func (l *line) ResetSession(ctx context.Context) error {
	l.inside = false
	if !l.IsValid() || hungUp(l.Conn.Conn().PgConn().Conn()) {
		return driver.ErrBadConn
	}
	ctx, cancel := context.WithTimeout(ctx, stillThere)
	defer cancel()
	return l.Conn.ResetSession(ctx)
}

// IsValid tells whether the connection may be used again.
func (l *line) IsValid() bool {
	return !l.Conn.Conn().IsClosed() && l.generation == l.server.generation.Load()
}

// Close closes the connection.
func (l *line) Close() error {
	defer l.server.forget(l)
	return l.Conn.Close()
}

// BeginTx begins a transaction, on another connection when this one is gone.
func (l *line) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := l.Conn.BeginTx(ctx, o)
	if err != nil {
		return nil, l.again(ctx, err, &l.server.counts.begun)
	}
	l.inside = true
	return transaction{tx, l}, nil
}

// ExecContext runs a statement that returns nothing.
func (l *line) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	done, err := l.Conn.ExecContext(ctx, query, args)
	if codeOf(err) == codeReplan && !l.inside {
		done, err = l.Conn.ExecContext(ctx, query, args)
	}
	if err != nil {
		return nil, l.told(err, !l.inside)
	}
	if !l.inside && l.alone() {
		return nil, l.outage(errors.New("a commit was cut short while it waited for its copy"), true)
	}
	return done, nil
}

// QueryContext runs a statement that returns rows.
func (l *line) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := l.Conn.QueryContext(ctx, query, args)
	if codeOf(err) == codeReplan && !l.inside { // the driver has dropped what it had prepared
		rows, err = l.Conn.QueryContext(ctx, query, args)
	}
	switch {
	case err == nil:
		return rows, nil
	case l.inside:
		return nil, l.told(err, false)
	case asks(query):
		return nil, l.again(ctx, err, &l.server.counts.read)
	}
	return nil, l.told(err, true)
}

// PrepareContext prepares a statement.
func (l *line) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := l.Conn.PrepareContext(ctx, query)
	if err != nil {
		if l.inside {
			return nil, l.told(err, false)
		}
		return nil, l.again(ctx, err, &l.server.counts.read)
	}
	prepared, ok := s.(*stdlib.Stmt)
	if !ok {
		return s, nil
	}
	return statement{prepared, l}, nil
}

// statement is a prepared one.
type statement struct {
	*stdlib.Stmt
	line *line
}

// ExecContext runs it.
func (s statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	done, err := s.Stmt.ExecContext(ctx, args)
	if err != nil {
		return nil, s.line.told(err, !s.line.inside)
	}
	return done, nil
}

// QueryContext runs it and returns rows.
func (s statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.Stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, s.line.told(err, !s.line.inside)
	}
	return rows, nil
}

// transaction is one on its way.
type transaction struct {
	driver.Tx
	line *line
}

// Commit keeps what was done, or says whether that is known.
func (t transaction) Commit() error {
	err := t.Tx.Commit()
	t.line.inside = false
	switch {
	case err == nil && t.line.alone():
		return t.line.outage(errors.New("it was cut short while it waited for its copy"), true)
	case err == nil, errors.Is(err, pgx.ErrTxCommitRollback):
		return err
	}
	return t.line.told(err, true)
}

// Rollback undoes what was done.
func (t transaction) Rollback() error {
	err := t.Tx.Rollback()
	t.line.inside = false
	if err != nil {
		return t.line.told(err, false)
	}
	return nil
}

// alone tells whether a commit was told done that no other machine has.
func (l *line) alone() bool {
	_, unsure := l.server.unsure.LoadAndDelete(l.Conn.Conn().PgConn())
	return unsure
}

// again has database/sql ask once more on another connection when this one is
// gone; nothing is kept by what failed.
func (l *line) again(ctx context.Context, err error, count interface{ Add(int64) int64 }) error {
	if ctx.Err() == nil && (errors.Is(err, driver.ErrBadConn) || l.gone(err)) {
		count.Add(1)
		return driver.ErrBadConn
	}
	return l.told(err, false)
}

// gone tells whether err is of the connection, or that the server takes no
// part any more, rather than of what was asked.
func (l *line) gone(err error) bool {
	if code := codeOf(err); code != "" && code != codeReadOnly {
		return len(code) == 5 && (code[:2] == "08" || code[:3] == "57P")
	}
	return l.Conn.Conn().IsClosed()
}

// told says what an error means for what was being kept: keeps is whether the
// statement would have kept something by itself.
func (l *line) told(err error, keeps bool) error {
	switch {
	case errors.Is(err, driver.ErrBadConn) && !l.inside && keeps:
		return err // nothing was sent: database/sql asks on another connection
	case errors.Is(err, driver.ErrBadConn):
		return l.outage(err, false)
	case codeOf(err) == codeReadOnly:
		l.server.counts.readOnly.Add(1)
		return &Outage{ReadsOn: true, err: err}
	case !l.gone(err):
		return err
	}
	unknown := keeps && !pgconn.SafeToRetry(err)
	if !unknown && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return err // whoever asked waits no longer: the driver closed the connection
	}
	return l.outage(err, unknown)
}

// outage counts one.
func (l *line) outage(err error, unknown bool) error {
	if unknown {
		l.server.counts.unknown.Add(1)
	} else {
		l.server.counts.lost.Add(1)
	}
	return &Outage{Unknown: unknown, err: err}
}

var (
	asking  = regexp.MustCompile(`(?is)^\s*(SELECT|WITH|SHOW|VALUES)\b`)
	keeping = regexp.MustCompile(`(?i)\b(INSERT|UPDATE|DELETE|MERGE|nextval|setval|advisory)\b`)
)

// asks tells whether a query changes nothing, as far as its words tell. FOR
// UPDATE counts as a change: it makes no sense outside a transaction.
func asks(query string) bool { return asking.MatchString(query) && !keeping.MatchString(query) }
