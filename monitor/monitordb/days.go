package monitordb

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// freshDays is how many of a ribbon's days still change by themselves: today,
// and yesterday until its last hour is summed up.
const freshDays = 2

// dayCell is a day of one check, as a ribbon needs it, or some hours.
type dayCell struct {
	readings          int64
	up, down, planned int64 // microseconds
}

// cells are days of checks, each in the order of the ribbon.
type cells map[int64][]dayCell

// pastDays remembers the days of ribbons: ten thousand services have nearly a
// million of them, and in an hour one in ninety changes.
type pastDays struct {
	mu  sync.Mutex
	set daySet
}

// daySet is what is remembered.
type daySet struct {
	day               time.Time // today, when it was read
	rolled            time.Time // how far the hours were summed up then
	changed           bool      // an older day was summed up again since
	past              cells     // the days that are over, RibbonDays-freshDays of each check
	fresh             cells     // the others
	allPast, allFresh bool      // whether that is every check in force
}

// ribbonDays are the days of some checks.
type ribbonDays struct {
	midnights   []time.Time // RibbonDays of them, the oldest first
	past, fresh cells
}

// at returns day n of a check; a day without readings is empty.
func (r *ribbonDays) at(check int64, n int) monitor.Tally {
	list, i := r.past[check], n
	if n >= RibbonDays-freshDays {
		list, i = r.fresh[check], n-(RibbonDays-freshDays)
	}
	if list == nil {
		return monitor.Tally{}
	}
	return list[i].tally()
}

func (c dayCell) tally() monitor.Tally {
	return monitor.Tally{
		Readings: c.readings, Up: time.Duration(c.up) * time.Microsecond, Down: time.Duration(c.down) * time.Microsecond,
		Planned: time.Duration(c.planned) * time.Microsecond,
	}
}

// midnights returns the midnights that begin the days of a ribbon.
func (s *Store) midnights(now time.Time) []time.Time {
	list := make([]time.Time, 0, RibbonDays)
	noon := s.Day(now).Add(12 * time.Hour) // whatever the clocks do
	for n := RibbonDays - 1; n >= 0; n-- {
		list = append(list, s.Day(noon.Add(-time.Duration(n)*24*time.Hour)))
	}
	return list
}

// summedUp tells the memory that the days from a moment on were summed up again.
func (s *Store) summedUp(from time.Time) {
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	set := &s.past.set
	set.fresh, set.allFresh = cells{}, false
	if from.Before(set.day.Add(-12 * time.Hour)) {
		set.changed = true
	}
}

// ribbons returns the days of the checks (nil: of all that are in force). Only
// what is not remembered is read. rolled is how far the hours are summed up.
func (s *Store) ribbons(ctx context.Context, now, rolled time.Time, checks []int64) (*ribbonDays, error) {
	days := &ribbonDays{midnights: s.midnights(now)}
	today := days.midnights[RibbonDays-1]
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	set := &s.past.set
	if !set.day.Equal(today) || set.changed {
		*set = daySet{day: today, rolled: rolled, past: cells{}, fresh: cells{}}
	}
	if !set.rolled.Equal(rolled) {
		set.rolled, set.fresh, set.allFresh = rolled, cells{}, false
	}
	const old = RibbonDays - freshDays
	var err error
	if days.past, err = s.fill(ctx, set.past, &set.allPast, checks, days.midnights[:old], days.midnights[old]); err != nil {
		return nil, err
	}
	days.fresh, err = s.fill(ctx, set.fresh, &set.allFresh, checks, days.midnights[old:], today.Add(48*time.Hour))
	return days, err
}

// fill reads into known what it lacks of the checks, and returns a copy that
// nobody changes. all tells whether known holds every check.
func (s *Store) fill(ctx context.Context, known cells, all *bool, checks []int64, midnights []time.Time, end time.Time) (cells, error) {
	if checks == nil {
		if !*all {
			if err := s.readDays(ctx, known, nil, midnights, end); err != nil {
				return nil, err
			}
			*all = true
		}
		return maps.Clone(known), nil
	}
	own, lacking := make(cells, len(checks)), []int64{}
	for _, id := range checks {
		if _, there := known[id]; !there && !*all {
			lacking = append(lacking, id)
		}
	}
	for part := range slices.Chunk(lacking, chunk) {
		for _, id := range part {
			known[id] = nil // none, unless a row says more
		}
		if err := s.readDays(ctx, known, part, midnights, end); err != nil {
			for _, id := range part {
				delete(known, id)
			}
			return nil, err
		}
	}
	for _, id := range checks {
		own[id] = known[id]
	}
	return own, nil
}

// readDays reads the sums of days that begin at the midnights, before end.
func (s *Store) readDays(ctx context.Context, into cells, checks []int64, midnights []time.Time, end time.Time) error {
	place := make(map[int64]int, len(midnights))
	for n, day := range midnights {
		place[micro(day)] = n
	}
	query := "SELECT check_id, start, readings, up_us, down_us, planned_us FROM " + dayTable + " WHERE start >= ? AND start < ? AND check_id IN "
	args := []any{micro(midnights[0]), micro(end)}
	if checks == nil {
		query += "(SELECT id FROM checks WHERE retired_at IS NULL)"
	} else {
		query, args = query+"?", append(args, checks)
	}
	found, err := s.db.WithContext(ctx).Raw(query, args...).Rows()
	if err != nil {
		return database.Explain(err, "read days")
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var check, start int64
		var cell dayCell
		if err := found.Scan(&check, &start, &cell.readings, &cell.up, &cell.down, &cell.planned); err != nil {
			return database.Explain(err, "read days")
		}
		n, shown := place[start]
		if !shown { // of a time when days were cut elsewhere
			continue
		}
		if into[check] == nil {
			into[check] = make([]dayCell, len(midnights))
		}
		into[check][n] = cell
	}
	return database.Explain(found.Err(), "read days")
}
