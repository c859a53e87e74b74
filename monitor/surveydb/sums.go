package surveydb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/survey"
)

// spans are what days are summed up in, the longest first.
const (
	aMonth  = "m"
	tenDays = "t" // 1 to 10, 11 to 20, 21 to the end of the month
	aDay    = "d"
)

const daySeconds = 24 * 60 * 60

func calendar(day int64) time.Time { return time.Unix(day*daySeconds, 0).UTC() }

func numberOf(t time.Time) int64 { return t.Unix() / daySeconds }

// startOf is the first day of the span that a day lies in.
func startOf(span string, day int64) int64 {
	of := calendar(day).Day()
	switch {
	case span == aMonth, span == tenDays && of <= 10:
		return day - int64(of-1)
	case span == tenDays && of <= 20:
		return day - int64(of-11)
	case span == tenDays:
		return day - int64(of-21)
	}
	return day
}

// endOf is the day after a span that begins with start.
func endOf(span string, start int64) int64 {
	t := calendar(start)
	month := numberOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC))
	switch {
	case span == aDay:
		return start + 1
	case span == tenDays && t.Day() < 21:
		return start + 10
	}
	return month
}

// cover returns the spans that make up the days from..to, the latter left out,
// as few as there are.
func cover(from, to int64) map[string][]any {
	out := map[string][]any{}
	for day := from; day < to; {
		for _, span := range []string{aMonth, tenDays, aDay} {
			if end := endOf(span, day); startOf(span, day) == day && end <= to {
				out[span] = append(out[span], day)
				day = end
				break
			}
		}
	}
	return out
}

// days is the period from..to in whole days: those that both lie in.
func (s *Store) days(from, to time.Time) (first, last int64) {
	first, last = s.dayNumber(from), s.dayNumber(to)
	if midnight := to.In(s.zone); midnight.Hour()+midnight.Minute()+midnight.Second()+midnight.Nanosecond() > 0 {
		last++
	}
	return first, last
}

// Distribution sums up the answers of each service from..to, in whole days as
// they are in Tunis: the day of from, and that of to when to is no midnight.
// services nil means all. It is of one moment: what is acknowledged before it
// is asked for is in it.
func (s *Store) Distribution(ctx context.Context, services []string, from, to time.Time) (map[string]survey.Sums, error) {
	first, last := s.days(from, to)
	wanted := func(service string) bool { return services == nil || slices.Contains(services, service) }
	m := newMerger()
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		for span, starts := range cover(first, last) {
			if err := s.readSums(ctx, tx, span, starts, services, func(service string, _ int64, body []byte) error {
				m.add(service, body)
				return nil
			}); err != nil {
				return err
			}
		}
		return eachDelta(ctx, tx, func(at place, body []byte) error {
			if at.day >= first && at.day < last && wanted(at.service) {
				m.add(at.service, body)
			}
			return nil
		})
	})
	sums, merged := m.finish()
	return sums, database.Explain(errors.Join(err, merged), "sum up answers")
}

// Daily returns the sums of each day of a service from..to, as Distribution
// takes them. Days without answers are not there. The keys are midnights in
// UTC that name a day in Tunis.
func (s *Store) Daily(ctx context.Context, service string, from, to time.Time) (map[time.Time]survey.Sums, error) {
	first, last := s.days(from, to)
	out := map[time.Time]survey.Sums{}
	take := func(day int64, body []byte) error {
		at := calendar(day)
		if out[at] == nil {
			out[at] = survey.Sums{}
		}
		return out[at].MergePacked(body)
	}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		var starts []any
		for day := first; day < last; day++ {
			starts = append(starts, day)
		}
		err := s.readSums(ctx, tx, aDay, starts, []string{service}, func(_ string, day int64, body []byte) error { return take(day, body) })
		if err != nil {
			return err
		}
		return eachDelta(ctx, tx, func(at place, body []byte) error {
			if at.service != service || at.day < first || at.day >= last {
				return nil
			}
			return take(at.day, body)
		})
	})
	for day, sums := range out {
		if sums.Trim(); len(sums) == 0 {
			delete(out, day)
		}
	}
	return out, database.Explain(err, "sum up answers by day")
}

