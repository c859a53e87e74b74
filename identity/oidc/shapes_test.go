package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jard-odi/jard/identity/claims"
	"github.com/jard-odi/jard/identity/oidc/oidctest"
)

// sharedRSA is made once: it takes a while.
func sharedRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certified is a key as Entra publishes it: with its certificate, and without
// the name of an algorithm.
func certified(t *testing.T, key *rsa.PrivateKey) jose.JSONWebKey {
	t.Helper()
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "accounts.accesscontrol.windows.net"}}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: "nOo3ZDrODXEK1jKWhXslHR_KXEg", Use: "sig", Certificates: []*x509.Certificate{cert}}
}

// drop forgets what a shape does not publish, or does not say.
func drop(names ...string) func(map[string]any) {
	return func(document map[string]any) {
		for _, name := range names {
			delete(document, name)
		}
	}
}

// shape is a kind of provider: how it is, how one is set up for it, and what
// it says of the person under the claim that its rules would name.
type shape struct {
	there func(p *oidctest.Provider)
	set   func(s *Settings)
	claim string
	want  string
	leave bool // it knows of signing out
}

func shapes(t *testing.T) map[string]shape {
	t.Helper()
	strong := sharedRSA(t)
	return map[string]shape{
		"Keycloak": {
			there: func(p *oidctest.Provider) {
				p.Under("/realms/gov").Keys = []jose.JSONWebKey{
					{Key: strong, KeyID: "rs", Algorithm: "RS256", Use: "sig"}, {Key: strong, KeyID: "enc", Algorithm: "RSA-OAEP", Use: "enc"},
				}
				p.Tell = func(d map[string]any) {
					d["token_endpoint_auth_methods_supported"] = []string{"private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth"}
					d["backchannel_logout_supported"], d["mtls_endpoint_aliases"] = true, map[string]any{"token_endpoint": "https://mtls.example/"}
				}
				p.Twist = func(c map[string]any) {
					c["azp"], c["typ"], c["acr"], c["jti"] = oidctest.ClientID, "ID", "1", "e4b1"
					c["realm_access"] = map[string]any{"roles": []any{"offline_access", "jard-admin"}}
				}
			},
			claim: "realm_access.roles", want: "offline_access,jard-admin", leave: true,
		},
		"Entra": {
			there: func(p *oidctest.Provider) {
				p.Under("/3f1a0c1e-0000-4000-8000-000000000000/v2.0").Keys = []jose.JSONWebKey{certified(t, strong)}
				p.Silent, p.Method = true, "client_secret_post"
				p.Sign = func(c map[string]any) string { return oidctest.Signed(jose.RS256, p.Keys[0], c) }
				p.Tell = func(d map[string]any) {
					drop("authorization_response_iss_parameter_supported")(d)
					d["token_endpoint_auth_methods_supported"] = []string{"client_secret_post", "private_key_jwt", "self_signed_tls_client_auth"}
					d["response_modes_supported"], d["cloud_instance_name"], d["tenant_region_scope"] = []string{"query", "fragment", "form_post"}, "x", "EU"
				}
				p.Twist = func(c map[string]any) {
					drop("email_verified", "at_hash", "sid", "groups")(c)
					c["nbf"], c["oid"], c["tid"], c["ver"], c["uti"], c["rh"] = c["iat"], "a0", "3f1a", "2.0", "u", "0."
					c["preferred_username"], c["roles"] = "amel@example.tn", []any{"jard.marhp.agents"}
				}
			},
			claim: "roles", want: "jard.marhp.agents", leave: true,
		},
		"a provider of the least": {
			there: func(p *oidctest.Provider) {
				key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				p.Keys = []jose.JSONWebKey{{Key: key}} // no name, no use, no algorithm
				p.Silent, p.Method = true, "none"
				p.Sign = func(c map[string]any) string { return oidctest.Signed(jose.ES256, key, c) }
				p.Tell = drop("userinfo_endpoint", "end_session_endpoint", "authorization_response_iss_parameter_supported", "id_token_signing_alg_values_supported")
				p.Twist = func(c map[string]any) {
					drop("at_hash", "sid", "email", "email_verified", "name")(c)
					c["aud"], c["exp"] = []any{oidctest.ClientID}, float64(p.Now().Unix())+300.5
				}
			},
			set:   func(s *Settings) { s.Secret = "" },
			claim: "groups", want: "/jard/marhp/agents",
		},
		"groups at the userinfo address only, under an address": {
			there: func(p *oidctest.Provider) {
				p.Apart = map[string]any{"https://jard.gov.tn/claims": map[string]any{"groups": "MCD"}}
				p.Twist = drop("groups", "email")
			},
			set:   func(s *Settings) { s.UserInfo = true },
			claim: "https://jard.gov.tn/claims.groups", want: "MCD", leave: true,
		},
		"an issuer that ends in a stroke, and other audiences": {
			there: func(p *oidctest.Provider) {
				p.Silent = true
				p.Tell = func(d map[string]any) {
					d["issuer"], d["authorization_response_iss_parameter_supported"] = p.URL+"/", false
				}
				p.Twist = func(c map[string]any) { c["iss"], c["aud"] = p.URL+"/", []string{"the portal", oidctest.ClientID} }
			},
			set:   func(s *Settings) { s.Issuer, s.Audiences = s.Issuer+"/", []string{"the portal"} },
			claim: "groups", want: "/jard/marhp/agents", leave: true,
		},
		"one that sends its name without having said so": {
			there: func(p *oidctest.Provider) { p.Tell = drop("authorization_response_iss_parameter_supported") },
			claim: "groups", want: "/jard/marhp/agents", leave: true,
		},
	}
}

