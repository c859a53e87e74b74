package oidc

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/jard-odi/jard/identity"
)

// FlowAge is how long a sign-in may take from the button to the way back.
const FlowAge = 10 * time.Minute

// Flow is one sign-in under way. It lives in a cookie of the browser that began
// it, and nowhere else: any process can go on with it, and a flood of beginnings
// writes nothing. State, nonce and PKCE verifier are derived from one secret,
// each by its own name, so that the one that is seen tells nothing of the others.
type Flow struct {
	secret string
	Began  time.Time
	Next   string // where the person wanted to go
	wish   Wish
	by     string // proves which session wishes it; empty for a sign-in
}

// Wish is what somebody who is signed in already goes to the provider for.
type Wish string

// The wishes. The empty one is to sign in.
const (
	Link  Wish = "link"  // that their account belongs to who they are there
	Prove Wish = "prove" // to prove once more who they are
)

// NewFlow begins a sign-in.
func NewFlow(next string, now time.Time) Flow {
	return Flow{secret: identity.NewSecret(), Began: now, Next: next}
}

// For makes it the wish of whoever holds the session.
func (f Flow) For(wish Wish, session string) Flow {
	f.wish = wish
	f.by = f.proof(session)
	return f
}

// Wish is what the flow is for.
func (f Flow) Wish() Wish { return f.wish }

// WishedBy tells whether it is the wish of whoever holds this session: a cookie
// that somebody else planted is not.
func (f Flow) WishedBy(session string) bool {
	return f.wish != "" && session != "" && subtle.ConstantTimeCompare([]byte(f.by), []byte(f.proof(session))) == 1
}

func (f Flow) proof(session string) string {
	mac := hmac.New(sha256.New, []byte(session))
	mac.Write([]byte("jard oidc " + string(f.wish) + " " + f.State()))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// State comes back with the browser.
func (f Flow) State() string { return f.part("state") }

// Nonce comes back inside the token.
func (f Flow) Nonce() string { return f.part("nonce") }

// verifier shows the provider that whoever brings the code asked for it.
func (f Flow) verifier() string { return f.part("pkce") }

func (f Flow) part(name string) string {
	key, err := hkdf.Key(sha256.New, []byte(f.secret), nil, "jard oidc "+name, 32)
	if err != nil {
		return "" // never: 32 bytes are few enough
	}
	return base64.RawURLEncoding.EncodeToString(key)
}

// packed is a Flow as the cookie holds it.
type packed struct {
	Secret string `json:"s"`
	Began  int64  `json:"t"`
	Next   string `json:"n,omitempty"`
	Wish   Wish   `json:"w,omitempty"`
	By     string `json:"b,omitempty"`
}

// maxFlow bounds the cookie; browsers keep 4 KB.
const maxFlow = 3000

// Pack writes the flow for a cookie. An address too long to come along is left out.
func (f Flow) Pack() string {
	if len(f.Next) > 1500 {
		f.Next = ""
	}
	data, err := json.Marshal(packed{f.secret, f.Began.Unix(), f.Next, f.wish, f.by})
	if err != nil {
		return "" // never: texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

var errFlow = errors.New("no sign-in was begun in this browser, or too long ago")

// Unpack reads what Pack wrote, unless it is too old.
func Unpack(text string, now time.Time) (Flow, error) {
	var p packed
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(text) > maxFlow || json.Unmarshal(data, &p) != nil {
		return Flow{}, errFlow
	}
	f := Flow{p.Secret, time.Unix(p.Began, 0), p.Next, p.Wish, p.By}
	if _, ok := identity.Digested(f.secret); !ok || now.Sub(f.Began) > FlowAge || f.Began.After(now.Add(time.Minute)) {
		return Flow{}, errFlow
	}
	return f, nil
}
