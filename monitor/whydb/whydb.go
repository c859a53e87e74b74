// Package whydb keeps what was found of why people are satisfied.
package whydb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/why"
)

// Store keeps findings.
type Store struct{ db *gorm.DB }

// New returns a Store on db.
func New(db *gorm.DB) *Store { return &Store{db} }

// Row is a finding as it is kept.
type Row struct {
	Scope string `gorm:"primaryKey"`
	Slug  string `gorm:"primaryKey"`
	At    time.Time
	Body  *why.Finding `gorm:"serializer:json"`
}

// TableName names the table.
func (Row) TableName() string { return "why_findings" }

// Keep replaces what was found of one service or institution.
func (s *Store) Keep(ctx context.Context, f *why.Finding) error {
	row := Row{string(f.Scope), f.Slug, f.At.UTC(), f}
	err := s.db.WithContext(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	return database.Explain(err, "keep what was found of "+f.Slug)
}

// Finding returns what was found; a fault of kind NotFound when nobody looked yet.
func (s *Store) Finding(ctx context.Context, scope why.Scope, slug string) (*why.Finding, error) {
	var row Row
	err := s.db.WithContext(ctx).Take(&row, "scope = ? AND slug = ?", string(scope), slug).Error
	if err != nil {
		return nil, database.Explain(err, "read what was found of "+slug)
	}
	return row.Body, nil
}

// Forget takes away what was last found before a moment: services that are
// looked at no more.
func (s *Store) Forget(ctx context.Context, before time.Time) error {
	return database.Explain(s.db.WithContext(ctx).Where("at < ?", before.UTC()).Delete(&Row{}).Error, "forget findings")
}
