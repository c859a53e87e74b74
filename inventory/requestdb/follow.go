package requestdb

import (
	"context"
	"fmt"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
)

// Follow brings requests up to date with the datasets they wait for: what was
// opened answers them, a promise that moved or fell is passed on. Each is one
// transaction and decided by the rule again, so that running it twice, or two
// at once, changes nothing more. It returns how many requests changed.
func (s *Store) Follow(ctx context.Context) (int, error) {
	var refs []string
	err := s.db.WithContext(ctx).Raw(`
		SELECT r.ref FROM requests r JOIN datasets d ON d.ref = r.dataset
		LEFT JOIN publications p ON p.ref = r.dataset AND p.withdrawn_at IS NULL
		WHERE r.kind = 'data' AND r.dataset <> '' AND r.state IN ('accepted', 'assigned', 'planned')
		  AND (p.openness = 'open' OR d.state = 'withdrawn'
		    OR r.state = 'planned' AND coalesce(p.target_date, d.target_date, '') <> coalesce(r.planned_for, ''))
		ORDER BY r.ref`).Scan(&refs).Error
	if err != nil {
		return 0, fmt.Errorf("look for opened datasets: %w", err)
	}
	program, changed := identity.System("jard"), 0
	for _, ref := range refs {
		_, err := s.Change(ctx, program, ref, "follow", 0, func(r *request.Request, t Tools) error {
			if r.Dataset == "" {
				return nil
			}
			p, err := t.Promise(r.Dataset)
			if err != nil {
				return err
			}
			if r.Follow(p, t.Calendar, t.Now) {
				changed++
			}
			return nil
		})
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}
