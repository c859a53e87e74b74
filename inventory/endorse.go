package inventory

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// FirstStep says whether a submission needs the head of its institution before
// the operator sees it. It is fixed when the dataset is submitted.
type FirstStep string

// The steps.
const (
	NotAsked FirstStep = ""
	Waiting  FirstStep = "waiting"
	Endorsed FirstStep = "endorsed"
)

// firstStep is what a submission by that actor needs. What the head of the
// institution submits needs no second word of the same head.
func (d *Dataset) firstStep(by identity.Actor) FirstStep {
	if d.AsksFirst && !by.May(identity.EndorseDataset, d.Institution) {
		return Waiting
	}
	return NotAsked
}

// Endorse lets a submission go on to the operator.
func (d *Dataset) Endorse(by identity.Actor, now time.Time) error {
	if err := d.mayEndorse(by); err != nil {
		return err
	}
	d.move(Submitted, now)
	d.FirstStep, d.EndorsedBy, d.EndorsedAt = Endorsed, by.Account, &now
	return nil
}

func (d *Dataset) mayEndorse(by identity.Actor) error {
	if err := by.Must(identity.EndorseDataset, d.Institution); err != nil {
		return err
	}
	if d.State != Submitted || d.FirstStep != Waiting {
		return fault.New(fault.Conflict, "dataset.endorse.state")
	}
	if by.Account != "" && by.Account == d.SubmittedBy {
		return fault.New(fault.Forbidden, "dataset.review.own")
	}
	return nil
}

// mayReturn lets whoever must decide next give a submission back.
func (d *Dataset) mayReturn(by identity.Actor) error {
	if d.State == Submitted && d.FirstStep == Waiting && !by.May(identity.ReviewDataset, d.Institution) {
		return d.mayEndorse(by)
	}
	return d.mayReview(by, "dataset.return.state")
}

// unendorse takes the first step back with the submission it belongs to.
func (d *Dataset) unendorse() { d.FirstStep, d.EndorsedBy, d.EndorsedAt = NotAsked, "", nil }
