package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity/oidc/oidctest"
	"github.com/jard-odi/jard/lang"
)

// clock is a time that a test moves by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func settings(there *oidctest.Provider) Settings {
	return Settings{
		Issuer: there.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Scopes: []string{"openid", "email"},
		Callback: "http://jard.test/login/oidc/callback", AfterLogout: "http://jard.test/logout/done", Leeway: time.Minute, UserAgent: "Jard",
	}
}

func start(t *testing.T) (*Provider, *oidctest.Provider, *clock) {
	t.Helper()
	c := &clock{t: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	there := oidctest.Start(t)
	there.Now = c.now
	return New(settings(there), &http.Client{Timeout: 10 * time.Second}, c.now), there, c
}

// walk is the browser: from our address to the provider's, and back.
func walk(t *testing.T, p *Provider, f Flow) Answer {
	t.Helper()
	to, err := p.Begin(t.Context(), f, lang.French)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || answer.StatusCode != http.StatusFound {
		t.Fatalf("the provider answers %d, %v", answer.StatusCode, err)
	}
	return AnswerOf(back.Query())
}

func signIn(t *testing.T, p *Provider, now time.Time) (*Person, error) {
	t.Helper()
	f := NewFlow("/desk", now)
	return p.Finish(t.Context(), f, walk(t, p, f))
}

// refused tells whether err is the fault with this key.
func refused(t *testing.T, err error, key string) {
	t.Helper()
	if all := fault.All(err); len(all) != 1 || all[0].Key != key {
		t.Errorf("said %v; want %s", err, key)
	}
}

func TestAnHonestProviderSaysWhoItIs(t *testing.T) {
	p, there, c := start(t)
	who, err := signIn(t, p, c.now())
	if err != nil {
		t.Fatal(err)
	}
	if who.Issuer != there.URL || who.Subject != "f3a1" || who.Session != "session-1" || who.Email != "amel@example.tn" || !who.Verified ||
		who.Name != "Amel Ben Salah" || len(who.Claims["groups"].([]any)) != 1 {
		t.Errorf("signed in %+v", who)
	}
}

func TestWhatIsTwistedProvesNothing(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value any) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) { p.Twist = func(c map[string]any) { c[name] = value } }
	}
	at := func(name string, d time.Duration) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) {
			p.Twist = func(c map[string]any) { c[name] = p.Now().Add(d).Unix() }
		}
	}
	for name, twist := range map[string]func(*oidctest.Provider){
		"issuer":          set("iss", "https://another.example"),
		"audience":        set("aud", "another client"),
		"audiences":       set("aud", []string{"another", oidctest.ClientID}),
		"party":           set("azp", "another client"),
		"nonce":           set("nonce", "of another sign-in"),
		"no nonce":        set("nonce", nil),
		"no subject":      set("sub", ""),
		"subject":         set("sub", "a\nb"),
		"long subject":    set("sub", strings.Repeat("s", 256)),
		"expired":         at("exp", -time.Minute),
		"no end":          set("exp", nil),
		"future":          at("iat", time.Minute+time.Second),
		"no beginning":    set("iat", nil),
		"not yet":         at("nbf", time.Minute+time.Second),
		"access token":    set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"claims":          set("amr", "no list"),
		"negative time":   set("exp", -5),
		"huge time":       set("iat", 1e300),
		"no claim source": set("_claim_names", map[string]any{"groups": "src1"}),
		"alg none":        func(p *oidctest.Provider) { p.Sign = oidctest.Unsigned },
		"HS256 with the public key": func(p *oidctest.Provider) {
			der, err := x509.MarshalPKIXPublicKey(p.Keys[0].Public().Key)
			if err != nil {
				t.Fatal(err)
			}
			p.Sign = func(c map[string]any) string {
				return oidctest.Signed(jose.HS256, jose.JSONWebKey{Key: der, KeyID: p.Keys[0].KeyID}, c)
			}
		},
		"HS256 with the secret": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string {
				return oidctest.Signed(jose.HS256, []byte(oidctest.Secret+oidctest.Secret), c)
			}
		},
		"another key of the same name": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string {
				return oidctest.Signed(jose.ES256, jose.JSONWebKey{Key: other, KeyID: p.Keys[0].KeyID}, c)
			}
		},
		"a key that is nowhere": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string {
				return oidctest.Signed(jose.ES256, jose.JSONWebKey{Key: other, KeyID: "nowhere"}, c)
			}
		},
		"changed after signing": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string {
				honest := oidctest.Signed(jose.ES256, p.Keys[0], c)
				c["sub"] = "admin"
				parts, forged := strings.Split(honest, "."), strings.Split(oidctest.Unsigned(c), ".")
				return parts[0] + "." + forged[1] + "." + parts[2]
			}
		},
		"not compact": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string {
				parts := strings.Split(oidctest.Signed(jose.ES256, p.Keys[0], c), ".")
				return `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`
			}
		},
		"no token": func(p *oidctest.Provider) { p.Sign = func(map[string]any) string { return "" } },
		"too large": func(p *oidctest.Provider) {
			p.Sign = func(map[string]any) string { return strings.Repeat("a", maxToken+1) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, there, c := start(t)
			there.Do(twist)
			_, err := signIn(t, p, c.now())
			refused(t, err, keyProof)
		})
	}
}

