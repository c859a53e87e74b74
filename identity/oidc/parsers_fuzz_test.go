package oidc

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

func FuzzUnpack(f *testing.F) {
	for _, s := range []string{"", "e30", "eyJzIjoiYSJ9", "!", "bnVsbA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		if flow, err := Unpack(s, now); err == nil && (now.Sub(flow.Began) > FlowAge || flow.Began.After(now.Add(time.Minute))) {
			t.Errorf("%q began at %v", s, flow.Began)
		}
		var keys keySet
		_ = keys.UnmarshalJSON([]byte(s))
	})
}

// What a provider says of itself and of its keys is checked before anybody is
// sent there or believed.
func FuzzDiscovery(f *testing.F) {
	const issuer = "https://id.example.tn"
	for _, s := range []string{
		"", "{}", "null", `{"issuer":"https://id.example.tn","authorization_endpoint":"https://id.example.tn/a","token_endpoint":"https://id.example.tn/t","jwks_uri":"https://id.example.tn/k"}`,
		`{"issuer":"https://id.example.tn","authorization_endpoint":"http://u@h/#f","token_endpoint":"//x","jwks_uri":"javascript:1"}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"},{"kty":"EC","crv":"P-256","x":"","y":""},{"kty":"oct","k":"AA"}]}`, `{"keys":[null,{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var about metadata
		if json.Unmarshal(body, &about) == nil && about.check(issuer) == nil {
			for _, one := range []string{about.Authorize, about.Token, about.Keys} {
				if u, err := url.Parse(one); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
					t.Errorf("%q would be asked", one)
				}
			}
		}
		var keys keySet
		if json.Unmarshal(body, &keys) != nil {
			return
		}
		for _, key := range keys {
			if !key.IsPublic() {
				t.Errorf("%q gives a key that is no public one", body)
			}
			for _, algorithm := range algorithms() {
				_ = keys.of(key.KeyID, string(algorithm))
			}
		}
	})
}
