package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity/oidc/oidctest"
)

func TestTheProviderTellsWhenASessionIsOver(t *testing.T) {
	p, there, c := start(t)
	ended, err := p.Ended(t.Context(), there.LogoutToken(nil))
	if err != nil || ended.Issuer != there.URL || ended.Subject != "f3a1" || ended.Session != "session-1" || ended.Once == "" || !ended.Until.After(c.now()) {
		t.Errorf("read %+v, %v", ended, err)
	}
	ended, err = p.Ended(t.Context(), there.LogoutToken(func(claims map[string]any) { delete(claims, "sid") }))
	if err != nil || ended.Session != "" || ended.Subject != "f3a1" {
		t.Errorf("of every session: %+v, %v", ended, err)
	}
}

func TestForgedMessagesEndNothing(t *testing.T) {
	p, there, c := start(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value any) string {
		return there.LogoutToken(func(claims map[string]any) { claims[name] = value })
	}
	honest := there.LogoutToken(nil)
	for name, raw := range map[string]string{
		"nothing": "", "no token": "a.b.c", "an ID token": there.IDToken("nonce"), "too large": strings.Repeat("a", maxToken+1),
		"issuer": set("iss", "https://another.example"), "audience": set("aud", "another"), "audiences": set("aud", []string{"another", oidctest.ClientID}),
		"over": set("exp", c.now().Add(-time.Minute).Unix()), "no end": set("exp", nil), "no beginning": set("iat", nil),
		"future": set("iat", c.now().Add(2*time.Minute).Unix()), "old": set("iat", c.now().Add(-messageAge-2*time.Minute).Unix()),
		"a nonce": set("nonce", "x"), "no name": set("jti", ""), "no event": set("events", map[string]any{}),
		"two events": set("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}, "x": map[string]any{}}),
		"nobody":     there.LogoutToken(func(claims map[string]any) { delete(claims, "sid"); delete(claims, "sub") }),
		"unsigned":   oidctest.Unsigned(map[string]any{"iss": there.URL}), "signature": honest[:len(honest)-6] + "AAAAAA",
		"another key": oidctest.Signed(jose.ES256, jose.JSONWebKey{Key: other, KeyID: there.Keys[0].KeyID}, map[string]any{"iss": there.URL}),
	} {
		_, err := p.Ended(t.Context(), raw)
		if kind, _ := fault.KindOf(err); kind != fault.Invalid {
			t.Errorf("%s: %v; want an invalid message", name, err)
		}
	}
}

func TestAMessageWaitsWhenTheKeysCannotBeHad(t *testing.T) {
	p, there, _ := start(t)
	raw := there.LogoutToken(nil)
	there.Answer = func(w http.ResponseWriter, _ *http.Request) bool {
		http.Error(w, "away", http.StatusBadGateway)
		return true
	}
	_, err := p.Ended(t.Context(), raw)
	refused(t, err, keyDown)
}

func TestLeavingNamesTheClientAndTheWayBack(t *testing.T) {
	p, there, c := start(t)
	u, err := url.Parse(p.Leave(t.Context(), "the.id.token"))
	if q := u.Query(); err != nil || u.Path != "/logout" || q.Get("id_token_hint") != "the.id.token" || q.Get("client_id") != oidctest.ClientID ||
		q.Get("post_logout_redirect_uri") != "http://jard.test/logout/done" {
		t.Errorf("leaves to %v, %v", u, err)
	}
	there.Do(func(p *oidctest.Provider) {
		p.Tell = func(document map[string]any) { delete(document, "end_session_endpoint") }
	})
	c.pass(keepFresh)
	if got := p.Leave(t.Context(), ""); got != "" {
		t.Errorf("leaves to %s although there is no such place", got)
	}
}

func FuzzLogoutToken(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	const issuer = "https://login.example"
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	p := New(Settings{Issuer: issuer, ClientID: oidctest.ClientID, Leeway: time.Minute}, &http.Client{Transport: hang{}}, func() time.Time { return now })
	p.about.value, p.about.at = metadata{Issuer: issuer, Keys: issuer + "/keys"}, now
	p.keys.value, p.keys.at, p.keys.tried = keySet{{Key: key.Public(), KeyID: "k", Algorithm: "ES256"}}, now, now
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a.b.c", `{}`)
	f.Add("", `{"iss":"https://login.example","aud":"jard","iat":1795341600,"exp":1795341700,"jti":"1","sub":"s","sid":7,"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`)
	f.Add("eyJhbGciOiJub25lIn0.e30.", `{"iss":"https://login.example","aud":["jard"],"exp":1e9,"iat":"x","events":[]}`)
	f.Fuzz(func(t *testing.T, raw, payload string) {
		if _, err := p.Ended(t.Context(), raw); err == nil {
			t.Errorf("%q was believed", raw)
		}
		signed, err := signer.Sign([]byte(payload))
		if err != nil {
			return
		}
		text, err := signed.CompactSerialize()
		if err != nil {
			return
		}
		if ended, err := p.Ended(t.Context(), text); err == nil && (ended.Once == "" || ended.Issuer != issuer || ended.Subject == "" && ended.Session == "") {
			t.Errorf("%q ends %+v", payload, ended)
		}
	})
}
