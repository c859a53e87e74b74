package monitordb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// sums is a row of check_hours or check_days.
type sums struct {
	CheckID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Start     int64 `gorm:"primaryKey;autoIncrement:false"`
	Readings  int64
	Good      int64
	UpUs      int64
	DownUs    int64
	TookUs    int64
	SlowestUs int64
	Times     []byte
	Asked     int64
	Answered  int64
	PlannedUs int64
	MayDownUs int64
	MayUpUs   int64
	Delayed   int64

	DNSUs      int64 `gorm:"column:dns_us"`
	ConnectUs  int64
	TLSUs      int64 `gorm:"column:tls_us"`
	WaitUs     int64
	TransferUs int64
}

// hourly and daily are sums by their table, for the check against the schema.
type (
	hourly sums
	daily  sums
)

func (hourly) TableName() string { return hourTable }
func (daily) TableName() string  { return dayTable }

const (
	hourTable = "check_hours"
	dayTable  = "check_days"
)

func sumsOf(check int64, start time.Time, t *monitor.Tally) sums {
	return sums{
		CheckID: check, Start: micro(start), Readings: t.Readings, Good: t.Good,
		UpUs: t.Up.Microseconds(), DownUs: t.Down.Microseconds(), TookUs: t.Took.Microseconds(),
		SlowestUs: t.Slowest.Microseconds(), Times: t.Times.Pack(),
		Asked: t.Asked, Answered: t.Answered, PlannedUs: t.Planned.Microseconds(),
		MayDownUs: t.MayDown.Microseconds(), MayUpUs: t.MayUp.Microseconds(), Delayed: t.Delayed,
		DNSUs: t.Phases[monitor.PhaseDNS].Microseconds(), ConnectUs: t.Phases[monitor.PhaseConnect].Microseconds(),
		TLSUs: t.Phases[monitor.PhaseTLS].Microseconds(), WaitUs: t.Phases[monitor.PhaseWait].Microseconds(),
		TransferUs: t.Phases[monitor.PhaseTransfer].Microseconds(),
	}
}

func (s *sums) tally() monitor.Tally {
	return monitor.Tally{
		Readings: s.Readings, Good: s.Good,
		Up: time.Duration(s.UpUs) * time.Microsecond, Down: time.Duration(s.DownUs) * time.Microsecond,
		Took: time.Duration(s.TookUs) * time.Microsecond, Slowest: time.Duration(s.SlowestUs) * time.Microsecond,
		Times: monitor.UnpackHistogram(s.Times), Asked: s.Asked, Answered: s.Answered, Delayed: s.Delayed,
		Planned: time.Duration(s.PlannedUs) * time.Microsecond,
		MayDown: time.Duration(s.MayDownUs) * time.Microsecond, MayUp: time.Duration(s.MayUpUs) * time.Microsecond,
		Phases: s.phases(),
	}
}

// phases returns the sums of the phases.
func (s *sums) phases() monitor.Phases {
	return monitor.Phases{
		monitor.PhaseDNS: time.Duration(s.DNSUs) * time.Microsecond, monitor.PhaseConnect: time.Duration(s.ConnectUs) * time.Microsecond,
		monitor.PhaseTLS: time.Duration(s.TLSUs) * time.Microsecond, monitor.PhaseWait: time.Duration(s.WaitUs) * time.Microsecond,
		monitor.PhaseTransfer: time.Duration(s.TransferUs) * time.Microsecond,
	}
}

const (
	// settle is how long after its end an hour is summed up: by then the
	// re-checks of its last minute are in.
	settle = 2 * time.Minute
	// rollAtOnce bounds how much is summed up in one go when catching up.
	rollAtOnce = 7 * 24 * time.Hour
	// rollFarthest is how far back it goes at all.
	rollFarthest = 500 * 24 * time.Hour
)

// Roll sums up the hours that have ended and the days they belong to. It may
// be called at any time, by anybody, again: it computes from the readings and
// replaces what was there.
func (s *Store) Roll(ctx context.Context) error {
	for {
		from, to, mark, err := s.unrolled(ctx)
		if err != nil || !from.Before(to) {
			return err
		}
		ids, err := s.checkIDs(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.rollCheck(ctx, id, from, to); err != nil {
				return database.Explain(err, "sum up readings")
			}
		}
		// If a late reading moved the mark back meanwhile, it stays back.
		err = s.db.WithContext(ctx).Exec("UPDATE watch_state SET value = ? WHERE name = ? AND value = ?",
			micro(to), stateRolled, mark).Error
		if err != nil {
			return database.Explain(err, "sum up readings")
		}
	}
}

