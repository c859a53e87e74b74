// Package auditdb keeps the audit trail in the database. Unlike the other *db
// rooms it may be used by each of them: a line belongs in the transaction of
// the change it tells of.
package auditdb

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
)

// Append writes lines in the transaction tx.
func Append(tx *gorm.DB, lines ...audit.Line) error {
	if len(lines) == 0 {
		return nil
	}
	if err := tx.CreateInBatches(&lines, 100).Error; err != nil {
		return fmt.Errorf("append to the audit trail: %w", err)
	}
	return nil
}

// Store reads the trail.
type Store struct{ db *gorm.DB }

// New returns a Store on db.
func New(db *gorm.DB) *Store { return &Store{db: db} }

// Of returns the lines about one thing that the actor may read, newest first.
func (s *Store) Of(ctx context.Context, by identity.Actor, subject, ref string, limit int) ([]audit.Line, error) {
	q := s.db.WithContext(ctx).Where("subject = ? AND ref = ?", subject, ref)
	if !by.Everywhere(identity.ReadAudit) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	var lines []audit.Line
	if err := q.Order("id DESC").Limit(limit).Find(&lines).Error; err != nil {
		return nil, fmt.Errorf("read the audit trail of %s %s: %w", subject, ref, err)
	}
	return lines, nil
}