func TestALittleDifferenceOfClocksIsForgiven(t *testing.T) {
	p, there, c := start(t)
	there.Twist = func(claims map[string]any) {
		claims["iat"], claims["nbf"] = c.now().Add(59*time.Second).Unix(), c.now().Add(59*time.Second).Unix()
		claims["exp"] = c.now().Add(-59 * time.Second).Unix()
		claims["aud"], claims["azp"] = []string{"another", oidctest.ClientID}, oidctest.ClientID
	}
	if _, err := signIn(t, p, c.now()); err != nil {
		t.Error(err)
	}
}

func TestWhatComesBackMustBelongToThisBrowser(t *testing.T) {
	p, there, c := start(t)
	mine, yours := NewFlow("/desk", c.now()), NewFlow("/desk", c.now())
	answer := walk(t, p, mine)
	_, err := p.Finish(t.Context(), yours, answer)
	refused(t, err, keyAgain)
	forged := answer
	forged.State = yours.State() // the code of one sign-in in another: PKCE refuses it at the provider
	_, err = p.Finish(t.Context(), yours, forged)
	refused(t, err, keyAgain)
	_, err = p.Finish(t.Context(), mine, answer)
	refused(t, err, keyAgain) // the code was spent by the try above
	answer = walk(t, p, mine)
	if _, err := p.Finish(t.Context(), mine, answer); err != nil {
		t.Fatal(err)
	}
	_, err = p.Finish(t.Context(), mine, answer)
	refused(t, err, keyAgain) // a code opens once
	for _, issuer := range []string{"https://another.example", ""} {
		mixed := walk(t, p, mine)
		mixed.Issuer = issuer
		asked := there.Asked("/token")
		_, err = p.Finish(t.Context(), mine, mixed)
		refused(t, err, keyProof)
		if there.Asked("/token") != asked {
			t.Error("the code of another provider was sent here")
		}
	}
	if got := AnswerOf(url.Values{"state": {"a", "b"}, "code": {strings.Repeat("c", 9000)}}); got != (Answer{}) {
		t.Errorf("read %+v from parameters that are there twice or too long", got)
	}
}

func TestErrorsOfTheProviderAreToldInOurWords(t *testing.T) {
	p, there, c := start(t)
	for code, key := range map[string]string{
		"access_denied": keyDenied, "login_required": keyAgain, "server_error": keyProvider, "temporarily_unavailable": keyDown,
		"<script>alert(1)</script>": keyProvider, "unmet_authentication_requirements": keyAssurance,
	} {
		there.Do(func(p *oidctest.Provider) { p.Deny = code })
		_, err := signIn(t, p, c.now())
		refused(t, err, key)
		if err != nil && strings.Contains(err.Error(), "<") {
			t.Errorf("its words are repeated: %v", err)
		}
	}
}

