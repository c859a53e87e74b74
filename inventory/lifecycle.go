package inventory

import (
	"errors"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// New returns a draft of the institution. A title is enough to record that a
// dataset exists; the rest can follow.
func New(by identity.Actor, institution string, c Content, v *Vocabulary, now time.Time) (*Dataset, error) {
	if err := by.Must(identity.RecordDataset, institution); err != nil {
		return nil, err
	}
	if institution == "" {
		return nil, fault.At("institution", "fault.required")
	}
	c = c.Clean()
	if err := c.Check(v, now); err != nil {
		return nil, err
	}
	for n := range c.Distributions {
		c.Distributions[n].ID = "" // ids are given by the register, or two datasets could claim one file
	}
	return &Dataset{
		Institution: institution, State: Draft, Life: Inventoried, Revision: 1, Content: c, CreatedAt: now, UpdatedAt: now,
	}, nil
}

// Edit replaces what is written about the dataset. What was approved stays
// public until the new revision is approved. Writing the same again changes
// nothing.
func (d *Dataset) Edit(by identity.Actor, c Content, v *Vocabulary, now time.Time) error {
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
	if err := c.Check(v, now); err != nil {
		return err
	}
	keepOwnIDs(&c, d.Content)
	if c.Equal(d.Content) {
		return nil
	}
	was := d.Content
	d.Content = c
	d.forget(was)
	d.move(Draft, now)
	return nil
}

// keepOwnIDs forgets ids that are not this dataset's own.
func keepOwnIDs(c *Content, was Content) {
	own := map[string]bool{}
	for _, x := range was.Distributions {
		own[x.ID] = true
	}
	for n := range c.Distributions {
		if !own[c.Distributions[n].ID] {
			c.Distributions[n].ID = ""
		}
	}
}

// Submit hands the dataset over for review. Everything the rules ask for must
// be there; all that is not is said at once.
func (d *Dataset) Submit(by identity.Actor, v *Vocabulary, now time.Time) error {
	if err := by.Must(identity.SubmitDataset, d.Institution); err != nil {
		return err
	}
	if d.State != Draft && d.State != Returned {
		return fault.New(fault.Conflict, "dataset.submit.state", string(d.State))
	}
	if err := errors.Join(d.Content.Complete(v, now), d.answered(v)); err != nil {
		return err
	}
	d.move(Submitted, now)
	d.Reason = ""
	d.SubmittedBy, d.SubmittedAt = by.Account, &now
	d.ReviewedBy, d.ReviewedAt = "", nil
	d.unendorse()
	d.FirstStep = d.firstStep(by)
	return nil
}

// Recall takes a submission back before it is reviewed, to correct it.
func (d *Dataset) Recall(by identity.Actor, now time.Time) error {
	if err := by.Must(identity.SubmitDataset, d.Institution); err != nil {
		return err
	}
	if d.State != Submitted {
		return fault.New(fault.Conflict, "dataset.recall.state", string(d.State))
	}
	d.move(Draft, now)
	d.unendorse()
	return nil
}

// Approve opens a submitted dataset to the public and the portal's next
// harvest. The approval names the revision and the content it was given for.
// The vocabulary may have changed since the submission, so completeness is
// asked again.
func (d *Dataset) Approve(by identity.Actor, v *Vocabulary, now time.Time) error {
	if err := d.mayReview(by, "dataset.approve.state"); err != nil {
		return err
	}
	if err := errors.Join(d.Content.Complete(v, now), d.answered(v)); err != nil {
		return err
	}
	d.move(Approved, now)
	d.ReviewedBy, d.ReviewedAt = by.Account, &now
	d.ApprovedRevision, d.ApprovedHash = d.Revision, d.Content.Hash()
	d.settle()
	if d.Name == "" {
		d.Name = NameFor(d.Content.Title["fr"], d.Ref, 1) // the store numbers it when it is taken
	}
	return nil
}

// Return gives a submitted dataset back to its officer with the reason.
func (d *Dataset) Return(by identity.Actor, reason string, now time.Time) error {
	return d.ReturnWith(by, reason, nil, now)
}

// mayReview holds the rule of four eyes: nobody reviews what they submitted.
func (d *Dataset) mayReview(by identity.Actor, stateKey string) error {
	if err := by.Must(identity.ReviewDataset, d.Institution); err != nil {
		return err
	}
	if d.State != Submitted {
		return fault.New(fault.Conflict, stateKey, string(d.State))
	}
	if d.FirstStep == Waiting {
		return fault.New(fault.Conflict, "dataset.endorse.waiting")
	}
	if by.Account != "" && (by.Account == d.SubmittedBy || by.Account == d.EndorsedBy) {
		return fault.New(fault.Forbidden, "dataset.review.own")
	}
	return nil
}

// Withdraw takes the dataset out of the register for good, saying why and,
// when there is one, what replaces it. What was public stays as a tombstone.
func (d *Dataset) Withdraw(by identity.Actor, reason, replacement string, now time.Time) error {
	if err := by.Must(identity.WithdrawDataset, d.Institution); err != nil {
		return err
	}
	if d.State == Withdrawn {
		return fault.New(fault.Conflict, "dataset.withdraw.state", string(d.State))
	}
	if err := CheckReason(reason); err != nil {
		return err
	}
	replacement = strings.TrimSpace(replacement)
	if replacement != "" && replacement == d.Ref {
		return fault.At("replaced_by", "dataset.withdraw.itself")
	}
	d.move(Withdrawn, now)
	d.Reason, d.ReplacedBy = strings.TrimSpace(reason), replacement
	d.DueAt, d.LateAfter = nil, nil
	d.Life = LifeOf(nil, true)
	d.unendorse()
	return nil
}

// Refresh records that the data were updated on the day, which meets the
// duty. It needs no review: the description stays as it was approved.
func (d *Dataset) Refresh(by identity.Actor, day Date, now time.Time) error {
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return err
	}
	switch {
	case d.State == Withdrawn:
		return fault.New(fault.Conflict, "dataset.edit.withdrawn")
	case day == "":
		return fault.At("data_modified", "fault.required")
	case !day.Plausible():
		return fault.At("data_modified", "fault.date", clip(string(day)))
	case day > DateOf(now, Tunis()):
		return fault.At("data_modified", "dataset.data_modified.future")
	case day < d.Content.DataModified:
		return fault.At("data_modified", "dataset.data_modified.earlier", string(d.Content.DataModified))
	}
	if day == d.Content.DataModified && (d.State == Approved || d.ApprovedRevision == 0) {
		return nil // in a draft beside what is public, the day may be written and not yet declared
	}
	d.Content.DataModified = day
	d.Refreshed = true
	d.Proof = &Evidence{Kind: Declaration, Day: day, By: by.Account}
	d.Revision++
	d.UpdatedAt = now
	return nil
}

