package inventorydb

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Undo takes back everything that a changeset wrote, or nothing: what somebody
// has worked on since is not taken from them, and the faults name it. What was
// created is withdrawn for the reason; what was changed is as it was before.
func (s *Store) Undo(ctx context.Context, by identity.Actor, id, reason string) (*inventory.Changeset, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	u := &undoing{s, by, v, reason}
	var c *inventory.Changeset
	err = s.long(ctx, func(tx *gorm.DB) error {
		if c, err = lockChangeset(tx, by, id); err != nil {
			return err
		}
		if done, err := c.MayUndo(by); done || err != nil {
			return err
		}
		if err := u.rows(tx, c); err != nil {
			return err
		}
		now := s.now()
		c.State, c.UndoneAt = inventory.Undone, &now
		return s.saveChangeset(tx, by, "changeset.undo", c)
	})
	if err != nil {
		return nil, explain(err, "undo changeset")
	}
	return c, nil
}

// undoing is the work of taking a changeset back.
type undoing struct {
	s      *Store
	by     identity.Actor
	v      *inventory.Vocabulary
	reason string
}

// maxNamed is how many datasets a refusal names.
const maxNamed = 10

func (u *undoing) rows(tx *gorm.DB, c *inventory.Changeset) error {
	var blocked []error
	for from := 0; ; {
		var kept []ChangesetRow
		err := tx.Omit("Entry").Where("changeset_id = ? AND n >= ? AND done", c.ID, from).Order("n").Limit(importBatch).Find(&kept).Error
		if err != nil {
			return fmt.Errorf("read rows of a changeset: %w", err)
		}
		if len(kept) == 0 || len(blocked) >= maxNamed {
			return errors.Join(blocked...)
		}
		more, err := u.batch(tx, kept)
		if err != nil {
			return err
		}
		blocked = append(blocked, more...)
		from = kept[len(kept)-1].N + 1
	}
}

// batch takes rows back; blocked are the faults of those that may not be.
func (u *undoing) batch(tx *gorm.DB, kept []ChangesetRow) (blocked []error, err error) {
	refs := make([]string, 0, len(kept))
	for _, k := range kept {
		refs = append(refs, k.Ref)
	}
	var found []inventory.Dataset
	lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
	if err := tx.Clauses(lock).Where("ref IN ?", refs).Order("id").Find(&found).Error; err != nil {
		return nil, fmt.Errorf("read datasets of a changeset: %w", err)
	}
	byRef := map[string]*inventory.Dataset{}
	for n := range found {
		byRef[found[n].Ref] = &found[n]
	}
	var lines []audit.Line
	for _, k := range kept {
		d := byRef[k.Ref]
		if d == nil || d.Revision != k.Revision {
			blocked = append(blocked, fault.New(fault.Conflict, "import.undo.moved", k.Ref))
			continue
		}
		line, err := u.one(tx, d, k)
		if _, ok := fault.KindOf(err); ok {
			blocked = append(blocked, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return blocked, auditdb.Append(tx, lines...)
}

// forgetSource lets the same list make the dataset anew: update leaves a source as it is.
func forgetSource(tx *gorm.DB, d *inventory.Dataset) error {
	d.Source = inventory.Source{}
	err := tx.Model(d).UpdateColumns(map[string]any{"source_portal": "", "source_id": "", "source_hash": ""}).Error
	if err != nil {
		return fmt.Errorf("forget a source: %w", err)
	}
	return nil
}

func (u *undoing) one(tx *gorm.DB, d *inventory.Dataset, k ChangesetRow) (audit.Line, error) {
	now := u.s.now()
	before := *d
	before.Content = d.Content.Clean()
	var err error
	if k.Before == nil {
		err = d.Withdraw(u.by, u.reason, "", now)
		if err == nil {
			err = forgetSource(tx, d)
		}
	} else {
		err = d.Restore(u.by, *k.Before, u.v, now)
		if d.Source.ID != "" {
			d.Source.Hash = d.Content.ImportHash() // what its list said before
		}
	}
	if err != nil {
		return audit.Line{}, err
	}
	finish(d)
	if err := update(tx, before.Revision, d); err != nil {
		return audit.Line{}, err
	}
	if err := keepLife(tx, u.by, now, "dataset.undo", &before, d); err != nil {
		return audit.Line{}, err
	}
	return auditLine(u.by, now, "dataset.undo", &before, d)
}
