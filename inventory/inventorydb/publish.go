package inventorydb

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// publish lets the public copy follow the dataset: written at an approval, made
// a tombstone at a withdrawal, dated anew when the data were updated.
func (s *Store) publish(tx *gorm.DB, before, d *inventory.Dataset, v *inventory.Vocabulary, now time.Time) error {
	approved := d.ApprovedRevision != before.ApprovedRevision
	withdrawn := d.State == inventory.Withdrawn && before.State != inventory.Withdrawn
	if withdrawn {
		if err := replacementExists(tx, d); err != nil {
			return err
		}
	}
	promised := d.Proof != nil || d.LetOff != nil
	if !approved && (!withdrawn && !promised || d.ApprovedRevision == 0) {
		return nil
	}
	told := approved || withdrawn || d.Refreshed // the catalogue does not tell of promises
	var version int64
	if told {
		// Taken first: approvals wait here for each other, so that two cannot choose one name,
		// and versions follow the order of commits.
		var err error
		if version, err = nextVersion(tx, cataloguePart, now); err != nil {
			return err
		}
	}
	was, err := publicationOf(tx, d.ID)
	if err != nil {
		return err
	}
	var p *inventory.Publication
	switch {
	case approved:
		if before.Name == "" {
			if d.Name, err = freeName(tx, d); err != nil {
				return err
			}
		}
		p = d.Publish(was, v, v.Workdays(), now)
	case withdrawn:
		p = was
		p.Withdraw(d.Reason, d.ReplacedBy, now)
	default:
		if p = was; d.Refreshed {
			p.Refresh(d.Content.DataModified, now)
		}
	}
	if told {
		p.Enter(version)
	}
	if err := keepLedger(tx, d, p, approved, v, now); err != nil {
		return err
	}
	if approved || withdrawn {
		if err := errors.Join(followFiles(tx, p, now), relink(tx, p, now)); err != nil {
			return err
		}
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "dataset_id"}}, UpdateAll: true,
	}).Create(p).Error
}

// publicationOf returns what the public sees of a dataset, nil when nothing yet.
func publicationOf(tx *gorm.DB, id string) (*inventory.Publication, error) {
	var p inventory.Publication
	found := tx.Where("dataset_id = ?", id).Limit(1).Find(&p)
	if found.Error != nil {
		return nil, fmt.Errorf("read publication: %w", found.Error)
	}
	if found.RowsAffected == 0 {
		return nil, nil //nolint:nilnil // having none is an ordinary answer inside this file
	}
	return &p, nil
}

// replacementExists accepts only what the public can go to: a tombstone that
// points nowhere helps nobody. What is not public is said to be so only to
// whoever may know of it.
func replacementExists(tx *gorm.DB, d *inventory.Dataset) error {
	if d.ReplacedBy == "" {
		return nil
	}
	var found inventory.Dataset
	err := tx.Select("state", "approved_revision", "institution").Where("ref = ?", d.ReplacedBy).Limit(1).Find(&found).Error
	switch {
	case err != nil:
		return err
	case found.ApprovedRevision > 0 && found.State != inventory.Withdrawn:
		return nil
	case found.ApprovedRevision > 0:
		return fault.At("replaced_by", "dataset.withdraw.replacement_withdrawn", d.ReplacedBy)
	case found.Institution == d.Institution:
		return fault.At("replaced_by", "dataset.withdraw.replacement_private", d.ReplacedBy)
	}
	return fault.At("replaced_by", "dataset.withdraw.replacement_unknown", d.ReplacedBy)
}

// maxNames bounds the search for a free name; then the ref, which is unique, is added.
const maxNames = 10_000

// freeName returns the first name for d that no dataset has ever had.
func freeName(tx *gorm.DB, d *inventory.Dataset) (string, error) {
	title := d.Content.Title["fr"]
	base := inventory.NameFor(title, d.Ref, 1)
	stem := inventory.NameFor(title, d.Ref, maxNames-1)
	stem = stem[:len(stem)-len("-9999")]
	var names []string
	err := tx.Model(&inventory.Dataset{}).Where("id <> ? AND name LIKE ?", d.ID, stem+"%").Pluck("name", &names).Error
	if err != nil {
		return "", fmt.Errorf("choose a name: %w", err)
	}
	taken := map[string]bool{}
	for _, name := range names {
		taken[name] = true
	}
	for n := 1; n < maxNames; n++ {
		if name := inventory.NameFor(title, d.Ref, n); !taken[name] {
			return name, nil
		}
	}
	return "", errors.New("choose a name: " + base + " and every number behind it are taken")
}
