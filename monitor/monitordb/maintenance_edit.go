package monitordb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// EditWindow lets change say what a window is to be from now on, and keeps
// what the rules make of it. revision 0 agrees with any.
func (s *Store) EditWindow(
	ctx context.Context, by identity.Actor, id int64, revision int, change func(now Window) (monitor.MaintenanceWindow, error),
) (*monitor.MaintenanceWindow, error) {
	return s.changeWindow(ctx, by, id, revision, "edit", func(tx *gorm.DB, m *monitor.MaintenanceWindow) error {
		w := Window{MaintenanceWindow: *m}
		w.Next, w.Coming = m.Next(s.occasions, s.now())
		w.Runs = w.Coming && w.Next.Holds(s.now())
		want, err := change(w)
		if err != nil {
			return err
		}
		if err := m.Edit(by, want, s.occasions, s.now()); err != nil {
			return err
		}
		return sumAgain(tx, m.StartsAt)
	})
}

// sumAgain has the hours since from summed up once more: they may have been
// when nobody knew of a window that began in them.
func sumAgain(tx *gorm.DB, from time.Time) error {
	hour := from.Truncate(time.Hour).UnixMicro()
	return tx.Exec("UPDATE watch_state SET value = ? WHERE name = ? AND value > ?", hour, stateRolled, hour).Error
}

// changeWindow loads a window, lets change decide, and saves what it decided
// with its audit line, in one transaction.
func (s *Store) changeWindow(ctx context.Context, by identity.Actor, id int64, revision int, act string,
	change func(tx *gorm.DB, m *monitor.MaintenanceWindow) error,
) (*monitor.MaintenanceWindow, error) {
	var m monitor.MaintenanceWindow
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
		if err := tx.Clauses(lock).Take(&m, "id = ?", id).Error; err != nil {
			return err
		}
		if !m.Public && !m.SeenBy(by) {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		before := maintenanceTrail(&m)
		if revision != 0 && revision != m.Revision && m.ChangedBy(by) {
			return fault.New(fault.Stale, "maintenance.stale")
		}
		if err := change(tx, &m); err != nil {
			return err
		}
		if err := tx.Select("*").Omit("created_at").Updates(&m).Error; err != nil {
			return err
		}
		return s.noteMaintenance(tx, by, "maintenance."+act, &m, before)
	})
	if err != nil {
		return nil, database.Explain(err, "change maintenance")
	}
	return &m, nil
}
