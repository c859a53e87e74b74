package alert

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Link is a signed link in a mail: it takes one event in hand in the name of
// one account, once. The secret is in the mail only; here is its hash.
type Link struct {
	Hash      string `gorm:"primaryKey"`
	Event     string
	Account   string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// TableName names the table of links.
func (Link) TableName() string { return "alert_links" }

// LinkAge is how long a link opens something.
const LinkAge = 7 * 24 * time.Hour

// secretIn is how many bytes a secret has.
const secretIn = 32

// NewSecret returns 256 random bits as text that survives copying.
func NewSecret() string {
	var b [secretIn]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime aborts instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Digested is what is stored of a secret, or false when s cannot be one.
func Digested(s string) (string, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != secretIn || len(s) != base64.RawURLEncoding.EncodedLen(secretIn) {
		return "", false
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:]), true
}

// Open tells whether the link may act at now, or why not any more.
func (l *Link) Open(now time.Time) error {
	switch {
	case l.UsedAt != nil:
		return fault.New(fault.Gone, "alert.link.used")
	case now.After(l.ExpiresAt), now.Before(l.CreatedAt.Add(-time.Hour)):
		return fault.New(fault.Gone, "alert.link.expired")
	}
	return nil
}
