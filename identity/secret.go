package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// secretIn is how many bytes a secret has.
const secretIn = 32

// NewSecret returns 256 random bits as text that survives copying: a session, a
// token, what a mailed link carries. Only its hash is stored.
func NewSecret() string {
	var b [secretIn]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime aborts instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Digested is what is stored of a secret, or false when s cannot be one.
func Digested(s string) (string, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != secretIn || len(s) != base64.RawURLEncoding.EncodedLen(secretIn) { // the decoder passes over line ends
		return "", false
	}
	return Digest(s), true
}

// Digest is what is stored of a secret. A plain hash is enough because the
// secret is random and long; passwords get argon2id instead.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