// unrolled returns the next stretch of whole hours to sum up, and the mark
// that says how far the sums go.
func (s *Store) unrolled(ctx context.Context) (from, to time.Time, mark int64, err error) {
	mark, err = s.state(ctx, stateRolled)
	if err != nil {
		return from, to, mark, err
	}
	rolled := mark
	if rolled == 0 { // never before: from the first reading there is
		rolled, err = s.first(s.db.WithContext(ctx))
		if err != nil || rolled == 0 {
			return from, to, mark, database.Explain(err, "sum up readings")
		}
	}
	from = time.UnixMicro(rolled).UTC().Truncate(time.Hour)
	if first := s.now().Add(-rollFarthest).Truncate(time.Hour); from.Before(first) {
		from = first // a clock that stood at its beginning wrote that, not history
	}
	to = s.now().Add(-settle).Truncate(time.Hour)
	if limit := from.Add(rollAtOnce); to.After(limit) {
		to = limit
	}
	return from, to, mark, nil
}

// rollCheck sums up the hours from..to of one check.
func (s *Store) rollCheck(ctx context.Context, check int64, from, to time.Time) error {
	readings, err := s.History(ctx, check, from, to)
	if err != nil || len(readings) == 0 {
		return err
	}
	planned, err := s.plannedOf(s.db.WithContext(ctx), check, from, to)
	if err != nil {
		return err
	}
	var hours []sums
	for start := from; start.Before(to); start = start.Add(time.Hour) {
		t := monitor.Sum(monitor.About(readings, start, start.Add(time.Hour)), start, start.Add(time.Hour), planned)
		if t.Readings > 0 || t.Known() > 0 || t.Planned > 0 {
			hours = append(hours, sumsOf(check, start, &t))
		}
	}
	if len(hours) == 0 {
		return nil
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := replace(tx, hourTable, hours); err != nil {
			return err
		}
		return s.rollDays(tx, check, from, to)
	})
	if err == nil {
		s.summedUp(from)
	}
	return err
}

// rollDays adds up the hours of the days that from..to touches.
func (s *Store) rollDays(tx *gorm.DB, check int64, from, to time.Time) error {
	var days []sums
	for day := s.Day(from); day.Before(to); day = s.Day(day.Add(36 * time.Hour)) {
		next := s.Day(day.Add(36 * time.Hour)) // noon of the next day, whatever the clocks do
		var hours []sums
		err := tx.Table(hourTable).Where("check_id = ? AND start >= ? AND start < ?", check, micro(day), micro(next)).
			Find(&hours).Error
		if err != nil {
			return err
		}
		var t monitor.Tally
		for n := range hours {
			hour := hours[n].tally()
			t.Add(&hour)
		}
		days = append(days, sumsOf(check, day, &t))
	}
	return replace(tx, dayTable, days)
}

func replace(tx *gorm.DB, table string, rows []sums) error {
	return tx.Table(table).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "check_id"}, {Name: "start"}}, UpdateAll: true,
	}).CreateInBatches(&rows, 100).Error
}

// Tally sums up a check over from..to: whole hours from their sums, the rest
// from the readings.
func (s *Store) Tally(ctx context.Context, check int64, from, to time.Time) (monitor.Tally, error) {
	rolled, err := s.state(ctx, stateRolled)
	if err != nil {
		return monitor.Tally{}, err
	}
	return s.tally(ctx, check, from, to, time.UnixMicro(rolled).UTC())
}

func (s *Store) tally(ctx context.Context, check int64, from, to, rolled time.Time) (monitor.Tally, error) {
	begin, end := from.Truncate(time.Hour), to.Truncate(time.Hour)
	if begin.Before(from) {
		begin = begin.Add(time.Hour)
	}
	if end.After(rolled) {
		end = rolled
	}
	if !begin.Before(end) {
		return s.raw(ctx, check, from, to)
	}
	total, err := s.raw(ctx, check, from, begin)
	if err != nil {
		return total, err
	}
	var hours []sums
	err = s.db.WithContext(ctx).Table(hourTable).
		Where("check_id = ? AND start >= ? AND start < ?", check, micro(begin), micro(end)).Find(&hours).Error
	if err != nil {
		return total, database.Explain(err, "read sums")
	}
	for n := range hours {
		hour := hours[n].tally()
		total.Add(&hour)
	}
	rest, err := s.raw(ctx, check, end, to)
	total.Add(&rest)
	return total, err
}

// raw sums up a check over from..to from its readings.
func (s *Store) raw(ctx context.Context, check int64, from, to time.Time) (monitor.Tally, error) {
	if !from.Before(to) {
		return monitor.Tally{}, nil
	}
	readings, err := s.History(ctx, check, from, to)
	if err != nil {
		return monitor.Tally{}, err
	}
	planned, err := s.plannedOf(s.db.WithContext(ctx), check, from, to)
	if err != nil {
		return monitor.Tally{}, err
	}
	return monitor.Sum(readings, from, to, planned), nil
}
