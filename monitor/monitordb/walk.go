package monitordb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// walkStep is how much is read at once.
const walkStep = 24 * time.Hour

// Walk calls visit with every reading of a check in from..to, from wherever it
// was taken, the oldest first, without holding more than a day of them.
func (s *Store) Walk(ctx context.Context, check int64, from, to time.Time, visit func(*monitor.Reading) error) error {
	for ; from.Before(to); from = from.Add(walkStep) {
		end := from.Add(walkStep)
		if end.After(to) {
			end = to
		}
		rows, err := s.read(s.db.WithContext(ctx), span{check: check, anywhere: true, from: micro(from), to: micro(end)})
		if err != nil {
			return database.Explain(err, "read readings")
		}
		slices.SortStableFunc(rows, func(a, b pack.Row) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Vantage, b.Vantage)) })
		for n := range rows {
			r := rows[n].Reading()
			if err := visit(&r); err != nil {
				return err
			}
		}
	}
	return nil
}
