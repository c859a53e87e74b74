package mandatedb

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/naming"
)

// Rules returns every version of every naming rule, the newest version first.
func (s *Store) Rules(ctx context.Context) ([]naming.Rule, error) {
	var all []naming.Rule
	err := s.db.WithContext(ctx).Order("position, code, version DESC").Find(&all).Error
	return all, explain(err, "read naming rules")
}

// Amend adds a version of a rule, on an advice that the committee adopted.
// seen is the version the operator was shown; another one came first otherwise.
func (s *Store) Amend(ctx context.Context, by identity.Actor, code string, seen int, a naming.Amendment) (*naming.Rule, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	var next *naming.Rule
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var last naming.Rule
		if err := locked(tx).Where("code = ?", code).Order("version DESC").Take(&last).Error; err != nil {
			return err
		}
		if seen != 0 && seen != last.Version {
			return fault.New(fault.Stale, "naming.rule.stale", last.Version)
		}
		var err error
		if next, err = last.Amend(by, a, s.now()); err != nil {
			return err
		}
		if err := advised(tx, next.Advice); err != nil {
			return err
		}
		if err := tx.Create(next).Error; err != nil {
			return err
		}
		return s.record(tx, by, "naming.amend", "naming", code, "", "",
			map[string]any{"version": last.Version, "params": last.Params, "active": last.Active},
			map[string]any{"version": next.Version, "params": next.Params, "active": next.Active, "advice": next.Advice})
	})
	if err != nil {
		return nil, explain(err, "amend a naming rule")
	}
	return next, nil
}

// Nomenclatures returns every version of every common list.
func (s *Store) Nomenclatures(ctx context.Context) ([]naming.Nomenclature, error) {
	var all []naming.Nomenclature
	err := s.db.WithContext(ctx).Order("position, code, version").Find(&all).Error
	return all, explain(err, "read nomenclatures")
}

// AdoptNomenclature adds a version of a common list, on an advice that the
// committee adopted.
func (s *Store) AdoptNomenclature(ctx context.Context, by identity.Actor, a naming.Adoption) (*naming.Nomenclature, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	var next *naming.Nomenclature
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var before []naming.Nomenclature
		if err := locked(tx).Order("position, code, version").Find(&before).Error; err != nil {
			return err
		}
		var err error
		if next, err = naming.Adopt(by, a, before, s.now()); err != nil {
			return err
		}
		if err := advised(tx, next.Advice); err != nil {
			return err
		}
		if err := tx.Create(next).Error; err != nil {
			return err
		}
		return s.record(tx, by, "nomenclature.adopt", "naming", next.Code, "", "", nil,
			map[string]any{"version": next.Version, "entries": len(next.Entries), "advice": next.Advice})
	})
	if err != nil {
		return nil, explain(err, "adopt a nomenclature")
	}
	return next, nil
}

// advised refuses what no adopted advice of the committee stands behind.
func advised(tx *gorm.DB, number string) error {
	var n int64
	err := tx.Model(&mandate.Advice{}).Where("number = ? AND state <> ?", number, mandate.Draft).Count(&n).Error
	if err == nil && n == 0 {
		return fault.At("advice", "naming.rule.advice")
	}
	return err
}

// Exceptions returns the exceptions made for a dataset.
func (s *Store) Exceptions(ctx context.Context, datasetID string) ([]naming.Exception, error) {
	var all []naming.Exception
	err := s.db.WithContext(ctx).Where("dataset_id = ?", datasetID).Order("made_at").Find(&all).Error
	return all, explain(err, "read exceptions")
}

// Except keeps the reason to leave a finding of the dataset as it is.
func (s *Store) Except(ctx context.Context, by identity.Actor, d *inventory.Dataset, f naming.Finding, reason string) error {
	made, err := naming.Except(by, d, f, reason, s.now())
	if err != nil {
		return err
	}
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(made).Error; err != nil {
			return err
		}
		return s.record(tx, by, "naming.except", "naming", d.Ref, d.Institution, made.Reason, nil,
			map[string]any{"rule": made.Rule, "field": made.Field, "text": made.Text})
	}), "keep an exception")
}
