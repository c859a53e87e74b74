package inventorydb

import (
	"context"
	"fmt"
	"iter"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// ChangesetRow is one row of a file handed in.
type ChangesetRow struct {
	ChangesetID string `gorm:"primaryKey"`
	N           int    `gorm:"primaryKey;autoIncrement:false"` // in the order of the file
	Sheet       string
	Line        int
	Outcome     inventory.Outcome
	Ref         string
	Title       string
	Cell        string                 // where a remark on the whole row stands
	Entry       *inventory.Entry       `gorm:"serializer:json"` // what will be written; nil for what changes nothing
	Remarks     []inventory.Remark     `gorm:"serializer:json"`
	Changes     []inventory.Difference `gorm:"serializer:json"`
	Before      *inventory.Content     `gorm:"serializer:json"` // as it was before; nil for a dataset that was created
	Revision    int                    // that the application made
	Done        bool
	Twin        string // ref of a dataset that a new row looks like
}

// TableName names the table of rows.
func (ChangesetRow) TableName() string { return "changeset_rows" }

// columnMapping is a heading that an institution explained.
type columnMapping struct {
	Institution string `gorm:"primaryKey"`
	Label       string `gorm:"primaryKey"`
	Code        string
}

// TableName names the table of mappings.
func (columnMapping) TableName() string { return "column_mappings" }

// Changeset returns a file handed in, without its content.
func (s *Store) Changeset(ctx context.Context, by identity.Actor, id string) (*inventory.Changeset, error) {
	c, err := takeChangeset(s.db.WithContext(ctx).Omit("File"), by, id)
	return c, explain(err, "read changeset")
}

// ChangesetFile returns a file handed in, with its content.
func (s *Store) ChangesetFile(ctx context.Context, by identity.Actor, id string) (*inventory.Changeset, error) {
	c, err := takeChangeset(s.db.WithContext(ctx), by, id)
	return c, explain(err, "read changeset")
}

func takeChangeset(db *gorm.DB, by identity.Actor, id string) (*inventory.Changeset, error) {
	if !by.Known() {
		return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	var c inventory.Changeset
	if err := db.Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, err
	}
	if !by.May(identity.RecordDataset, c.Institution) {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return &c, nil
}

// Changesets lists the last files handed in that by may see, newest first, without their content.
func (s *Store) Changesets(ctx context.Context, by identity.Actor, limit int) ([]inventory.Changeset, error) {
	q := s.db.WithContext(ctx).Omit("File")
	if !by.Everywhere(identity.RecordDataset) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	var all []inventory.Changeset
	if err := q.Order("created_at DESC, id DESC").Limit(limit).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("list changesets: %w", err)
	}
	return all, nil
}

// AllRows is the limit that is none.
const AllRows = -1

// ChangesetRows returns rows of a changeset from the nth on, in the order of
// the file; outcome "" means every one, LikelyTwin those that look like a dataset there is. The caller has read the changeset.
func (s *Store) ChangesetRows(
	ctx context.Context, c *inventory.Changeset, outcome inventory.Outcome, from, limit int,
) ([]ChangesetRow, error) {
	q := s.db.WithContext(ctx).Omit("Entry", "Before").Where("changeset_id = ? AND n >= ?", c.ID, from)
	switch outcome {
	case "":
	case LikelyTwin:
		q = q.Where("twin <> ''")
	default:
		q = q.Where("outcome = ?", outcome)
	}
	var rows []ChangesetRow
	if err := q.Order("n").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read rows of a changeset: %w", err)
	}
	return rows, nil
}

// Left counts the rows of a changeset that can still be applied as they are.
// The caller has read the changeset.
func (s *Store) Left(ctx context.Context, c *inventory.Changeset) (int, error) {
	n, err := left(s.db.WithContext(ctx), c)
	return int(n), err
}

func left(db *gorm.DB, c *inventory.Changeset) (n int64, err error) {
	if err := db.Model(&ChangesetRow{}).Where("changeset_id = ? AND NOT done AND outcome IN ?", c.ID, good()).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count rows of a changeset: %w", err)
	}
	return n, nil
}

// Labels returns the headings that the institution explained before.
func (s *Store) Labels(ctx context.Context, institution string) (map[string]string, error) {
	var all []columnMapping
	if err := s.db.WithContext(ctx).Where("institution = ?", institution).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read column mappings: %w", err)
	}
	labels := map[string]string{}
	for _, m := range all {
		labels[m.Label] = m.Code
	}
	return labels, nil
}

// maxLabels bounds what one institution may teach.
const maxLabels = 300

// Remember keeps what headings mean to an institution.
func (s *Store) Remember(ctx context.Context, by identity.Actor, institution string, labels map[string]string) error {
	if err := by.Must(identity.RecordDataset, institution); err != nil {
		return err
	}
	if len(labels) > maxLabels {
		return fault.New(fault.Invalid, "fault.too_many", maxLabels)
	}
	all := make([]columnMapping, 0, len(labels))
	for label, code := range labels {
		if key := inventory.Fold(label); key != "" {
			all = append(all, columnMapping{institution, key, code})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&all).Error
		if err != nil {
			return fmt.Errorf("keep column mappings: %w", err)
		}
		return s.recordChangeset(tx, by, "changeset.columns", institution, institution, map[string]any{"columns": labels})
	})
}

// Sheet walks the datasets of an institution and the bodies under it that are
// not withdrawn, in the order of their refs; of all where none is named.
func (s *Store) Sheet(ctx context.Context, by identity.Actor, institution string) iter.Seq2[inventory.Dataset, error] {
	return func(yield func(inventory.Dataset, error) bool) {
		db := s.db.WithContext(ctx)
		if err := by.Must(identity.ReadRegister, institution); err != nil {
			yield(inventory.Dataset{}, err)
			return
		}
		of, err := s.sheetOf(db, institution)
		if err != nil {
			yield(inventory.Dataset{}, err)
			return
		}
		for last := ""; ; {
			var batch []inventory.Dataset
			err := of.Where("state <> ? AND ref > ?", inventory.Withdrawn, last).
				Order("ref").Limit(sheetBatch).Find(&batch).Error
			if err != nil {
				yield(inventory.Dataset{}, fmt.Errorf("read datasets for a sheet: %w", err))
				return
			}
			for _, d := range batch {
				if !yield(d, nil) {
					return
				}
			}
			if len(batch) < sheetBatch {
				return
			}
			last = batch[len(batch)-1].Ref
		}
	}
}

// sheetOf asks for the datasets of an institution and those under it.
func (s *Store) sheetOf(db *gorm.DB, institution string) (*gorm.DB, error) {
	if institution == "" {
		return db, nil
	}
	if err := mustExist(db, institution, s.now()); err != nil {
		return nil, err
	}
	t, err := tree(db)
	if err != nil {
		return nil, err
	}
	return db.Where("institution IN ?", t.Under(institution, s.now())).Session(&gorm.Session{}), nil
}

// sheetBatch is how many datasets a sheet is given at once.
const sheetBatch = 500
