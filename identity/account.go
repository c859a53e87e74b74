package identity

import (
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Account is somebody who signs in.
type Account struct {
	ID           string `gorm:"primaryKey"` // UUID
	Email        string // lower case; personal data, never logged
	Name         string
	Role         Role
	Institution  *string // slug; nil for roles that belong to none
	Language     lang.Tag
	PasswordHash string // argon2id; empty: cannot sign in with a password
	MustChange   bool   // the password was given by somebody else and must be replaced
	DisabledAt   *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// MinPassword is the least number of characters of a password. Length is what
// protects; rules about kinds of characters only make people write them down.
const MinPassword = 12

// NewAccount returns an account after checking what was asked for.
func NewAccount(by Actor, email, name string, role Role, institution string) (*Account, error) {
	if err := by.Must(ManageAccounts, institution); err != nil {
		return nil, err
	}
	var faults []error
	address, err := mail.ParseAddress(strings.TrimSpace(email))
	switch {
	case strings.TrimSpace(email) == "":
		faults = append(faults, fault.At("email", "fault.required"))
	case err != nil || strings.ContainsAny(address.Address, " \t"):
		faults = append(faults, fault.At("email", "account.email.invalid"))
	}
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		faults = append(faults, fault.At("name", "fault.required"))
	case utf8.RuneCountInString(name) > 200:
		faults = append(faults, fault.At("name", "fault.too_long", 200))
	}
	switch {
	case !role.Valid():
		faults = append(faults, fault.At("role", "account.role.unknown", string(role)))
	case role.NeedsInstitution() && institution == "":
		faults = append(faults, fault.At("institution", "account.institution.required"))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	a := &Account{Email: strings.ToLower(address.Address), Name: name, Role: role, Language: lang.French}
	if institution != "" {
		a.Institution = &institution
	}
	return a, nil
}

// CheckPassword refuses a password that is too short or too long to be hashed
// in reasonable time.
func CheckPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault.At("password", "fault.utf8")
	case n < MinPassword:
		return fault.At("password", "account.password.short", MinPassword)
	case n > 200:
		return fault.At("password", "fault.too_long", 200)
	}
	return nil
}

// Token is an API token. Only the hash of what the caller presents is kept.
type Token struct {
	ID         string `gorm:"primaryKey"`
	AccountID  string
	Name       string
	Hash       string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

// TableName names the table of tokens.
func (Token) TableName() string { return "api_tokens" }

// MaxTokenAge bounds how long a token may live.
const MaxTokenAge = 366 * 24 * time.Hour

// Live tells whether the token still opens anything at t.
func (k Token) Live(t time.Time) bool {
	return k.RevokedAt == nil && t.Before(k.ExpiresAt)
}

// Session is one sign-in of a browser.
type Session struct {
	Hash      string `gorm:"primaryKey"`
	AccountID string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// A session ends when nobody used it for SessionIdle, and at SessionAge at the latest.
const (
	SessionIdle = 8 * time.Hour
	SessionAge  = 24 * time.Hour
)

// Attempt counts failed sign-ins of one account or one address, under a hash.
type Attempt struct {
	Key          string `gorm:"primaryKey"`
	Failures     int
	LastAt       time.Time
	BlockedUntil *time.Time
}

// TableName names the table of attempts.
func (Attempt) TableName() string { return "login_attempts" }

// How many tries may fail before waiting begins: of one account, and from one
// network address, by which a whole ministry may leave.
const (
	FreeTries          = 5
	FreeTriesOfAddress = 30
)

// longestWait bounds the wait: guessing is slow enough by then, and a stranger
// who fails on purpose does not lock an officer out for the day.
const longestWait = 15 * time.Minute

// Blocked tells whether another try must wait at now. A wait that ends later
// than any wait can was begun by a clock that was wrong.
func (a Attempt) Blocked(now time.Time) bool {
	return a.BlockedUntil != nil && now.Before(*a.BlockedUntil) && a.BlockedUntil.Sub(now) <= longestWait
}

// Fail counts a failure. Once free ones are used up the wait doubles, from 30
// seconds to 15 minutes. An hour of quiet forgives everything.
func (a *Attempt) Fail(now time.Time, free int) {
	if now.Sub(a.LastAt) > time.Hour {
		a.Failures = 0
	}
	a.Failures++
	a.LastAt = now
	a.BlockedUntil = nil
	if over := a.Failures - free; over >= 0 {
		until := now.Add(min(30*time.Second<<min(over, 10), longestWait))
		a.BlockedUntil = &until
	}
}

// Forgive takes one failure back: the try it was counted for succeeded.
func (a *Attempt) Forgive() {
	a.Failures = max(a.Failures-1, 0)
	a.BlockedUntil = nil
}

// NewToken returns a token for the account, living for life.
func NewToken(account, name string, life time.Duration, now time.Time) (*Token, error) {
	name = strings.TrimSpace(name)
	switch {
	case account == "":
		return nil, fault.New(fault.Forbidden, "identity.forbidden", string(HoldToken))
	case name == "":
		return nil, fault.At("name", "fault.required")
	case utf8.RuneCountInString(name) > 100:
		return nil, fault.At("name", "fault.too_long", 100)
	case life <= 0 || life > MaxTokenAge:
		return nil, fault.At("expires", "identity.token.life", int(MaxTokenAge.Hours()/24))
	}
	return &Token{AccountID: account, Name: name, CreatedAt: now, ExpiresAt: now.Add(life)}, nil
}
