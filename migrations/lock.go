package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
)

const (
	// lockWait is how long a migration waits for a table that others use.
	// Whoever asks for the table after it waits behind it.
	lockWait = 3 * time.Second
	// betweenTries is how long those are let through before the next try; it
	// grows with each.
	betweenTries = time.Second
	mostTries    = 15
	migratingKey = "hashtextextended('jard migrating', 0)"
)

// locker has one process at a time migrate a PostgreSQL database. The lock is
// the connection's and ends with it.
type locker struct{}

// SessionLock waits for its turn.
func (locker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for _, statement := range []string{
		"SELECT pg_advisory_lock(" + migratingKey + ")",
		fmt.Sprintf("SET lock_timeout = %d", lockWait.Milliseconds()),
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// SessionUnlock gives the next one its turn.
func (locker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, reset := conn.ExecContext(ctx, "RESET lock_timeout")
	_, unlock := conn.ExecContext(ctx, "SELECT pg_advisory_unlock("+migratingKey+")")
	return errors.Join(reset, unlock)
}

// lockedOut tells whether a migration gave up because others used its tables.
func lockedOut(err error) bool {
	var said interface{ SQLState() string }
	return errors.As(err, &said) && said.SQLState() == "55P03"
}

// askAgain is how often a process asks whether another has migrated a file.
const askAgain = 50 * time.Millisecond

// alone waits until no other process migrates the SQLite file of db. On
// PostgreSQL the server has them wait.
func alone(ctx context.Context, db *gorm.DB) (letGo func() error, err error) {
	nothing := func() error { return nil }
	if db.Name() != database.SQLite {
		return nothing, nil
	}
	var path string
	if err := db.WithContext(ctx).Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path).Error; err != nil || path == "" {
		return nothing, err
	}
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		letGo, ok, err := database.Claim(path + ".migrating")
		if err != nil || ok {
			return letGo, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("migrate: another process does: %w", ctx.Err())
		case <-tick.C:
		}
	}
}
