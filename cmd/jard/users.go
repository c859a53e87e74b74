package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// changeUser does one thing to an account on the word of whoever holds the
// machine. The person is told why.
func changeUser(ctx context.Context, p program, store *identitydb.Store, by identity.Actor, what, id string, u userFlags) error {
	reason := cmp.Or(*u.reason, "by whoever runs the machine")
	switch what {
	case "disable":
		return store.DisableAccount(ctx, by, id, reason)
	case "reset-totp":
		if err := store.ResetSecond(ctx, by, id, reason); err != nil {
			return err
		}
		fmt.Fprintln(p.out, "codes are no longer asked for; the person is told by mail")
		return nil
	case "reset-password":
		oneTime, err := store.GivePassword(ctx, by, id, reason, identity.Tokens(*u.keepTokens))
		if err != nil {
			return err
		}
		fmt.Fprintln(p.out, "one-time password:", oneTime)
		return nil
	}
	return userSessions(ctx, p, store, by, id, *u.revoke)
}

// userSessions lists what an account has open, or ends it.
func userSessions(ctx context.Context, p program, store *identitydb.Store, by identity.Actor, id string, revoke bool) error {
	if revoke {
		n, err := store.EndSessions(ctx, by, id, "")
		if err != nil {
			return err
		}
		fmt.Fprintln(p.out, "sessions ended:", n)
		return nil
	}
	all, err := store.Sessions(ctx, by, id)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BROWSER\tWHERE\tHOW\tSINCE\tLAST SEEN")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", cmp.Or(s.Agent, "?"), cmp.Or(s.Network, "?"), cmp.Or(string(s.Method), "?"),
			s.CreatedAt.Format(time.DateTime), s.SeenAt.Format(time.DateTime))
	}
	return w.Flush()
}

// breakGlass opens an emergency, or ends it.
func breakGlass(ctx context.Context, p program, store *identitydb.Store, by identity.Actor, u userFlags) error {
	if *u.shut {
		if err := store.CloseGlass(ctx, by); err != nil {
			return p.words(err)
		}
		fmt.Fprintln(p.out, "the emergency is over; what it opened has ended")
		return nil
	}
	password, g, err := store.OpenGlass(ctx, by, *u.reason, *u.life)
	if err != nil {
		return p.words(err)
	}
	fmt.Fprintf(p.err, "Opens one session, once, until %s; every administrator is told.\n", g.ExpiresAt.Local().Format("2006-01-02 15:04 MST"))
	fmt.Fprintln(p.out, "sign in as:       ", identity.BreakGlassEmail)
	fmt.Fprintln(p.out, "one-time password:", password)
	return nil
}
