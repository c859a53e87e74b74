// Package oidc lets people sign in with an identity provider that speaks
// OpenID Connect: the authorization code flow with PKCE, state and nonce. It
// asks the provider, checks what it answers, and decides nothing about who may
// do what here.
package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Settings are what an installation says of its provider.
type Settings struct {
	Issuer      string
	ClientID    string
	Secret      string // empty for a public client: PKCE alone protects the code
	Scopes      []string
	Audiences   []string // other clients that its tokens may be for besides us
	Callback    string   // our address that the provider sends people back to
	AfterLogout string   // and the one it sends them to when they have signed out there
	UserInfo    bool
	RequireACR  []string
	RequireAMR  []string
	MaxAge      time.Duration
	Leeway      time.Duration
	UserAgent   string
}

// Provider is an identity provider. It keeps what it has learnt of it, and may
// be used by many at once.
type Provider struct {
	set    Settings
	client *http.Client
	now    func() time.Time

	about *cached[metadata]
	keys  *cached[keySet]
	slots chan struct{} // of sign-ins that wait for the provider
}

// mostAtOnce bounds how many sign-ins wait for the provider: one that hangs
// must not take everything we have.
const mostAtOnce = 64

// New returns the provider. It asks nothing yet: one that is down must not keep
// the program from starting. client should be guarded (package outgoing).
func New(set Settings, client *http.Client, now func() time.Time) *Provider {
	own := *client
	base := own.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	own.Transport = bounded{base, set.UserAgent}
	// What is sent there holds the code and our secret, and an address that the
	// provider did not publish is not its own.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirect }
	return &Provider{
		set: set, client: &own, now: now, about: newCached[metadata](), keys: newCached[keySet](), slots: make(chan struct{}, mostAtOnce),
	}
}

var (
	errRedirect = errors.New("the provider sends us elsewhere")
	errTooLarge = errors.New("the answer is too large")
)

// Faults of a sign-in. Each is a sentence for the person; what it was exactly
// is for the log.
const (
	keyDown      = "signin.down"      // the provider does not answer, or what it answers is none
	keyProvider  = "signin.provider"  // it says that something is wrong on its side, or with us
	keyDenied    = "signin.denied"    // it, or the person, refused
	keyAgain     = "signin.again"     // the sign-in took too long, was begun elsewhere, or is over
	keyProof     = "signin.proof"     // what it sent proves nothing
	keyAssurance = "signin.assurance" // it proves less than is required here
)

// trouble is a fault with its cause. The cause is for the log and holds nothing personal.
func trouble(kind fault.Kind, key string, cause any) error {
	text := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, fmt.Sprint(cause))
	if len(text) > 300 {
		text = text[:300]
	}
	return fmt.Errorf("%w: %s", fault.New(kind, key), strings.ToValidUTF8(text, "?"))
}

// What an answer of the provider may measure, and a token.
const (
	maxAnswer = 1 << 20
	maxToken  = 64 << 10
)

// bounded is a way to the provider that reads only so much, and says who asks.
type bounded struct {
	next  http.RoundTripper
	agent string
}

// RoundTrip asks, and bounds the answer.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.agent != "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", b.agent)
	}
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.ContentLength > maxAnswer {
		answer.Body.Close()
		return nil, errTooLarge
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	return answer, nil
}

// fetch reads a JSON document of the provider.
func (p *Provider) fetch(ctx context.Context, address string, v any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", address, answer.StatusCode)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); !strings.HasSuffix(kind, "json") {
		return fmt.Errorf("%s is no JSON but %q", address, kind)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", address, err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("read %s: it is no JSON of the form wanted", address)
	}
	return nil
}

// metadata is what a provider publishes of itself.
type metadata struct {
	Issuer       string   `json:"issuer"`
	Authorize    string   `json:"authorization_endpoint"`
	Token        string   `json:"token_endpoint"`
	Keys         string   `json:"jwks_uri"`
	UserInfo     string   `json:"userinfo_endpoint"`
	EndSession   string   `json:"end_session_endpoint"`
	TokenMethods []string `json:"token_endpoint_auth_methods_supported"`
	NamesItself  bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// learn asks the provider about itself, once an hour at most.
func (p *Provider) learn(ctx context.Context) (metadata, error) {
	about, err := p.about.get(ctx, p.now(), false, func(ctx context.Context) (metadata, error) {
		var m metadata
		if err := p.fetch(ctx, strings.TrimSuffix(p.set.Issuer, "/")+"/.well-known/openid-configuration", &m); err != nil {
			return m, err
		}
		return m, m.check(p.set.Issuer)
	})
	if err != nil {
		return about, trouble(fault.Unavailable, keyDown, err)
	}
	return about, nil
}

// Reach asks the provider about itself, for whoever checks an installation.
func (p *Provider) Reach(ctx context.Context) error {
	if _, err := p.learn(ctx); err != nil {
		return err
	}
	_, err := p.known(ctx, false)
	return err
}

// check refuses a provider that says it is another, and one that is asked
// safely but wants people sent where anybody may listen.
func (m metadata) check(issuer string) error {
	if m.Issuer != issuer {
		return fmt.Errorf("it calls itself %q and not %q", m.Issuer, issuer)
	}
	for _, one := range []struct {
		name, address string
		must          bool
	}{
		{"authorization_endpoint", m.Authorize, true},
		{"token_endpoint", m.Token, true},
		{"jwks_uri", m.Keys, true},
		{"userinfo_endpoint", m.UserInfo, false},
		{"end_session_endpoint", m.EndSession, false},
	} {
		if one.address == "" && !one.must {
			continue
		}
		u, err := url.Parse(one.address)
		switch {
		case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("its %s is no address", one.name)
		case u.Scheme == "http" && strings.HasPrefix(issuer, "https:"):
			return fmt.Errorf("its %s is not https", one.name)
		}
	}
	return nil
}
