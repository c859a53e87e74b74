package inventory

import (
	"errors"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Attest confirms that the data need no change as of now: evidence for every
// open period that has begun. Where the frequency has no date, it is what is
// asked once a year.
func (d *Dataset) Attest(by identity.Actor, note string, now time.Time) error {
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return err
	}
	if err := d.promises(); err != nil {
		return err
	}
	note = strings.TrimSpace(note)
	if note != "" {
		if err := CheckReason(note); err != nil {
			return err
		}
	}
	d.Proof = &Evidence{Kind: Attestation, Day: DateOf(now, Tunis()), By: by.Account, Note: note}
	d.Revision++
	d.UpdatedAt = now
	return nil
}

// maxWaiver bounds a waiver: what should last longer is another frequency.
const maxWaiver = 366

// Waive lets the dataset off one period. Only the operator may, says why, and
// says until when; the public reads both.
func (d *Dataset) Waive(by identity.Actor, w Waiver, now time.Time) error {
	if err := by.Must(identity.ReviewDataset, d.Institution); err != nil {
		return err
	}
	if err := d.promises(); err != nil {
		return err
	}
	if err := errors.Join(CheckReason(w.Reason), checkUntil(w.Until, now)); err != nil {
		return err
	}
	w.By, w.Reason, w.Period = by.Account, strings.TrimSpace(w.Reason), strings.TrimSpace(w.Period)
	d.LetOff = &w
	d.Revision++
	d.UpdatedAt = now
	return nil
}

// checkUntil accepts a day from today on, within a year.
func checkUntil(until Date, now time.Time) error {
	today := DateOf(now, Tunis())
	start, _ := today.In(Tunis())
	switch {
	case until == "":
		return fault.At("until", "fault.required")
	case !until.Plausible():
		return fault.At("until", "fault.date", clip(string(until)))
	case until < today:
		return fault.At("until", "obligation.until.past")
	case until > DateOf(nextDay(start, maxWaiver), Tunis()):
		return fault.At("until", "obligation.until.far")
	}
	return nil
}

// promises refuses what is not public: nothing binds it.
func (d *Dataset) promises() error {
	switch {
	case d.State == Withdrawn:
		return fault.New(fault.Conflict, "dataset.edit.withdrawn")
	case d.ApprovedRevision == 0:
		return fault.New(fault.Conflict, "obligation.unpublished")
	}
	return nil
}