func TestProofCanBeRequiredToBeStrong(t *testing.T) {
	there := oidctest.Start(t)
	set := settings(there)
	set.RequireACR, set.RequireAMR, set.MaxAge = []string{"silver", "gold"}, []string{"mfa"}, time.Hour
	p := New(set, &http.Client{Timeout: 10 * time.Second}, time.Now)
	for _, one := range []struct {
		acr  string
		amr  []string
		ago  time.Duration
		want bool
	}{
		{"gold", []string{"pwd", "mfa"}, time.Minute, true},
		{"bronze", []string{"mfa"}, time.Minute, false},
		{"", []string{"mfa"}, time.Minute, false},
		{"gold", []string{"pwd"}, time.Minute, false},
		{"gold", nil, time.Minute, false},
		{"gold", []string{"mfa"}, 2 * time.Hour, false},
	} {
		there.Do(func(p *oidctest.Provider) {
			p.Claims["acr"], p.Claims["amr"], p.Claims["auth_time"] = one.acr, one.amr, time.Now().Add(-one.ago).Unix()
		})
		_, err := signIn(t, p, time.Now())
		if one.want && err != nil {
			t.Errorf("%+v: %v", one, err)
		} else if !one.want {
			refused(t, err, keyAssurance)
		}
	}
	to, err := p.Begin(t.Context(), NewFlow("", time.Now()), lang.Arabic)
	u, _ := url.Parse(to)
	if q := u.Query(); err != nil || q.Get("acr_values") != "silver gold" || q.Get("max_age") != "3600" || q.Get("ui_locales") != "ar" ||
		q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != set.Callback || q.Get("scope") != "openid email" {
		t.Errorf("asks %v, %v", u, err)
	}
}

func TestKeysAreRotatedAndAFloodAsksLittle(t *testing.T) {
	p, there, c := start(t)
	if _, err := signIn(t, p, c.now()); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute)
	there.Rotate()
	if _, err := signIn(t, p, c.now()); err != nil {
		t.Errorf("after rotation: %v", err)
	}
	if n := there.Asked("/keys"); n != 2 {
		t.Errorf("asked for keys %d times; want 2", n)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		_, err := p.Ended(t.Context(), oidctest.Signed(jose.ES256, jose.JSONWebKey{Key: stranger, KeyID: rand.Text()}, map[string]any{}))
		refused(t, err, keyProof)
		c.pass(100 * time.Millisecond)
	}
	if n := there.Asked("/keys"); n != 2 {
		t.Errorf("a flood within ten seconds made us ask for keys %d times; want 2", n)
	}
	c.pass(pause)
	_, _ = p.Ended(t.Context(), oidctest.Signed(jose.ES256, jose.JSONWebKey{Key: stranger, KeyID: "x"}, map[string]any{}))
	if n := there.Asked("/keys"); n != 3 {
		t.Errorf("asked for keys %d times; want 3", n)
	}
	if n := there.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("asked %d times what it is; want 1", n)
	}
}

func TestAWithdrawnKeyOpensNothingAfterAnHour(t *testing.T) {
	p, there, c := start(t)
	old := there.Keys[0]
	if _, err := signIn(t, p, c.now()); err != nil {
		t.Fatal(err)
	}
	there.Rotate()
	there.Sign = func(claims map[string]any) string { return oidctest.Signed(jose.ES256, old, claims) }
	c.pass(keepFresh)
	_, err := signIn(t, p, c.now())
	refused(t, err, keyProof)
}

func TestAProviderThatIsAwayForAWhileIsNotMissed(t *testing.T) {
	p, there, c := start(t)
	if _, err := signIn(t, p, c.now()); err != nil {
		t.Fatal(err)
	}
	there.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		away := r.URL.Path == "/keys" || strings.HasPrefix(r.URL.Path, "/.well-known")
		if away {
			http.Error(w, "away", http.StatusBadGateway)
		}
		return away
	}
	c.pass(2 * time.Hour)
	if _, err := signIn(t, p, c.now()); err != nil {
		t.Errorf("what was learnt is good for a day: %v", err)
	}
	c.pass(keepStale)
	_, err := p.Begin(t.Context(), NewFlow("", c.now()), lang.French)
	refused(t, err, keyDown)
}