func TestShapesOfProviders(t *testing.T) {
	for name, one := range shapes(t) {
		t.Run(name, func(t *testing.T) {
			there := oidctest.Start(t)
			one.there(there)
			set := settings(there)
			if one.set != nil {
				one.set(&set)
			}
			p := New(set, &http.Client{Timeout: 10 * time.Second}, time.Now)
			who, err := signIn(t, p, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(claims.Values(who.Claims, one.claim), ","); got != one.want || who.Issuer != set.Issuer || who.Subject != "f3a1" {
				t.Errorf("%s of %s is %q; want %q of %s", one.claim, who.Issuer, got, one.want, set.Issuer)
			}
			if to := p.Leave(t.Context(), who.IDToken); (to != "") != one.leave {
				t.Errorf("signing out leads to %q", to)
			}
		})
	}
}

// elsewhere asks the test provider what is asked of another host.
type elsewhere struct{ to string }

// RoundTrip asks it.
func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(e.to)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
	return http.DefaultTransport.RoundTrip(r)
}

// TestGoogleIsOneProviderUnderEitherName: its tokens may call it without the
// scheme, and accounts must be bound to one name all the same.
func TestGoogleIsOneProviderUnderEitherName(t *testing.T) {
	const google = "https://accounts.google.com"
	there, key := oidctest.Start(t), sharedRSA(t)
	address := there.URL
	there.Keys = []jose.JSONWebKey{{Key: key, KeyID: "g", Algorithm: "RS256", Use: "sig"}}
	there.Silent, there.Method = true, "client_secret_post"
	there.Tell = func(d map[string]any) {
		drop("end_session_endpoint")(d)
		d["issuer"], d["authorization_endpoint"], d["token_endpoint"] = google, google+"/authorize", "https://oauth2.googleapis.com/token"
		d["jwks_uri"], d["userinfo_endpoint"] = "https://www.googleapis.com/keys", "https://openidconnect.googleapis.com/userinfo"
		d["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	}
	set := settings(there)
	set.Issuer = google
	p := New(set, &http.Client{Timeout: 10 * time.Second, Transport: elsewhere{address}}, time.Now)
	for _, iss := range []string{google, "accounts.google.com"} {
		there.Do(func(p *oidctest.Provider) {
			p.Twist = func(c map[string]any) {
				drop("sid", "groups")(c)
				c["iss"], c["azp"], c["hd"] = iss, oidctest.ClientID, "agriculture.tn"
			}
		})
		f := NewFlow("", time.Now())
		who, err := p.Finish(t.Context(), f, walkVia(t, p, f, address))
		if err != nil {
			t.Fatal(err)
		}
		if who.Issuer != google || strings.Join(claims.Values(who.Claims, "hd"), "") != "agriculture.tn" || p.Leave(t.Context(), who.IDToken) != "" {
			t.Errorf("as %s it is %+v", iss, who)
		}
	}
}

// walkVia is walk, with the provider's own address in place of the one it says.
func walkVia(t *testing.T, p *Provider, f Flow, to string) Answer {
	t.Helper()
	there, err := p.Begin(t.Context(), f, "fr")
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, there, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := elsewhere{to}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return AnswerOf(back.Query())
}

func TestEachSignatureIsBelievedFromItsOwnKindOfKeyOnly(t *testing.T) {
	strong := sharedRSA(t)
	elliptical := func(c elliptic.Curve) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for algorithm, key := range map[jose.SignatureAlgorithm]crypto.Signer{
		jose.RS256: strong, jose.RS384: strong, jose.RS512: strong, jose.PS256: strong, jose.PS384: strong, jose.PS512: strong,
		jose.ES256: elliptical(elliptic.P256()), jose.ES384: elliptical(elliptic.P384()), jose.ES512: elliptical(elliptic.P521()), jose.EdDSA: edwards,
	} {
		for _, named := range []jose.SignatureAlgorithm{algorithm, ""} {
			there := oidctest.Start(t)
			there.Keys = []jose.JSONWebKey{{Key: key, KeyID: "k", Algorithm: string(named)}}
			there.Sign = func(c map[string]any) string { return oidctest.Signed(algorithm, there.Keys[0], c) }
			there.Twist = drop("at_hash") // its length follows the algorithm
			p := New(settings(there), &http.Client{Timeout: 10 * time.Second}, time.Now)
			if _, err := signIn(t, p, time.Now()); err != nil {
				t.Errorf("%s under a key for %q: %v", algorithm, named, err)
			}
		}
	}
	// A key that is for one algorithm has signed by another.
	there := oidctest.Start(t)
	there.Keys = []jose.JSONWebKey{{Key: strong, KeyID: "k", Algorithm: string(jose.PS256)}}
	there.Sign = func(c map[string]any) string {
		return oidctest.Signed(jose.RS256, jose.JSONWebKey{Key: strong, KeyID: "k"}, c)
	}
	_, err = signIn(t, New(settings(there), &http.Client{Timeout: 10 * time.Second}, time.Now), time.Now())
	refused(t, err, keyProof)
}

// TestNamesOfClaimsAreTakenToTheLetter: whoever may name a claim of their own
// says nothing in the provider's stead by writing it in capitals.
func TestNamesOfClaimsAreTakenToTheLetter(t *testing.T) {
	there := oidctest.Start(t)
	set := settings(there)
	set.UserInfo, set.RequireACR = true, []string{"gold"}
	p := New(set, &http.Client{Timeout: 10 * time.Second}, time.Now)
	there.Claims["acr"] = "gold"
	own := map[string]any{"Email_Verified": true, "EMAIL": "minister@example.tn", "Sid": "another", "zAcr": "gold"}
	for name, twist := range map[string]func(p *oidctest.Provider){
		"in the token":    func(p *oidctest.Provider) { p.Apart = nil },
		"at the userinfo": func(p *oidctest.Provider) { p.Apart = own },
	} {
		there.Do(func(p *oidctest.Provider) {
			twist(p)
			p.Twist = func(c map[string]any) {
				delete(c, "email_verified")
				if p.Apart == nil {
					maps.Copy(c, own)
				}
			}
			delete(p.Claims, "email_verified")
		})
		who, err := signIn(t, p, time.Now())
		if err != nil || who.Verified || who.Email != "amel@example.tn" || who.Session != "session-1" {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	there.Do(func(p *oidctest.Provider) {
		p.Apart = nil
		p.Twist = func(c map[string]any) { delete(c, "acr"); c["ACR"] = "gold" }
	})
	_, err := signIn(t, p, time.Now())
	refused(t, err, keyAssurance)
}
