package monitordb

import (
	"math"
	"slices"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/monitor/pack"
)

// span is which readings are asked for: of one check in from..to (microseconds).
type span struct {
	check    int64
	vantage  int16
	anywhere bool // whatever the vantage
	from, to int64
}

// wanted tells whether r is among those asked for.
func (q span) wanted(r *pack.Row) bool { return q.anywhere || r.Vantage == q.vantage }

// How many hours a pack holds: that of a day, and of half a month at most.
const (
	dayHours    = 24
	longestPack = 16 * dayHours
)

// read returns the readings of q by vantage and time, each once. What is not
// packed yet is read first: what is packed meanwhile is then met twice rather
// than missed.
func (s *Store) read(db *gorm.DB, q span) ([]pack.Row, error) {
	rows, err := readBatches(db, q)
	if err != nil {
		return nil, err
	}
	if !s.adopted.Load() {
		if rows, err = s.readBefore(db, q, rows); err != nil {
			return nil, err
		}
	}
	rows, err = readPacks(db, q, rows)
	if err != nil {
		return nil, err
	}
	return pack.Sort(rows), nil
}

func readBatches(db *gorm.DB, q span) ([]pack.Row, error) {
	rows, err := openBatches(func(b pack.Batch, rows []pack.Row) []pack.Row { return b.Of(q.check, q.from, q.to, rows) },
		db, "SELECT body FROM reading_batches WHERE grp = ? AND first_at < ? AND last_at >= ?", groupOf(q.check), q.to, q.from)
	return slices.DeleteFunc(rows, func(r pack.Row) bool { return !q.wanted(&r) }), err
}

// openBatches opens the batches that a statement returns, and takes rows out of each.
func openBatches(take func(b pack.Batch, rows []pack.Row) []pack.Row, db *gorm.DB, statement string, args ...any) ([]pack.Row, error) {
	found, err := db.Raw(statement, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	var rows []pack.Row
	for found.Next() {
		var body []byte
		if err := found.Scan(&body); err != nil {
			return nil, err
		}
		b, err := pack.OpenBatch(body)
		if err != nil {
			return nil, err
		}
		rows = take(b, rows)
	}
	return rows, found.Err()
}

// readPacks appends what is packed.
func readPacks(db *gorm.DB, q span, rows []pack.Row) ([]pack.Row, error) {
	first, last := pack.HourOf(q.from), pack.HourOf(q.to-1)
	where, args := "check_id = ? AND vantage = ?", []any{q.check, q.vantage}
	if q.anywhere {
		where, args = "check_id = ?", args[:1]
	}
	args = append(args, first-longestPack, first, last)
	found, err := db.Raw("SELECT vantage, start, body FROM reading_packs WHERE "+where+
		" AND start > ? AND start + hours > ? AND start <= ? ORDER BY vantage, start", args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		key := pack.Key{Check: q.check}
		var body []byte
		if err := found.Scan(&key.Vantage, &key.Start, &body); err != nil {
			return nil, err
		}
		if rows, err = pack.Decode(key, body, q.from, q.to, rows); err != nil {
			return nil, err
		}
	}
	return rows, found.Err()
}

// first returns the microsecond of the first hour of which anything is kept; 0 when nothing is.
func (s *Store) first(db *gorm.DB) (int64, error) {
	oldest := int64(math.MaxInt64)
	queries := []string{"SELECT MIN(first_at) FROM reading_batches", "SELECT MIN(CAST(start AS BIGINT)) * 3600000000 FROM reading_packs"}
	if !s.adopted.Load() {
		queries = append(queries, "SELECT MIN(at) FROM readings_before")
	}
	for _, query := range queries {
		var at *int64
		if err := db.Raw(query).Scan(&at).Error; err != nil {
			return 0, err
		}
		if at != nil {
			oldest = min(oldest, *at)
		}
	}
	if oldest == math.MaxInt64 {
		return 0, nil
	}
	return oldest, nil
}
