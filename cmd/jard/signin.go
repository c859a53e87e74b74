package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/identity/identityweb"
	"github.com/jard-odi/jard/identity/oidc"
	"github.com/jard-odi/jard/identity/oidcweb"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
)

// providerWithin is how long one question to the identity provider may take.
const providerWithin = 10 * time.Second

// signIn adds the pages of sign-in, accounts and institutions, and the way in
// through the identity provider when the settings name one. It returns the
// rules that give roles, nil when there are none.
func (h *house) signIn(c configs.Config, s stores, shell *web.Shell, seen *metrics.Metrics, log *slog.Logger) (*ruleBook, error) {
	s.emergencies(seen)
	counted := &metrics.SignIns{Tries: func(each func(way, outcome string, n int64)) {
		for try, n := range s.people.Tally().Numbers() {
			each(string(try.Way), string(try.Outcome), n)
		}
	}}
	pages := identityweb.New(shell, s.people)
	rules, err := openRules(c.SignIn.OIDC, s.people.Institutions, log)
	if err != nil {
		return nil, err
	}
	if rules != nil {
		counted.Rules = rules.numbers
		h.background = append(h.background, rules.run)
	}
	seen.Registry().MustRegister(counted)
	if c.SignIn.OIDC.Configured() {
		door, err := s.door(c, shell, rules, log)
		if err != nil {
			return nil, err
		}
		pages = pages.Through(door)
	}
	pages.Routes()
	return rules, nil
}

// door wires the identity provider.
func (s stores) door(c configs.Config, shell *web.Shell, rules *ruleBook, log *slog.Logger) (identityweb.Door, error) {
	o := c.SignIn.OIDC
	provider, err := providerOf(c)
	if err != nil {
		return identityweb.Door{}, err
	}
	pages := oidcweb.New(shell, s.people, provider, oidcweb.Settings{
		Issuer: o.Issuer, Name: o.Name, Contact: cmp.Or(o.Contact, c.Operator.Contact), Rules: rules.InForce, TrustEmail: o.TrustEmail,
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

// checkSignIn reads the rules, and says what had better be otherwise.
func (p program) checkSignIn(c configs.Config) error {
	for _, warning := range c.Warnings() {
		fmt.Fprintln(p.err, "warning:", warning)
	}
	_, err := rulesOf(c.SignIn.OIDC, p.language())
	return err
}

// checkInstitutions holds the rules against the institutions of the database:
// one that names another lets nobody in. Before the first start there are none.
func (p program) checkInstitutions(ctx context.Context, c configs.Config, db *gorm.DB) (wrong, err error) {
	rules, err := rulesOf(c.SignIn.OIDC, p.language())
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	tree, err := identitydb.New(db, nil).Institutions(ctx)
	if err != nil || len(tree) == 0 {
		return nil, err
	}
	return ruleFaults(c.SignIn.OIDC.Rules, rules.Strangers(tree, time.Now()), p.language()), nil
}
