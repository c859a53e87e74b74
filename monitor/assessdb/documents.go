package assessdb

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// GiveShown answers a measure as Give does, and keeps the document that shows it.
func (s *Store) GiveShown(
	ctx context.Context, by identity.Actor, service string, m assess.Measure, said assess.Said, name string, data []byte, revision int64,
) (assess.Answer, error) {
	d, err := s.KeepDocument(ctx, by, service, name, data)
	if err != nil {
		return assess.Answer{}, err
	}
	said.File, said.Hash = d.Name, d.Hash
	return s.Give(ctx, by, service, m, said, revision)
}

// KeepDocument keeps a file once: the same bytes again are the same document.
func (s *Store) KeepDocument(ctx context.Context, by identity.Actor, service, name string, data []byte) (*assess.Document, error) {
	institution, err := institutionOf(s.db.WithContext(ctx), service)
	if err != nil {
		return nil, database.Explain(err, "keep a document")
	}
	d, err := assess.NewDocument(by, service, institution, name, data, s.now())
	if err != nil {
		return nil, err
	}
	err = s.within(ctx, "keep a document of "+service, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&assess.Document{}).Where("service = ? AND hash <> ?", service, d.Hash).Count(&n).Error; err != nil {
			return err
		}
		if n >= assess.MostDocuments {
			return fault.At("upload", "assess.document.many", assess.MostDocuments)
		}
		done := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(d)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		return s.write(tx, by, "assessment.document", "service", service, institution, nil,
			map[string]any{"name": d.Name, "hash": d.Hash, "size": d.Size, "kind": d.Kind})
	})
	return d, err
}

// Document is a file that was shown for an answer about a service.
func (s *Store) Document(ctx context.Context, by identity.Actor, service, hash string) (*assess.Document, error) {
	institution, err := institutionOf(s.db.WithContext(ctx), service)
	if err != nil {
		return nil, database.Explain(err, "read a document")
	}
	if err := by.Must(identity.ReadServices, institution); err != nil {
		return nil, err
	}
	var d assess.Document
	if err := s.db.WithContext(ctx).Take(&d, "service = ? AND hash = ?", service, hash).Error; err != nil {
		return nil, database.Explain(err, "read a document")
	}
	return &d, nil
}

// Documents are the files kept for a service, the latest first, without their bytes.
func (s *Store) Documents(ctx context.Context, by identity.Actor, service string) ([]assess.Document, error) {
	institution, err := institutionOf(s.db.WithContext(ctx), service)
	if err != nil {
		return nil, database.Explain(err, "read documents")
	}
	if err := by.Must(identity.ReadServices, institution); err != nil {
		return nil, err
	}
	var all []assess.Document
	err = s.db.WithContext(ctx).Omit("data").Where("service = ?", service).Order("kept_at DESC, hash").Limit(assess.MostDocuments).Find(&all).Error
	return all, database.Explain(err, "read documents of "+service)
}
