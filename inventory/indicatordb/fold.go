package indicatordb

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
)

// tally is a table of figures and its key.
type tally struct{ table, key, recount string }

// tallies are the tables that triggers keep, and how they are counted anew.
func tallies(engine string) []tally {
	day := func(at string) string { return "((" + at + " + 3600000000) / 86400000000)" }
	if engine == database.Postgres {
		day = func(at string) string { return "tunis_day(" + at + ")" }
	}
	return []tally{
		{
			"obligation_tally", "institution, kind, late_day, due_day, waived_day, week",
			`SELECT institution, CASE WHEN met_at < late_after THEN 'met' WHEN met_at < waived_until THEN 'waived'
				WHEN met_at IS NOT NULL THEN 'late' WHEN closed_at IS NOT NULL THEN 'closed' ELSE 'open' END AS kind,
			` + day("late_after") + ` AS late_day, CASE WHEN met_at IS NULL THEN ` + day("due_at") + ` ELSE 0 END AS due_day,
			CASE WHEN met_at IS NULL AND waived_until IS NOT NULL THEN ` + day("waived_until") + ` ELSE 0 END AS waived_day,
			CASE WHEN met_at < late_after OR met_at < waived_until THEN 0 WHEN coalesce(met_at, closed_at) IS NOT NULL
				THEN (` + day("coalesce(met_at, closed_at)") + ` + 3) / 7 ELSE 0 END AS week, count(*) AS n
			FROM obligations GROUP BY 1, 2, 3, 4, 5, 6`,
		},
		{
			"dataset_tally", "institution, state, openness, public, regular, late_day, target_date",
			`SELECT institution, state, openness,
			CASE WHEN approved_revision > 0 AND state <> 'withdrawn' THEN 1 ELSE 0 END AS public,
			CASE WHEN frequency <> '' THEN 1 ELSE 0 END AS regular,
			CASE WHEN late_after IS NULL THEN 0 ELSE ` + day("late_after") + ` END AS late_day,
			CASE WHEN target_date IS NULL OR state = 'withdrawn' OR (openness = 'open' AND approved_revision > 0)
				THEN '' ELSE target_date END AS target_date, count(*) AS n
			FROM datasets GROUP BY 1, 2, 3, 4, 5, 6, 7`,
		},
	}
}

// Fold brings the tallies to as few rows as they can have. What readers add up
// stays the same; it may run at any time, beside everything else.
func (s *Store) Fold(ctx context.Context) error {
	for _, t := range tallies(database.EngineOf(s.db)) {
		statement := "DELETE FROM " + t.table + " WHERE n = 0"
		if database.EngineOf(s.db) == database.Postgres {
			// One statement: what others append meanwhile is neither seen nor lost.
			statement = "WITH gone AS (DELETE FROM " + t.table + " RETURNING *) INSERT INTO " + t.table + " (" + t.key + ", n) " +
				"SELECT " + t.key + ", sum(n) FROM gone GROUP BY " + t.key + " HAVING sum(n) <> 0"
		}
		if err := s.db.WithContext(ctx).Exec(statement).Error; err != nil {
			return fmt.Errorf("fold %s: %w", t.table, err)
		}
	}
	return nil
}

// Drift counts the groups in which the tallies differ from a recount of the
// rows: 0, unless somebody wrote around the triggers.
func (s *Store) Drift(ctx context.Context) (int, error) {
	total := 0
	for _, t := range tallies(database.EngineOf(s.db)) {
		var n int
		err := s.db.WithContext(ctx).Raw(`SELECT count(*) FROM (SELECT ` + t.key + `, sum(n) AS n FROM (
			SELECT ` + t.key + `, n FROM ` + t.table + ` UNION ALL
			SELECT ` + t.key + `, -n FROM (` + t.recount + `) r) b GROUP BY ` + t.key + ` HAVING sum(n) <> 0) x`).Scan(&n).Error
		if err != nil {
			return 0, fmt.Errorf("recount %s: %w", t.table, err)
		}
		total += n
	}
	return total, nil
}

// Recount writes the tallies anew from the rows, in one transaction.
func (s *Store) Recount(ctx context.Context) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, t := range tallies(database.EngineOf(s.db)) {
			if database.EngineOf(s.db) == database.Postgres {
				source := map[string]string{"obligation_tally": "obligations", "dataset_tally": "datasets"}[t.table]
				if err := tx.Exec("LOCK TABLE " + source + ", " + t.table + " IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
					return err
				}
			}
			if err := tx.Exec("DELETE FROM " + t.table).Error; err != nil {
				return err
			}
			if err := tx.Exec("INSERT INTO " + t.table + " (" + t.key + ", n) " + t.recount).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recount the tallies: %w", err)
	}
	return nil
}
