package monitordb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// stepsOf keeps what r was made of, when it was made of several parts here.
func (b *batch) stepsOf(r *monitor.Reading) {
	if len(r.Steps) == 0 || r.Vantage != 0 {
		return
	}
	if b.steps == nil {
		b.steps = map[int64]monitor.CheckSteps{}
	}
	b.steps[r.Check] = monitor.CheckSteps{CheckID: r.Check, At: r.At, Steps: r.Steps}
}

// writeSteps stores the steps of checks that are still watched.
func (w *Writer) writeSteps(ctx context.Context, tx *sql.Tx, all map[int64]monitor.CheckSteps) error {
	for _, check := range slices.Sorted(maps.Keys(all)) { // always in one order, so that two writers wait for each other
		if !w.active[check] {
			continue
		}
		steps, err := json.Marshal(all[check].Steps)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, w.sql("INSERT INTO check_steps (check_id, at, steps) VALUES (?, ?, ?) "+
			"ON CONFLICT (check_id) DO UPDATE SET at = excluded.at, steps = excluded.steps"), check, all[check].At, string(steps))
		if err != nil {
			return err
		}
	}
	return nil
}

// Steps returns what the last look of a check was made of; nothing when it was
// of one part.
func (s *Store) Steps(ctx context.Context, check int64) ([]monitor.Step, error) {
	var row monitor.CheckSteps
	err := s.db.WithContext(ctx).Take(&row, "check_id = ?", check).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return row.Steps, database.Explain(err, "read steps")
}
