package identity

import (
	"time"

	"github.com/jard-odi/jard/lang"
)

// Event is something about an account that a person is written to about.
type Event string

// The events.
const (
	ResetAsked      Event = "reset"          // somebody asked for a new password: the letter holds the link
	PasswordChanged Event = "password"       // it was changed, by mail or at a desk
	PasswordGiven   Event = "password_given" // an administrator gave a temporary one
	TOTPOn          Event = "totp_on"
	TOTPOff         Event = "totp_off"
	TOTPReset       Event = "totp_reset" // somebody else ended it
	RecoveryUsed    Event = "recovery"   // a recovery code opened a session
	RecoveryNew     Event = "recovery_new"
	NewDevice       Event = "device"
	RoleChanged     Event = "role"
	GlassOpened     Event = "glass_opened" // to every administrator
	GlassUsed       Event = "glass_used"
)

// Events lists every event.
func Events() []Event {
	return []Event{
		ResetAsked, PasswordChanged, PasswordGiven, TOTPOn, TOTPOff, TOTPReset, RecoveryUsed, RecoveryNew, NewDevice, RoleChanged,
		GlassOpened, GlassUsed,
	}
}

// News is what one person is told about an account.
type News struct {
	Event   Event
	Account string // id of the reader's account
	To      string
	Name    string
	Lang    lang.Tag
	At      time.Time
	Agent   string    // the browser it was done with
	Network string    // roughly from where
	Reason  string    // given by whoever did it
	Secret  string    // of the link; of ResetAsked only
	Until   time.Time // how long the link or the emergency lasts
	Tokens  int       // API tokens that ended with it
	Left    int       // recovery codes that are left
	Role    Role      // the new one
}
