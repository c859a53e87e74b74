package main

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/identity/oidcweb"
)

var errNoProvider = errors.New("sign_in.oidc.issuer: write the address of the provider there first")

// providerCommand asks the identity provider whether it is what the settings
// say, or says which account somebody of it has.
func providerCommand(ctx context.Context, p program, args []string) error {
	what, rest, err := act(args, "check", "link", "unlink")
	if err != nil {
		return err
	}
	f := flags("provider " + what)
	email := f.String("email", "", "address of the account")
	subject := f.String("subject", "", "the person's identifier at the provider (sub)")
	if what == "check" {
		settings := p.configure(f)
		if _, err := parse(f, rest); err != nil {
			return err
		}
		c, err := settings()
		if err != nil {
			return err
		}
		return p.checkProvider(ctx, c)
	}
	return p.withDatabase(ctx, f, rest, func(db *gorm.DB, c configs.Config, _ []string) error {
		if !c.SignIn.OIDC.Configured() {
			return errNoProvider
		}
		store, by := identitydb.New(db, nil), identity.System("jard provider "+what)
		a, err := store.AccountByEmail(ctx, *email)
		if err != nil {
			return fmt.Errorf("--email: %w", p.words(err))
		}
		if what == "unlink" {
			err = store.Unlink(ctx, by, a.ID, c.SignIn.OIDC.Issuer)
		} else {
			err = store.LinkAccount(ctx, by, a.ID, c.SignIn.OIDC.Issuer, *subject)
		}
		if err != nil {
			return p.words(err)
		}
		fmt.Fprintln(p.out, what+"ed", a.Email)
		return nil
	})
}

// checkProvider says what the provider must know of us, and asks it.
func (p program) checkProvider(ctx context.Context, c configs.Config) error {
	if !c.SignIn.OIDC.Configured() {
		return errNoProvider
	}
	if err := p.checkSignIn(c); err != nil {
		return err
	}
	rules, err := rulesOf(c.SignIn.OIDC, p.language())
	if err != nil {
		return err
	}
	provider, err := providerOf(c)
	if err != nil {
		return err
	}
	if err := provider.Reach(ctx); err != nil {
		return fmt.Errorf("sign_in.oidc.issuer: %w", err)
	}
	fmt.Fprintln(p.out, "the provider answers, and has keys that sign")
	fmt.Fprintf(p.out, "rules: %d\n", len(rules))
	fmt.Fprintln(p.out, "it must know these addresses of ours:")
	for _, one := range [][2]string{
		{"redirect", oidcweb.Callback}, {"after signing out", oidcweb.Left}, {"back-channel logout", oidcweb.Ended},
	} {
		fmt.Fprintf(p.out, "  %-20s %s\n", one[0], c.BaseURL+one[1])
	}
	return nil
}
