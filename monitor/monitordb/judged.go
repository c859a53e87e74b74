package monitordb

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// plannedOf returns when the service of a check was in maintenance in from..to.
func (s *Store) plannedOf(db *gorm.DB, check int64, from, to time.Time) ([]monitor.Span, error) {
	list, err := s.plans(db, from, to)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var v monitor.Service
	err = db.Select("slug", "institution").Take(&v, "slug = (SELECT service FROM checks WHERE id = ?)", check).Error
	if err != nil {
		return nil, database.Explain(err, "read the service of a check")
	}
	return list.spans(&v, from, to, s.occasions), nil
}

// maxPieces bounds how many stretches of a window are summed up in one answer:
// the office hours of two years.
const maxPieces = 1200

// TallyIn sums up a check over spans, in order and disjoint.
func (s *Store) TallyIn(ctx context.Context, check int64, spans []monitor.Span) (monitor.Tally, error) {
	var total monitor.Tally
	rolled, err := s.state(ctx, stateRolled)
	if err != nil {
		return total, err
	}
	for _, span := range spans[:min(len(spans), maxPieces)] {
		t, err := s.tally(ctx, check, span.From, span.To, time.UnixMicro(rolled).UTC())
		if err != nil {
			return total, err
		}
		total.Add(&t)
	}
	return total, nil
}

// BurnsOf returns how fast the budget of a service goes: from its confirmed
// outages, without maintenance and the time in which we were blind.
func (s *Store) BurnsOf(ctx context.Context, v *monitor.Service, every time.Duration, now time.Time) ([]monitor.Burn, error) {
	from := now.Add(-monitor.LongestBurn())
	var outages []monitor.Outage
	err := s.db.WithContext(ctx).Select("started_at", "ended_at").
		Find(&outages, "service = ? AND incident > 0 AND (ended_at IS NULL OR ended_at > ?)", v.Slug, from).Error
	if err != nil {
		return nil, database.Explain(err, "read outages")
	}
	down := make([]monitor.Span, 0, len(outages))
	for n := range outages {
		o := &outages[n]
		down = append(down, monitor.Span{From: o.StartedAt, To: o.StartedAt.Add(o.Lasted(now))})
	}
	unseen, err := s.UnseenOf(ctx, []string{v.Slug}, from, now)
	if err != nil {
		return nil, err
	}
	return monitor.Burns(v.Objective(), every, monitor.Spans(down...), unseen[v.Slug], now), nil
}
