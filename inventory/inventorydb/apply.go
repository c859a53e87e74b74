package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Apply writes what a changeset proposes: every good row, all of the file or
// nothing, or the rows that were chosen; the others may follow later. It is one
// transaction: killed at any moment it has either happened or not, and applying
// it again finishes it or changes nothing. Every row is compared once more,
// since the register may have moved on.
func (s *Store) Apply(
	ctx context.Context, by identity.Actor, id string, choice inventory.Choice,
) (*inventory.Changeset, error) {
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
	err = s.long(ctx, func(tx *gorm.DB) error {
		if c, err = lockChangeset(tx, by, id); err != nil {
			return err
		}
		if done, err := c.MayApply(by, choice); done || err != nil {
			return err
		}
		if err := p.applyRows(tx, c, choice); err != nil {
			return err
		}
		return s.applied(tx, by, c, p.now)
	})
	if err != nil {
		return nil, explain(err, "apply changeset")
	}
	return c, nil
}

// long runs work in one transaction of many statements. gorm would leave a
// savepoint open for each batch, and SQLite keep every page since the first.
func (s *Store) long(ctx context.Context, work func(tx *gorm.DB) error) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return work(tx.Session(&gorm.Session{DisableNestedTransaction: true}))
	})
}

// applied says how far the changeset has come, and since when.
func (s *Store) applied(tx *gorm.DB, by identity.Actor, c *inventory.Changeset, now time.Time) error {
	n, err := left(tx, c)
	if err != nil {
		return err
	}
	if c.State = inventory.Applied; n > 0 {
		c.State = inventory.Partly
	}
	c.AppliedAt = &now
	return s.saveChangeset(tx, by, "changeset.apply", c)
}

// good are the outcomes of rows that can be applied as they are.
func good() []inventory.Outcome { return []inventory.Outcome{inventory.Create, inventory.Change} }

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

// applyRows writes the chosen rows, batch by batch.
func (p *planner) applyRows(tx *gorm.DB, c *inventory.Changeset, choice inventory.Choice) error {
	found := map[int]bool{}
	for from := 0; ; {
		var kept []ChangesetRow
		err := tx.Where("changeset_id = ? AND n >= ? AND outcome IN ?", c.ID, from, append(good(), inventory.Conflict)).
			Order("n").Limit(importBatch).Find(&kept).Error
		if err != nil {
			return fmt.Errorf("read rows of a changeset: %w", err)
		}
		if len(kept) == 0 {
			return unfit(choice, found)
		}
		from = kept[len(kept)-1].N + 1
		chosen := kept[:0]
		for _, k := range kept {
			if !choice.Takes(k.N, k.Outcome) {
				continue
			}
			if found[k.N] = k.Twin != "" || !slices.Contains(choice.Same, k.N); !k.Done {
				chosen = append(chosen, k)
			}
		}
		if err := p.applyBatch(tx, c, chosen, choice); err != nil {
			return err
		}
	}
}

// unfit refuses a choice of rows that are not there, or cannot be applied as they are.
func unfit(choice inventory.Choice, found map[int]bool) error {
	for _, n := range choice.Named() {
		if !found[n] {
			return fault.At("rows", "import.row.unfit", n)
		}
	}
	return nil
}

// again is a kept row as it was read, with how a person settled it: then it is
// about the dataset that it was in conflict with.
func again(k ChangesetRow, choice inventory.Choice) inventory.Row {
	e := k.Entry
	row := inventory.Row{
		Line: k.Line, Sheet: k.Sheet, Ref: e.Ref, Base: e.Base, Organisation: e.Organisation, Revision: e.Revision,
		Given: e.Given, Content: e.Content, Source: e.Source,
	}
	if k.Twin != "" && slices.Contains(choice.Same, k.N) {
		row.Same = k.Twin
	}
	if answer, ok := choice.Answers[k.N]; ok && k.Outcome == inventory.Conflict {
		row.Answer, row.Seen = &answer, k.Revision
		if row.Ref == "" {
			if row.Given != nil {
				row.Given = row.Content.Said(row.Given)
			}
			row.Ref, row.Revision, row.Base = k.Ref, -1, "" // made from no revision: every difference was in doubt
		}
	}
	return row
}

func (p *planner) applyBatch(tx *gorm.DB, c *inventory.Changeset, kept []ChangesetRow, choice inventory.Choice) error {
	if len(kept) == 0 {
		return nil
	}
	rows := make([]inventory.Row, 0, len(kept))
	for _, k := range kept {
		rows = append(rows, again(k, choice))
	}
	verdicts, w, err := p.plan(tx, rows)
	if err != nil {
		return err
	}
	for n, v := range verdicts {
		if v.bad() && choice.All {
			return errors.Join(fault.New(fault.Conflict, "import.moved", kept[n].Line), v.err)
		}
	}
	if err := p.write(tx, w, verdicts); err != nil {
		return err
	}
	for n, v := range verdicts {
		c.Counts[kept[n].Outcome]--
		c.Counts[v.outcome]++
		was := kept[n]
		kept[n] = keepRow(c, was.N, rows[n], v)
		kept[n].Cell, kept[n].Entry, kept[n].Twin = was.Cell, was.Entry, was.Twin
		if v.outcome == was.Outcome && !v.bad() {
			kept[n].Remarks = was.Remarks // which name the cells
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