func TestAllSignaturesButWeakOnesAreBelieved(t *testing.T) {
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		key       any
		algorithm jose.SignatureAlgorithm
		use       string
		want      bool
	}{
		{strong, jose.RS256, "sig", true}, {strong, jose.PS256, "", true}, {strong, jose.RS256, "enc", false}, {weak, jose.RS256, "sig", false},
	} {
		p, there, c := start(t)
		there.Keys = append([]jose.JSONWebKey{{Key: one.key, KeyID: "rsa", Algorithm: string(one.algorithm), Use: one.use}}, there.Keys...)
		if _, err := signIn(t, p, c.now()); (err == nil) != one.want {
			t.Errorf("%s for %q: %v; want %v", one.algorithm, one.use, err, one.want)
		}
	}
}

func TestDocumentsThatAreNoneAreRefused(t *testing.T) {
	plain := func(status int, kind, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
	}
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"error":   plain(http.StatusInternalServerError, "application/json", `{}`),
		"page":    plain(http.StatusOK, "text/html", `{}`),
		"no JSON": plain(http.StatusOK, "application/json", `<html>`),
		"empty":   plain(http.StatusOK, "application/json", `{}`),
		"huge":    plain(http.StatusOK, "application/json", `{"issuer":"`+strings.Repeat("x", maxAnswer)+`"}`),
		"elsewhere": func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/keys", http.StatusFound)
			return true
		},
		"cut off": func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			p, there, c := start(t)
			there.Answer = answer
			_, err := p.Begin(t.Context(), NewFlow("", c.now()), lang.French)
			refused(t, err, keyDown)
			if len(err.Error()) > 500 {
				t.Errorf("the log gets %d characters", len(err.Error()))
			}
		})
	}
	for name, value := range map[string]string{
		"issuer": "https://another.example", "token_endpoint": "", "jwks_uri": "file:///etc/passwd", "authorization_endpoint": "javascript:alert(1)",
		"end_session_endpoint": "http://user:word@host/",
	} {
		t.Run(name, func(t *testing.T) {
			p, there, c := start(t)
			there.Tell = func(document map[string]any) { document[name] = value }
			_, err := p.Begin(t.Context(), NewFlow("", c.now()), lang.French)
			refused(t, err, keyDown)
		})
	}
	if err := (metadata{Issuer: "https://a", Authorize: "https://a/a", Token: "http://a/t", Keys: "https://a/k"}).check("https://a"); err == nil {
		t.Error("a code is sent over http although the provider is asked over https")
	}
}

func TestTheCodeIsNotSentWhereWeAreRedirected(t *testing.T) {
	p, there, c := start(t)
	stolen := false
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen = true }))
	defer thief.Close()
	there.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/token" {
			return false
		}
		http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
		return true
	}
	_, err := signIn(t, p, c.now())
	refused(t, err, keyDown)
	if stolen {
		t.Error("the code went to another host")
	}
}

// hang is a way to a provider that takes a question and never answers.
type hang struct{}

func (hang) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

func TestAHungProviderHoldsNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{Issuer: "https://hung.example"}, &http.Client{Timeout: 5 * time.Second, Transport: hang{}}, time.Now)
		began := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := p.Begin(context.Background(), NewFlow("", time.Now()), lang.French)
				refused(t, err, keyDown)
			})
		}
		quick, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		if New(Settings{Issuer: "https://hung.example"}, &http.Client{Timeout: 5 * time.Second, Transport: hang{}}, time.Now).Leave(quick, ""); time.Since(began) > time.Second {
			t.Errorf("who signs out waits %s for it, and has a second", time.Since(began))
		}
		impatient, leave := context.WithTimeout(context.Background(), time.Second)
		defer leave()
		if _, err := p.Begin(impatient, NewFlow("", time.Now()), lang.French); err == nil {
			t.Error("a hung provider answered")
		}
		all.Wait()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("twenty people waited %s together; want one timeout", took)
		}
	})
}

