package monitordb

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// Ratios is how available one active service was: of its checks, the one that
// did worst. Of the tallies only times and readings are filled in.
type Ratios struct {
	Service   monitor.Service
	Day       monitor.Tally // the last 24 hours, and back to the full hour they begin in
	DayLength time.Duration // how long that is
	Month     monitor.Tally // the last 30 days
}

// ratiosAge is how old the ratios may be: a scrape comes every few seconds,
// and reading a day of every check takes a while.
const ratiosAge = time.Minute

// ratios remembers the last answer.
type ratios struct {
	mu    sync.Mutex
	until time.Time
	list  []Ratios
}

// Ratios returns the availability of every active service, at most a minute old.
func (s *Store) Ratios(ctx context.Context) ([]Ratios, error) {
	s.shares.mu.Lock()
	defer s.shares.mu.Unlock()
	now := s.now()
	if s.shares.list != nil && now.Before(s.shares.until) && now.After(s.shares.until.Add(-2*ratiosAge)) {
		return s.shares.list, nil
	}
	list, err := s.readRatios(ctx, now)
	if err != nil {
		return nil, err
	}
	s.shares.list, s.shares.until = list, now.Add(ratiosAge)
	return list, nil
}

// readRatios takes what is summed up from the sums and the hour after them from
// the outages, as a ribbon does: no reading is touched.
func (s *Store) readRatios(ctx context.Context, now time.Time) ([]Ratios, error) {
	services, err := s.active(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.gather(ctx, now)
	if err != nil {
		return nil, err
	}
	from := now.Add(-24 * time.Hour).Truncate(time.Hour)
	hours, err := s.sumHours(ctx, services, from, p.rolled)
	if err != nil {
		return nil, err
	}
	today := s.Day(now)
	list := make([]Ratios, 0, len(services))
	for n := range services {
		v := &services[n]
		planned := p.planned.of(v.Slug, v.Institution)
		r := Ratios{Service: *v, DayLength: now.Sub(from)}
		for k, c := range v.Checks {
			t := p.estimate(c, from, now, planned)
			sum := hours[c.ID].tally()
			if t.Add(&sum); k == 0 || t.Down > r.Day.Down {
				r.Day = t
			}
		}
		for _, day := range p.ribbon(v, now, today, planned)[RibbonDays-30:] {
			r.Month.Up += day.Up
			r.Month.Down += day.Down
			r.Month.Planned += day.Planned
		}
		list = append(list, r)
	}
	return list, nil
}

// sumHours adds up, for each check of the services, the hours from one on that
// are summed up, before an end: a query for each 500 checks.
func (s *Store) sumHours(ctx context.Context, services []monitor.Service, from, end time.Time) (map[int64]dayCell, error) {
	var ids []int64
	for n := range services {
		for _, c := range services[n].Checks {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	into := make(map[int64]dayCell, len(ids))
	for part := range slices.Chunk(ids, chunk) {
		if err := s.sumPart(ctx, into, part, from, end); err != nil {
			return nil, database.Explain(err, "sum up hours")
		}
	}
	return into, nil
}

func (s *Store) sumPart(ctx context.Context, into map[int64]dayCell, checks []int64, from, end time.Time) error {
	found, err := s.db.WithContext(ctx).Raw(`SELECT check_id, CAST(SUM(readings) AS BIGINT), CAST(SUM(up_us) AS BIGINT), CAST(SUM(down_us) AS BIGINT),
		CAST(SUM(planned_us) AS BIGINT) FROM `+hourTable+" WHERE check_id IN ? AND start >= ? AND start < ? GROUP BY check_id",
		checks, micro(from), micro(end)).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var check int64
		var c dayCell
		if err := found.Scan(&check, &c.readings, &c.up, &c.down, &c.planned); err != nil {
			return err
		}
		into[check] = c
	}
	return found.Err()
}
