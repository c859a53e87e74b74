package identity

import (
	"slices"
	"time"
)

// Local says who may sign in with a password of ours.
type Local string

// The choices. An emergency password opens at every one of them: it is made on
// the machine for when nothing else does.
const (
	LocalOn         Local = "on"
	LocalBreakGlass Local = "break_glass" // only emergency passwords, and the page says so
	LocalOff        Local = "off"         // the same, and the page does not offer it
)

// Policy is what an installation asks of those who sign in. The zero Policy
// asks nothing beyond a password.
type Policy struct {
	Local        Local         // empty: LocalOn
	TOTPRequired []Role        // roles that must have codes of a device
	TOTPGrace    time.Duration // how long they may go on without, from their first sign-in since
	TellDevices  bool          // write to people when a device they never used signs in
	SessionAge   time.Duration // a session ends after this, however much it is used; 0: SessionAge
	NoResets     bool          // passwords are not reset by mail
	TokensFor    time.Duration // tokens of who comes only by a provider rest this long after the last time it let them in; 0: never
	Keys         Keyring       // seal the secrets of codes; empty: with a key that the database keeps
}

// Ends is when a session that begins at now ends at the latest.
func (p Policy) Ends(now time.Time) time.Time {
	if p.SessionAge > 0 {
		return now.Add(p.SessionAge)
	}
	return now.Add(SessionAge)
}

// Passwords tells whether everybody may sign in with a password.
func (p Policy) Passwords() bool { return p.Local == "" || p.Local == LocalOn }

// NeedsTOTP tells whether an account must have codes of a device.
func (p Policy) NeedsTOTP(a *Account) bool {
	return slices.Contains(p.TOTPRequired, a.Role) && !a.BreakGlass && a.PasswordHash != ""
}

// MustEnrol tells whether an account has to set up codes before anything else.
func (p Policy) MustEnrol(a *Account, now time.Time) bool {
	return p.NeedsTOTP(a) && a.TOTPAt == nil && a.TOTPDueAt != nil && !now.Before(*a.TOTPDueAt)
}
