package monitordb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/pack"
)

// monthsAhead is how many months have their partition before they begin.
const monthsAhead = 2

// month is a partition of reading_packs on PostgreSQL.
type month struct {
	table    string
	from, to int64 // hours since 1970
}

func monthOf(t time.Time) month {
	m := pack.MonthOf(pack.HourOf(micro(t)))
	return month{m.Table, m.From, m.To}
}

func (m month) begin() time.Time { return time.UnixMicro(m.from * pack.Hour).UTC() }

func (m month) next() month { return monthOf(m.begin().AddDate(0, 1, 0)) }

// months sees to it that the months from..to (microseconds), and those soon to
// come, have their partitions. Readings older than are kept anywhere go into
// the partition of the rest.
func (s *Store) months(ctx context.Context, from, to int64) error {
	if s.db.Name() != database.Postgres {
		return nil
	}
	first, now := time.UnixMicro(from), s.now()
	if far := now.Add(-rollFarthest); first.Before(far) {
		first = far
	}
	last := time.UnixMicro(to)
	if ahead := now.AddDate(0, monthsAhead, 0); last.Before(ahead) || last.After(ahead.AddDate(1, 0, 0)) {
		last = ahead
	}
	s.made.Lock()
	defer s.made.Unlock()
	for m := monthOf(first); !m.begin().After(last); m = m.next() {
		if s.made.months[m.table] {
			continue
		}
		if err := s.makeMonth(ctx, m); err != nil {
			return err
		}
		if s.made.months == nil {
			s.made.months = map[string]bool{}
		}
		s.made.months[m.table] = true
	}
	return nil
}

// makeMonth makes a partition when there is none. What stands in the rest for
// that month moves into it, or the server would refuse the partition.
func (s *Store) makeMonth(ctx context.Context, m month) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := lockGroup(tx, -1); err != nil { // against another process that does the same
			return err
		}
		var there bool
		if err := tx.Raw("SELECT to_regclass(?) IS NOT NULL", m.table).Scan(&there).Error; err != nil || there {
			return err
		}
		for _, statement := range []string{
			"CREATE TABLE " + m.table + " (LIKE reading_packs INCLUDING ALL)",
			fmt.Sprintf("WITH moved AS (DELETE FROM reading_packs_rest WHERE start >= %d AND start < %d RETURNING %s) "+
				"INSERT INTO %s (%s) SELECT %s FROM moved", m.from, m.to, packColumns, m.table, packColumns, packColumns),
			m.attach(),
		} {
			if err := tx.Exec(statement).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Purge forgets readings from before cutoff and returns how many; their sums
// stay. SQLite deletes whole packs, check by check; PostgreSQL drops the months
// that are wholly past, and writes those anew that changed for the last time.
func (s *Store) Purge(ctx context.Context, cutoff time.Time) (forgotten int64, err error) {
	hour := pack.HourOf(micro(cutoff))
	if s.db.Name() == database.Postgres {
		if forgotten, err = s.dropMonths(ctx, hour); err != nil {
			return forgotten, database.Explain(err, "purge readings")
		}
		if err := s.tidy(ctx); err != nil {
			return forgotten, database.Explain(err, "tidy readings")
		}
	}
	table := "reading_packs"
	if s.db.Name() == database.Postgres {
		table = "reading_packs_rest"
	}
	ids, err := s.checkIDs(ctx)
	if err != nil {
		return forgotten, err
	}
	for _, id := range ids {
		n, err := s.purgeCheck(ctx, table, id, hour)
		if forgotten += n; err != nil {
			return forgotten, database.Explain(err, "purge readings")
		}
	}
	_, err = database.Shrink(ctx, s.db)
	return forgotten, database.Explain(err, "purge readings")
}

// purgeCheck deletes the packs of a check that end before hour, a bite at a time
// so that nobody who writes waits long.
func (s *Store) purgeCheck(ctx context.Context, table string, check, hour int64) (forgotten int64, err error) {
	const bite = 400
	for {
		var old []packed
		db := s.db.WithContext(ctx)
		err := db.Table(table).Select("check_id", "vantage", "start", "count").Order("vantage, start").Limit(bite).
			Find(&old, "check_id = ? AND start < ? AND start + hours <= ?", check, hour, hour).Error
		if err != nil || len(old) == 0 {
			return forgotten, err
		}
		err = db.Transaction(func(tx *gorm.DB) error {
			for n := range old {
				p := &old[n]
				err := tx.Exec("DELETE FROM "+table+" WHERE check_id = ? AND vantage = ? AND start = ?", p.CheckID, p.Vantage, p.Start).Error
				if err != nil {
					return err
				}
				forgotten += p.Count
			}
			return nil
		})
		if err != nil || len(old) < bite {
			return forgotten, err
		}
	}
}

// dropMonths drops the partitions that end by hour.
func (s *Store) dropMonths(ctx context.Context, hour int64) (forgotten int64, err error) {
	months, err := s.monthTables(ctx)
	if err != nil {
		return 0, err
	}
	db := s.db.WithContext(ctx)
	for _, m := range months {
		if m.to > hour {
			continue
		}
		var count int64
		if err := db.Raw("SELECT COALESCE(SUM(count), 0) FROM " + m.table).Scan(&count).Error; err != nil {
			return forgotten, err
		}
		if err := db.Exec("DROP TABLE " + m.table).Error; err != nil {
			return forgotten, err
		}
		forgotten += count
		s.made.Lock()
		delete(s.made.months, m.table)
		s.made.Unlock()
	}
	return forgotten, nil
}