// move changes the state and counts the change.
func (d *Dataset) move(to State, now time.Time) {
	d.State = to
	d.Revision++
	d.UpdatedAt = now
}

// Publish returns the dataset as the public sees it from its approval on; was
// is what they saw before, nil the first time.
func (d *Dataset) Publish(was *Publication, v *Vocabulary, c *Workdays, now time.Time) *Publication {
	p := &Publication{
		DatasetID: d.ID, Ref: d.Ref, Name: d.Name, Institution: d.Institution, Revision: d.ApprovedRevision,
		Hash: d.ApprovedHash, Content: d.Content, SourcePortal: d.Source.Portal, SourceID: d.Source.ID,
		Life: d.Life, FirstCommitted: d.FirstCommitted, Issued: now, Modified: now,
	}
	if was != nil {
		p.Issued, p.Modified = was.Issued, after(was.Modified, now)
		if was.Live() {
			p.Entered = was.Entered
		}
	}
	p.Files = factsOf(d.Content, was, now)
	p.Search, p.Formats = d.Content.Words(d.Ref), d.Content.Formats()
	p.bind(was, v, c, now)
	return p
}

// bind says from when the approved frequency binds: from the period of the
// approval, or the one after it when publication is the only data date there
// is. A frequency that was approved before goes on binding.
func (p *Publication) bind(was *Publication, v *Vocabulary, c *Workdays, now time.Time) {
	p.BoundFrom = now
	if was != nil && was.Content.Frequency == p.Content.Frequency {
		p.BoundFrom = was.BoundFrom
		return
	}
	if s, ok := v.Schedule(c, p.Content); ok {
		first := s.Period(now)
		p.BoundFrom = first.Start.UTC()
		if was == nil && p.Content.DataModified == "" {
			p.BoundFrom = first.End.UTC()
		}
	}
}

// Refresh carries the data date over to what the public sees.
func (p *Publication) Refresh(day Date, now time.Time) {
	p.Content.DataModified = day
	p.Modified = after(p.Modified, now)
}

// From names the list that the dataset came from.
func (p *Publication) From(s Source, now time.Time) {
	p.SourcePortal, p.SourceID = s.Portal, s.ID
	p.Modified = after(p.Modified, now)
}

// Link says which public datasets are the same data.
func (p *Publication) Link(ids IDs, now time.Time) {
	p.SameAs = ids
	p.Modified = after(p.Modified, now)
}

// Withdraw makes the publication a tombstone.
func (p *Publication) Withdraw(reason, replacement string, now time.Time) {
	p.WithdrawnAt, p.WithdrawalReason, p.ReplacedBy = &now, reason, replacement
	p.Modified = after(p.Modified, now)
	p.Life = LifeOf(nil, true)
	p.DueAt, p.LateAfter = nil, nil
}

// after returns now, or the next microsecond after last when the clock did not
// move or went back: a harvester skips what is not newer.
func after(last, now time.Time) time.Time {
	if now.After(last) {
		return now
	}
	return last.Add(time.Microsecond)
}
