package inventorydb

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

func keepComments(tx *gorm.DB, d *inventory.Dataset) error {
	if len(d.Said) == 0 {
		return nil
	}
	for n := range d.Said {
		d.Said[n].ID = newID()
	}
	if err := tx.Create(&d.Said).Error; err != nil {
		return fmt.Errorf("keep comments: %w", err)
	}
	return nil
}

// Comments returns what was said about single fields when the dataset was last
// returned, in the order it was said; nothing once it has been approved since.
func (s *Store) Comments(ctx context.Context, d *inventory.Dataset) ([]inventory.ReviewComment, error) {
	return commentsOn(s.db.WithContext(ctx), d)
}

func commentsOn(db *gorm.DB, d *inventory.Dataset) ([]inventory.ReviewComment, error) {
	var all []inventory.ReviewComment
	err := db.Where("dataset_id = ? AND revision > ? AND revision = "+
		"(SELECT max(revision) FROM review_comments WHERE dataset_id = ?)", d.ID, d.ApprovedRevision, d.ID).
		Order("id").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read comments on %s: %w", d.Ref, err)
	}
	return all, nil
}

// AnswerComments keeps the officer's answers to the comments of the last return.
func (s *Store) AnswerComments(
	ctx context.Context, by identity.Actor, ref string, answers map[string]inventory.CommentAnswer,
) ([]inventory.ReviewComment, error) {
	var all []inventory.ReviewComment
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		d, err := take(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), by, ref)
		if err != nil {
			return err
		}
		if all, err = commentsOn(tx, d); err != nil {
			return err
		}
		changed, err := d.AnswerComments(by, all, answers, s.now())
		if err != nil || len(changed) == 0 {
			return err
		}
		said := map[string]any{}
		for n := range changed {
			if err := tx.Select("*").UpdateColumns(&changed[n]).Error; err != nil {
				return err
			}
			said["answer."+changed[n].Field] = map[string]any{"done": changed[n].Done, "text": changed[n].Answer}
		}
		line, err := audit.New(by, s.now(), "dataset.answer", "dataset", d.Ref, d.Institution, nil, said)
		if err != nil {
			return err
		}
		if all, err = commentsOn(tx, d); err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return all, explain(err, "answer comments on "+ref)
}
