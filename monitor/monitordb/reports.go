package monitordb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// OutageCount counts the incidents of a service that lasted in from..to.
func (s *Store) OutageCount(ctx context.Context, service string, from, to time.Time) (int, error) {
	var count int64
	err := s.db.WithContext(ctx).Model(&monitor.Outage{}).
		Where("service = ? AND incident > 0 AND started_at < ? AND (ended_at IS NULL OR ended_at > ?)", service, to.UTC(), from.UTC()).
		Distinct("incident").Count(&count).Error
	return int(count), database.Explain(err, "count outages of "+service)
}

// EditionOf returns the hash of what was last stated about exactly this period;
// empty when nothing was. What may be told of the service is up to the caller.
func (s *Store) EditionOf(ctx context.Context, service string, from, to time.Time) (string, error) {
	var hashes []string
	err := s.db.WithContext(ctx).Model(&Issued{}).Where("service = ? AND from_at = ? AND to_at = ?", service, micro(from), micro(to)).
		Order("issued_at DESC, hash").Limit(1).Pluck("hash", &hashes).Error
	if err != nil || len(hashes) == 0 {
		return "", database.Explain(err, "read edition of "+service)
	}
	return hashes[0], nil
}
