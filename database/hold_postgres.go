package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// What keeps restoring a PostgreSQL database and serving from it apart.
var (
	ErrServed    = errors.New("a jard is serving from this database; stop every one of them first")
	ErrRestoring = errors.New("this database is being restored; serve from it when that has ended")
)

const (
	servingKey = "hashtextextended('jard serving', 0)"
	// holdAgain is how often it is seen to that the lock is still held: it is
	// lost with its connection.
	holdAgain = 5 * time.Second
)

// shareHold holds the lock of those who serve, as long as it is not let go:
// whoever would restore the database must find none.
func shareHold(target string) (letGo func() error, err error) {
	ctx, stop := context.WithCancel(context.Background())
	db, conn, err := lockServing(ctx, target, "pg_try_advisory_lock_shared", ErrRestoring)
	if err != nil {
		stop()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() {
		tick := time.NewTicker(holdAgain)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				ended <- release(db, conn, "pg_advisory_unlock_shared")
				return
			case <-tick.C:
			}
			conn = holdOn(ctx, db, conn)
		}
	}()
	return func() error { stop(); return <-ended }, nil
}

// holdOn takes the lock on another connection where the first was lost.
func holdOn(ctx context.Context, db *gorm.DB, conn *sql.Conn) *sql.Conn {
	if conn.PingContext(ctx) == nil || ctx.Err() != nil {
		return conn
	}
	under, err := db.DB()
	if err != nil {
		return conn
	}
	other, err := under.Conn(ctx)
	if err != nil {
		return conn // the server is away: at the next tick
	}
	var got bool
	if err := other.QueryRowContext(ctx, "SELECT pg_try_advisory_lock_shared("+servingKey+")").Scan(&got); err != nil {
		_ = other.Close()
		return conn
	}
	_ = conn.Close()
	return other
}

// HoldAlone keeps everybody from serving from the database until it is let go.
func HoldAlone(ctx context.Context, target string) (letGo func() error, err error) {
	if !onPostgres(target) {
		return Hold(target)
	}
	db, conn, err := lockServing(ctx, target, "pg_try_advisory_lock", ErrServed)
	if err != nil {
		return nil, err
	}
	return func() error { return release(db, conn, "pg_advisory_unlock") }, nil
}

// release lets the lock go before the connection: the server ends a session
// some time after we have. A connection that is gone holds nothing any more.
func release(db *gorm.DB, conn *sql.Conn, unlock string) error {
	ctx, stop := context.WithTimeout(context.Background(), stillThere)
	defer stop()
	_, _ = conn.ExecContext(ctx, "SELECT "+unlock+"("+servingKey+")")
	err := conn.Close()
	if errors.Is(err, sql.ErrConnDone) {
		err = nil
	}
	return errors.Join(err, Close(db))
}

// lockServing takes the lock on a connection of its own.
func lockServing(ctx context.Context, target, function string, taken error) (db *gorm.DB, conn *sql.Conn, err error) {
	if db, err = Open(Options{URL: target, MaxConnections: 2}); err != nil {
		return nil, nil, err
	}
	fail := func(err error) (*gorm.DB, *sql.Conn, error) { return nil, nil, errors.Join(err, Close(db)) }
	under, err := db.DB()
	if err != nil {
		return fail(fmt.Errorf("hold database: %w", err))
	}
	if conn, err = under.Conn(ctx); err != nil {
		return fail(fmt.Errorf("hold database: %w", errors.New(hidePassword(err.Error(), target))))
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT "+function+"("+servingKey+")").Scan(&got); err != nil {
		return fail(errors.Join(fmt.Errorf("hold database: %w", err), conn.Close()))
	}
	if !got {
		return fail(errors.Join(taken, conn.Close()))
	}
	return db, conn, nil
}

// serving counts who holds the lock: each process on a connection of its own,
// on which the server ends it when the process is gone.
const serving = `SELECT count(DISTINCT pid) FROM pg_locks, (SELECT ` + servingKey + ` AS key) AS lock
	WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock' AND objsubid = 1
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
	AND classid = ((key >> 32) & 4294967295)::oid AND objid = (key & 4294967295)::oid`

// Serving tells how many processes serve from db, this one included.
func Serving(ctx context.Context, db *gorm.DB) (n int, err error) {
	if EngineOf(db) != Postgres {
		return 1, nil
	}
	if err := db.WithContext(ctx).Raw(serving).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count who serves: %w", err)
	}
	return max(n, 1), nil
}
