package auditdb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
)

// TellCounts writes a line for each number of an hour that is over: sign-ins
// that failed, and what the version before counted.
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
		failed, err := s.failures(tx, over)
		if err != nil {
			return err
		}
		return Append(tx, append(lines, failed...)...)
	})
	if err != nil {
		return fmt.Errorf("tell what was counted: %w", err)
	}
	return nil
}
