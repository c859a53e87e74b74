package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
)

// LikelyTwin asks for the rows that look like a dataset there is, whatever becomes of them.
const LikelyTwin inventory.Outcome = "twin"

// linked is a dataset that a person said a row to be.
type linked struct {
	before, after inventory.Source
	d             *inventory.Dataset
}

// lookForTwins notes on rows that would make a dataset which one they look
// like. It blocks nothing: whoever hands the file in decides.
func (p *planner) lookForTwins(tx *gorm.DB, rows []inventory.Row, verdicts []verdict) error {
	if p.twins == nil {
		return nil
	}
	first := map[int]twin.Match{}
	ids := []string{}
	for n := range verdicts {
		if verdicts[n].outcome != inventory.Create {
			continue
		}
		row := &rows[n]
		e := twin.Entry{Institution: p.bodyOf(*row), Content: row.Content, Origins: []inventory.Origin{row.Content.Origin()}}
		if row.Source.Portal != "" {
			e.Origins = append(e.Origins, inventory.Origin{Portal: row.Source.Portal, ID: row.Source.ID})
		}
		if found := p.twins.Find(e, sees(p.by)); len(found) > 0 {
			first[n] = found[0]
			ids = append(ids, found[0].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	inside := &Store{db: fresh(tx)}
	sides, err := inside.sides(tx.Statement.Context, p.by, ids)
	if err != nil {
		return err
	}
	for n, m := range first {
		side, ok := sides[m.ID]
		if !ok {
			continue
		}
		v := &verdicts[n]
		v.twin = side.Ref
		v.notes = append(slices.Clone(v.notes), fault.At("title.fr", "twins.import.likely",
			side.Ref, clipTo(title(side.Content), 120), string(m.Reasons[0])))
	}
	return nil
}

// link decides about a row that a person said to be a dataset there is: it
// learns the source, so that the same list finds it the next time.
func (p *planner) link(row inventory.Row, d *inventory.Dataset, w *writes) verdict {
	v := verdict{title: title(row.Content), notes: row.Notes}
	refuse := func(err error) verdict {
		v.outcome, v.err = inventory.Refused, err
		return v
	}
	switch {
	case row.Err != nil:
		return refuse(row.Err)
	case d == nil || !p.by.May(identity.RecordDataset, d.Institution):
		return refuse(fault.New(fault.Invalid, "import.elsewhere"))
	case d.State == inventory.Withdrawn:
		return refuse(fault.New(fault.Invalid, "dataset.edit.withdrawn"))
	case d.Source.Portal != "" && !sameSource(row, d):
		return refuse(fault.New(fault.Invalid, "twins.import.other_source", d.Ref, d.Source.Portal, clipTo(d.Source.ID, 60)))
	}
	v.outcome, v.ref, v.revision = inventory.Unchanged, d.Ref, d.Revision
	before := d.Source
	d.Source = row.Source
	d.Source.Hash = row.Content.ImportHash()
	w.link = append(w.link, linked{before, d.Source, d})
	return v
}

// saveLinked writes the sources that datasets learned, and carries them to what the public sees.
func (p *planner) saveLinked(tx *gorm.DB, all []linked) (lines []audit.Line, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	if err := bump(tx, cataloguePart, p.now); err != nil {
		return nil, err
	}
	for _, one := range all {
		d := one.d
		err := fresh(tx).Model(d).UpdateColumns(map[string]any{
			"source_portal": one.after.Portal, "source_id": one.after.ID, "source_hash": one.after.Hash, "updated_at": p.now,
		}).Error
		if err == nil {
			err = carrySource(tx, d, p.now)
		}
		if err != nil {
			return nil, fmt.Errorf("link a dataset to its source: %w", err)
		}
		say := func(s inventory.Source) map[string]any {
			return map[string]any{"source": strings.TrimSpace(s.Portal + " " + s.ID)}
		}
		line, err := audit.New(p.by, p.now, "dataset.link", "dataset", d.Ref, d.Institution, say(one.before), say(one.after))
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// carrySource writes the source of a dataset into what the public sees of it.
func carrySource(tx *gorm.DB, d *inventory.Dataset, now time.Time) error {
	p, err := publicationOf(fresh(tx), d.ID)
	if err != nil || p == nil || !p.Live() {
		return err
	}
	p.From(d.Source, now)
	if err := enter(tx, p); err != nil {
		return err
	}
	return fresh(tx).Model(p).Select("SourcePortal", "SourceID", "Modified", "Version", "Entered").UpdateColumns(p).Error
}

// TwinRows counts the rows of a changeset that look like a dataset there is
// and are not written yet. The caller has read the changeset.
func (s *Store) TwinRows(ctx context.Context, c *inventory.Changeset) (int, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&ChangesetRow{}).
		Where("changeset_id = ? AND twin <> '' AND NOT done AND outcome = ?", c.ID, inventory.Create).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count rows that look like datasets: %w", err)
	}
	return int(n), nil
}