func TestUserInfoAddsWhatTheTokenDoesNotSay(t *testing.T) {
	there := oidctest.Start(t)
	set := settings(there)
	set.UserInfo = true
	p := New(set, &http.Client{Timeout: 10 * time.Second}, time.Now)
	there.Twist = func(c map[string]any) {
		delete(c, "groups")
		delete(c, "name")
		c["email"], c["email_verified"] = "other@example.tn", false
	}
	who, err := signIn(t, p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if who.Name != "Amel Ben Salah" || who.Claims["groups"] == nil || who.Email != "other@example.tn" || who.Verified {
		t.Errorf("signed in %+v", who)
	}
	there.Twist = func(c map[string]any) { c["sub"] = "another" }
	_, err = signIn(t, p, time.Now())
	refused(t, err, keyProof)
	there.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/userinfo" {
			http.Error(w, "no", http.StatusInternalServerError)
			return true
		}
		return false
	}
	_, err = signIn(t, p, time.Now())
	refused(t, err, keyDown)
}

func TestAWrongSecretIsOurTroubleAndStaysSecret(t *testing.T) {
	there := oidctest.Start(t)
	set := settings(there)
	set.Secret = "hunter2"
	_, err := signIn(t, New(set, &http.Client{Timeout: 10 * time.Second}, time.Now), time.Now())
	refused(t, err, keyProvider)
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the secret is told: %v", err)
	}
}

func TestAFlowSurvivesItsCookieAndNothingElse(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f := NewFlow("/desk?a=ب", now).For(Link, "my session")
	got, err := Unpack(f.Pack(), now.Add(FlowAge))
	if err != nil || got.State() != f.State() || got.Nonce() != f.Nonce() || got.verifier() != f.verifier() || got.Next != f.Next {
		t.Errorf("unpacked %+v, %v", got, err)
	}
	if got.Wish() != Link || !got.WishedBy("my session") || got.WishedBy("another") || got.WishedBy("") || NewFlow("", now).WishedBy("") {
		t.Error("only the session that wished it may be linked")
	}
	if got.wish = Prove; got.WishedBy("my session") {
		t.Error("one wish was made another")
	}
	if f.State() == f.Nonce() || f.Nonce() == f.verifier() || len(f.verifier()) < 43 || strings.Contains(f.Pack(), f.State()) {
		t.Error("state, nonce and verifier tell of each other")
	}
	for _, bad := range []string{"", "x", f.Pack() + "A", "e30", strings.Repeat("A", maxFlow+1), "eyJzIjoiYWJjIiwidCI6MX0"} {
		if _, err := Unpack(bad, now); !errors.Is(err, errFlow) {
			t.Errorf("%.20q was unpacked: %v", bad, err)
		}
	}
	for _, when := range []time.Duration{FlowAge + time.Second, -2 * time.Minute} {
		if _, err := Unpack(f.Pack(), now.Add(when)); !errors.Is(err, errFlow) {
			t.Errorf("good %s after it began", when)
		}
	}
	if long := NewFlow("/"+strings.Repeat("x", 5000), now); len(long.Pack()) > maxFlow {
		t.Errorf("a cookie of %d bytes", len(long.Pack()))
	}
}

func TestAFloodOfCodesDoesNotWaitInLine(t *testing.T) {
	p, there, c := start(t)
	f := NewFlow("", c.now())
	a := walk(t, p, f)
	for range mostAtOnce {
		p.slots <- struct{}{}
	}
	asked := there.Asked("/token")
	_, err := p.Finish(t.Context(), f, a)
	refused(t, err, keyDown)
	if there.Asked("/token") != asked {
		t.Error("one more asked the provider")
	}
}

func TestAProofThatIsAskedForAgainIsNew(t *testing.T) {
	p, there, c := start(t)
	f := NewFlow("", c.now()).For(Prove, "my session")
	to, err := p.Begin(t.Context(), f, lang.French)
	u, _ := url.Parse(to)
	if q := u.Query(); err != nil || q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("asks %v, %v", u, err)
	}
	for _, one := range []struct {
		at   any
		want bool
	}{{nil, false}, {c.now().Add(-time.Hour).Unix(), false}, {c.now().Unix(), true}} {
		there.Do(func(p *oidctest.Provider) { p.Claims["auth_time"] = one.at })
		who, err := p.Finish(t.Context(), f, walk(t, p, f))
		if one.want && (err != nil || !who.Proved.Equal(c.now())) {
			t.Errorf("a new proof: %+v, %v", who, err)
		} else if !one.want {
			refused(t, err, keyAssurance)
		}
	}
}
