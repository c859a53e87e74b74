package identity

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Actor is who is asking, as established by a session, a token, or the command
// line. The zero value is the public: nobody in particular, who may only see
// what is public.
type Actor struct {
	Account      string    // the account's id; empty for the public and for the program itself
	Name         string    // shown to the actor only
	Role         Role      // empty means Public
	Institution  string    // slug; empty for roles that belong to none
	Institutions []string  // slugs of Institution and every body under it, valid today
	Language     lang.Tag  // preferred language; empty when unknown
	MustChange   bool      // signed in with a password somebody else chose: may only replace it
	MustEnrol    bool      // their role needs codes of a device: may only set them up
	Proved       bool      // proved who they are a short while ago, or holds the machine
	Emergency    bool      // signed in by an emergency password
	GlassUntil   time.Time // an emergency password is open until then; only administrators are told
}

// System is the program acting by itself: timed jobs and commands run by
// whoever holds the machine.
func System(command string) Actor {
	return Actor{Name: command, Role: Admin, Proved: true}
}

// Known tells whether the actor has signed in.
func (a Actor) Known() bool { return a.Role != "" && a.Role != Public }

// MustBeProved refuses an act that whoever finds a desk left open must not do,
// until the actor has said the password again. A token cannot.
func (a Actor) MustBeProved() error {
	if a.Proved {
		return nil
	}
	return fault.New(fault.Forbidden, ProveFirst)
}

// ProveFirst is the fault of an act that wants a fresh proof: pages lead to
// where it is given.
const ProveFirst = "account.prove.first"

// May tells whether the actor may do act to something of the institution.
func (a Actor) May(act Act, institution string) bool {
	role := a.Role
	if role == "" {
		role = Public
	}
	switch permissions[role][act] {
	case everywhere:
		return true
	case own:
		return institution != "" && slices.Contains(a.Institutions, institution)
	}
	return false
}

// MayAnywhere tells whether there is any institution for which the actor may
// do act: what a menu asks.
func (a Actor) MayAnywhere(act Act) bool {
	role := a.Role
	if role == "" {
		role = Public
	}
	return permissions[role][act] != nowhere
}

// Everywhere tells whether the actor may do act for every institution: what a
// query asks before it confines itself to a.Institutions.
func (a Actor) Everywhere(act Act) bool {
	return permissions[a.Role][act] == everywhere
}

// Must is May as a fault. Who may not even read is told that there is no such
// thing: the existence of a draft is not public either. An act that concerns no
// institution hides nothing.
func (a Actor) Must(act Act, institution string) error {
	if a.May(act, institution) {
		return nil
	}
	if !a.Known() {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	if institution != "" && !a.May(ReadRegister, institution) && !a.May(ReadServices, institution) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return fault.New(fault.Forbidden, "identity.forbidden", string(act))
}
