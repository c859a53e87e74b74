package auditdb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
)

// Count counts one more act of this hour: what happens too often, or says too
// little, for a line of its own.
func Count(tx *gorm.DB, now time.Time, act string) error {
	err := tx.Exec("INSERT INTO audit_counts (hour, act, n) VALUES (?, ?, 1) ON CONFLICT (hour, act) DO UPDATE SET n = audit_counts.n + 1",
		now.UTC().Truncate(time.Hour), act).Error
	if err != nil {
		return fmt.Errorf("count %s: %w", act, err)
	}
	return nil
}

// TellCounts writes a line for each hour that is over and counted something.
func (s *Store) TellCounts(ctx context.Context) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if _, err := holdHead(tx, false); err != nil { // nobody tells the same hour at once
			return err
		}
		var counts []struct {
			Hour time.Time
			Act  string
			N    int64
		}
		over := s.now().Truncate(time.Hour)
		if err := tx.Raw("SELECT hour, act, n FROM audit_counts WHERE hour < ? ORDER BY hour, act", over).Scan(&counts).Error; err != nil {
			return err
		}
		lines := make([]audit.Line, 0, len(counts))
		for _, c := range counts {
			l, err := audit.New(identity.Actor{}, s.now(), c.Act, "count", c.Hour.UTC().Format(time.RFC3339), "", nil,
				map[string]any{"hour": c.Hour.UTC(), "count": c.N})
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		if err := tx.Exec("DELETE FROM audit_counts WHERE hour < ?", over).Error; err != nil {
			return err
		}
		return Append(tx, lines...)
	})
	if err != nil {
		return fmt.Errorf("tell what was counted: %w", err)
	}
	return nil
}
