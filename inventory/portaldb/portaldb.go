// Package portaldb keeps what the outside made of the catalogue: who harvested
// it and how far, what was read of the national portal, and what is wrong there.
package portaldb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/lang"
)

// Store keeps receipts, readings and findings.
type Store struct {
	db   *gorm.DB
	now  func() time.Time
	salt *salts
}

// New returns a Store on db. now nil means the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store {
	return &Store{db: db, now: database.Clock(now), salt: &salts{}}
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// networksKept is how long the neighbourhood of a reader is kept.
const networksKept = 30 * 24 * time.Hour

// marksKept is how long a walk can be found by another process.
const marksKept = 24 * time.Hour

// Tidy forgets: receipts, readings and findings that are gone after keep,
// networks of readers after a month, marks and their salts after a day.
func (s *Store) Tidy(ctx context.Context, keep time.Duration) error {
	now, db := s.now(), s.db.WithContext(ctx)
	for _, step := range []struct {
		what  string
		query string
		arg   any
	}{
		{"receipts", "DELETE FROM harvest_receipts WHERE seen_at < ?", now.Add(-keep)},
		{"networks", "UPDATE harvest_receipts SET network = '' WHERE network <> '' AND seen_at < ?", now.Add(-networksKept)},
		{"marks", "UPDATE harvest_receipts SET mark = '' WHERE mark <> '' AND begun_at < ?", now.Add(-marksKept)},
		{"salts", "DELETE FROM harvest_salts WHERE day < ?", string(inventory.DateOf(now.Add(-marksKept), inventory.Tunis()))},
		{"findings", "DELETE FROM portal_findings WHERE gone_at < ?", now.Add(-keep)},
		{"readings", "DELETE FROM portal_readings WHERE started_at < ?", now.Add(-keep)},
	} {
		if err := db.Exec(step.query, step.arg).Error; err != nil {
			return fmt.Errorf("forget old %s: %w", step.what, err)
		}
	}
	return nil
}

// Offers lists every dataset that is or was public, by id: what is compared
// with the portal.
func (s *Store) Offers(ctx context.Context) ([]portal.Offer, error) {
	var rows []struct {
		DatasetID, Ref, Name, Institution string
		Issued, Modified                  time.Time
		WithdrawnAt                       *time.Time
	}
	err := s.db.WithContext(ctx).Model(&inventory.Publication{}).
		Select("dataset_id, ref, name, institution, issued, modified, withdrawn_at").Order("dataset_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what is offered: %w", err)
	}
	out := make([]portal.Offer, 0, len(rows))
	for _, r := range rows {
		out = append(out, portal.Offer{
			ID: r.DatasetID, Ref: r.Ref, Name: r.Name, Institution: r.Institution,
			Since: r.Issued, Modified: r.Modified, Withdrawn: r.WithdrawnAt,
		})
	}
	return out, nil
}

// Titles returns the titles of datasets that are or were public, by id, in
// every language: a finding keeps only the one that was compared.
func (s *Store) Titles(ctx context.Context, ids []string) (map[string]lang.Text, error) {
	if len(ids) == 0 {
		return map[string]lang.Text{}, nil
	}
	var rows []inventory.Publication
	err := s.db.WithContext(ctx).Model(&inventory.Publication{}).Select("dataset_id, title").Where("dataset_id IN ?", ids).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read titles: %w", err)
	}
	out := make(map[string]lang.Text, len(rows))
	for n := range rows {
		out[rows[n].DatasetID] = rows[n].Content.Title
	}
	return out, nil
}

// readable confines a query to findings that the actor may see: an institution
// sees its own, and what claims to be nobody's is for those who see everything.
func (s *Store) readable(ctx context.Context, by identity.Actor) (*gorm.DB, error) {
	if !by.MayAnywhere(identity.ReadRegister) {
		return nil, by.Must(identity.ReadRegister, "")
	}
	q := s.db.WithContext(ctx).Model(&portal.Finding{})
	if !by.Everywhere(identity.ReadRegister) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	return q, nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
