package monitordb

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Everything returns every service there is with its checks in force, by slug:
// what files declare is compared with it.
func (s *Store) Everything(ctx context.Context) ([]monitor.Service, error) {
	var list []monitor.Service
	if err := s.db.WithContext(ctx).Order("slug").Find(&list).Error; err != nil {
		return nil, database.Explain(err, "list services")
	}
	return list, s.fillChecks(ctx, list)
}

// Declare makes the services of create and changes those of change, all of
// them or none, each with its audit line.
func (s *Store) Declare(ctx context.Context, by identity.Actor, create, change []monitor.Declared, period monitor.Period) error {
	if len(create)+len(change) == 0 {
		return nil
	}
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := bumpVersion(tx); err != nil {
			return err
		}
		for _, d := range create {
			made, err := monitor.Declare(by, d, period)
			if err == nil {
				err = s.insert(tx, by, made)
			}
			if err != nil {
				return database.Explain(err, "declare service "+d.Service.Slug)
			}
		}
		for _, d := range change {
			_, err := s.changeIn(tx, by, d.Service.Slug, func(v *monitor.Service) error { return v.Follow(by, d, period) })
			if err != nil {
				return database.Explain(err, "declare service "+d.Service.Slug)
			}
		}
		return nil
	})
}
