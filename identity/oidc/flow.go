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
	link   string // proves which session asked to be linked; empty for a sign-in
}

// NewFlow begins a sign-in.
func NewFlow(next string, now time.Time) Flow {
	return Flow{secret: identity.NewSecret(), Began: now, Next: next}
}

// Linking makes it the wish of whoever holds the session to be linked with who
// they are at the provider.
func (f Flow) Linking(session string) Flow {
	f.link = f.proof(session)
	return f
}

// Links tells whether the flow is such a wish.
func (f Flow) Links() bool { return f.link != "" }

// LinkedBy tells whether it is the wish of whoever holds this session: a cookie
// that somebody else planted is not.
func (f Flow) LinkedBy(session string) bool {
	return f.Links() && session != "" && subtle.ConstantTimeCompare([]byte(f.link), []byte(f.proof(session))) == 1
}

func (f Flow) proof(session string) string {
	mac := hmac.New(sha256.New, []byte(session))
	mac.Write([]byte("jard oidc link " + f.State()))
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
	Link   string `json:"l,omitempty"`
}

// maxFlow bounds the cookie; browsers keep 4 KB.
const maxFlow = 3000

// Pack writes the flow for a cookie. An address too long to come along is left out.
func (f Flow) Pack() string {
	if len(f.Next) > 1500 {
		f.Next = ""
	}
	data, err := json.Marshal(packed{f.secret, f.Began.Unix(), f.Next, f.link})
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
	f := Flow{p.Secret, time.Unix(p.Began, 0), p.Next, p.Link}
	if _, ok := identity.Digested(f.secret); !ok || now.Sub(f.Began) > FlowAge || f.Began.After(now.Add(time.Minute)) {
		return Flow{}, errFlow
	}
	return f, nil
}
