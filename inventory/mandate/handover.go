package mandate

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Accept takes a designation on: only the person designated can. It takes
// effect on its first day, and a hand-over not before it is accepted; from then
// on the one before is in charge no more. before are the institution's other
// designations; the one that ends by this is returned, nil when none does.
func (d *Designation) Accept(by identity.Actor, before []Designation, now time.Time) (*Designation, error) {
	if by.Account == "" || by.Account != d.Account {
		return nil, d.hidden(by, "mandate.accept.other")
	}
	return d.confirm(by, before, now)
}

// Confirm records the acceptance on paper of a first officer: the operator has
// the act in hand. Who takes over from somebody accepts it herself.
func (d *Designation) Confirm(by identity.Actor, before []Designation, now time.Time) error {
	if !by.Everywhere(identity.DesignateOfficer) {
		return d.hidden(by, "mandate.confirm.operator")
	}
	if current, held := InCharge(before, now); held && current.Account != d.Account {
		return fault.New(fault.Conflict, "mandate.confirm.handover")
	}
	_, err := d.confirm(by, before, now)
	return err
}

func (d *Designation) confirm(by identity.Actor, before []Designation, now time.Time) (*Designation, error) {
	if d.State != Proposed {
		return nil, fault.New(fault.Conflict, "mandate.decided")
	}
	if d.EndsOn != "" && d.EndsOn < inventory.DateOf(now, inventory.Tunis()) {
		return nil, fault.New(fault.Conflict, "mandate.lapsed")
	}
	from, ok := d.StartsOn.In(inventory.Tunis())
	if !ok {
		return nil, fault.At("starts_on", "fault.date", clip(string(d.StartsOn)))
	}
	var ended *Designation
	for n := range before {
		other := &before[n]
		switch end, ends := other.Ends(); {
		case other.ID == d.ID || other.From == nil:
		case other.InForce(now):
			from = latest(from, now)
			if !ends || end.After(from) {
				ended = other
			}
		case ends:
			from = latest(from, end) // time is not given twice
		}
	}
	from = from.UTC()
	if ended != nil {
		ended.Until = &from
	}
	d.State, d.From, d.DecidedBy, d.DecidedAt = Confirmed, &from, by.Account, &now
	return ended, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Decline refuses a proposal, saying why: the person designated may, and who
// may propose takes it back.
func (d *Designation) Decline(by identity.Actor, reason string, now time.Time) error {
	own := by.Account != "" && (by.Account == d.Account || by.Account == d.ProposedBy)
	if !own && !by.May(identity.DesignateOfficer, d.Institution) {
		return d.hidden(by, "mandate.decline.other")
	}
	if d.State != Proposed {
		return fault.New(fault.Conflict, "mandate.decided")
	}
	if err := inventory.CheckReason(reason); err != nil {
		return err
	}
	d.State, d.Reason, d.DecidedBy, d.DecidedAt = Declined, reason, by.Account, &now
	return nil
}

// End closes a designation after the day, saying why. What has been stays as
// it was: the day is today or later.
func (d *Designation) End(by identity.Actor, on inventory.Date, reason string, now time.Time) error {
	if err := by.Must(identity.DesignateOfficer, d.Institution); err != nil {
		return err
	}
	if end, ends := d.Ends(); d.State != Confirmed || ends && !now.Before(end) {
		return fault.New(fault.Conflict, "mandate.over")
	}
	f, today := &faults{}, inventory.DateOf(now, inventory.Tunis())
	if f.day("on", on, true) && on < today {
		f.at("on", "mandate.on.past")
	}
	f.text("reason", reason, maxNote, true)
	if err := f.join(); err != nil {
		return err
	}
	until := now
	if on > today {
		until = dayAfter(on).UTC()
	}
	if d.From != nil && until.Before(*d.From) {
		until = *d.From // ended before it began: never in force
	}
	d.Until, d.Reason = &until, reason
	return nil
}

// Absent says from which day to which the officer is away and her deputy acts;
// two empty days say she is back.
func (d *Designation) Absent(by identity.Actor, from, until inventory.Date, now time.Time) error {
	if (by.Account == "" || by.Account != d.Account) && !by.May(identity.DesignateOfficer, d.Institution) {
		return d.hidden(by, "mandate.absent.other")
	}
	if !d.InForce(now) {
		return fault.New(fault.Conflict, "mandate.over")
	}
	if from == "" && until == "" {
		d.AwayFrom, d.AwayUntil = "", ""
		return nil
	}
	if d.Deputy == "" {
		return fault.New(fault.Conflict, "mandate.absent.nobody")
	}
	f := &faults{}
	if a, b := f.day("away_from", from, true), f.day("away_until", until, true); a && b {
		switch {
		case until < from:
			f.at("away_until", "mandate.ends_on.before")
		case until < inventory.DateOf(now, inventory.Tunis()):
			f.at("away_until", "mandate.on.past")
		}
	}
	if err := f.join(); err != nil {
		return err
	}
	d.AwayFrom, d.AwayUntil = from, until
	return nil
}

// hidden refuses, telling no more than the caller may read.
func (d *Designation) hidden(by identity.Actor, key string) error {
	if err := by.Must(identity.ReadRegister, d.Institution); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, key)
}

// dayAfter is the first instant of the next day in Tunis.
func dayAfter(d inventory.Date) time.Time {
	t, _ := d.In(inventory.Tunis())
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}
