package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/alert"
)

// The headers of a webhook.
const (
	SignatureHeader = "X-Jard-Signature"
	TimestampHeader = "X-Jard-Timestamp"
	KeyHeader       = "Idempotency-Key"
)

// Window is how old a signed request may be before its receiver should take it
// for a repetition.
const Window = 5 * time.Minute

// payload is what a webhook is sent. Fields are added, never changed.
type payload struct {
	ID       string       `json:"id"`
	Version  int          `json:"version"`
	Stage    alert.Stage  `json:"stage"`
	Route    string       `json:"route"`
	Channel  string       `json:"channel"`
	Language string       `json:"language"`
	Subject  string       `json:"subject"`
	Text     string       `json:"text"`
	At       time.Time    `json:"at"` // when it was written
	Events   []alert.Line `json:"events"`
}

type webhook struct{ door }

// Deliver posts the message, signed. The same message has the same
// Idempotency-Key at every try; the timestamp is that of the try.
func (w *webhook) Deliver(ctx context.Context, m *alert.Message) error {
	body, err := json.Marshal(payload{
		ID: m.ID, Version: 1, Stage: m.Stage, Route: m.RouteName, Channel: m.Channel, Language: string(m.Lang),
		Subject: m.Subject, Text: m.Text, At: m.QueuedAt, Events: m.Lines,
	})
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true, Err: err}
	}
	stamp := strconv.FormatInt(w.Now().Unix(), 10)
	return w.send(ctx, http.MethodPost, w.URL, body, http.Header{
		SignatureHeader: {Sign(w.Secret, stamp, body)}, TimestampHeader: {stamp}, KeyHeader: {m.ID},
	})
}

// Sign returns the signature of a body sent at stamp: HMAC-SHA256 over the
// stamp, a dot and the body.
func Sign(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// What Verify finds wrong.
var (
	ErrSignature = errors.New("the signature is not that of the body")
	ErrStale     = errors.New("the request is older, or newer, than the window allows")
)

// Verify is what a receiver does: it refuses what was not signed with the
// secret, and what was signed outside the window.
func Verify(secret, stamp, signature string, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || !strings.HasPrefix(signature, "v1=") || !hmac.Equal([]byte(signature), []byte(Sign(secret, stamp, body))) {
		return ErrSignature
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > Window {
		return ErrStale
	}
	return nil
}
