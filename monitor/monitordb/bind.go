package monitordb

import (
	"context"
	"math"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/monitor/pack"
)

const (
	stateBound = "bound" // the hour until which the days of half months are bound
	// bindAfter is how long after its end a half month is bound: what comes
	// later, from a place that was cut off for days, opens it again.
	bindAfter = 48 * time.Hour
	// bindAtOnce bounds how many half months are bound in a minute, so that ten
	// thousand checks keep a tenth of a core busy for an hour rather than all
	// of it for minutes.
	bindAtOnce = 200
)

// halfOf returns the half of the month (UTC) that hour lies in: the first
// fifteen days or the rest. It never reaches into another month, because
// PostgreSQL drops months.
func halfOf(hour int64) (start, hours int64) {
	at := time.UnixMicro(hour * pack.Hour).UTC()
	begin := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	end := begin.AddDate(0, 0, 15)
	if at.Day() > 15 {
		begin, end = end, begin.AddDate(0, 1, 0)
	}
	return pack.HourOf(micro(begin)), int64(end.Sub(begin) / time.Hour)
}

// bind makes one pack of the days of each half month that is over: fewer
// bytes, because what was learned of a check's spread is learned once and
// PostgreSQL's pages are filled better.
func (s *Store) bind(ctx context.Context) error {
	over, _ := halfOf(pack.HourOf(micro(s.now().Add(-bindAfter))))
	bound, err := s.state(ctx, stateBound)
	if err != nil || bound >= over {
		return err
	}
	ids, err := s.checkIDs(ctx)
	if err != nil {
		return err
	}
	left := bindAtOnce
	for _, id := range ids {
		for more := true; more; left-- {
			if left == 0 {
				return nil // the rest in the next minute
			}
			err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
				more, err = bindNext(tx, id, bound, over)
				return err
			})
			if err != nil {
				return err
			}
		}
		left++ // the last one found nothing
	}
	return s.db.WithContext(ctx).Exec("UPDATE watch_state SET value = ? WHERE name = ?", over, stateBound).Error
}

// bindNext binds the first half month of a check in from..to that still has
// single days; more is false when there is none.
func bindNext(tx *gorm.DB, check, from, to int64) (more bool, err error) {
	if err := lockGroup(tx, groupOf(check)); err != nil {
		return false, err
	}
	var days []packed
	err = tx.Select("check_id", "vantage", "start").Order("vantage, start").Limit(1).
		Find(&days, "check_id = ? AND vantage >= ? AND start >= ? AND start < ? AND hours <= ?",
			check, math.MinInt16, from, to, dayHours).Error
	if err != nil || len(days) == 0 {
		return false, err
	}
	slot := packed{CheckID: check, Vantage: days[0].Vantage}
	slot.Start, slot.Hours = halfOf(days[0].Start)
	old, err := overlapping(tx, slot)
	if err != nil {
		return false, err
	}
	if slot, err = filled(tx, slot, old, nil); err != nil {
		return false, err
	}
	return true, upsert(tx, []packed{slot})
}
