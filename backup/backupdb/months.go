package backupdb

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/monitor/pack"
)

const (
	// packsTable is kept by month on PostgreSQL, and begins is where a row says
	// which. SQLite knows no months, so a backup does not tell of them.
	packsTable, begins = "reading_packs", "start"

	// A batch is as many rows as stand in memory until their months are there.
	batchRows  = 10_000
	batchBytes = 16 << 20
)

// plausible tells whether an hour may have a month of its own: what a broken
// clock dated before 2000 or after 2099 goes into the partition of the rest.
func plausible(hour int64) bool {
	return hour >= pack.HourOf(946684800*1e6) && hour < pack.HourOf(4102444800*1e6)
}

// fillMonths writes packs of readings, each batch once its months have their
// partitions: readings that went into the rest would outlive their retention
// there, row by row, and never be dropped at once.
func (c copier) fillMonths(ctx context.Context, t backup.Table, names []string, rows *source) error {
	at := slices.Index(names, begins)
	made := map[string]bool{}
	for {
		var batch [][]any
		for size := 0; len(batch) < batchRows && size < batchBytes && rows.Next(); {
			hour, is := rows.row[at].(int64)
			if m := pack.MonthOf(hour); is && plausible(hour) && !made[m.Table] {
				if err := c.month(ctx, m); err != nil {
					return err
				}
				made[m.Table] = true
			}
			for _, v := range rows.row {
				if b, is := v.([]byte); is {
					size += len(b)
				}
			}
			batch = append(batch, rows.row)
		}
		if rows.err != nil || len(batch) == 0 {
			return rows.err
		}
		if _, err := c.conn.CopyFrom(ctx, pgx.Identifier{t.Name}, names, pgx.CopyFromRows(batch)); err != nil {
			return err
		}
	}
}

// month makes the partition of a month where there is none.
func (c copier) month(ctx context.Context, m pack.Month) error {
	var there bool
	if err := c.conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", m.Table).Scan(&there); err != nil || there {
		return err
	}
	for _, statement := range []string{
		"CREATE TABLE " + m.Table + " (LIKE " + packsTable + " INCLUDING ALL)",
		fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", packsTable, m.Table, m.From, m.To),
	} {
		if _, err := c.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
