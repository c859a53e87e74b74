package monitordb

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// reading is a row of readings. The times are integers on both engines.
type reading struct {
	CheckID    int64 `gorm:"primaryKey;autoIncrement:false"`
	Vantage    int16 `gorm:"primaryKey;autoIncrement:false"`
	At         int64 `gorm:"primaryKey;autoIncrement:false"`
	Verdict    monitor.Verdict
	Reason     monitor.Reason
	Status     int
	Attempt    int
	EveryS     int64 `gorm:"column:every_s"`
	Bytes      int64
	DNSUs      int64 `gorm:"column:dns_us"`
	ConnectUs  int64
	TLSUs      int64
	WaitUs     int64
	TransferUs int64
}

func (reading) TableName() string { return "readings" }

func (r *reading) reading() monitor.Reading {
	us := [...]int64{r.DNSUs, r.ConnectUs, r.TLSUs, r.WaitUs, r.TransferUs}
	m := monitor.Reading{
		Check: r.CheckID, Vantage: r.Vantage, At: time.UnixMicro(r.At).UTC(), Verdict: r.Verdict, Reason: r.Reason, Status: r.Status,
		Every: time.Duration(r.EveryS) * time.Second, Bytes: r.Bytes,
	}
	m.SetMark(uint8(r.Attempt)) //nolint:gosec // a byte was written
	for n, v := range us {
		m.Phases[n] = time.Duration(v) * time.Microsecond
	}
	return m
}

// maxLookBack and maxLookAhead bound how far beyond a period its edges are
// looked for.
const (
	maxLookBack  = 7 * 24 * time.Hour
	maxLookAhead = 10 * time.Minute
)

// History returns the readings of a check from here in from..to, in order, with the last
// one before and the certain one after, so that the edges of the period are known.
func (s *Store) History(ctx context.Context, check int64, from, to time.Time) ([]monitor.Reading, error) {
	return history(s.db.WithContext(ctx), check, 0, from, to)
}

// HistoryFrom is History of what was seen from a vantage.
func (s *Store) HistoryFrom(ctx context.Context, check int64, vantage int16, from, to time.Time) ([]monitor.Reading, error) {
	return history(s.db.WithContext(ctx), check, vantage, from, to)
}

func history(db *gorm.DB, check int64, vantage int16, from, to time.Time) ([]monitor.Reading, error) {
	var before []reading
	err := db.Where("check_id = ? AND vantage = ? AND at < ? AND at > ?", check, vantage, micro(from), micro(from.Add(-maxLookBack))).
		Order("at DESC").Limit(1).Find(&before).Error
	if err != nil {
		return nil, database.Explain(err, "read history")
	}
	var rows []reading
	err = db.Where("check_id = ? AND vantage = ? AND at >= ? AND at < ?", check, vantage, micro(from), micro(to)).Order("at").Find(&rows).Error
	if err != nil {
		return nil, database.Explain(err, "read history")
	}
	var after []reading
	err = db.Where("check_id = ? AND vantage = ? AND at >= ? AND at < ?", check, vantage, micro(to), micro(to.Add(maxLookAhead))).
		Order("at").Limit(8).Find(&after).Error
	if err != nil {
		return nil, database.Explain(err, "read history")
	}
	all := make([]monitor.Reading, 0, len(before)+len(rows)+len(after))
	for _, part := range [][]reading{before, rows, after} {
		for n := range part {
			all = append(all, part[n].reading())
		}
	}
	return all, nil
}

// Readings returns up to limit readings of the checks in from..to, newest
// first, that come before the one that `before` marks (zero: from the end).
func (s *Store) Readings(ctx context.Context, check int64, from, to time.Time, limit int) ([]monitor.Reading, error) {
	var rows []reading
	err := s.db.WithContext(ctx).Where("check_id = ? AND at >= ? AND at < ?", check, micro(from), micro(to)).
		Order("at DESC").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, database.Explain(err, "read readings")
	}
	list := make([]monitor.Reading, 0, len(rows))
	for n := range rows {
		list = append(list, rows[n].reading())
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

// Purge deletes readings from before cutoff; their sums stay.
func (s *Store) Purge(ctx context.Context, cutoff time.Time) (deleted int64, err error) {
	ids, err := s.checkIDs(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		done := s.db.WithContext(ctx).Exec("DELETE FROM readings WHERE check_id = ? AND at < ?", id, micro(cutoff))
		if done.Error != nil {
			return deleted, database.Explain(done.Error, "purge readings")
		}
		deleted += done.RowsAffected
	}
	return deleted, nil
}

// checkIDs lists every check there ever was.
func (s *Store) checkIDs(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.db.WithContext(ctx).Model(&monitor.Check{}).Order("id").Pluck("id", &ids).Error
	return ids, database.Explain(err, "list checks")
}
