package mandate

import (
	"time"

	"github.com/jard-odi/jard/identity"
)

// Charges is who answers for which institution: every designation, with the
// accounts and the tree that they are about.
type Charges struct {
	Of     map[string][]Designation // by institution
	People People
	Tree   identity.Tree
}

// Told tells whether the account, which may act for the institution by its
// role, is the one to be told of its duties at t: the officer in charge of it
// or of the nearest body above it that has one, her deputy instead while she is
// away. Where nobody designated can be told, everybody of the role is.
func (c Charges) Told(account, institution string, t time.Time) bool {
	for _, slug := range Chain(c.Tree, institution) {
		d, held := InCharge(c.Of[slug], t)
		if !held {
			continue
		}
		if who := c.reader(d, t); who != "" {
			return who == account
		}
	}
	return true
}

// reader is who is told in the name of a designation; empty when its officer
// and her deputy open nothing any more.
func (c Charges) reader(d Designation, t time.Time) string {
	off := c.People.off(d.Account, t)
	if (off || d.Away(t)) && d.Deputy != "" && !c.People.off(d.Deputy, t) {
		return d.Deputy
	}
	if off {
		return ""
	}
	return d.Account
}

// Lapsed tells whether something given to the account at given, because of a
// designation for the institution or a body above it, has lost its ground at
// now: that designation ended, and no other names the account. What an account
// without any designation was given, it keeps.
func (c Charges) Lapsed(account, institution string, given, now time.Time) bool {
	ended := false
	for _, slug := range Chain(c.Tree, institution) {
		if d, held := InCharge(c.Of[slug], now); held && d.names(account) {
			return false
		}
		if d, held := InCharge(c.Of[slug], given); held && d.names(account) {
			ended = true
		}
	}
	return ended
}

// names tells whether the designation is the account's, or makes it deputy.
func (d Designation) names(account string) bool {
	return account != "" && (account == d.Account || account == d.Deputy)
}