// snapshot reads at one moment.
func (s *Store) snapshot(ctx context.Context, read func(tx *sql.Tx) error) error {
	tx := s.db.WithContext(ctx).Begin(&sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.Rollback()
	raw, err := sqlTx(tx)
	if err != nil {
		return err
	}
	return read(raw)
}

// sqlTx is the transaction behind gorm's.
func sqlTx(tx *gorm.DB) (*sql.Tx, error) {
	raw, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, gorm.ErrInvalidTransaction
	}
	return raw, nil
}

// readSums hands over the packed sums of spans. Few services are looked up,
// all are read through.
func (s *Store) readSums(ctx context.Context, tx *sql.Tx, span string, starts []any, services []string,
	each func(service string, start int64, body []byte) error,
) error {
	const most = 400
	numbered := database.EngineOf(s.db) == database.Postgres
	for begin := 0; begin < len(starts); begin += most {
		part := starts[begin:min(begin+most, len(starts))]
		args := append([]any{span}, part...)
		query := "SELECT service, start, body FROM survey_sums WHERE span = " + list(1, 1, numbered) + " AND start IN (" +
			list(len(part), 2, numbered) + ")"
		if len(services) > 0 && len(services) <= most {
			query += " AND service IN (" + list(len(services), len(args)+1, numbered) + ")"
			for _, one := range services {
				args = append(args, one)
			}
		}
		if err := eachRow(ctx, tx, query, args, func(rows scanner) error {
			var service string
			var start int64
			var body sql.RawBytes
			if err := rows.Scan(&service, &start, &body); err != nil {
				return err
			}
			if len(services) > most && !slices.Contains(services, service) {
				return nil
			}
			return each(service, start, body)
		}); err != nil {
			return err
		}
	}
	return nil
}

// eachDelta hands over what is not rolled in yet.
func eachDelta(ctx context.Context, tx *sql.Tx, each func(at place, body []byte) error) error {
	return eachRow(ctx, tx, "SELECT body FROM survey_deltas", nil, func(rows scanner) error {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return err
		}
		return unpack(body, each)
	})
}

// rollMost is how many differences are rolled in by one transaction.
const rollMost = 5000

// Roll puts what answers added since the last time into the sums of their days,
// ten days and months. It is for a timed job; two at once wait for each other.
func (s *Store) Roll(ctx context.Context) error {
	for {
		more, err := s.rollSome(ctx)
		if err != nil || !more {
			return database.Explain(err, "roll up answers")
		}
	}
}

func (s *Store) rollSome(ctx context.Context) (more bool, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		var some []Delta
		if err := tx.Order("id").Limit(rollMost).Find(&some).Error; err != nil || len(some) == 0 {
			return err
		}
		more = len(some) == rollMost
		raw, err := sqlTx(tx)
		if err != nil {
			return err
		}
		if err := s.rollIn(ctx, raw, some); err != nil {
			return err
		}
		ids := make([]int64, len(some))
		for n := range some {
			ids[n] = some[n].ID
		}
		for part := range slices.Chunk(ids, 500) {
			if err := tx.Delete(&Delta{}, part).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// rollIn merges differences into the rows that they belong to.
func (s *Store) rollIn(ctx context.Context, tx *sql.Tx, some []Delta) error {
	for _, span := range []string{aMonth, tenDays, aDay} {
		sums, services, starts := deltas{}, map[string]bool{}, map[int64]bool{}
		for n := range some {
			if err := unpack(some[n].Body, func(at place, body []byte) error {
				start := startOf(span, at.day)
				services[at.service], starts[start] = true, true
				return sums.of(at.service, start).MergePacked(body)
			}); err != nil {
				return err
			}
		}
		if err := s.readSums(ctx, tx, span, keysOf(starts), namesOf(services), func(service string, start int64, body []byte) error {
			if sums[place{service, start}] == nil {
				return nil
			}
			return sums[place{service, start}].MergePacked(body)
		}); err != nil {
			return err
		}
		var args []any
		for at, one := range sums {
			one.Trim()
			args = append(args, span, at.day, at.service, one.Pack())
		}
		if err := s.insert(ctx, tx, "INSERT INTO survey_sums (span, start, service, body)",
			"ON CONFLICT (span, start, service) DO UPDATE SET body = excluded.body", 4, args, nil); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(m map[int64]bool) []any {
	var out []any
	for k := range m {
		out = append(out, k)
	}
	return out
}

func namesOf(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, strings.Clone(k))
	}
	return out
}
