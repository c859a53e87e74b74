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
	TOTPAt       *time.Time // codes of a device are asked for since then; nil: they are not
	TOTPDueAt    *time.Time // codes must be set up by then, since the role needs them
	BreakGlass   bool       // opened only by an emergency password of whoever holds the machine
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

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
	faults = append(faults, CheckPlace(role, institution))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	a := &Account{Email: strings.ToLower(address.Address), Name: name, Role: role, Language: lang.French}
	if institution != "" {
		a.Institution = &institution
	}
	return a, nil
}

// CheckPlace refuses a role that nobody can have, and one that belongs to an
// institution without one.
func CheckPlace(role Role, institution string) error {
	switch {
	case !role.Valid():
		return fault.At("role", "account.role.unknown", string(role))
	case role.NeedsInstitution() && institution == "":
		return fault.At("institution", "account.institution.required")
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

// Tokens is what becomes of an account's API tokens when its password changes.
// Who does not say otherwise ends them: whoever had the old password may have
// made some.
type Tokens bool

// The choices.
const (
	TokensEnd  Tokens = false
	TokensStay Tokens = true
)

// MaxTokenAge bounds how long a token may live.
const MaxTokenAge = 366 * 24 * time.Hour

// Live tells whether the token still opens anything at t.
func (k Token) Live(t time.Time) bool {
	return k.RevokedAt == nil && t.Before(k.ExpiresAt)
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
