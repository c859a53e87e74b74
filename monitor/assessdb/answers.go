package assessdb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// Answers are what owners and auditors said of a service.
func (s *Store) Answers(ctx context.Context, by identity.Actor, service string) ([]assess.Answer, error) {
	institution, err := institutionOf(s.db.WithContext(ctx), service)
	if err != nil {
		return nil, database.Explain(err, "read answers")
	}
	if err := by.Must(identity.ReadServices, institution); err != nil {
		return nil, err
	}
	var all []assess.Answer
	err = s.db.WithContext(ctx).Where("service = ?", service).Order("measure").Find(&all).Error
	return all, database.Explain(err, "read answers of "+service)
}

// Waiting are answers that nobody judged yet, the oldest first.
func (s *Store) Waiting(ctx context.Context, by identity.Actor, limit int) ([]assess.Answer, error) {
	return s.answersWhere(ctx, by, limit, "given_at", "state = ?", string(assess.Given))
}

// Expiring are answers that hold no longer than until, those that end first first.
func (s *Store) Expiring(ctx context.Context, by identity.Actor, until time.Time, limit int) ([]assess.Answer, error) {
	return s.answersWhere(ctx, by, limit, "until", "until <= ?", until)
}

func (s *Store) answersWhere(ctx context.Context, by identity.Actor, limit int, order, where string, args ...any) ([]assess.Answer, error) {
	if !by.MayAnywhere(identity.AssessService) && !by.MayAnywhere(identity.JudgeAssessment) {
		return nil, by.Must(identity.AssessService, "")
	}
	q := s.db.WithContext(ctx).Where(where, args...)
	if !by.Everywhere(identity.AssessService) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	var all []assess.Answer
	err := q.Order(order + ", service, measure").Limit(limit).Find(&all).Error
	return all, database.Explain(err, "read answers")
}

// Give answers a measure of a service. revision is the one that was shown, 0
// when nothing was answered before. The fact is known at once, as declared.
func (s *Store) Give(ctx context.Context, by identity.Actor, service string, m assess.Measure, said assess.Said, revision int64) (assess.Answer, error) {
	set, err := s.InForce(ctx)
	if err != nil {
		return assess.Answer{}, err
	}
	return s.changeAnswer(ctx, by, service, m, revision, "assessment.answer", func(a *assess.Answer, now time.Time) error {
		return a.Give(by, now, set, said)
	})
}

// Confirm says that an answer is as its evidence shows.
func (s *Store) Confirm(ctx context.Context, by identity.Actor, service string, m assess.Measure, revision int64) (assess.Answer, error) {
	return s.changeAnswer(ctx, by, service, m, revision, "assessment.confirm", func(a *assess.Answer, now time.Time) error {
		return a.Confirm(by, now)
	})
}

// Return says why an answer does not count.
func (s *Store) Return(
	ctx context.Context, by identity.Actor, service string, m assess.Measure, comment string, revision int64,
) (assess.Answer, error) {
	return s.changeAnswer(ctx, by, service, m, revision, "assessment.return", func(a *assess.Answer, now time.Time) error {
		return a.Return(by, now, comment)
	})
}

// changeAnswer changes one answer by a rule, with its fact and its line in the trail.
func (s *Store) changeAnswer(
	ctx context.Context, by identity.Actor, service string, m assess.Measure, revision int64, act string,
	rule func(*assess.Answer, time.Time) error,
) (assess.Answer, error) {
	var a assess.Answer
	err := s.within(ctx, "answer a criterion of "+service, func(tx *gorm.DB) error {
		if err := touch(tx, stateFacts); err != nil {
			return err
		}
		institution, err := institutionOf(tx, service)
		if err != nil {
			return err
		}
		var kept []assess.Answer
		if err := tx.Where("service = ? AND measure = ?", service, string(m)).Limit(1).Find(&kept).Error; err != nil {
			return err
		}
		a = assess.Answer{Service: service, Measure: m}
		var before any
		if len(kept) > 0 {
			a, before = kept[0], kept[0]
		}
		a.Institution = institution // services move
		if err := rule(&a, s.now()); err != nil {
			return err
		}
		if err := stale(a.Revision, revision); err != nil {
			return err
		}
		a.Revision++
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&a).Error; err != nil {
			return err
		}
		if err := s.replace(tx, a.Fact()); err != nil {
			return err
		}
		return s.write(tx, by, act, "service", service, institution, before, a)
	})
	return a, err
}

// replace keeps a fact whose moment may be that of the one it replaces.
func (s *Store) replace(tx *gorm.DB, f assess.Fact) error {
	if err := tx.Where("service = ? AND measure = ?", f.Service, string(f.Measure)).Delete(&assess.Fact{}).Error; err != nil {
		return err
	}
	return s.put(tx, []assess.Fact{bounded(f)})
}
