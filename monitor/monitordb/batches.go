package monitordb

import (
	"context"
	"database/sql"
	"hash/crc64"
	"math"
	"slices"

	"github.com/jard-odi/jard/monitor/pack"
)

// groupOf returns which batch the readings of a check go into: those of some
// checks lie together, so that neither a flush writes many rows nor a reader
// has to look through everybody's.
func groupOf(check int64) int64 { return check / groupSize }

const groupSize = 64

const batchColumns = "grp, first_at, seq, last_at, count, body"

// batched is a row of reading_batches, for the check against the schema.
type batched struct {
	Grp     int64 `gorm:"primaryKey;autoIncrement:false"`
	FirstAt int64 `gorm:"primaryKey;autoIncrement:false"`
	Seq     int64 `gorm:"primaryKey;autoIncrement:false"`
	LastAt  int64
	Count   int64
	Body    []byte
}

func (batched) TableName() string { return "reading_batches" }

var isoTable = crc64.MakeTable(crc64.ISO) //nolint:gochecknoglobals // a constant table

// batchesOf cuts rows into batches, one for each group of checks.
func batchesOf(rows []pack.Row) []batched {
	rows = pack.Sort(rows)
	var list []batched
	for len(rows) > 0 {
		group := groupOf(rows[0].Check)
		end := slices.IndexFunc(rows, func(r pack.Row) bool { return groupOf(r.Check) != group })
		if end < 0 {
			end = len(rows)
		}
		list = append(list, batchOf(group, rows[:end]))
		rows = rows[end:]
	}
	return list
}

func batchOf(group int64, rows []pack.Row) batched {
	b := batched{Grp: group, FirstAt: math.MaxInt64, LastAt: math.MinInt64, Count: int64(len(rows)), Body: pack.EncodeBatch(rows)}
	for n := range rows {
		b.FirstAt, b.LastAt = min(b.FirstAt, rows[n].At), max(b.LastAt, rows[n].At)
	}
	b.Seq = int64(crc64.Checksum(b.Body, isoTable) >> 1) //nolint:gosec // 63 bits
	return b
}

// writeBatches writes the rows of checks that are still watched; it returns
// how many those are and the oldest of them that was seen from here.
func (w *Writer) writeBatches(ctx context.Context, tx *sql.Tx, rows []pack.Row) (kept int, oldest int64, err error) {
	oldest = math.MaxInt64
	watched := make([]pack.Row, 0, len(rows))
	for n := range rows {
		if !w.active[rows[n].Check] {
			continue
		}
		watched = append(watched, rows[n])
		if rows[n].Vantage == 0 { // sums are made of what was seen from here
			oldest = min(oldest, rows[n].At)
		}
	}
	var args []any
	for _, b := range batchesOf(watched) {
		args = append(args, b.Grp, b.FirstAt, b.Seq, b.LastAt, b.Count, b.Body)
	}
	return len(watched), oldest, w.batches.insert(ctx, tx, args)
}
