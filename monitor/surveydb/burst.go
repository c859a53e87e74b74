package surveydb

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// lookForBurst marks the open answers of an hour that has many more than the
// service is used to; with the first one too many, those before it as well.
func (b *batch) lookForBurst(ctx context.Context, h hour, entries []*Entry, c *tally, usual float64) error {
	most := survey.BurstFrom(usual)
	if c.all <= most {
		return nil
	}
	numbered := database.EngineOf(b.store.db) == database.Postgres
	released, known := false, false
	err := eachRow(ctx, b.tx, "SELECT released_at IS NOT NULL FROM survey_bursts WHERE service = "+list(1, 1, numbered)+
		" AND start = "+list(1, 2, numbered), []any{h.service, h.start}, func(rows scanner) error {
		known = true
		return rows.Scan(&released)
	})
	if err != nil || released {
		return err
	}
	for _, e := range entries {
		e.Answer.Mark(survey.Burst)
	}
	if known {
		return nil
	}
	_, err = b.tx.ExecContext(ctx, "INSERT INTO survey_bursts (service, start, usual, most, released_by) VALUES ("+
		list(5, 1, numbered)+") ON CONFLICT DO NOTHING", h.service, h.start, usual, most, "")
	if err != nil {
		return err
	}
	return b.remark(ctx, h, func(a *survey.Answer) { a.Mark(survey.Burst) })
}

// remark changes the flags of the open answers that were kept in an hour, and
// the sums with them.
func (b *batch) remark(ctx context.Context, h hour, change func(*survey.Answer)) error {
	rows, err := b.openAnswers(ctx, h)
	if err != nil {
		return err
	}
	alike := map[string][]any{} // ids by the flags they get
	for n := range rows {
		a := &rows[n]
		if a.Channel.Mode() != survey.Self {
			continue
		}
		set, err := b.store.Set(ctx, a.Set, a.Version)
		if err != nil {
			return err
		}
		sums := b.deltas.of(a.Service, b.store.dayNumber(a.At))
		sums.Remove(set, a)
		change(a)
		sums.Add(set, a)
		flags := jsonOf(a.Flags)
		alike[flags] = append(alike[flags], a.ID)
	}
	numbered := database.EngineOf(b.store.db) == database.Postgres
	for flags, ids := range alike {
		for part := range slices.Chunk(ids, 1000) {
			query := "UPDATE survey_answers SET flags = " + list(1, 1, numbered) + " WHERE id IN (" + list(len(part), 2, numbered) + ")"
			if _, err := b.tx.ExecContext(ctx, query, append([]any{flags}, part...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// Bursts returns the hours in which a service had many more answers than
// usual, the newest first.
func (s *Store) Bursts(ctx context.Context, by identity.Actor, service string, since time.Time) ([]Burst, error) {
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ReadAnswers, asking.Institution); err != nil {
		return nil, err
	}
	var all []Burst
	err = s.db.WithContext(ctx).Where("service = ? AND start >= ?", service, since.UTC()).Order("start DESC").Find(&all).Error
	return all, database.Explain(err, "read bursts of answers")
}

// Release lets the answers of a burst count after all: the operator found that
// they were real. It is written down with its reason.
func (s *Store) Release(ctx context.Context, by identity.Actor, service string, start time.Time, reason string) error {
	if err := by.Must(identity.JudgeAssessment, ""); err != nil {
		return err
	}
	if survey.Clean(reason) == "" {
		return fault.At("reason", "survey.burst.reason")
	}
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		now := s.now()
		done := tx.Model(&Burst{}).Where("service = ? AND start = ? AND released_at IS NULL", service, start.UTC()).
			Updates(map[string]any{"released_at": now, "released_by": by.Account})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		raw, err := sqlTx(tx)
		if err != nil {
			return err
		}
		b := &batch{store: s, tx: raw, deltas: deltas{}}
		if err := b.remark(ctx, hour{service, start.UTC()}, func(a *survey.Answer) { a.Unmark(survey.Burst) }); err != nil {
			return err
		}
		if err := b.insertDelta(ctx); err != nil {
			return err
		}
		line, err := audit.New(by, now, "survey.release_burst", "service", service, asking.Institution, nil, map[string]any{"start": start.UTC()})
		if err != nil {
			return err
		}
		line.Reason = reason
		return auditdb.Append(tx, line)
	})
	return database.Explain(err, "release a burst of answers")
}
