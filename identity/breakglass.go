package identity

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
)

// BreakGlassEmail is what whoever uses an emergency password signs in as. It is
// nobody's mailbox.
const BreakGlassEmail = "break-glass@jard.local"

// BreakGlass is an emergency password: it opens one session, once, and both
// end when its time is over. It works when nothing else lets anybody in.
type BreakGlass struct {
	ID           string `gorm:"primaryKey"`
	AccountID    string
	PasswordHash string
	Reason       string
	OpenedAt     time.Time
	ExpiresAt    time.Time
	UsedAt       *time.Time
	ClosedAt     *time.Time
}

// TableName names the table of emergency passwords.
func (BreakGlass) TableName() string { return "break_glass" }

// How long an emergency may last.
const (
	MinBreakGlass = 5 * time.Minute
	MaxBreakGlass = 24 * time.Hour
)

// NewBreakGlass opens an emergency. Only whoever holds the machine may.
func NewBreakGlass(by Actor, reason string, life time.Duration, now time.Time) (*BreakGlass, error) {
	if by.Account != "" || by.Role != Admin {
		return nil, fault.New(fault.Forbidden, "identity.forbidden", string(ManageAccounts))
	}
	reason, err := CheckReason(reason)
	if err != nil {
		return nil, err
	}
	if life < MinBreakGlass || life > MaxBreakGlass {
		return nil, fault.At("for", "account.glass.life", int(MinBreakGlass.Minutes()), int(MaxBreakGlass.Hours()))
	}
	return &BreakGlass{Reason: reason, OpenedAt: now, ExpiresAt: now.Add(life)}, nil
}

// Open tells whether the emergency goes on at now: its password or the session
// it opened may be used.
func (g *BreakGlass) Open(now time.Time) bool { return g.ClosedAt == nil && now.Before(g.ExpiresAt) }

// CheckReason returns why something is done to another's account, which the
// trail and the letter to that person tell.
func CheckReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", fault.At("reason", "fault.required")
	case !utf8.ValidString(reason):
		return "", fault.At("reason", "fault.utf8")
	case utf8.RuneCountInString(reason) > 500:
		return "", fault.At("reason", "fault.too_long", 500)
	case strings.ContainsAny(reason, "\r\n\u2028\u2029"):
		return "", fault.At("reason", "fault.one_line")
	}
	return reason, nil
}

// Reset is a letter that lets its reader choose a new password, once. Those
// asked for in the name of nobody are kept alike, so that neither the answer
// nor its delay tells who has an account.
type Reset struct {
	Hash      string `gorm:"primaryKey"`
	AccountID string // empty: nobody's
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// TableName names the table of these letters' links.
func (Reset) TableName() string { return "password_resets" }

// ResetAge is how long such a letter is good for.
const ResetAge = 30 * time.Minute
