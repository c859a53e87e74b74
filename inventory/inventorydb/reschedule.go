package inventorydb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/inventory"
)

// rescheduleBatch is how many publications one transaction reschedules: small
// enough that officers' changes get their turn in between.
const rescheduleBatch = 500

// Reschedule computes every due date anew, after holidays or frequencies
// changed, and returns how many moved. Running it twice moves nothing.
func (s *Store) Reschedule(ctx context.Context) (int, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return 0, err
	}
	calendar, last, moved := v.Workdays(), "", 0
	for {
		n, next := 0, ""
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			var batch []inventory.Publication
			err := tx.Where("dataset_id > ? AND withdrawn_at IS NULL", last).
				Order("dataset_id").Limit(rescheduleBatch).Find(&batch).Error
			if err != nil || len(batch) == 0 {
				return err
			}
			next = batch[len(batch)-1].DatasetID
			for _, p := range batch {
				changed, err := reschedule(tx, p, v, calendar)
				if err != nil {
					return err
				}
				if changed {
					n++
				}
			}
			return nil
		})
		if err != nil {
			return moved, fmt.Errorf("reschedule: %w", err)
		}
		moved += n
		if next == "" {
			return moved, nil
		}
		last = next
	}
}

// reschedule moves one duty. The data date it was computed from is part of the
// condition: an update that came in between has computed its own.
func reschedule(tx *gorm.DB, p inventory.Publication, v *inventory.Vocabulary, c *inventory.Workdays) (bool, error) {
	due, late := p.DueAt, p.LateAfter
	p.Schedule(v, c)
	if same(due, p.DueAt) && same(late, p.LateAfter) {
		return false, nil
	}
	dates := map[string]any{"due_at": p.DueAt, "late_after": p.LateAfter}
	done := tx.Model(&inventory.Publication{}).Where("dataset_id = ? AND modified = ?", p.DatasetID, p.Modified).
		UpdateColumns(dates)
	if done.Error != nil || done.RowsAffected == 0 {
		return false, done.Error
	}
	return true, tx.Model(&inventory.Dataset{}).Where("id = ?", p.DatasetID).UpdateColumns(dates).Error
}

func same(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
