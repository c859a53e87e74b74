package surveydb

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/survey"
)

// laterWithin is how long after an answer something can be added to it.
const laterWithin = time.Hour

// Later adds words to an answer that was sent without any, under the client's
// own key for it: somebody was thanked, and has more to say. They are cleaned,
// masked and known again when they are copied, as if they had come at once.
func (s *Store) Later(ctx context.Context, service, key, words string) error {
	once, now := survey.OnceKey(service, key), s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		var row AnswerRow
		if err := tx.Take(&row, "once = ? AND service = ?", once, service).Error; err != nil {
			return err
		}
		if now.Sub(row.At) > laterWithin {
			return fault.At("comment", "survey.later.late")
		}
		if row.Comment != "" {
			return fault.At("comment", "survey.later.twice")
		}
		set, err := s.Set(ctx, row.Set, row.Version)
		if err != nil {
			return err
		}
		if err := row.Say(set, words); err != nil {
			return err
		}
		return s.say(ctx, tx, &row, set)
	})
	return database.Explain(err, "add words to an answer")
}

// say keeps the words of an answer, and counts it anew when they are a copy.
func (s *Store) say(ctx context.Context, tx *gorm.DB, row *AnswerRow, set *survey.Set) error {
	if key, long := survey.CopyKey(row.Service, row.Comment); long {
		var copies int64
		if err := tx.Model(&AnswerRow{}).Where("text_hash = ?", key).Count(&copies).Error; err != nil {
			return err
		}
		if copies == 0 {
			row.TextHash = &key
		} else if err := s.copied(ctx, tx, row, set); err != nil {
			return err
		}
	}
	flags, err := json.Marshal(row.Flags)
	if err != nil {
		return err
	}
	return tx.Model(&AnswerRow{}).Where("id = ?", row.ID).
		Updates(map[string]any{"comment": row.Comment, "text_hash": row.TextHash, "flags": string(flags)}).Error
}

func (s *Store) copied(ctx context.Context, tx *gorm.DB, row *AnswerRow, set *survey.Set) error {
	raw, err := sqlTx(tx)
	if err != nil {
		return err
	}
	b := &batch{store: s, tx: raw, deltas: deltas{}}
	sums := b.deltas.of(row.Service, s.dayNumber(row.At))
	sums.Remove(set, &row.Answer)
	row.Mark(survey.Copied)
	sums.Add(set, &row.Answer)
	return b.insertDelta(ctx)
}
