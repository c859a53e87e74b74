package survey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// sealHolds is how long a shown form is waited for; what comes later was kept
// open, and its time says nothing.
const sealHolds = 12 * time.Hour

// Seal writes down when a service's questions were shown, so that nobody can
// write another time. Nothing is kept of it.
func Seal(secret []byte, service string, now time.Time) string {
	at := strconv.FormatInt(now.UnixMilli(), 36)
	return at + "." + base64.RawURLEncoding.EncodeToString(sealOf(secret, service, at))
}

// Since is how long ago the questions were shown; negative when the seal does
// not say, because it is not ours, of another service, or too old.
func Since(secret []byte, service, seal string, now time.Time) time.Duration {
	const unknown = -1
	at, mac, _ := strings.Cut(seal, ".")
	given, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil || len(at) > 12 || !hmac.Equal(given, sealOf(secret, service, at)) {
		return unknown
	}
	milli, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return unknown
	}
	if took := now.Sub(time.UnixMilli(milli)); took >= 0 && took <= sealHolds {
		return took
	}
	return unknown
}

func sealOf(secret []byte, service, at string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("seal\x00" + service + "\x00" + at))
	return mac.Sum(nil)[:12]
}
