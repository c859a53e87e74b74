package assessdb

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// SetRow is a version of a set of criteria.
type SetRow struct {
	Name      string      `gorm:"primaryKey"`
	Version   int         `gorm:"primaryKey"`
	Body      *assess.Set `gorm:"serializer:json"`
	AdoptedAt time.Time
	AdoptedBy string
}

// TableName names the table.
func (SetRow) TableName() string { return "assess_sets" }

// Adopt brings a version of a set of criteria in. One that is wrong changes
// nothing; a version that is there is never written again, as editions and
// pages stand on it. A newer version of the set in force is in force at once.
func (s *Store) Adopt(ctx context.Context, by identity.Actor, set *assess.Set) error {
	if err := by.Must(identity.WriteQuestions, ""); err != nil {
		return err
	}
	if err := set.Validate(); err != nil {
		return err
	}
	return s.within(ctx, "adopt set of criteria "+set.Key(), func(tx *gorm.DB) error {
		if err := touch(tx, stateSet); err != nil {
			return err
		}
		var newest *int
		if err := tx.Model(&SetRow{}).Where("name = ?", set.Name).Select("MAX(version)").Scan(&newest).Error; err != nil {
			return err
		}
		if newest != nil && set.Version <= *newest {
			return &fault.Error{Kind: fault.Conflict, Field: "version", Key: "assess.set.older", Args: []any{*newest}}
		}
		row := SetRow{Name: set.Name, Version: set.Version, Body: set, AdoptedAt: s.now(), AdoptedBy: by.Account}
		if err := tx.Clauses(clause.Insert{}).Create(&row).Error; err != nil {
			return err
		}
		return s.write(tx, by, "criteria_set.adopt", "criteria_set", set.Key(), "", nil, set)
	})
}

// Seed adopts sets that are not there yet in any version: what Jard comes with.
func (s *Store) Seed(ctx context.Context, by identity.Actor, sets ...*assess.Set) error {
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

// Set returns a version of a set; version 0 is the newest. It is not to be written to.
func (s *Store) Set(ctx context.Context, name string, version int) (*assess.Set, error) {
	tx := s.db.WithContext(ctx)
	if version == 0 {
		var newest *int
		if err := tx.Model(&SetRow{}).Where("name = ?", name).Select("MAX(version)").Scan(&newest).Error; err != nil {
			return nil, database.Explain(err, "read set of criteria "+name)
		}
		if newest == nil {
			return nil, fault.New(fault.NotFound, "fault.not_found")
		}
		version = *newest
	}
	want := assess.Set{Name: name, Version: version}
	s.known.Lock()
	defer s.known.Unlock()
	if set := s.known.sets[want.Key()]; set != nil {
		return set, nil
	}
	var row SetRow
	if err := tx.Where("name = ? AND version = ?", name, version).Take(&row).Error; err != nil {
		return nil, database.Explain(err, "read set of criteria "+want.Key())
	}
	if s.known.sets == nil {
		s.known.sets = map[string]*assess.Set{}
	}
	s.known.sets[want.Key()] = row.Body
	return row.Body, nil
}

// InForce is the newest version of the set that is judged by.
func (s *Store) InForce(ctx context.Context) (*assess.Set, error) {
	var name string
	if err := s.db.WithContext(ctx).Raw("SELECT said FROM assess_state WHERE name = ?", stateSet).Scan(&name).Error; err != nil {
		return nil, database.Explain(err, "read which set of criteria is in force")
	}
	return s.Set(ctx, name, 0)
}

// Use has services judged by another set from now on. Frozen editions stay.
func (s *Store) Use(ctx context.Context, by identity.Actor, name string) error {
	if err := by.Must(identity.WriteQuestions, ""); err != nil {
		return err
	}
	return s.within(ctx, "choose set of criteria "+name, func(tx *gorm.DB) error {
		if err := touch(tx, stateSet); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&SetRow{}).Where("name = ?", name).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return fault.At("set", "assess.set.unknown", name)
		}
		var before string
		if err := tx.Raw("SELECT said FROM assess_state WHERE name = ?", stateSet).Scan(&before).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE assess_state SET said = ? WHERE name = ?", name, stateSet).Error; err != nil {
			return err
		}
		return s.write(tx, by, "criteria_set.use", "criteria_set", name, "", map[string]string{"set": before}, map[string]string{"set": name})
	})
}

// Sets returns the newest version of every set.
func (s *Store) Sets(ctx context.Context) ([]SetRow, error) {
	var all []SetRow
	err := s.db.WithContext(ctx).
		Where("version = (SELECT MAX(v.version) FROM assess_sets v WHERE v.name = assess_sets.name)").Order("name").Find(&all).Error
	return all, database.Explain(err, "read sets of criteria")
}

// Versions returns every version of a set, the newest first.
func (s *Store) Versions(ctx context.Context, name string) ([]SetRow, error) {
	var all []SetRow
	err := s.db.WithContext(ctx).Where("name = ?", name).Order("version DESC").Find(&all).Error
	return all, database.Explain(err, "read versions of set of criteria "+name)
}
