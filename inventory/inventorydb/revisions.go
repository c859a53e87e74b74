package inventorydb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// step is the revision that a change made. The content is kept with the steps
// that changed it and no others: most steps only move a dataset on.
func step(by identity.Actor, now time.Time, act string, before, after *inventory.Dataset) inventory.Revision {
	r := inventory.Revision{
		DatasetID: after.ID, Revision: after.Revision, State: after.State, Act: act, Hash: after.Content.Hash(),
		Actor: by.Account, Role: by.Role, At: now,
	}
	if r.Actor == "" {
		r.Actor = by.Name
	}
	if before == nil || after.Reason != before.Reason {
		r.Reason = after.Reason
	}
	if before == nil || !after.Content.Equal(before.Content) {
		c := after.Content.Clean()
		r.Content = &c
	}
	return r
}

// stepBatch keeps a statement under the engines' limit of parameters.
const stepBatch = 500

func keepSteps(tx *gorm.DB, steps ...inventory.Revision) error {
	if len(steps) == 0 {
		return nil
	}
	if err := tx.CreateInBatches(&steps, stepBatch).Error; err != nil {
		return fmt.Errorf("keep revisions: %w", err)
	}
	return nil
}

// Revisions lists the steps of a dataset, newest first, without their
// contents, to whoever may read the dataset.
func (s *Store) Revisions(ctx context.Context, by identity.Actor, ref string) ([]inventory.Revision, error) {
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	var all []inventory.Revision
	err = s.db.WithContext(ctx).Omit("Content").Where("dataset_id = ?", d.ID).
		Order("revision DESC").Limit(maxLimit).Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read revisions of %s: %w", d.Ref, err)
	}
	return all, nil
}

// Revision returns one step of a dataset with what was written then.
func (s *Store) Revision(ctx context.Context, by identity.Actor, ref string, number int) (*inventory.Revision, error) {
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	r, err := revisionOf(s.db.WithContext(ctx), d.ID, number)
	return r, explain(err, "read revision of "+ref)
}

func revisionOf(db *gorm.DB, id string, number int) (*inventory.Revision, error) {
	var r inventory.Revision
	if err := db.Where("dataset_id = ? AND revision = ?", id, number).Take(&r).Error; err != nil {
		return nil, err
	}
	if r.Content == nil {
		var written inventory.Revision
		err := db.Where("dataset_id = ? AND revision < ? AND content IS NOT NULL", id, number).
			Order("revision DESC").Take(&written).Error
		if err != nil {
			return nil, err
		}
		r.Content = written.Content
	}
	if r.Hash == "" {
		r.Hash = r.Content.Hash()
	}
	return &r, nil
}

// BringBack makes what was written in an earlier revision the draft to go on with.
func (s *Store) BringBack(
	ctx context.Context, by identity.Actor, ref string, ifRevision, number int,
) (*inventory.Dataset, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	old, err := s.Revision(ctx, by, ref, number)
	if err != nil {
		return nil, err
	}
	return s.Change(ctx, by, ref, "dataset.bring_back", ifRevision, func(d *inventory.Dataset) error {
		if number >= d.Revision {
			return fault.At("revision", "dataset.bring_back.same")
		}
		return d.BringBack(by, *old.Content, v, s.now())
	})
}

// Commitments lists the days of opening that were approved, the first first.
func (s *Store) Commitments(ctx context.Context, id string) ([]inventory.Commitment, error) {
	var all []inventory.Commitment
	if err := s.db.WithContext(ctx).Where("dataset_id = ?", id).Order("revision").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read commitments: %w", err)
	}
	return all, nil
}

// keepLife keeps what a change means besides the dataset itself: the step, the
// day of opening that was approved, and what a reviewer said.
func keepLife(tx *gorm.DB, by identity.Actor, now time.Time, act string, before, d *inventory.Dataset) error {
	if err := keepSteps(tx, step(by, now, act, before, d)); err != nil {
		return err
	}
	if before != nil && d.Committed != before.Committed {
		made := inventory.Commitment{DatasetID: d.ID, Revision: d.Revision, Day: d.Committed, At: now}
		if err := tx.Create(&made).Error; err != nil {
			return fmt.Errorf("keep commitment: %w", err)
		}
	}
	return keepComments(tx, d)
}
