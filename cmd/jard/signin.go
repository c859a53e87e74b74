package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/claims"
	"github.com/jard-odi/jard/identity/identityweb"
	"github.com/jard-odi/jard/identity/oidc"
	"github.com/jard-odi/jard/identity/oidcweb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// providerWithin is how long one question to the identity provider may take.
const providerWithin = 10 * time.Second

// signIn adds the pages of sign-in, accounts and institutions, and the way in
// through the identity provider when the settings name one.
func (s stores) signIn(c configs.Config, shell *web.Shell, seen *metrics.Metrics, log *slog.Logger) error {
	s.emergencies(seen)
	pages := identityweb.New(shell, s.people)
	if c.SignIn.OIDC.Configured() {
		door, err := s.door(c, shell, log)
		if err != nil {
			return err
		}
		pages = pages.Through(door)
	}
	pages.Routes()
	return nil
}

// door wires the identity provider.
func (s stores) door(c configs.Config, shell *web.Shell, log *slog.Logger) (identityweb.Door, error) {
	o := c.SignIn.OIDC
	rules, err := rulesOf(o, lang.English)
	if err != nil {
		return identityweb.Door{}, err
	}
	provider, err := providerOf(c)
	if err != nil {
		return identityweb.Door{}, err
	}
	pages := oidcweb.New(shell, s.people, provider, oidcweb.Settings{
		Issuer: o.Issuer, Name: o.Name, Contact: cmp.Or(o.Contact, c.Operator.Contact), Rules: rules, TrustEmail: o.TrustEmail,
		Admission: identity.Admission{Create: o.Create, LinkEmail: o.LinkEmail, Age: time.Duration(c.SignIn.SessionAge)},
	}, log)
	pages.Routes()
	for _, warning := range c.Warnings() {
		log.Warn("the settings had better be otherwise", "room", "signin", "warning", warning)
	}
	return identityweb.Door{
		Name: o.Name, Path: oidcweb.Begin, Issuer: o.Issuer, Leave: pages.Leave,
		Folded: c.SignIn.Local == "break_glass", Hidden: c.SignIn.Local == "off",
	}, nil
}

// providerOf is the identity provider of the settings. Requests to it go
// through the guard: one in a private network must be allowed by name.
func providerOf(c configs.Config) (*oidc.Provider, error) {
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return nil, err
	}
	o := c.SignIn.OIDC
	return oidc.New(oidc.Settings{
		Issuer: o.Issuer, ClientID: o.ClientID, Secret: string(o.Secret), Scopes: o.Scopes, Audiences: o.Audiences,
		Callback: c.BaseURL + oidcweb.Callback, AfterLogout: c.BaseURL + oidcweb.Left,
		UserInfo: o.UserInfo, RequireACR: o.RequireACR, RequireAMR: o.RequireAMR,
		MaxAge: time.Duration(o.MaxAge), Leeway: time.Duration(o.Leeway), UserAgent: c.Outgoing.UserAgent,
	}, guard.Client(providerWithin), time.Now), nil
}

// rulesOf reads the rules that give roles; each fault names its line.
func rulesOf(o configs.OIDC, tag lang.Tag) (claims.Rules, error) {
	if !o.Configured() || o.Rules == "" {
		return nil, nil
	}
	f, err := os.Open(o.Rules)
	if err != nil {
		return nil, fmt.Errorf("sign_in.oidc.rules: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, claims.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("sign_in.oidc.rules: %w", err)
	}
	rules, problems := claims.Read(o.Rules, data)
	return rules, ruleFaults(o.Rules, problems, tag)
}

func ruleFaults(path string, problems []document.Problem, tag lang.Tag) error {
	if len(problems) == 0 {
		return nil
	}
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	lines := make([]error, 0, len(problems))
	for _, one := range problems {
		at := path
		if one.Line > 0 {
			at = fmt.Sprintf("%s:%d", path, one.Line)
		}
		said := sentence(sentences, tag, &fault.Error{Key: one.Key, Args: one.Args})
		lines = append(lines, fmt.Errorf("sign_in.oidc.rules: %s: %s", at, said))
	}
	return errors.Join(lines...)
}

// checkSignIn reads the rules, and says what had better be otherwise.
func (p program) checkSignIn(c configs.Config) error {
	for _, warning := range c.Warnings() {
		fmt.Fprintln(p.err, "warning:", warning)
	}
	_, err := rulesOf(c.SignIn.OIDC, p.language())
	return err
}
