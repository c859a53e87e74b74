package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
)

// SignIn says how people sign in, and for how long.
type SignIn struct {
	Local      string   `yaml:"local"`       // on, break_glass or off: who may sign in with a password kept here
	SessionAge Duration `yaml:"session_age"` // a session ends after this, however much it is used
	OIDC       OIDC     `yaml:"oidc"`

	TOTPRequired []string `yaml:"totp_required"`  // roles that must give a code of a device besides their password
	TOTPGrace    Duration `yaml:"totp_grace"`     // how long they may go on without, from their first sign-in since
	Key          Secret   `yaml:"key"`            // seals what codes are made of; empty: a key that the database keeps
	KeyFile      string   `yaml:"key_file"`       // read instead of key
	FormerKeys   []string `yaml:"former_keys"`    // that sealed before; what they open is sealed anew
	Resets       bool     `yaml:"password_reset"` // a new password can be had by mail
	TellDevices  bool     `yaml:"tell_new_device"`
}

// OIDC is the identity provider that people may sign in with.
type OIDC struct {
	Issuer     string    `yaml:"issuer"` // empty: there is none
	ClientID   string    `yaml:"client_id"`
	Secret     Secret    `yaml:"client_secret"`
	SecretFile string    `yaml:"client_secret_file"` // read instead of client_secret
	Name       lang.Text `yaml:"name"`               // on the button
	Scopes     []string  `yaml:"scopes"`
	Audiences  []string  `yaml:"trusted_audiences"` // other clients that its tokens may be for besides us
	UserInfo   bool      `yaml:"userinfo"`          // ask there for what the token does not say
	Rules      string    `yaml:"rules"`             // file of claims that give a role; empty: accounts keep the role they were given here
	Create     bool      `yaml:"create_accounts"`
	LinkEmail  bool      `yaml:"link_by_email"`
	TrustEmail bool      `yaml:"trust_email"` // addresses are verified although the token does not say so
	TokensFor  Duration  `yaml:"tokens_for"`  // API tokens of who comes only by it rest this long after their last sign-in; 0s: never
	RequireACR []string  `yaml:"require_acr"`
	RequireAMR []string  `yaml:"require_amr"`
	MaxAge     Duration  `yaml:"max_age"` // how long ago the provider may have asked for proof; 0s: it decides
	Leeway     Duration  `yaml:"leeway"`  // by how much its clock may differ from ours
	Contact    string    `yaml:"contact"` // whom to ask for access; empty: operator.contact
}

// Configured tells whether there is a provider.
func (o OIDC) Configured() bool { return o.Issuer != "" }

func usualSignIn() SignIn {
	return SignIn{
		Local: "on", SessionAge: Duration(24 * time.Hour),
		TOTPRequired: []string{}, TOTPGrace: Duration(7 * 24 * time.Hour), FormerKeys: []string{}, Resets: true, TellDevices: true,
		OIDC: OIDC{
			Name: lang.Text{
				"fr": "Compte de l'administration",
				"ar": "حساب الإدارة",
				"en": "Administration account",
			},
			Scopes: []string{"openid", "email", "profile"}, Audiences: []string{}, RequireACR: []string{}, RequireAMR: []string{}, Leeway: Duration(time.Minute),
			TokensFor: Duration(30 * 24 * time.Hour),
		},
	}
}

// resolve reads the secrets from their files.
func (s *SignIn) resolve() error {
	return errors.Join(s.resolveKey(), s.resolveProvider())
}

func (s *SignIn) resolveProvider() error {
	o := &s.OIDC
	if o.SecretFile == "" {
		return nil
	}
	if o.Secret != "" {
		return errors.New("sign_in.oidc.client_secret_file: client_secret is set too; keep one of them")
	}
	data, err := os.ReadFile(o.SecretFile)
	if err != nil {
		return fmt.Errorf("sign_in.oidc.client_secret_file: %w", pathless(err, o.SecretFile))
	}
	if o.Secret = Secret(strings.TrimSpace(string(data))); o.Secret == "" {
		return fmt.Errorf("sign_in.oidc.client_secret_file: %s is empty", o.SecretFile)
	}
	return nil
}

