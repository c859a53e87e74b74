package inventory

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Revision is one step of a dataset, kept for ever: what was written then, who
// did it and why. Content is nil where the step did not change it; it is then
// that of the last step before that has one.
type Revision struct {
	DatasetID string `gorm:"primaryKey"`
	Revision  int    `gorm:"primaryKey;autoIncrement:false"`
	State     State
	Act       string   // "dataset.approve"
	Hash      string   // of the content; empty on steps from before revisions were kept
	Content   *Content `gorm:"serializer:json"`
	Actor     string   // account id, or the command
	Role      identity.Role
	Reason    string
	At        time.Time
}

// BringBack makes an earlier content the draft to go on with. The past stays
// as it was: bringing back is a step of its own. Files keep their ids, since
// they were this dataset's own, and the day of the data does not go back: it
// is a fact about the data and not a wording.
func (d *Dataset) BringBack(by identity.Actor, c Content, v *Vocabulary, now time.Time) error {
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return err
	}
	switch d.State {
	case Submitted:
		return fault.New(fault.Conflict, "dataset.edit.submitted")
	case Withdrawn:
		return fault.New(fault.Conflict, "dataset.edit.withdrawn")
	}
	c = c.Clean()
	c.DataModified = max(c.DataModified, d.Content.DataModified)
	if err := c.Check(v, now); err != nil {
		return err
	}
	if c.Equal(d.Content) {
		return fault.New(fault.Conflict, "dataset.bring_back.same")
	}
	was := d.Content
	d.Content = c
	d.forget(was)
	d.move(Draft, now)
	return nil
}
