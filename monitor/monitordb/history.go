package monitordb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// maxLookBack and maxLookAhead bound how far beyond a period its edges are
// looked for.
const (
	maxLookBack  = 7 * 24 * time.Hour
	maxLookAhead = 10 * time.Minute
)

// History returns the readings of a check from here in from..to, in order,
// with the last one before and the certain one after, so that the edges of the
// period are known.
func (s *Store) History(ctx context.Context, check int64, from, to time.Time) ([]monitor.Reading, error) {
	return s.HistoryFrom(ctx, check, 0, from, to)
}

// HistoryFrom is History of what was seen from a vantage.
func (s *Store) HistoryFrom(ctx context.Context, check int64, vantage int16, from, to time.Time) ([]monitor.Reading, error) {
	list, err := s.history(s.db.WithContext(ctx), check, vantage, from, to)
	return list, database.Explain(err, "read history")
}

// lookBacks are how far back the reading before a period is looked for, one
// after the other: it is nearly always near.
func lookBacks() []time.Duration {
	return []time.Duration{time.Hour, 25 * time.Hour, maxLookBack}
}

func (s *Store) history(db *gorm.DB, check int64, vantage int16, from, to time.Time) ([]monitor.Reading, error) {
	q := span{check: check, vantage: vantage, from: micro(from.Add(-lookBacks()[0])), to: micro(to.Add(maxLookAhead))}
	rows, err := s.read(db, q)
	if err != nil {
		return nil, err
	}
	begin := inside(rows, micro(from))
	rows = rows[max(0, begin-1):min(len(rows), inside(rows, micro(to))+shownAfter)]
	for n, back := range lookBacks()[1:] {
		if begin > 0 {
			break
		}
		q.from, q.to = micro(from.Add(-back)), micro(from.Add(-lookBacks()[n]))
		older, err := s.read(db, q)
		if err != nil {
			return nil, err
		}
		if begin = len(older); begin > 0 {
			rows = append(older[begin-1:], rows...)
		}
	}
	return readingsOf(rows), nil
}

// shownAfter is how many readings after a period are enough to find a certain one.
const shownAfter = 8

// inside returns the place of the first row that is not before at.
func inside(rows []pack.Row, at int64) int {
	n, _ := slices.BinarySearchFunc(rows, at, func(r pack.Row, at int64) int { return cmp.Compare(r.At, at) })
	return n
}

func readingsOf(rows []pack.Row) []monitor.Reading {
	list := make([]monitor.Reading, len(rows))
	for n := range rows {
		list[n] = rows[n].Reading()
	}
	return list
}

// Readings returns up to limit readings of a check in from..to, from wherever
// they were taken, newest first. It reads backwards, further at each step, so
// that a page of the newest does not read a year.
func (s *Store) Readings(ctx context.Context, check int64, from, to time.Time, limit int) ([]monitor.Reading, error) {
	var list []monitor.Reading
	for step := 6 * time.Hour; from.Before(to) && len(list) < limit; step *= 2 {
		begin := to.Add(-step)
		if begin.Before(from) {
			begin = from
		}
		rows, err := s.read(s.db.WithContext(ctx), span{check: check, anywhere: true, from: micro(begin), to: micro(to)})
		if err != nil {
			return nil, database.Explain(err, "read readings")
		}
		slices.SortStableFunc(rows, func(a, b pack.Row) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Vantage, b.Vantage)) })
		list = append(list, readingsOf(rows[:min(len(rows), limit-len(list))])...)
		to = begin
	}
	return list, nil
}

// Currents returns what stands about the checks of a service.
func (s *Store) Currents(ctx context.Context, service string) (map[int64]monitor.Current, error) {
	var list []monitor.Current
	if err := s.db.WithContext(ctx).Find(&list, "service = ?", service).Error; err != nil {
		return nil, database.Explain(err, "read state of "+service)
	}
	standing := make(map[int64]monitor.Current, len(list))
	for _, c := range list {
		standing[c.CheckID] = c
	}
	return standing, nil
}

// checkIDs lists every check there ever was.
func (s *Store) checkIDs(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.db.WithContext(ctx).Model(&monitor.Check{}).Order("id").Pluck("id", &ids).Error
	return ids, database.Explain(err, "list checks")
}
