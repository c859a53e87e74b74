// Package auditdb keeps the audit trail in the database. Unlike the other *db
// rooms it may be used by each of them: a line belongs in the transaction of
// the change it tells of.
//
// A line gets its place in the chain right after that transaction, by
// whichever process looks first (Seal): a place given inside it would have
// every change wait for every other (docs/decisions/0060-audit-chain.md).
package auditdb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
)

// Append writes lines in the transaction tx.
func Append(tx *gorm.DB, lines ...audit.Line) error {
	if len(lines) == 0 {
		return nil
	}
	for n := range lines {
		if err := lines[n].Mark(); err != nil {
			return err
		}
	}
	if err := tx.CreateInBatches(&lines, 100).Error; err != nil {
		return fmt.Errorf("append to the audit trail: %w", err)
	}
	return nil
}

// Note writes a line that tells of no change in the database, in a transaction
// of its own: who took what away, what was done from outside.
func Note(ctx context.Context, db *gorm.DB, by identity.Actor, now time.Time, act, subject, ref, institution string, told any) error {
	line, err := audit.New(by, now, act, subject, ref, institution, nil, told)
	if err != nil {
		return err
	}
	return Append(db.WithContext(ctx), line)
}

// Store reads the trail and keeps it a chain.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db.
func New(db *gorm.DB) *Store { return &Store{db: db, now: database.Clock(nil)} }

// At has the store take the time from now.
func (s *Store) At(now func() time.Time) *Store { return &Store{db: s.db, now: database.Clock(now)} }

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
