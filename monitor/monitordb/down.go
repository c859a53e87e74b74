package monitordb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// DownSince returns when each service was down since a moment, confirmed, by the
// incidents of its checks: one query, however many services there are. A
// service without any is not there.
func (s *Store) DownSince(ctx context.Context, since time.Time) (map[string][]monitor.Span, error) {
	var list []monitor.Outage
	err := s.db.WithContext(ctx).Select("service", "started_at", "ended_at").
		Find(&list, "incident > 0 AND (ended_at IS NULL OR ended_at > ?)", since).Error
	if err != nil {
		return nil, database.Explain(err, "read outages")
	}
	now, down := s.now(), map[string][]monitor.Span{}
	for n := range list {
		i := &list[n]
		down[i.Service] = append(down[i.Service], monitor.Span{From: i.StartedAt, To: i.StartedAt.Add(i.Lasted(now))})
	}
	for service, spans := range down {
		down[service] = monitor.Spans(spans...)
	}
	return down, nil
}
