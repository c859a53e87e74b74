package surveydb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Treat notes that somebody of the department dealt with an answer, or that it
// is to be dealt with after all.
func (s *Store) Treat(ctx context.Context, by identity.Actor, service string, id int64, done bool) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		a, err := asking(tx, service)
		if err != nil {
			return err
		}
		if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&AnswerRow{}).Where("id = ? AND service = ?", id, service).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		row := Treatment{Answer: id, Service: service, DoneAt: s.now(), DoneBy: by.Account}
		changed := tx.Clauses(clause.OnConflict{DoNothing: true})
		if done {
			changed = changed.Create(&row)
		} else {
			changed = tx.Delete(&Treatment{}, "answer = ?", id)
		}
		if changed.Error != nil || changed.RowsAffected == 0 {
			return changed.Error
		}
		line, err := audit.New(by, s.now(), "survey.treat", "service", service, a.Institution, nil, map[string]any{"answer": id, "done": done})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return database.Explain(err, "note that an answer was dealt with")
}

// Treatment says that somebody dealt with an answer.
type Treatment struct {
	Answer  int64 `gorm:"primaryKey"`
	Service string
	DoneAt  time.Time
	DoneBy  string
}

// TableName names the table.
func (Treatment) TableName() string { return "answer_treatments" }

// Treated tells which of the answers were dealt with, and when.
func (s *Store) Treated(ctx context.Context, ids []int64) (map[int64]time.Time, error) {
	out := map[int64]time.Time{}
	var rows []Treatment
	if err := s.db.WithContext(ctx).Find(&rows, "answer IN ?", ids).Error; err != nil {
		return nil, database.Explain(err, "read which answers were dealt with")
	}
	for _, r := range rows {
		out[r.Answer] = r.DoneAt
	}
	return out, nil
}

// Has tells by a fault that a service has no such answer.
func (s *Store) Has(ctx context.Context, service string, id int64) error {
	var n int64
	err := s.db.WithContext(ctx).Model(&AnswerRow{}).Where("id = ? AND service = ?", id, service).Count(&n).Error
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return database.Explain(err, "look for an answer")
}

// Waiting counts, by service, answers with words since a day that nobody dealt with.
func (s *Store) Waiting(ctx context.Context, services []string, since time.Time) (map[string]int64, error) {
	var rows []struct {
		Service string
		N       int64
	}
	err := s.db.WithContext(ctx).Model(&AnswerRow{}).Select("service, COUNT(*) AS n").
		Where("service IN ? AND at >= ? AND comment <> ''", services, since.UTC()).
		Where("NOT EXISTS (SELECT 1 FROM answer_treatments t WHERE t.answer = survey_answers.id)").Group("service").Find(&rows).Error
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Service] = r.N
	}
	return out, database.Explain(err, "count answers to deal with")
}
