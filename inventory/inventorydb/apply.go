package inventorydb

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Apply writes what a changeset proposes: every row, or with all unset only
// the good ones. It is one transaction: killed at any moment it has either
// happened or not, and applying it again finishes it or changes nothing. Every
// row is compared once more, since the register may have moved on.
func (s *Store) Apply(ctx context.Context, by identity.Actor, id string, all bool) (*inventory.Changeset, error) {
	seen, err := s.Changeset(ctx, by, id)
	if err != nil {
		return nil, err
	}
	p, err := s.planner(ctx, by, seen.Institution)
	if err != nil {
		return nil, err
	}
	p.apply = true
	var c *inventory.Changeset
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if c, err = lockChangeset(tx, by, id); err != nil {
			return err
		}
		if done, err := c.MayApply(by, all); done || err != nil {
			return err
		}
		if err := p.applyRows(tx, c, all); err != nil {
			return err
		}
		c.State, c.AppliedAt = inventory.Applied, &p.now
		return s.saveChangeset(tx, by, "changeset.apply", c)
	})
	if err != nil {
		return nil, explain(err, "apply changeset")
	}
	return c, nil
}

func lockChangeset(tx *gorm.DB, by identity.Actor, id string) (*inventory.Changeset, error) {
	return takeChangeset(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Omit("File"), by, id)
}

func (s *Store) saveChangeset(tx *gorm.DB, by identity.Actor, act string, c *inventory.Changeset) error {
	err := tx.Model(c).Select("State", "Counts", "AppliedAt", "UndoneAt").UpdateColumns(c).Error
	if err != nil {
		return fmt.Errorf("save changeset: %w", err)
	}
	return s.recordChangeset(tx, by, act, c.ID, c.Institution, map[string]any{"state": c.State, "counts": c.Counts})
}

// applyRows writes the rows that create or change, batch by batch.
func (p *planner) applyRows(tx *gorm.DB, c *inventory.Changeset, all bool) error {
	for from := 0; ; {
		var kept []ChangesetRow
		err := tx.Where("changeset_id = ? AND n >= ? AND outcome IN ?", c.ID, from,
			[]inventory.Outcome{inventory.Create, inventory.Change}).Order("n").Limit(importBatch).Find(&kept).Error
		if err != nil {
			return fmt.Errorf("read rows of a changeset: %w", err)
		}
		if len(kept) == 0 {
			return nil
		}
		if err := p.applyBatch(tx, c, kept, all); err != nil {
			return err
		}
		from = kept[len(kept)-1].N + 1
	}
}

func (p *planner) applyBatch(tx *gorm.DB, c *inventory.Changeset, kept []ChangesetRow, all bool) error {
	rows := make([]inventory.Row, 0, len(kept))
	for _, k := range kept {
		e := k.Entry
		rows = append(rows, inventory.Row{
			Line: k.Line, Sheet: k.Sheet, Ref: e.Ref, Base: e.Base, Organisation: e.Organisation, Revision: e.Revision,
			Given: e.Given, Content: e.Content, Source: e.Source,
		})
	}
	verdicts, w, err := p.plan(tx, rows)
	if err != nil {
		return err
	}
	results := make([]inventory.RowResult, len(verdicts))
	for n, v := range verdicts {
		results[n] = v.RowResult
		if bad := v.Outcome == inventory.Conflict || v.Outcome == inventory.Refused; bad && all {
			return errors.Join(fault.New(fault.Conflict, "import.moved", kept[n].Line), v.Err)
		}
	}
	if err := p.write(tx, w, results); err != nil {
		return err
	}
	for n := range kept {
		c.Counts[kept[n].Outcome]--
		c.Counts[results[n].Outcome]++
		kept[n].Outcome, kept[n].Ref = results[n].Outcome, results[n].Ref
		if results[n].Err != nil {
			kept[n].Remarks = keepRow(c, kept[n].N, rows[n], verdicts[n]).Remarks
		}
	}
	for _, one := range w.create {
		kept[one.n].Done, kept[one.n].Revision = true, one.d.Revision
	}
	for _, one := range w.change {
		kept[one.n].Done, kept[one.n].Revision, kept[one.n].Before = true, one.after.Revision, &one.before.Content
	}
	err = tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(&kept, importBatch).Error
	if err != nil {
		return fmt.Errorf("mark rows of a changeset: %w", err)
	}
	return nil
}
