// Package examinedb keeps which services were examined when, so that several
// processes share the looks and nobody asks a site too often.
package examinedb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/examine"
)

// Store keeps the looks.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db.
func New(db *gorm.DB, now func() time.Time) *Store {
	db, now = database.Timed(db, now)
	return &Store{db, now}
}

// All returns what is known of each service.
func (s *Store) All(ctx context.Context) (map[string]examine.Examination, error) {
	var list []examine.Examination
	if err := s.db.WithContext(ctx).Find(&list).Error; err != nil {
		return nil, database.Explain(err, "read the examinations")
	}
	all := make(map[string]examine.Examination, len(list))
	for _, x := range list {
		all[x.Service] = x
	}
	return all, nil
}

// One returns what is known of one service; blank when it was never looked at.
func (s *Store) One(ctx context.Context, service string) (examine.Examination, error) {
	var list []examine.Examination
	err := s.db.WithContext(ctx).Limit(1).Find(&list, "service = ?", service).Error
	if len(list) == 0 {
		list = []examine.Examination{{Service: service}}
	}
	return list[0], database.Explain(err, "read an examination")
}

// Begin claims a look that begins at x.BeganAt: of several who try, one has it.
// Who asked for it is written down; that the clock did is not.
func (s *Store) Begin(ctx context.Context, x *examine.Examination, by identity.Actor, institution string) (ours bool, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		blank := &examine.Examination{Service: x.Service}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(blank).Error; err != nil {
			return err
		}
		// What was begun a moment ago is somebody else's.
		taken := tx.Model(&examine.Examination{}).
			Where("service = ? AND (began_at IS NULL OR began_at <= ?)", x.Service, x.BeganAt.Add(-examine.Apart)).
			Update("began_at", x.BeganAt)
		if ours = taken.RowsAffected == 1; taken.Error != nil || !ours || by.Account == "" {
			return taken.Error
		}
		line, err := audit.New(by, s.now(), "service.examine", "service", x.Service, institution, nil, map[string]any{"began_at": x.BeganAt})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return ours, database.Explain(err, "begin an examination")
}

// Keep writes down what a look brought.
func (s *Store) Keep(ctx context.Context, x *examine.Examination) error {
	err := s.db.WithContext(ctx).Model(&examine.Examination{}).Where("service = ?", x.Service).
		Select("EndedAt", "GoodAt", "Tries", "Requests", "Bytes", "Why").Updates(x).Error
	return database.Explain(err, "keep an examination")
}