// validate returns everything that is wrong, each fault beginning with its key.
func (s SignIn) validate() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("sign_in."+key+": "+format, args...))
	}
	switch {
	case s.Local != "on" && s.Local != "break_glass" && s.Local != "off":
		wrong("local", "%q is no choice; use on, break_glass or off", s.Local)
	case s.Local != "on" && !s.OIDC.Configured():
		wrong("local", "with %s nobody could sign in: sign_in.oidc.issuer is empty", s.Local)
	}
	if s.SessionAge < Duration(5*time.Minute) || s.SessionAge > Duration(30*24*time.Hour) {
		wrong("session_age", "%s is outside 5m to 720h", s.SessionAge)
	}
	faults = append(faults, s.validateAccounts())
	if s.OIDC.Configured() {
		faults = append(faults, s.OIDC.validate())
	}
	return errors.Join(faults...)
}

func (o OIDC) validate() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("sign_in.oidc."+key+": "+format, args...))
	}
	if u, err := url.Parse(o.Issuer); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && u.Scheme != "http" {
		wrong("issuer", "that is no address of a provider; write it as the provider does, https://login.example.tn/realms/gov")
	}
	if o.ClientID == "" {
		wrong("client_id", "required when sign_in.oidc.issuer is set")
	}
	if !slices.Contains(o.Scopes, "openid") {
		wrong("scopes", "openid is missing: without it a provider sends no token that says who signed in")
	}
	if slices.ContainsFunc(o.Scopes, func(scope string) bool { return scope == "" || strings.ContainsAny(scope, " \t\r\n\"\\") }) {
		wrong("scopes", "one scope a line, without spaces")
	}
	for code, name := range o.Name {
		if !lang.Tag(code).Valid() {
			wrong("name", "%q is no language of Jard; use fr, ar, en", code)
		} else if len([]rune(name)) > 60 {
			wrong("name", "%s is longer than 60 characters and does not fit on a button", code)
		}
	}
	if o.Name.Empty() {
		wrong("name", "required: it stands on the button")
	}
	if o.Create && o.Rules == "" {
		wrong("create_accounts", "needs sign_in.oidc.rules: without rules nobody says which role a new account has")
	}
	if o.Leeway < 0 || o.Leeway > Duration(5*time.Minute) {
		wrong("leeway", "%s is outside 0s to 5m", o.Leeway)
	}
	if o.TokensFor < 0 || o.TokensFor > 0 && o.TokensFor < Duration(time.Hour) {
		wrong("tokens_for", "%s is neither 0s nor an hour or more", o.TokensFor)
	}
	if o.MaxAge < 0 {
		wrong("max_age", "must not be negative")
	}
	return errors.Join(faults...)
}

// Warnings are what a configuration may say, and had better not.
func (c Config) Warnings() []string {
	return append(c.SignIn.warnings(), c.providerWarnings()...)
}

func (c Config) providerWarnings() []string {
	o := c.SignIn.OIDC
	if !o.Configured() {
		return nil
	}
	var all []string
	u, err := url.Parse(o.Issuer)
	if err == nil && u.Scheme == "http" {
		all = append(all, "sign_in.oidc.issuer: over http anybody on the way can sign in as anybody; use https")
	}
	if o.Secret == "" {
		all = append(all, "sign_in.oidc.client_secret: missing; only PKCE protects the code then, and some providers refuse")
	}
	if b, err := url.Parse(c.BaseURL); err == nil && b.Scheme == "http" && !loopback(b.Hostname()) {
		all = append(all, "base_url: the provider sends people back over http; use https")
	}
	if o.LinkEmail && o.TrustEmail {
		all = append(all, "sign_in.oidc.link_by_email: with trust_email, whoever can set an address at the provider can take over the account here that has it")
	}
	return all
}

func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
