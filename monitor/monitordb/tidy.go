package monitordb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

const stateTidied = "tidied" // the hour until which months were written anew

// monthTables returns the partitions of reading_packs that hold a month.
func (s *Store) monthTables(ctx context.Context) ([]month, error) {
	var tables []string
	err := s.db.WithContext(ctx).Raw(`SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'reading_packs'::regclass ORDER BY c.relname`).Scan(&tables).Error
	var list []month
	for _, table := range tables {
		if begin, err := time.Parse("reading_packs_2006_01", table); err == nil { // else it is the rest
			list = append(list, monthOf(begin))
		}
	}
	return list, err
}

// tidy writes each month anew, once, when all of it is bound: hours became
// days there and days halves, and PostgreSQL keeps the room of what was
// deleted. Who reads meanwhile waits only for the moment in which the new
// table takes the place of the old one.
func (s *Store) tidy(ctx context.Context) error {
	bound, err := s.state(ctx, stateBound)
	if err != nil {
		return err
	}
	tidied, err := s.state(ctx, stateTidied)
	if err != nil {
		return err
	}
	months, err := s.monthTables(ctx)
	if err != nil {
		return err
	}
	for _, m := range months {
		if m.to > bound || m.to <= tidied {
			continue
		}
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return rewrite(tx, m) })
		if err != nil {
			return fmt.Errorf("write %s anew: %w", m.table, err)
		}
	}
	return nil
}

// rewrite puts a copy of a month in its place.
func rewrite(tx *gorm.DB, m month) error {
	if err := lockGroup(tx, -1); err != nil { // against another process that does the same
		return err
	}
	for _, statement := range []string{
		"SET LOCAL lock_timeout = '10s'", // else tomorrow
		"LOCK TABLE " + m.table + " IN SHARE ROW EXCLUSIVE MODE",
		"CREATE TABLE reading_packs_anew (LIKE reading_packs INCLUDING ALL)",
		fmt.Sprintf("INSERT INTO reading_packs_anew (%s) SELECT %s FROM %s ORDER BY check_id, vantage, start", packColumns, packColumns, m.table),
		"ALTER TABLE reading_packs DETACH PARTITION " + m.table,
		"DROP TABLE " + m.table,
		"ALTER TABLE reading_packs_anew RENAME TO " + m.table,
		m.attach(),
		fmt.Sprintf("UPDATE watch_state SET value = %d WHERE name = '%s' AND value < %d", m.to, stateTidied, m.to),
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

const packColumns = "check_id, start, count, vantage, hours, body"

// attach is the statement that makes the month's table a partition.
func (m month) attach() string {
	return fmt.Sprintf("ALTER TABLE reading_packs ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", m.table, m.from, m.to)
}
