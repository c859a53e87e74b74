package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity/oidc/oidctest"
)

// provided names an identity provider that lives as long as the test.
func provided(t *testing.T) (*oidctest.Provider, func(*configs.Config)) {
	t.Helper()
	there := oidctest.Start(t)
	return there, func(c *configs.Config) {
		c.Watch.Enabled = false
		c.Outgoing.AllowNetworks = []string{"127.0.0.0/8"}
		c.SignIn.OIDC.Issuer, c.SignIn.OIDC.ClientID, c.SignIn.OIDC.Secret = there.URL, oidctest.ClientID, oidctest.Secret
	}
}

// somebody is a browser.
func somebody(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// ends is where an address led, and what was there.
func ends(t *testing.T, b *http.Client, address string) (int, string, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Request.URL.Path, string(body)
}

func TestTheProgramLetsPeopleInByTheirProvider(t *testing.T) {
	there, provider := provided(t)
	rules := filepath.Join(t.TempDir(), "rules.csv")
	if err := os.WriteFile(rules, []byte("claim,value,role,institution\ngroups,/jard/{institution}/agents,officer,{institution}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, err := freeAddress(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) {
		provider(c)
		c.Listen, c.BaseURL, c.SignIn.OIDC.Rules, c.SignIn.OIDC.Create = address, "http://"+address, rules, true
	})
	b := somebody(t)
	if status, path, body := ends(t, b, r.url+"/login/oidc?next=/desk"); status != http.StatusOK || path != "/desk" || !strings.Contains(body, "Amel Ben Salah") {
		t.Fatalf("led to %d %s\n%s", status, path, body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/login/oidc", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if to, err := url.Parse(answer.Header.Get("Location")); err != nil || to.Query().Get("redirect_uri") != r.url+"/login/oidc/callback" {
		t.Errorf("the way back follows the Host header: %v, %v", to, err)
	}
	there.Do(func(p *oidctest.Provider) { p.Claims["groups"] = []any{} })
	if status, _, body := ends(t, somebody(t), r.url+"/login/oidc"); status != http.StatusForbidden || !strings.Contains(body, "opendata@tunisia.gov.tn") {
		t.Errorf("somebody without a rule: %d", status)
	}
}

func TestAProviderInAPrivateNetworkMustBeAllowed(t *testing.T) {
	_, provider := provided(t)
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) { provider(c); c.Outgoing.AllowNetworks = nil })
	if status, _, body := ends(t, somebody(t), r.url+"/login/oidc"); status != http.StatusServiceUnavailable || strings.Contains(body, "127.0.0.1:") {
		t.Errorf("answers %d\n%s", status, body)
	}
}

func TestTheCommandsOfTheProvider(t *testing.T) {
	there := oidctest.Start(t)
	dir := t.TempDir()
	rules, target := filepath.Join(dir, "rules.csv"), databasetest.URL(t, database.SQLite)
	if err := os.WriteFile(rules, []byte("claim,value,role,institution\ngroups,x,boss,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"JARD_DATABASE_URL": target, "JARD_SIGN_IN_OIDC_ISSUER": there.URL, "JARD_SIGN_IN_OIDC_CLIENT_ID": "jard",
		"JARD_SIGN_IN_OIDC_RULES": rules, "JARD_OUTGOING_ALLOW_NETWORKS": "127.0.0.0/8",
	}
	say := func(args ...string) (int, string) {
		var out strings.Builder
		code := run(context.Background(), args, program{in: strings.NewReader(""), out: &out, err: &out, getenv: func(name string) string { return env[name] }})
		return code, out.String()
	}
	want := "warning: sign_in.oidc.issuer: over http anybody on the way can sign in as anybody; use https\n" +
		"warning: sign_in.oidc.client_secret: missing; only PKCE protects the code then, and some providers refuse\n" +
		"sign_in.oidc.rules: " + rules + ":2: “boss” is no role; use officer, supervisor, mcd, service_owner, committee or admin.\n"
	if code, said := say("check"); code != 1 || said != want {
		t.Errorf("check = %d, said:\n%swant:\n%s", code, said, want)
	}
	if err := os.WriteFile(rules, []byte("claim,value,role,institution\ngroups,x,mcd,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := say("check"); code != 0 || !strings.Contains(said, "the configuration is good") {
		t.Errorf("check = %d, said:\n%s", code, said)
	}
	code, said := say("provider", "check")
	if code != 0 || !strings.Contains(said, "rules: 1\n") || !strings.Contains(said, "http://127.0.0.1:8080/login/oidc/callback") {
		t.Errorf("provider check = %d, said:\n%s", code, said)
	}
	env["JARD_OUTGOING_ALLOW_NETWORKS"] = ""
	if code, said := say("provider", "check"); code != 1 || !strings.Contains(said, "may not enter") {
		t.Errorf("provider check of a private address = %d, said:\n%s", code, said)
	}
	if code, said := say("user", "add", "--email", "amel@example.tn", "--name", "Amel", "--role", "mcd"); code != 0 {
		t.Fatal(said)
	}
	for _, one := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"provider", "link", "--email", "amel@example.tn", "--subject", "f3a1"}, 0, "linked amel@example.tn"},
		{[]string{"provider", "link", "--email", "amel@example.tn", "--subject", "f3a2"}, 1, "already linked"},
		{[]string{"provider", "link", "--email", "nobody@example.tn", "--subject", "f3a2"}, 1, "--email:"},
		{[]string{"provider", "unlink", "--email", "amel@example.tn"}, 0, "unlinked amel@example.tn"},
		{[]string{"provider", "link", "--email", "amel@example.tn"}, 1, "1 to 255"},
		{[]string{"provider", "guess"}, 2, "check, link, unlink"},
	} {
		if code, said := say(one.args...); code != one.code || !strings.Contains(said, one.said) {
			t.Errorf("%v = %d, said %s; want %d %s", one.args, code, said, one.code, one.said)
		}
	}
	env["JARD_SIGN_IN_OIDC_ISSUER"] = ""
	if code, said := say("provider", "check"); code != 1 || !strings.Contains(said, "write the address") {
		t.Errorf("provider check without one = %d, said:\n%s", code, said)
	}
}
