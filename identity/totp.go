package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 as every authenticator app speaks it; HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// A time-based code (RFC 6238): six digits that change every thirty seconds,
// and of the step before and after the present one, since clocks differ.
const (
	codeDigits = 6
	codeStep   = 30 // seconds
	codeDrift  = 1  // steps
)

// SecretLength is how many bytes the secret of codes has: as many as the hash.
const SecretLength = 20

// Second is what an account proves itself with besides its password.
type Second struct {
	AccountID   string `gorm:"primaryKey"`
	Sealed      string // the secret, so that the database alone makes no codes
	StartedAt   time.Time
	ConfirmedAt *time.Time // nil: offered, and no code has been given yet
	LastStep    int64      // of the last code taken: no code is good twice
}

// TableName names the table of secrets.
func (Second) TableName() string { return "account_totp" }

// NewSecondSecret returns the secret of codes.
func NewSecondSecret() []byte {
	b := make([]byte, SecretLength)
	_, _ = rand.Read(b) // never fails: the runtime aborts instead
	return b
}

// Code is the code of a secret at a step (RFC 4226, section 5.3).
func Code(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step)) //nolint:gosec // steps count from 1970
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", codeDigits, number%1_000_000)
}

// StepAt is the step of codes at t.
func StepAt(t time.Time) int64 { return t.Unix() / codeStep }

// Match returns the step whose code was given, or false. Steps up to last have
// had their turn. It looks at each, so that its duration tells nothing.
func Match(secret []byte, given string, now time.Time, last int64) (step int64, ok bool) {
	for drift := int64(-codeDrift); drift <= codeDrift; drift++ {
		at := StepAt(now) + drift
		if subtle.ConstantTimeCompare([]byte(Code(secret, at)), []byte(given)) == 1 && at > last {
			step, ok = at, true
		}
	}
	return step, ok
}

// keyText writes a secret as authenticator apps read it.
func keyText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// KeyInWords is a secret to be typed, in groups of four.
func KeyInWords(secret []byte) string {
	return groups(strings.ToLower(keyText(secret)), " ")
}

func groups(s, between string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), between)
}

// KeyAddress is a secret as the picture shows it to an authenticator app.
func KeyAddress(issuer, account string, secret []byte) string {
	label := url.PathEscape(issuer + ":" + account)
	return "otpauth://totp/" + label + "?" + url.Values{
		"secret": {keyText(secret)}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
	}.Encode()
}

// RecoveryCodes is how many there are at a time.
const RecoveryCodes = 10

// recoveryLetters are those of codes that are written down: none looks like another.
const recoveryLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// recoveryLength gives 79 bits: a plain hash of it cannot be turned back.
const recoveryLength = 16

// RecoveryCode lets its holder in once without the device.
type RecoveryCode struct {
	AccountID string `gorm:"primaryKey"`
	Hash      string `gorm:"primaryKey"`
	CreatedAt time.Time
	UsedAt    *time.Time
}

// NewRecoveryCodes returns codes to be written down: "abcd-efgh-jkmn-pqrs".
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for n := range codes {
		codes[n] = groups(letters(recoveryLength), "-")
	}
	return codes
}

// letters are n letters by chance, each as likely as the next.
func letters(n int) string {
	made := make([]byte, 0, n)
	limit := byte(256 / len(recoveryLetters) * len(recoveryLetters) % 256)
	for b := [1]byte{}; len(made) < n; {
		_, _ = rand.Read(b[:])
		if b[0] < limit {
			made = append(made, recoveryLetters[int(b[0])%len(recoveryLetters)])
		}
	}
	return string(made)
}

// ReadCode returns what was typed without the spaces and dashes people write,
// with the digits of any keyboard, and whether it has the form of a code of a
// device. Neither a code nor a recovery code: both are empty and false.
func ReadCode(typed string) (code string, device bool) {
	if len(typed) > 200 {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToLower(typed) {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\u00a0' || r == '\u202f':
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z':
			b.WriteRune(r)
		case r >= '\u0660' && r <= '\u0669':
			b.WriteRune('0' + r - '\u0660')
		case r >= '\u06f0' && r <= '\u06f9':
			b.WriteRune('0' + r - '\u06f0')
		default:
			return "", false
		}
	}
	code = b.String()
	if len(code) == codeDigits && strings.Trim(code, "0123456789") == "" {
		return code, true
	}
	if len(code) != recoveryLength {
		return "", false
	}
	return code, false
}

// RecoveryDigest is what is stored of a recovery code. The account is part of
// it, so that equal codes of two people would not look equal.
func RecoveryDigest(account, code string) string {
	return Digest("recovery " + account + " " + strings.ReplaceAll(code, "-", ""))
}
