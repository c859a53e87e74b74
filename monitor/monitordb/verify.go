package monitordb

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/pack"
)

// What Verify finds wrong.
var (
	errCount = errors.New("the number of readings in it is not the number written beside it")
	errOrder = errors.New("its readings are not in order, or outside of its hours")
)

// Verify reads everything that is kept of readings and editions and returns
// the first break: damage, a wrong count, a reading out of place, two packs
// for one hour, a figure that was changed after it was issued.
func (s *Store) Verify(ctx context.Context) error {
	db := s.db.WithContext(ctx)
	for _, part := range []func(*gorm.DB) error{verifyBatches, verifyPacks, verifyEditions} {
		if err := part(db); err != nil {
			return database.Explain(err, "verify history")
		}
	}
	return nil
}

func verifyBatches(db *gorm.DB) error {
	found, err := db.Model(&batched{}).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var b batched
		if err := db.ScanRows(found, &b); err != nil {
			return err
		}
		if err := b.verify(); err != nil {
			return fmt.Errorf("readings of group %d from %d on: %w", b.Grp, b.FirstAt, err)
		}
	}
	return found.Err()
}

func (b *batched) verify() error {
	rows, err := pack.OpenBatch(b.Body)
	if err != nil {
		return err
	}
	if int64(rows.Len()) != b.Count {
		return errCount
	}
	for _, r := range rows.All(nil) {
		if r.At < b.FirstAt || r.At > b.LastAt || groupOf(r.Check) != b.Grp {
			return errOrder
		}
	}
	return nil
}

func verifyPacks(db *gorm.DB) error {
	found, err := db.Model(&packed{}).Order("check_id, vantage, start").Rows()
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	var last packed
	var rows []pack.Row
	for found.Next() {
		var p packed
		if err := db.ScanRows(found, &p); err != nil {
			return err
		}
		same := p.CheckID == last.CheckID && p.Vantage == last.Vantage
		if rows, err = p.verify(rows[:0]); err == nil && same && p.Start < last.Start+last.Hours {
			err = errOrder
		}
		if err != nil {
			return fmt.Errorf("readings of check %d, vantage %d, hour %d: %w", p.CheckID, p.Vantage, p.Start, err)
		}
		last = p
	}
	return found.Err()
}

func (p *packed) verify(rows []pack.Row) ([]pack.Row, error) {
	rows, err := pack.Decode(p.key(), p.Body, math.MinInt64, math.MaxInt64, rows)
	if err != nil {
		return rows, err
	}
	if int64(len(rows)) != p.Count {
		return rows, errCount
	}
	at := p.Start * pack.Hour
	for n := range rows {
		if rows[n].At < at || rows[n].At >= (p.Start+p.Hours)*pack.Hour {
			return rows, errOrder
		}
		at = rows[n].At + 1
	}
	return rows, nil
}
