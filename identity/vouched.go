package identity

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Vouched is somebody whom an identity provider vouches for.
type Vouched struct {
	Issuer, Subject string // the provider, and its own name of the person: what an account is bound by
	Session         string // the provider's name of its session; may be empty
	Nonce           string // of this sign-in: good once
	Email           string
	Verified        bool // the provider says that the address is theirs
	Name            string
	Language        lang.Tag
	From            Caller
	IDToken         string    // needed to sign out there
	Proved          time.Time // when they last proved there who they are; zero: the provider does not say
	Ruled           bool      // rules say who has which role; without them an account keeps its own
	Role            Role      // by the rules; empty: none matched
	Institution     string
}

// Admission says what an installation does with people whom it does not know yet.
type Admission struct {
	Create    bool          // makes them an account
	LinkEmail bool          // gives them the account that has their address
	Age       time.Duration // a session ends after this
}

// Ways in which an account came to belong to somebody of a provider.
const (
	BoundCreated = "created" // made at their first sign-in
	BoundEmail   = "email"   // had their address
	BoundSelf    = "self"    // they said so, signed in to both
	BoundCommand = "command" // somebody with the machine said so
)

// Bond is that an account belongs to somebody of a provider.
type Bond struct {
	Issuer    string `gorm:"primaryKey"`
	Subject   string `gorm:"primaryKey"`
	AccountID string
	How       string
	CreatedAt time.Time
	SeenAt    *time.Time // of the last sign-in; nil: none yet, or one was refused since
}

// TableName names the table of bonds.
func (Bond) TableName() string { return "provider_identities" }

// TokensRest tells whether the account's API tokens open nothing at now
// although none of them has ended: a provider is the only way into it, and has
// not let its holder in for a while, or has sent them without what the rules
// ask for. They work again once it lets them in.
func (p Policy) TokensRest(a *Account, bonds []Bond, now time.Time) bool {
	if len(bonds) == 0 || a.PasswordHash != "" && p.Passwords() {
		return false
	}
	for _, b := range bonds {
		if b.SeenAt != nil && (p.TokensFor <= 0 || now.Sub(*b.SeenAt) <= p.TokensFor) {
			return false
		}
	}
	return true
}

// ProviderSession is what a session that a provider opened remembers of it.
type ProviderSession struct {
	SessionHash string `gorm:"primaryKey"`
	Issuer      string
	Subject     string
	SIDHash     string `gorm:"column:sid_hash"` // of the provider's name of its session; empty: it has none
	IDToken     string `gorm:"column:id_token"` // sealed under the session's secret
}

// TableName names the table of these sessions.
func (ProviderSession) TableName() string { return "provider_sessions" }

// Seen is the hash of something that is good once.
type Seen struct {
	Hash      string `gorm:"primaryKey"`
	ExpiresAt time.Time
}

// TableName names the table of what was seen.
func (Seen) TableName() string { return "provider_seen" }

// Admit decides how somebody enters who is not known yet. own is the account
// that has their address, nil when there is none.
func (a Admission) Admit(v Vouched, own *Account) (how string, err error) {
	switch {
	case own == nil && !a.Create:
		return "", fault.New(fault.Forbidden, "signin.unknown")
	case !v.Verified || v.Email == "":
		// Whoever can write any address into a profile must neither take an
		// account over by it nor learn that there is one.
		if a.Create {
			return "", fault.New(fault.Forbidden, "signin.no_email")
		}
		return "", fault.New(fault.Forbidden, "signin.unknown")
	case own == nil:
		return BoundCreated, nil
	case own.DisabledAt != nil || own.BreakGlass:
		return "", fault.New(fault.Forbidden, "signin.disabled")
	case !a.LinkEmail || own.Role == Admin:
		return "", fault.New(fault.Forbidden, "signin.taken")
	}
	return BoundEmail, nil
}

// Granted refuses somebody to whom the rules give no role, or one in an
// institution that there is not at now.
func (v Vouched) Granted(tree Tree, now time.Time) error {
	if !v.Ruled {
		return nil
	}
	if v.Role == "" {
		return fault.New(fault.Forbidden, "signin.no_rule")
	}
	if i, known := tree[v.Institution]; v.Institution != "" && (!known || !i.Exists(now)) || v.Institution == "" && v.Role.NeedsInstitution() {
		return fault.New(fault.Forbidden, "signin.institution", v.Institution)
	}
	return nil
}

// Refresh gives the account what the rules give, and tells whether that is
// something else than it had.
func (v Vouched) Refresh(a *Account) bool {
	had := ""
	if a.Institution != nil {
		had = *a.Institution
	}
	if !v.Ruled || v.Role == a.Role && v.Institution == had {
		return false
	}
	a.Role, a.Institution = v.Role, nil
	if v.Institution != "" {
		a.Institution = &v.Institution
	}
	return true
}
