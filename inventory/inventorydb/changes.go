package inventorydb

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// maxChanges bounds a page of changes.
const maxChanges = 1000

// Changes returns up to limit datasets, tombstones among them, that changed
// after since and not after version upTo of the catalogue, in the order of
// commits, each once in its present state. A reader who goes on from the last
// one's Mark misses none: versions are given out in that order. more tells
// that there are others. A mark that this register never gave, because it was
// set back to an older copy, is a fault of kind Gone: only a full copy helps.
func (s *Store) Changes(
	ctx context.Context, since inventory.Mark, upTo int64, limit int,
) (changed []inventory.Publication, more bool, err error) {
	db := s.db.WithContext(ctx)
	if err := given(db, since); err != nil {
		return nil, false, err
	}
	limit = max(1, min(limit, maxChanges))
	err = db.Where("(version, dataset_id) > (?, ?) AND version <= ?", since.Version, since.Dataset, upTo).
		Order("version, dataset_id").Limit(limit + 1).Find(&changed).Error
	if err != nil {
		return nil, false, fmt.Errorf("read changes: %w", err)
	}
	if more = len(changed) > limit; more {
		changed = changed[:limit]
	}
	return changed, more, nil
}

// LatestChanges returns up to limit datasets that changed before the mark (the
// zero Mark: any) and not after version upTo, the last change first.
func (s *Store) LatestChanges(
	ctx context.Context, before inventory.Mark, upTo int64, limit int,
) (changed []inventory.Publication, more bool, err error) {
	limit = max(1, min(limit, maxChanges))
	q := s.db.WithContext(ctx).Where("version <= ?", upTo)
	if before != (inventory.Mark{}) {
		q = q.Where("(version, dataset_id) < (?, ?)", before.Version, before.Dataset)
	}
	if err := q.Order("version DESC, dataset_id DESC").Limit(limit + 1).Find(&changed).Error; err != nil {
		return nil, false, fmt.Errorf("read latest changes: %w", err)
	}
	if more = len(changed) > limit; more {
		changed = changed[:limit]
	}
	return changed, more, nil
}

// given tells whether this register gave the mark away: its number must have
// been reached, and the dataset it names cannot since have gone back.
func given(db *gorm.DB, m inventory.Mark) error {
	if m == (inventory.Mark{}) {
		return nil
	}
	reached, err := readVersion(db, cataloguePart)
	if err != nil {
		return err
	}
	gone := fault.New(fault.Gone, "changes.since.gone")
	if m.Version > reached.Number {
		return gone
	}
	if m == inventory.MarkOf(m.Version) {
		return nil
	}
	var version []int64
	if err := db.Model(&inventory.Publication{}).Where("dataset_id = ?", m.Dataset).Limit(1).Pluck("version", &version).Error; err != nil {
		return fmt.Errorf("read mark: %w", err)
	}
	if len(version) == 0 || version[0] < m.Version {
		return gone
	}
	return nil
}

// PublicIDs returns the UUIDs of what was ever public under the refs.
func (s *Store) PublicIDs(ctx context.Context, refs []string) (map[string]string, error) {
	ids := map[string]string{}
	if len(refs) == 0 {
		return ids, nil
	}
	var rows []struct{ Ref, DatasetID string }
	err := s.db.WithContext(ctx).Model(&inventory.Publication{}).Select("ref", "dataset_id").Where("ref IN ?", refs).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	for _, r := range rows {
		ids[r.Ref] = r.DatasetID
	}
	return ids, nil
}
