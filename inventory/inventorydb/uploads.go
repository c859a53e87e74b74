package inventorydb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Upload is a list that somebody sent to see what importing it would change,
// kept as it was sent so that what is applied is what was looked at.
type Upload struct {
	ID          string `gorm:"primaryKey"` // UUID
	Institution string // slug
	Format      string // of the reader: "jsonl", "ckan"
	Portal      string // host of the catalogue it came from, when the list does not say
	Body        []byte
	CreatedAt   time.Time
}

// TableName names the table of uploads.
func (Upload) TableName() string { return "uploads" }

// UploadLife is how long an upload waits for its application.
const UploadLife = 7 * 24 * time.Hour

// Keep stores an upload and names it.
func (s *Store) Keep(ctx context.Context, by identity.Actor, u Upload) (Upload, error) {
	if err := by.Must(identity.RecordDataset, u.Institution); err != nil {
		return u, err
	}
	now := s.now()
	u.ID, u.CreatedAt = newID(), now
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := mustExist(tx, u.Institution, now); err != nil {
			return err
		}
		if err := tx.Where("created_at < ?", now.Add(-UploadLife)).Delete(&Upload{}).Error; err != nil {
			return fmt.Errorf("forget old uploads: %w", err)
		}
		return tx.Create(&u).Error
	})
	return u, explain(err, "keep an upload")
}

// Kept returns an upload to whoever may record datasets for its institution.
func (s *Store) Kept(ctx context.Context, by identity.Actor, id string) (*Upload, error) {
	var u Upload
	if err := s.db.WithContext(ctx).Where("id = ?", id).Take(&u).Error; err != nil {
		if !by.Known() {
			return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
		}
		return nil, explain(err, "read an upload")
	}
	if err := by.Must(identity.RecordDataset, u.Institution); err != nil {
		return nil, err
	}
	return &u, nil
}
