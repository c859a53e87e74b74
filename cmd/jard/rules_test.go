package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/oidc/oidctest"
)

const header = "claim,value,role,institution\n"

// ruled starts the program beside a provider and a file of rules, which write changes.
func ruled(t *testing.T, rules string) (*running, *oidctest.Provider, func(rules string)) {
	t.Helper()
	there, provider := provided(t)
	path := filepath.Join(t.TempDir(), "rules.csv")
	write := func(rules string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(header+rules), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(rules)
	address, err := freeAddress(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) {
		provider(c)
		c.Listen, c.BaseURL, c.SignIn.OIDC.Rules, c.SignIn.OIDC.Create = address, "http://"+address, path, true
	})
	return r, there, func(rules string) {
		t.Helper()
		write(rules)
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRulesAreReadAgainAndFaultyOnesChangeNothing(t *testing.T) {
	r, there, write := ruled(t, "groups,/jard/{institution}/agents,officer,{institution}\n")
	operator := r.token(t, identity.MCD, "")
	enter := func() (int, string) {
		t.Helper()
		status, _, body := ends(t, somebody(t), r.url+"/login/oidc?next=/account")
		return status, body
	}
	if status, body := enter(); status != http.StatusOK || !strings.Contains(body, "Responsable données ouvertes") {
		t.Fatalf("an officer: %d\n%s", status, body)
	}
	r.until(t, "/metrics", `jard_sign_in_rules 1\n`, `jard_sign_in_rules_faulty 0\n`, `jard_sign_ins_total\{outcome="in",way="oidc"\} 1\n`)
	write("groups,/jard/{institution}/agents,boss,{institution}\ngroups,x,mcd,\n")
	r.until(t, "/metrics", `jard_sign_in_rules 1\n`, `jard_sign_in_rules_faulty 1\n`)
	page := r.seenBy(t, "/desk/processes", operator)
	for _, want := range []string{"Rules of sign-in", "the former rules stay in force", "Line 2", "“boss”", "rules.csv"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the processes does not say %q:\n%s", want, page)
		}
	}
	if status, _ := enter(); status != http.StatusOK {
		t.Errorf("with a faulty file nobody enters: %d", status)
	}
	write("groups,/jard/{institution}/agents,supervisor,{institution}\ngroups,y,officer,atlantis\n")
	r.until(t, "/metrics", `jard_sign_in_rules 2\n`, `jard_sign_in_rules_faulty 0\n`)
	if page := r.seenBy(t, "/desk/processes", operator); !strings.Contains(page, "Line 3") || !strings.Contains(page, "“atlantis”") {
		t.Errorf("an institution that there is not is not told of:\n%s", page)
	}
	if status, body := enter(); status != http.StatusOK || !strings.Contains(body, "Chef d’institution") {
		t.Errorf("the new rule is not followed: %d\n%s", status, body)
	}
	there.Do(func(p *oidctest.Provider) { p.Claims["groups"] = []any{} })
	if status, _ := enter(); status != http.StatusForbidden {
		t.Errorf("somebody without a rule: %d", status)
	}
	there.Do(func(p *oidctest.Provider) { p.Deny = "server_error" })
	if status, _ := enter(); status != http.StatusServiceUnavailable {
		t.Errorf("a provider in trouble: %d", status)
	}
	ends(t, somebody(t), r.url+"/login/oidc/callback?code=x&state=y")
	r.until(t, "/metrics", `jard_sign_ins_total\{outcome="in",way="oidc"\} 3\n`, `jard_sign_ins_total\{outcome="unadmitted",way="oidc"\} 1\n`,
		`jard_sign_ins_total\{outcome="unavailable",way="oidc"\} 1\n`, `jard_sign_ins_total\{outcome="refused",way="oidc"\} 1\n`,
		`jard_sign_ins_total\{outcome="in",way="token"\} [1-9]`, `jard_sign_ins_total\{outcome="refused",way="break_glass"\} 0\n`)
}

func TestABookOfRulesKeepsWhatWasSound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := configs.OIDC{Issuer: "https://login.example.tn", Rules: path}
	none := func(context.Context) (identity.Tree, error) { return identity.Tree{}, nil }
	log := slog.New(slog.DiscardHandler)
	if _, err := openRules(o, none, log); err == nil {
		t.Error("nothing to read, and the program starts")
	}
	write(header)
	if _, err := openRules(o, none, log); err == nil {
		t.Error("no rule, and the program starts")
	}
	write(header + "groups,a,mcd,\n")
	b, err := openRules(o, none, log)
	if err != nil || len(b.InForce()) != 1 {
		t.Fatal(b, err)
	}
	for _, one := range []struct {
		name   string
		change func()
		rules  int
		faulty bool
	}{
		{"faulty", func() { write(header + "groups,a,boss,\n") }, 1, true},
		{"gone", func() { _ = os.Remove(path) }, 1, true},
		{"a folder", func() { _ = os.Mkdir(path, 0o700) }, 1, true},
		{"back", func() { _ = os.Remove(path); write(header + "groups,a,mcd,\ngroups,b,mcd,\n") }, 2, false},
		{"the same", func() {}, 2, false},
		{"too large", func() { write(header + strings.Repeat("#", 1<<20)) }, 2, true},
		{"empty", func() { write("") }, 2, true},
		{"as it was", func() { write(header + "groups,a,mcd,\n") }, 1, false},
	} {
		one.change()
		b.look(t.Context(), false)
		if n := b.numbers(); n.N != one.rules || n.Faulty != one.faulty || len(b.InForce()) != one.rules {
			t.Errorf("%s: %+v; want %d rules, faulty %v", one.name, n, one.rules, one.faulty)
		}
	}
	if rules := (*ruleBook)(nil).InForce(); len(rules) != 0 {
		t.Error(rules)
	}
}

func TestCheckHoldsRulesAgainstTheInstitutions(t *testing.T) {
	dir := t.TempDir()
	rules, target := filepath.Join(dir, "rules.csv"), "sqlite:"+filepath.Join(dir, "jard.db")
	env := map[string]string{
		"JARD_DATABASE_URL": target, "JARD_SIGN_IN_OIDC_ISSUER": "https://login.example.tn", "JARD_SIGN_IN_OIDC_CLIENT_ID": "jard",
		"JARD_SIGN_IN_OIDC_CLIENT_SECRET": "x", "JARD_SIGN_IN_OIDC_RULES": rules,
	}
	check := func() (int, string) {
		var out strings.Builder
		code := run(context.Background(), []string{"check"}, program{in: strings.NewReader(""), out: &out, err: &out, getenv: func(name string) string { return env[name] }})
		return code, out.String()
	}
	if err := os.WriteFile(rules, []byte(header+"groups,a,mcd,\ngroups,b,officer,atlantis\ngroups,c,officer,marhp\ngroups,d/{institution},officer,{institution}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := check(); code != 0 {
		t.Errorf("before the first start: %d %s", code, said)
	}
	start(t, target, nil)
	want := "sign_in.oidc.rules: " + rules + ":3: No institution of the register has the slug “atlantis”: this rule lets nobody in.\n"
	if code, said := check(); code != 1 || said != want {
		t.Errorf("check = %d, said:\n%swant:\n%s", code, said, want)
	}
	if err := os.WriteFile(rules, []byte(header+"groups,c,officer,marhp\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := check(); code != 0 || !strings.Contains(said, "the configuration is good") {
		t.Errorf("check = %d, said:\n%s", code, said)
	}
}
