package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/identity/letter"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/web/locale"
)

// accounts is who may sign in and how, by the settings: what serves and what
// the command line does must agree on it.
func accounts(db *gorm.DB, c configs.Config) (*identitydb.Store, error) {
	policy, err := policyOf(c.SignIn)
	if err != nil {
		return nil, err
	}
	words, err := locale.Load()
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("read base_url: %w", err)
	}
	w := letter.Writer{
		Words: words, Operator: c.Operator.Name,
		URL: func(path string) string { return base.JoinPath(path).String() },
	}
	policy.NoResets = policy.NoResets || c.Mail.Host == "" // a letter that stays here helps nobody
	return identitydb.New(db, nil).Under(policy).Writing(w.Write), nil
}

// openHouse opens the stores of what serves: who signs in does so by the settings.
func openHouse(db *gorm.DB, c configs.Config) (stores, error) {
	keep := openStores(db, c)
	var err error
	keep.people, err = accounts(db, c)
	return keep, err
}

// policyOf is what the settings ask of those who sign in.
func policyOf(s configs.SignIn) (identity.Policy, error) {
	p := identity.Policy{
		Local: identity.Local(s.Local), TOTPGrace: time.Duration(s.TOTPGrace), TellDevices: s.TellDevices, NoResets: !s.Resets,
		SessionAge: time.Duration(s.SessionAge), TokensFor: time.Duration(s.OIDC.TokensFor),
	}
	for _, role := range s.TOTPRequired {
		p.TOTPRequired = append(p.TOTPRequired, identity.Role(role))
	}
	secrets := s.FormerKeys
	if s.Key != "" {
		secrets = append([]string{string(s.Key)}, secrets...)
	}
	for _, secret := range secrets {
		key, err := identity.NewSealingKey(secret)
		if err != nil {
			return p, fmt.Errorf("sign_in.key: %w", err)
		}
		p.Keys = append(p.Keys, key)
	}
	return p, nil
}

// emergencies shows emergency passwords to the metrics.
func (s stores) emergencies(seen *metrics.Metrics) {
	seen.Registry().MustRegister(&metrics.EmergencyCollector{Read: s.countEmergencies})
}

// countEmergencies are how many emergency passwords are open and were used.
func (s stores) countEmergencies() (metrics.Emergencies, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	open, used, err := s.people.Glass(ctx)
	return metrics.Emergencies{Open: open, Used: used}, err
}
