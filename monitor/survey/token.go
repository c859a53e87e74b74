package survey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Limits of tokens.
const (
	MaxTokenDays = 90
	MaxMint      = 1000 // in one request
	nonceBytes   = 12
	macBytes     = 16
	keyBytes     = 32
	maxToken     = 200
)

// Token lets one person answer once, verified: the service gave it out at the
// end of a procedure. It says which service and which day, and nothing of whom.
// Written out it is v1.SERVICE.DAY.NONCE.MAC, the day as 20261122, the nonce 8
// to 40 letters, digits, hyphens and underscores of the service's choice, the
// mac the first 16 bytes of HMAC-SHA-256 over all before the last dot, keyed
// with the service's key, in base64url without padding.
type Token struct {
	Service string
	Day     time.Time // midnight of the day in UTC; which day it is, Tunis says
	Nonce   string
	signed  string // what the mac is over
	mac     []byte
}

// SigningKey is what a service's tokens are signed with.
type SigningKey struct {
	Service   string `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey"`
	Secret    []byte
	CreatedAt time.Time
	CreatedBy string
	RetiredAt *time.Time // signed nothing since then; what it signed before holds out its days
}

var nonceForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,40}$`)

const tokenDay = "20060102"

// NewSecret makes a key.
func NewSecret() []byte {
	secret := make([]byte, keyBytes)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// Mint makes a token of the service for the day of now.
func Mint(service string, secret []byte, now time.Time, zone *time.Location) string {
	nonce := make([]byte, nonceBytes)
	_, _ = rand.Read(nonce) // never fails
	return Sign(service, secret, now.In(zone), base64.RawURLEncoding.EncodeToString(nonce))
}

// Sign writes the token of a service, a day and a nonce.
func Sign(service string, secret []byte, day time.Time, nonce string) string {
	signed := "v1." + service + "." + day.Format(tokenDay) + "." + nonce
	return signed + "." + base64.RawURLEncoding.EncodeToString(macOf(secret, signed))
}

func macOf(secret []byte, signed string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return mac.Sum(nil)[:macBytes]
}

// ReadToken reads a token as it was written. It is not yet known to be true.
func ReadToken(s string) (*Token, error) {
	malformed := fault.At("token", "survey.token.malformed")
	parts := strings.Split(s, ".")
	if len(s) > maxToken || len(parts) != 5 || parts[0] != "v1" || parts[1] == "" || !nonceForm.MatchString(parts[3]) {
		return nil, malformed
	}
	day, err := time.Parse(tokenDay, parts[2])
	if err != nil {
		return nil, malformed
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(parts[4])
	if err != nil || len(mac) != macBytes {
		return nil, malformed
	}
	return &Token{
		Service: parts[1], Day: day, Nonce: parts[3], mac: mac,
		signed: s[:len(s)-len(parts[4])-1],
	}, nil
}

// Verify tells whether the token lets somebody answer about the service now:
// signed with one of its keys, not for the future, not older than so many days.
// Whether it was used before only a store knows.
func (t *Token) Verify(service string, keys []SigningKey, now time.Time, zone *time.Location, days int) error {
	if t.Service != service {
		return fault.At("token", "survey.token.other_service")
	}
	if !t.signedBy(keys) {
		return fault.At("token", "survey.token.forged")
	}
	today := dayOf(now, zone)
	switch {
	case t.Day.After(today.AddDate(0, 0, 1)): // clocks differ
		return fault.At("token", "survey.token.future")
	case t.Until(days).Before(today):
		return fault.At("token", "survey.token.expired", days)
	}
	return nil
}

// Until is the last day on which the token holds.
func (t *Token) Until(days int) time.Time { return t.Day.AddDate(0, 0, days) }

// signedBy compares with each key without telling by its time how near it was.
func (t *Token) signedBy(keys []SigningKey) bool {
	true1 := false
	for _, k := range keys {
		late := k.RetiredAt != nil && t.Day.After(k.RetiredAt.AddDate(0, 0, 1))
		if hmac.Equal(macOf(k.Secret, t.signed), t.mac) && !late {
			true1 = true
		}
	}
	return true1
}

// dayOf is the day of t in a zone, as a midnight in UTC.
func dayOf(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// DayOf is the day of t in a zone, as a midnight in UTC: how day sums name it.
func DayOf(t time.Time, zone *time.Location) time.Time { return dayOf(t, zone) }
