// Package oidctest is a small identity provider on loopback, for tests: honest
// as long as nobody twists what it says.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// ClientID and Secret are what the one client is known by.
const (
	ClientID = "jard"
	Secret   = "a secret of the client"
)

// Provider is the provider. Set its fields before asking it; Do changes them
// while it runs.
type Provider struct {
	URL    string
	Now    func() time.Time
	Claims map[string]any // of whoever is signed in there
	Apart  map[string]any // said at the userinfo address only
	Deny   string         // error that authorization answers with
	Method string         // how the client proves itself: client_secret_basic (the default), client_secret_post or none
	Silent bool           // does not name itself in what it sends back (RFC 9207)

	Twist  func(claims map[string]any)                   // changes an ID token before it is signed
	Sign   func(claims map[string]any) string            // signs in another way
	Tell   func(document map[string]any)                 // changes what it publishes of itself
	Answer func(http.ResponseWriter, *http.Request) bool // answers instead; true when it did
	Keys   []jose.JSONWebKey                             // published; the first signs

	base  string
	mu    sync.Mutex
	codes map[string]pending
	asked map[string]int
	kid   int
}

type pending struct{ nonce, challenge, callback string }

// Start starts a provider that ends with the test.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{Now: time.Now, codes: map[string]pending{}, asked: map[string]int{}}
	p.Claims = map[string]any{
		"sub": "f3a1", "name": "Amel Ben Salah", "email": "amel@example.tn", "email_verified": true, "sid": "session-1",
		"groups": []any{"/jard/marhp/agents"},
	}
	p.rotate()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Under moves the provider below a path, as one realm of many. Call it before
// asking it.
func (p *Provider) Under(path string) *Provider {
	p.URL, p.base = strings.TrimSuffix(p.URL, p.base)+path, path
	return p
}

// Do changes the provider while it runs.
func (p *Provider) Do(change func(p *Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// Rotate replaces its key by a new one, at once.
func (p *Provider) Rotate() { p.Do((*Provider).rotate) }

func (p *Provider) rotate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // a machine without randomness
	}
	p.kid++
	p.Keys = []jose.JSONWebKey{{Key: key, KeyID: fmt.Sprint("key-", p.kid), Algorithm: string(jose.ES256), Use: "sig"}}
}

// Asked is how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// ServeHTTP is the provider as others see it.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path]++
	answer := p.Answer
	p.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch strings.TrimPrefix(r.URL.Path, p.base) {
	case "/.well-known/openid-configuration":
		p.describe(w)
	case "/keys":
		public := jose.JSONWebKeySet{}
		for _, key := range p.Keys {
			public.Keys = append(public.Keys, key.Public())
		}
		write(w, http.StatusOK, public)
	case "/authorize":
		p.authorize(w, r)
	case "/token":
		p.token(w, r)
	case "/userinfo":
		if r.Header.Get("Authorization") != "Bearer the access token" {
			write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
			return
		}
		all := maps.Clone(p.Claims)
		maps.Copy(all, p.Apart)
		write(w, http.StatusOK, all)
	case "/logout":
		p.leave(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (p *Provider) describe(w http.ResponseWriter) {
	document := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/logout",
		"authorization_response_iss_parameter_supported": !p.Silent,
		"id_token_signing_alg_values_supported":          []string{"ES256", "HS256", "none"},
	}
	if p.Tell != nil {
		p.Tell(document)
	}
	write(w, http.StatusOK, document)
}

// authorize is where a browser is sent: whoever is signed in there agrees at once.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "no such request", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	if !p.Silent {
		back.Set("iss", p.URL)
	}
	if p.Deny != "" {
		back.Set("error", p.Deny)
		back.Set("error_description", "<b>raw words of the provider</b>")
	} else {
		code := rand.Text()
		p.codes[code] = pending{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
		back.Set("code", code)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// client tells whether it is the client who asks, proved in the one way that
// the provider takes.
func (p *Provider) client(r *http.Request) bool {
	name, secret, basic := r.BasicAuth()
	id, told := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	switch p.Method {
	case "client_secret_post":
		return !basic && id == ClientID && told == Secret
	case "none":
		return !basic && id == ClientID && told == ""
	}
	plain, err := url.QueryUnescape(secret)
	return err == nil && basic && name == ClientID && plain == Secret && told == ""
}

// leave is where a browser signs out.
func (p *Provider) leave(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("id_token_hint") == "" || q.Get("post_logout_redirect_uri") == "" {
		http.Error(w, "no such request", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, q.Get("post_logout_redirect_uri"), http.StatusFound)
}

// token gives a token for a code, once, to whoever proves to have asked for it.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if !p.client(r) {
		write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	was, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != was.challenge || r.PostFormValue("redirect_uri") != was.callback {
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	write(w, http.StatusOK, map[string]any{
		"access_token": "the access token", "token_type": "Bearer", "expires_in": 300, "id_token": p.IDToken(was.nonce),
	})
}

// IDToken is a token for a nonce. Whoever calls it holds the provider (Do).
func (p *Provider) IDToken(nonce string) string {
	now := p.Now()
	sum := sha256.Sum256([]byte("the access token"))
	claims := map[string]any{
		"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": nonce,
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
	}
	maps.Copy(claims, p.Claims)
	if p.Twist != nil {
		p.Twist(claims)
	}
	if p.Sign != nil {
		return p.Sign(claims)
	}
	return Signed(jose.SignatureAlgorithm(p.Keys[0].Algorithm), p.Keys[0], claims)
}

// LogoutToken is what it sends by itself when a session there is over.
func (p *Provider) LogoutToken(change func(claims map[string]any)) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Now()
	claims := map[string]any{
		"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": rand.Text(),
		"sub": p.Claims["sub"], "sid": p.Claims["sid"],
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if change != nil {
		change(claims)
	}
	return Signed(jose.SignatureAlgorithm(p.Keys[0].Algorithm), p.Keys[0], claims)
}

// Signed signs claims with any key, as a forger would, too.
func Signed(algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		panic(err) // a test that asks for a key which cannot sign
	}
	data, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	made, err := signer.Sign(data)
	if err != nil {
		panic(err)
	}
	text, err := made.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

// Unsigned is a token that asks to be believed (alg none).
func Unsigned(claims map[string]any) string {
	data, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(data) + "."
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the other side is a test
}
