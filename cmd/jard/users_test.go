package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// Whoever holds the machine lets people back in, and themselves when nothing
// else does: while sign-in with passwords is off.
func TestTheMachineLetsPeopleBackIn(t *testing.T) {
	url := databasetest.URL(t, database.SQLite)
	jard := func(args ...string) (int, string) {
		t.Helper()
		var out strings.Builder
		code := run(t.Context(), append([]string{"user"}, args...), program{
			in: strings.NewReader("une phrase assez longue\n"), out: &out, err: &out,
			getenv: func(name string) string { return map[string]string{"JARD_DATABASE_URL": url}[name] },
		})
		return code, out.String()
	}
	r := start(t, url, func(c *configs.Config) { c.Watch.Enabled = false })
	if code, said := jard("add", "--email", "amel@example.tn", "--name", "Amel", "--role", "admin", "--password-stdin"); code != 0 {
		t.Fatal(said)
	}
	for _, one := range []struct {
		args string
		code int
		says string
	}{
		{"sessions --email amel@example.tn", 0, "BROWSER"},
		{"sessions --email amel@example.tn --revoke", 0, "sessions ended: 0"},
		{"sessions --email nobody@example.tn", 1, "--email:"},
		{"reset-totp --email amel@example.tn", 1, "not on"},
		{"reset-password --email amel@example.tn --reason lost", 0, "one-time password: "},
		{"break-glass", 1, "reason"},
		{"break-glass --reason x --for 25h", 1, "24 hours"},
		{"break-glass --close", 1, "No emergency"},
		{"break-glass --reason x --for soon", 2, "usage"},
		{"open-sesame", 2, "usage"},
	} {
		if code, said := jard(strings.Fields(one.args)...); code != one.code || !strings.Contains(said, one.says) {
			t.Errorf("jard user %s = %d, %q; want %d and %q", one.args, code, said, one.code, one.says)
		}
	}
	code, said := jard("break-glass", "--reason", "provider down")
	found := regexp.MustCompile(`one-time password: (\S+)`).FindStringSubmatch(said)
	if code != 0 || found == nil || !strings.Contains(said, identity.BreakGlassEmail) {
		t.Fatal(code, said)
	}
	store := identitydb.New(r.db, nil).Under(identity.Policy{Local: identity.LocalOff})
	e, err := store.SignIn(t.Context(), identity.BreakGlassEmail, found[1], identity.Caller{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	r.until(t, "/metrics", `jard_break_glass_open 1`, `jard_break_glass_uses 1`)
	if code, said := jard("break-glass", "--close"); code != 0 {
		t.Error(said)
	}
	if _, err := store.BySession(t.Context(), e.Token); err == nil {
		t.Error("the session of an emergency that was closed goes on")
	}
}

// What the demo makes up must be what the product takes.
func TestTheDemosPassphrasesAreTaken(t *testing.T) {
	for range 200 {
		if p := passphrase(); identity.CheckPassword(p, "agent@demo.example", "Leïla Trabelsi") != nil {
			t.Errorf("%q is refused", p)
		}
	}
}

// TestTokensAreKeptByCommand makes tokens for two people, sees both without
// naming anybody, and ends one by its id alone.
func TestTokensAreKeptByCommand(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			jard := func(want int, args ...string) string {
				t.Helper()
				var out, errs bytes.Buffer
				p := program{in: strings.NewReader("un-mot-de-passe-long\n"), out: &out, err: &errs, getenv: func(key string) string {
					return map[string]string{"JARD_DATABASE_URL": target}[key]
				}}
				if code := run(context.Background(), args, p); code != want {
					t.Fatalf("jard %v: exit %d; want %d\n%s%s", args, code, want, out.String(), errs.String())
				}
				return out.String()
			}
			for _, who := range []string{"a@example.tn", "b@example.tn"} {
				jard(0, "user", "add", "--email", who, "--name", who, "--role", "mcd", "--password-stdin")
				if secret := jard(0, "token", "add", "--user", who, "--name", "for "+who); !strings.HasPrefix(secret, "jard_") {
					t.Fatalf("the secret is %q", secret)
				}
			}
			jard(1, "token", "add", "--name", "nobody's")
			list := jard(0, "token", "list")
			if strings.Count(list, "live") != 2 || !strings.Contains(list, "a@example.tn") || !strings.Contains(list, "b@example.tn") {
				t.Fatalf("all tokens:\n%s", list)
			}
			own := jard(0, "token", "list", "--user", "b@example.tn")
			if strings.Count(own, "live") != 1 || strings.Contains(own, "a@example.tn") {
				t.Fatalf("those of b:\n%s", own)
			}
			id := strings.Fields(strings.Split(own, "\n")[1])[0]
			jard(0, "token", "revoke", id)
			jard(1, "token", "revoke", id)
			if own := jard(0, "token", "list", "--user", "b@example.tn"); !strings.Contains(own, "ended") {
				t.Errorf("after it was revoked:\n%s", own)
			}
		})
	}
}
