package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// ErrCompactsItself is asking PostgreSQL for what it does by itself.
var ErrCompactsItself = errors.New("PostgreSQL keeps its tables compact by itself; only a SQLite file is compacted")

const (
	// bitePages is how many free pages are given back in one transaction: 8 MB,
	// so that nobody who writes waits long.
	bitePages = 2000
	// spareShare is what stays free: one page in sixteen. What was deleted today
	// makes room for what comes tomorrow.
	spareShare = 16
)

// Shrink gives free pages of a SQLite file back to the disk, but for some that
// will soon be needed again, and returns how many. A file that was made by an
// earlier version gives none back until it was compacted.
func Shrink(ctx context.Context, db *gorm.DB) (pages int64, err error) {
	if db.Name() != SQLite {
		return 0, nil
	}
	conn, err := db.DB()
	if err != nil {
		return 0, fmt.Errorf("shrink database: %w", err)
	}
	for {
		var all, free, bite int64
		err := conn.QueryRowContext(ctx, "SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count").Scan(&all, &free)
		if err != nil {
			return pages, fmt.Errorf("shrink database: %w", err)
		}
		if bite = min(bitePages, free-all/spareShare); bite <= 0 {
			return pages, nil
		}
		given, err := giveBack(ctx, conn, bite)
		if pages += given; err != nil || given == 0 {
			return pages, err
		}
	}
}

// giveBack cuts pages off the file. The statement does a page at each step, so
// its rows are read to the end.
func giveBack(ctx context.Context, conn *sql.DB, pages int64) (given int64, err error) {
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", pages))
	if err != nil {
		return 0, fmt.Errorf("shrink database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		given++
	}
	if err := rows.Err(); err != nil {
		return given, fmt.Errorf("shrink database: %w", err)
	}
	return given, nil
}

// Compact writes a SQLite file anew without any free page, such that it
// shrinks by itself from then on. It needs as much room again on the disk, and
// nobody else may use the file meanwhile. It returns the bytes before and after.
func Compact(ctx context.Context, db *gorm.DB) (before, after int64, err error) {
	if db.Name() != SQLite {
		return 0, 0, ErrCompactsItself
	}
	conn, err := db.DB()
	if err != nil {
		return 0, 0, fmt.Errorf("compact database: %w", err)
	}
	const size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
	if err := conn.QueryRowContext(ctx, size).Scan(&before); err != nil {
		return 0, 0, fmt.Errorf("compact database: %w", err)
	}
	for _, statement := range []string{"PRAGMA auto_vacuum = INCREMENTAL", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return before, 0, fmt.Errorf("compact database: %w", err)
		}
	}
	if err := conn.QueryRowContext(ctx, size).Scan(&after); err != nil {
		return before, 0, fmt.Errorf("compact database: %w", err)
	}
	return before, after, nil
}
