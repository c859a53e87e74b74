package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

const (
	// quietAge is how soon a maintenance that was announced or ended is noticed.
	quietAge = 5 * time.Second
	// quietAhead is how far ahead it is known while the database is away.
	quietAhead = time.Hour
)

// quiet has the pulse show no incident of what is in announced maintenance, so
// that nobody who asks Prometheus is called for it.
type quiet struct {
	planned func(ctx context.Context, slugs []string, from, to time.Time) (map[string][]monitor.Span, error)
	now     func() time.Time
	log     *slog.Logger

	mu    sync.Mutex
	until time.Time
	spans map[string][]monitor.Span
}

// quietly returns pulse as it is to be shown.
func (s stores) quietly(pulse func() monitor.Pulse, log *slog.Logger) func() monitor.Pulse {
	q := &quiet{planned: s.watched.PlannedOf, now: time.Now, log: log}
	return func() monitor.Pulse { return q.pulse(pulse()) }
}

// pulse is p as it is to be shown.
func (q *quiet) pulse(p monitor.Pulse) monitor.Pulse {
	now := q.now()
	p.Quiet(q.known(now), now)
	return p
}

// known returns what is announced. While that cannot be read, what was read
// last goes on.
func (q *quiet) known(now time.Time) map[string][]monitor.Span {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Before(q.until) && q.until.Sub(now) <= quietAge {
		return q.spans
	}
	q.until = now.Add(quietAge)
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	spans, err := q.planned(ctx, nil, now, now.Add(quietAhead))
	if err != nil {
		q.log.Warn("announced maintenance cannot be read", "room", "metrics", "err", err)
		return q.spans
	}
	q.spans = spans
	return spans
}
