package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheSecretOfTheProviderComesFromAFileAndIsNotShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("  s3cr3t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"JARD_SIGN_IN_OIDC_ISSUER": "https://login.example.tn/realms/gov", "JARD_SIGN_IN_OIDC_CLIENT_ID": "jard",
		"JARD_SIGN_IN_OIDC_CLIENT_SECRET_FILE": file, "JARD_SIGN_IN_OIDC_SCOPES": "openid, groups", "JARD_SIGN_IN_LOCAL": "off",
	}
	c, err := Load("", func(name string) string { return env[name] })
	if err != nil || string(c.SignIn.OIDC.Secret) != "s3cr3t" || len(c.SignIn.OIDC.Scopes) != 2 || c.SignIn.Local != "off" {
		t.Fatalf("read %+v, %v", c.SignIn, err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", c, c.SignIn, c.SignIn.OIDC); strings.Contains(shown, "s3cr3t") {
		t.Errorf("the secret is shown: %s", shown)
	}
	if warnings := c.Warnings(); len(warnings) != 0 {
		t.Errorf("warned of %q", warnings)
	}
	env["JARD_SIGN_IN_OIDC_CLIENT_SECRET"] = "another"
	_, err = Load("", func(name string) string { return env[name] })
	if want := "sign_in.oidc.client_secret_file: client_secret is set too; keep one of them"; err == nil || err.Error() != want {
		t.Errorf("said %v; want %s", err, want)
	}
}

func TestWarningsOfSignIn(t *testing.T) {
	c := Default()
	if got := c.Warnings(); len(got) != 0 {
		t.Errorf("the default warns: %q", got)
	}
	c.BaseURL = "http://jard.example.tn"
	c.SignIn.OIDC.Issuer, c.SignIn.OIDC.ClientID = "http://login.example.tn", "jard"
	c.SignIn.OIDC.LinkEmail, c.SignIn.OIDC.TrustEmail = true, true
	c.SignIn.TOTPRequired = []string{"admin"}
	want := []string{
		"sign_in.key: missing; a copy of the database is then enough to make the codes that sign_in.totp_required asks for",
		"sign_in.oidc.issuer: over http anybody on the way can sign in as anybody; use https",
		"sign_in.oidc.client_secret: missing; only PKCE protects the code then, and some providers refuse",
		"base_url: the provider sends people back over http; use https",
		"sign_in.oidc.link_by_email: with trust_email, whoever can set an address at the provider can take over the account here that has it",
	}
	if diff := cmp.Diff(want, c.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if err := c.Validate(); err != nil {
		t.Errorf("a warning is no fault: %v", err)
	}
}
