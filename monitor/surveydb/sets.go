package surveydb

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// Adopt brings a version of a question set into force. One that is wrong leaves
// the former in force; one that was answered is never written again.
func (s *Store) Adopt(ctx context.Context, by identity.Actor, set *survey.Set) error {
	if err := by.Must(identity.WriteQuestions, ""); err != nil {
		return err
	}
	if err := set.Validate(); err != nil {
		return err
	}
	row := SetRow{Name: set.Name, Version: set.Version, Body: set, AdoptedAt: s.now(), AdoptedBy: by.Account}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		if err := adoptable(tx, set); err != nil {
			return err
		}
		err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
		if err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), "question_set.adopt", "question_set", set.Key(), "", nil, set)
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	s.forget()
	return database.Explain(err, "adopt question set "+set.Key())
}

// adoptable refuses versions that were answered and those before the newest.
func adoptable(tx *gorm.DB, set *survey.Set) error {
	var newest *int
	if err := tx.Model(&SetRow{}).Where("name = ?", set.Name).Select("MAX(version)").Scan(&newest).Error; err != nil {
		return err
	}
	if newest != nil && set.Version < *newest {
		return &fault.Error{Kind: fault.Conflict, Field: "version", Key: "survey.set.older", Args: []any{*newest}}
	}
	var answered []int64
	err := tx.Model(&AnswerRow{}).Where(`"set" = ? AND version = ?`, set.Name, set.Version).Limit(1).Pluck("id", &answered).Error
	if err != nil {
		return err
	}
	if len(answered) > 0 {
		return &fault.Error{Kind: fault.Conflict, Field: "version", Key: "survey.set.answered", Args: []any{set.Key()}}
	}
	return nil
}

// Seed adopts sets that are not there yet in any version: what Jard comes with.
func (s *Store) Seed(ctx context.Context, by identity.Actor, sets ...*survey.Set) error {
	for _, set := range sets {
		if _, err := s.Set(ctx, set.Name, 0); err == nil {
			continue
		} else if !errors.Is(err, fault.NotFound) {
			return err
		}
		if err := s.Adopt(ctx, by, set); err != nil {
			return err
		}
	}
	return nil
}

// Set returns a version of a set; version 0 is the one in force.
func (s *Store) Set(ctx context.Context, name string, version int) (*survey.Set, error) {
	want := survey.Set{Name: name, Version: version}
	s.known.Lock()
	s.known.remembered(s.now())
	set := s.known.sets[want.Key()]
	s.known.Unlock()
	if set != nil {
		return set, nil
	}
	var row SetRow
	q := s.db.WithContext(ctx).Where("name = ?", name).Order("version DESC")
	if version > 0 {
		q = q.Where("version = ?", version)
	}
	if err := q.Take(&row).Error; err != nil {
		return nil, database.Explain(err, "read question set "+want.Key())
	}
	s.known.Lock()
	defer s.known.Unlock()
	s.known.remembered(s.now())
	s.known.sets[want.Key()] = row.Body
	return row.Body, nil
}

// Sets returns the version in force of every set, and what is known of its adoption.
func (s *Store) Sets(ctx context.Context) ([]SetRow, error) {
	var all []SetRow
	err := s.db.WithContext(ctx).
		Where("version = (SELECT MAX(v.version) FROM survey_sets v WHERE v.name = survey_sets.name)").Order("name").Find(&all).Error
	return all, database.Explain(err, "read question sets")
}

// Versions returns every version of a set, the newest first.
func (s *Store) Versions(ctx context.Context, name string) ([]SetRow, error) {
	var all []SetRow
	err := s.db.WithContext(ctx).Where("name = ?", name).Order("version DESC").Find(&all).Error
	return all, database.Explain(err, "read versions of question set "+name)
}

// Asking returns what a service asks. A service that nobody chose for asks what is usual.
func (s *Store) Asking(ctx context.Context, service string) (survey.Asking, error) {
	s.known.Lock()
	s.known.remembered(s.now())
	a, ok := s.known.askings[service]
	s.known.Unlock()
	if ok {
		return a, nil
	}
	a, err := asking(s.db.WithContext(ctx), service)
	if err != nil {
		return a, database.Explain(err, "read what a service asks")
	}
	s.known.Lock()
	defer s.known.Unlock()
	s.known.remembered(s.now())
	s.known.askings[service] = a
	return a, nil
}

func asking(tx *gorm.DB, service string) (survey.Asking, error) {
	var found []struct{ Institution, State string }
	if err := tx.Table("services").Select("institution, state").Where("slug = ?", service).Limit(1).Find(&found).Error; err != nil {
		return survey.Asking{}, err
	}
	if len(found) == 0 {
		return survey.Asking{}, fault.New(fault.NotFound, "fault.not_found")
	}
	a := survey.NewAsking(service, found[0].Institution)
	var kept []survey.Asking
	if err := tx.Where("service = ?", service).Limit(1).Find(&kept).Error; err != nil {
		return a, err
	}
	if len(kept) > 0 {
		a = kept[0]
	}
	a.Institution, a.State = found[0].Institution, found[0].State // services move
	return a, nil
}

// Choose changes what a service asks. revision is the one that was shown.
func (s *Store) Choose(ctx context.Context, by identity.Actor, want survey.Asking, revision int64) (survey.Asking, error) {
	var a survey.Asking
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		var err error
		if a, err = asking(tx, want.Service); err != nil {
			return err
		}
		before := a
		var failed error
		known := func(set string, version int) bool {
			q := tx.Model(&SetRow{}).Where("name = ?", set)
			if version > 0 {
				q = q.Where("version = ?", version)
			}
			var n int64
			failed = errors.Join(failed, q.Count(&n).Error)
			return n > 0
		}
		if err := errors.Join(a.Change(by, want, known), failed); err != nil {
			return err
		}
		if before.Revision != revision {
			return fault.New(fault.Stale, "survey.asking.stale")
		}
		a.UpdatedAt = s.now()
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&a).Error; err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), "survey.choose", "service", a.Service, a.Institution, before, a)
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	s.forget()
	return a, database.Explain(err, "change what a service asks")
}

// lock has whoever changes the room as a whole wait for each other.
func (s *Store) lock(tx *gorm.DB) error {
	return tx.Exec("UPDATE survey_state SET value = value + 1 WHERE name = 'roll'").Error
}
