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

// What is kept of the files handed in. Nobody decides about a file after a
// month, and nobody asks after a year what exactly was in it: the rows stay, so
// that the import can still be told and undone.
const (
	ProposalLife = 30 * 24 * time.Hour
	FileLife     = 365 * 24 * time.Hour
	MaxPending   = 50        // files of one institution that wait for a decision
	MaxKept      = 256 << 20 // bytes of them
)

// Hold keeps a file whose columns nobody understands yet, until a person says
// what they mean.
func (s *Store) Hold(
	ctx context.Context, by identity.Actor, institution string, u HandedIn,
) (*inventory.Changeset, error) {
	if err := by.Must(identity.RecordDataset, institution); err != nil {
		return nil, err
	}
	now := s.now()
	if err := mustExist(s.db.WithContext(ctx), institution, now); err != nil {
		return nil, err
	}
	c := newChangeset(by, institution, u, now)
	c.State, c.Sheets = inventory.Unread, []inventory.SheetSeen{}
	return c, explain(s.keep(ctx, by, c, nil), "keep a file")
}

// newChangeset is a file handed in, before it is compared.
func newChangeset(by identity.Actor, institution string, u HandedIn, now time.Time) *inventory.Changeset {
	return &inventory.Changeset{
		ID: newID(), Institution: institution, Account: by.Account, Name: clipName(u.Name), Format: u.Format,
		State: inventory.Proposed, Counts: map[inventory.Outcome]int{}, File: u.File, CreatedAt: now,
	}
}

// keep writes a changeset with its rows, unless the institution keeps too many.
func (s *Store) keep(ctx context.Context, by identity.Actor, c *inventory.Changeset, rows []ChangesetRow) error {
	return s.long(ctx, func(tx *gorm.DB) error {
		if err := forget(tx, c.CreatedAt); err != nil {
			return err
		}
		if err := room(tx, c); err != nil {
			return err
		}
		if err := tx.Create(c).Error; err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := tx.CreateInBatches(&rows, importBatch).Error; err != nil {
				return err
			}
		}
		return s.recordChangeset(tx, by, "changeset.propose", c.ID, c.Institution, map[string]any{
			"name": c.Name, "format": c.Format, "counts": c.Counts,
		})
	})
}

// room refuses a file of an institution that has too many undecided ones.
func room(tx *gorm.DB, c *inventory.Changeset) error {
	var kept struct {
		N     int
		Bytes int64
	}
	err := tx.Model(&inventory.Changeset{}).Select("count(*) AS n, coalesce(sum(length(file)), 0) AS bytes").
		Where("institution = ? AND state IN ?", c.Institution, inventory.Pending()).Scan(&kept).Error
	switch {
	case err != nil:
		return fmt.Errorf("count files kept: %w", err)
	case kept.N >= MaxPending:
		return fault.New(fault.Conflict, "import.quota.files", MaxPending)
	case kept.Bytes+int64(len(c.File)) > MaxKept:
		return fault.New(fault.Conflict, "import.quota.bytes", MaxKept>>20)
	}
	return nil
}

// forget drops what nobody will ask for any more.
func forget(tx *gorm.DB, now time.Time) error {
	old := tx.Where("state IN ? AND created_at < ?", inventory.Pending(), now.Add(-ProposalLife))
	if err := old.Delete(&inventory.Changeset{}).Error; err != nil {
		return fmt.Errorf("forget old files: %w", err)
	}
	err := tx.Model(&inventory.Changeset{}).
		Where("state NOT IN ? AND created_at < ? AND length(file) > 0", inventory.Pending(), now.Add(-FileLife)).
		UpdateColumn("file", []byte{}).Error
	if err != nil {
		return fmt.Errorf("forget what files held: %w", err)
	}
	return nil
}

// ForgetFiles drops proposals that nobody decided about, and what long applied
// files held.
func (s *Store) ForgetFiles(ctx context.Context) error {
	now := s.now()
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return forget(tx, now) })
}

// Discard throws away a file of which nothing is written.
func (s *Store) Discard(ctx context.Context, by identity.Actor, id string) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		c, err := lockChangeset(tx, by, id)
		if err != nil {
			return err
		}
		if err := c.MayDiscard(by); err != nil {
			return err
		}
		if err := tx.Where("changeset_id = ?", id).Delete(&ChangesetRow{}).Error; err != nil {
			return fmt.Errorf("discard rows: %w", err)
		}
		if err := tx.Where("id = ?", id).Delete(&inventory.Changeset{}).Error; err != nil {
			return fmt.Errorf("discard a file: %w", err)
		}
		return s.recordChangeset(tx, by, "changeset.discard", id, c.Institution, map[string]any{"name": c.Name})
	})
	return explain(err, "discard changeset")
}
