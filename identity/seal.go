package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Keyring seals what the database must keep and must not be able to read: the
// first key seals, every key opens what it sealed.
type Keyring []SealingKey

// SealingKey is one key of a keyring.
type SealingKey struct {
	id  string
	key []byte
}

// errSealed is what cannot be opened: by another key, damaged, or of another account.
var errSealed = errors.New("what is sealed cannot be opened with the keys there are")

// NewSealingKey derives a key from a secret of the settings or of the database.
func NewSealingKey(secret string) (SealingKey, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "jard identity seal", 32)
	if err != nil {
		return SealingKey{}, fmt.Errorf("derive a key: %w", err)
	}
	sum := sha256.Sum256(append([]byte("jard identity seal id"), key...))
	return SealingKey{hex.EncodeToString(sum[:4]), key}, nil
}

// Seal closes plain for one account: moved to another's row it does not open.
func (k Keyring) Seal(plain []byte, account string) (string, error) {
	if len(k) == 0 {
		return "", errSealed
	}
	aead, err := k[0].aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return "1." + k[0].id + "." + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(account))), nil
}

// Open returns what Seal closed for the account, and whether it should be
// sealed anew because another key than the first opened it.
func (k Keyring) Open(sealed, account string) (plain []byte, former bool, err error) {
	version, rest, _ := strings.Cut(sealed, ".")
	id, text, _ := strings.Cut(rest, ".")
	box, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if version != "1" || err != nil {
		return nil, false, errSealed
	}
	for n, key := range k {
		if key.id != id {
			continue
		}
		aead, err := key.aead()
		if err != nil {
			return nil, false, err
		}
		if len(box) < aead.NonceSize() {
			return nil, false, errSealed
		}
		plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(account))
		if err != nil {
			return nil, false, errSealed
		}
		return plain, n > 0, nil
	}
	return nil, false, errSealed
}

func (k SealingKey) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.key)
	if err != nil {
		return nil, fmt.Errorf("prepare a key: %w", err)
	}
	return cipher.NewGCM(block)
}
