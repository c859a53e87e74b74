package mandate

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Ends returns the first instant in charge no more; ok is false while it is open.
func (d Designation) Ends() (end time.Time, ok bool) {
	if d.EndsOn != "" {
		end, ok = dayAfter(d.EndsOn), true
	}
	if d.Until != nil && (!ok || d.Until.Before(end)) {
		end, ok = *d.Until, true
	}
	return end, ok
}

// InForce tells whether the designation holds at t.
func (d Designation) InForce(t time.Time) bool {
	end, ends := d.Ends()
	return d.State == Confirmed && d.From != nil && !t.Before(*d.From) && (!ends || t.Before(end))
}

// Away tells whether the officer is away at t.
func (d Designation) Away(t time.Time) bool {
	day := inventory.DateOf(t, inventory.Tunis())
	return d.AwayFrom != "" && d.AwayFrom <= day && day <= d.AwayUntil
}

// InCharge returns who answered for an institution at t, given its
// designations; ok is false when nobody did.
func InCharge(all []Designation, t time.Time) (d Designation, ok bool) {
	for _, one := range all {
		if one.InForce(t) && (!ok || one.From.After(*d.From)) {
			d, ok = one, true
		}
	}
	return d, ok
}

// Acts tells whether the account may act as officer at t: the one in charge,
// and her deputy while she is away or her account is closed.
func Acts(all []Designation, people People, account string, t time.Time) bool {
	d, held := InCharge(all, t)
	if !held || account == "" || people.off(account, t) {
		return false
	}
	if account == d.Account {
		return true
	}
	return account == d.Deputy && (d.Away(t) || people.off(d.Account, t))
}

// RuleCode is the line of the decree whose effect says what becomes of a
// submission by somebody who is not designated.
const RuleCode = "officers"

// MaySubmit refuses a submission by anybody but the officer in charge or her
// deputy, of the institution or of a body above it. byInstitution holds the
// designations of these. The program itself holds no mandate and needs none.
func MaySubmit(by identity.Actor, chain []string, byInstitution map[string][]Designation, people People, now time.Time) error {
	if by.Account == "" {
		return nil
	}
	held := false
	for _, slug := range chain {
		all := byInstitution[slug]
		if Acts(all, people, by.Account, now) {
			return nil
		}
		_, one := InCharge(all, now)
		held = held || one
	}
	if !held {
		return fault.New(fault.Conflict, "mandate.submit.nobody")
	}
	return fault.New(fault.Conflict, "mandate.submit.other")
}

// Standing says how an institution stands with its officer.
type Standing struct {
	Institution string
	State       StandingState
	Current     *Designation // in charge now
	Proposal    *Designation // waits for an answer
	Last        *Designation // the latest that ended, when nobody is in charge
	Days        int          // until the end, when one is near
}

// StandingState is a closed set: metrics count by it.
type StandingState string

// The standings. Held and Ending are no alarm.
const (
	Held     StandingState = "held"
	Ending   StandingState = "ending"   // an end is near
	Awaiting StandingState = "awaiting" // nobody in charge, a proposal waits
	Closed   StandingState = "disabled" // the account of the one in charge is closed
	Lapsed   StandingState = "ended"    // there was somebody
	Vacant   StandingState = "none"     // there never was
)

// Alarm tells whether no confirmed officer answers for the institution.
func (s StandingState) Alarm() bool { return s != Held && s != Ending }

// Stand says how an institution stands, given its designations.
func Stand(institution string, all []Designation, people People, terms Terms, now time.Time) Standing {
	s := Standing{Institution: institution, State: Vacant}
	for n := range all {
		d := &all[n]
		end, ends := d.Ends()
		switch {
		case d.State == Proposed:
			s.Proposal = d
		case d.State == Confirmed && ends && !now.Before(end) && (s.Last == nil || end.After(endOf(s.Last))):
			s.Last = d
		}
	}
	current, held := InCharge(all, now)
	switch {
	case held && people.off(current.Account, now):
		s.Current, s.State = &current, Closed
	case held:
		s.Current, s.State = &current, Held
		if end, ends := current.Ends(); ends && end.Sub(now) <= time.Duration(terms.OfficerAlert)*24*time.Hour {
			s.State, s.Days = Ending, int(end.Sub(now).Hours()/24)
		}
	case s.Proposal != nil:
		s.State = Awaiting
	case s.Last != nil:
		s.State = Lapsed
	}
	return s
}

func endOf(d *Designation) time.Time {
	end, _ := d.Ends()
	return end
}

// Needs lists the institutions that must have an officer of their own: those
// that stand under none, and bodies that once had one.
func Needs(tree identity.Tree, byInstitution map[string][]Designation, now time.Time) []string {
	var slugs []string
	for slug, i := range tree {
		_, under := tree[i.Parent]
		if i.Exists(now) && (!under || len(byInstitution[slug]) > 0) {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}
