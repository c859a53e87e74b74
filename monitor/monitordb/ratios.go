package monitordb

import (
	"context"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Ratios is how available one active service was: of its checks, the one that
// did worst.
type Ratios struct {
	Service monitor.Service
	Day     monitor.Tally // the last 24 hours
	Month   monitor.Tally // the last 30 days
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
	board, err := s.Board(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Ratios, 0, len(board.Services))
	for n := range board.Services {
		st := &board.Services[n]
		r := Ratios{Service: st.Service}
		if r.Day, err = s.worst(ctx, st.Service.Checks, now.Add(-24*time.Hour), now); err != nil {
			return nil, err
		}
		for _, day := range st.Days[max(0, len(st.Days)-30):] {
			r.Month.Up += day.Up
			r.Month.Down += day.Down
		}
		list = append(list, r)
	}
	s.shares.list, s.shares.until = list, now.Add(ratiosAge)
	return list, nil
}

// worst sums up each check over from..to and returns the one that was down longest.
func (s *Store) worst(ctx context.Context, checks []monitor.Check, from, to time.Time) (monitor.Tally, error) {
	var worst monitor.Tally
	for n, c := range checks {
		t, err := s.Tally(ctx, c.ID, from, to)
		if err != nil {
			return worst, err
		}
		if n == 0 || t.Down > worst.Down {
			worst = t
		}
	}
	return worst, nil
}
