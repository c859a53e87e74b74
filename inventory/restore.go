package inventory

import (
	"time"

	"github.com/jard-odi/jard/identity"
)

// Restore brings back what was written before a change that is undone. When
// that is what was approved, it stands approved again: nothing is left to review.
func (d *Dataset) Restore(by identity.Actor, c Content, v *Vocabulary, now time.Time) error {
	if err := d.Edit(by, c, v, now); err != nil {
		return err
	}
	if d.State == Draft && d.ApprovedRevision > 0 && d.Content.Hash() == d.ApprovedHash {
		d.State = Approved
	}
	return nil
}
