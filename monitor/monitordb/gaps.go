package monitordb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// KeepGaps keeps why looks were missed. A gap that grew comes again with the
// same beginning and replaces what it was.
func (s *Store) KeepGaps(ctx context.Context, gaps []monitor.Gap) error {
	if len(gaps) == 0 {
		return nil
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "check_id"}, {Name: "cause"}, {Name: "started_at"}},
			DoUpdates: clause.AssignmentColumns([]string{"ended_at", "missed"}),
		}).Omit("id").CreateInBatches(&gaps, 100).Error
	})
	return database.Explain(err, "keep gaps")
}

// Gaps returns why looks at a check were missed between two moments, the
// oldest first, with the gaps of every check.
func (s *Store) Gaps(ctx context.Context, check int64, from, to time.Time) ([]monitor.Gap, error) {
	var list []monitor.Gap
	err := s.db.WithContext(ctx).Order("started_at, id").
		Find(&list, "check_id IN (0, ?) AND ended_at >= ? AND started_at < ?", check, from, to).Error
	return list, database.Explain(err, "read gaps")
}

// ForgetGaps deletes gaps that ended before a moment.
func (s *Store) ForgetGaps(ctx context.Context, before time.Time) error {
	return database.Explain(s.db.WithContext(ctx).Delete(&monitor.Gap{}, "ended_at < ?", before).Error, "forget gaps")
}
