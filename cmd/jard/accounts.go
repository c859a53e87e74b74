package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// act splits `jard user add …` into what to do and the rest.
func act(args []string, known ...string) (string, []string, error) {
	if len(args) > 0 {
		for _, name := range known {
			if args[0] == name {
				return name, args[1:], nil
			}
		}
	}
	return "", nil, fmt.Errorf("%w: say one of %s", errUsage, strings.Join(known, ", "))
}

// userFlags are what is said of an account on the command line.
type userFlags struct {
	email, name, role, institution, reason *string
	fromStdin, revoke, shut, keepTokens    *bool
	life                                   *time.Duration
}

func userCommand(ctx context.Context, p program, args []string) error {
	what, rest, err := act(args, "add", "list", "disable", "sessions", "reset-password", "reset-totp", "break-glass")
	if err != nil {
		return err
	}
	f := flags("user " + what)
	u := userFlags{
		email: f.String("email", "", "address"), name: f.String("name", "", "name"), role: f.String("role", "", "role"),
		institution: f.String("institution", "", "slug"), fromStdin: f.Bool("password-stdin", false, "read the password from standard input"),
		reason: f.String("reason", "", "why, for the trail and the person"),
		revoke: f.Bool("revoke", false, "end the sessions"), life: f.Duration("for", time.Hour, "how long the emergency lasts"),
		shut: f.Bool("close", false, "end the emergency"), keepTokens: f.Bool("keep-tokens", false, "with a new password, API tokens stay"),
	}
	return p.withDatabase(ctx, f, rest, func(db *gorm.DB, c configs.Config, _ []string) error {
		store, err := accounts(db, c)
		if err != nil {
			return err
		}
		by := identity.System("jard user " + what)
		switch what {
		case "add":
			password, err := p.passwordIf(*u.fromStdin)
			if err != nil {
				return err
			}
			return addUser(ctx, p, store, by, identity.Account{
				Email: *u.email, Name: *u.name, Role: identity.Role(*u.role), Institution: u.institution,
			}, password)
		case "list":
			return listUsers(ctx, p, store, by)
		case "break-glass":
			return breakGlass(ctx, p, store, by, u)
		}
		a, err := store.AccountByEmail(ctx, *u.email)
		if err != nil {
			return fmt.Errorf("--email: %w", p.words(err))
		}
		return p.words(changeUser(ctx, p, store, by, what, a.ID, u))
	})
}

// passwordIf is the first line of standard input, where it was asked for.
func (p program) passwordIf(fromStdin bool) (string, error) {
	if !fromStdin {
		return "", nil
	}
	line, err := bufio.NewReader(p.in).ReadString('\n')
	if line == "" && err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func addUser(ctx context.Context, p program, store *identitydb.Store, by identity.Actor, a identity.Account,
	password string,
) error {
	added, oneTime, err := store.AddAccount(ctx, by, a.Email, a.Name, a.Role, *a.Institution, password)
	if err != nil {
		return p.words(err)
	}
	fmt.Fprintln(p.out, "added", added.Email, "as", added.Role)
	if oneTime != "" {
		fmt.Fprintln(p.out, "one-time password:", oneTime)
	}
	return nil
}

func listUsers(ctx context.Context, p program, store *identitydb.Store, by identity.Actor) error {
	accounts, err := store.Accounts(ctx, by)
	if err != nil {
		return p.words(err)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tINSTITUTION\tSTATE")
	for _, a := range accounts {
		institution, state := "", "active"
		if a.Institution != nil {
			institution = *a.Institution
		}
		if a.DisabledAt != nil {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Email, a.Name, a.Role, institution, state)
	}
	return w.Flush()
}

func tokenCommand(ctx context.Context, p program, args []string) error {
	what, rest, err := act(args, "add", "list", "revoke")
	if err != nil {
		return err
	}
	f := flags("token " + what)
	user := f.String("user", "", "address of the account")
	name := f.String("name", "", "what the token is for")
	expires := f.String("expires", "90d", "how long it lives")
	return p.withDatabase(ctx, f, rest, func(db *gorm.DB, c configs.Config, ids []string) error {
		store, err := accounts(db, c)
		if err != nil {
			return err
		}
		by := identity.System("jard token " + what)
		if *user != "" || what == "add" {
			a, err := store.AccountByEmail(ctx, *user)
			if err != nil {
				return fmt.Errorf("--user: %w", p.words(err))
			}
			if by, err = store.ActorOf(ctx, a.ID); err != nil {
				return p.words(err)
			}
		}
		switch what {
		case "add":
			return addToken(ctx, p, store, by, *name, *expires)
		case "revoke":
			if len(ids) != 1 {
				return fmt.Errorf("%w: name the id of one token", errUsage)
			}
			return p.words(store.RevokeToken(ctx, by, ids[0]))
		}
		return listTokens(ctx, p, store, by, *user != "")
	})
}

func addToken(ctx context.Context, p program, store *identitydb.Store, by identity.Actor, name, expires string) error {
	life, err := days(expires)
	if err != nil {
		return err
	}
	secret, token, err := store.AddToken(ctx, by, name, life)
	if err != nil {
		return p.words(err)
	}
	fmt.Fprintln(p.err, "shown once; expires", token.ExpiresAt.Format(time.DateOnly))
	fmt.Fprintln(p.out, secret)
	return nil
}

// listTokens lists the tokens of one account or of all.
func listTokens(ctx context.Context, p program, store *identitydb.Store, by identity.Actor, own bool) error {
	accounts, err := store.Accounts(ctx, identity.System("jard token list"))
	if err != nil {
		return p.words(err)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tEMAIL\tNAME\tEXPIRES\tSTATE")
	for _, a := range accounts {
		if own && a.ID != by.Account {
			continue
		}
		holder := identity.Actor{Account: a.ID}
		tokens, err := store.Tokens(ctx, holder)
		if err != nil {
			return p.words(err)
		}
		rest, err := store.TokensRest(ctx, holder)
		if err != nil {
			return p.words(err)
		}
		for _, k := range tokens {
			state := "live"
			if !k.Live(time.Now()) {
				state = "ended"
			} else if rest {
				state = "rests until its holder signs in"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, a.Email, k.Name, k.ExpiresAt.Format(time.DateOnly), state)
		}
	}
	return w.Flush()
}

// days reads 90d, or what time.ParseDuration reads.
func days(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if count, err := strconv.Atoi(n); err == nil && count > 0 && count < 100000 {
			return time.Duration(count) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.Join(errUsage, fmt.Errorf("--expires: %q is no time; write 90d or 12h", s))
	}
	return d, nil
}
