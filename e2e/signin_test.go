package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jard-odi/jard/identity/oidc/oidctest"
)

// provided is the built program beside an identity provider of the tests.
type provided struct {
	there *oidctest.Provider
	base  string
	run   func(stdin string, args ...string) // a command of the program on the same database
}

// beside starts the built program with its own database, as an installation
// whose people come by a provider.
func beside(t *testing.T) *provided {
	t.Helper()
	dir := t.TempDir()
	binary, err := built(dir)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p := &provided{there: oidctest.Start(t), base: "http://" + address}
	rules := filepath.Join(dir, "rules.csv")
	if err := os.WriteFile(rules, []byte("claim,value,role,institution\ngroups,/jard/{institution}/agents,officer,{institution}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "JARD_DATABASE_URL=sqlite:"+filepath.Join(dir, "jard.db"), "JARD_LISTEN="+address, "JARD_BASE_URL="+p.base,
		"JARD_WATCH_ENABLED=false", "JARD_WATCH_SPOOL="+filepath.Join(dir, "spool"), "JARD_OUTGOING_ALLOW_NETWORKS=127.0.0.0/8",
		"JARD_SIGN_IN_OIDC_ISSUER="+p.there.URL, "JARD_SIGN_IN_OIDC_CLIENT_ID="+oidctest.ClientID, "JARD_SIGN_IN_OIDC_CLIENT_SECRET="+oidctest.Secret,
		"JARD_SIGN_IN_OIDC_RULES="+rules)
	p.run = func(stdin string, args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), binary, args...)
		c.Env, c.Stdin = env, strings.NewReader(stdin)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("jard %v: %v\n%s", args, err, out)
		}
	}
	said := &strings.Builder{}
	serve := exec.Command(binary, "serve") //nolint:noctx // ended below, in peace
	serve.Env, serve.Stdout, serve.Stderr = env, io.Discard, said
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(serve.Process.Signal(syscall.SIGTERM), serve.Wait()); err != nil {
			t.Errorf("the program did not stop well: %v\n%s", err, said)
		}
	})
	p.await(t)
	return p
}

// await waits until the program answers.
func (p *provided) await(t *testing.T) {
	t.Helper()
	ctx, enough := context.WithTimeout(t.Context(), 2*time.Minute)
	defer enough()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the program does not answer")
}

// goTo opens a page of the program beside the provider.
func (p *provided) goTo(v *visitor, path string, status int) {
	v.t.Helper()
	v.goes(status, chromedp.Navigate(p.base+path))
}

// comes waits until the browser, which goes on by itself, is at path.
func (v *visitor) comes(path string) {
	v.t.Helper()
	for range 300 {
		if v.text("location.pathname + ' ' + document.readyState") == path+" complete" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	v.keep("lost")
	v.t.Fatalf("%s: is at %s; want %s", v.name, v.text("location.href"), path)
}

// officer makes an account with a password, as an operator does.
func (p *provided) officer(email string) {
	p.run(phrase+"\n", "user", "add", "--email", email, "--name", "Amel Ben Salah", "--role", "officer", "--institution", "marhp", "--password-stdin")
}

const phrase = "une phrase assez longue"

// TestBrowserProvider signs people in and out by an identity provider, through
// the built program: the page of sign-in, somebody without an account, linking
// one's own account, coming in by it, signing out here and there, somebody
// whom no rule lets in, and a provider that is away.
func TestBrowserProvider(t *testing.T) {
	p, browser := beside(t), chrome(t)
	for n, one := range []struct {
		lang  string
		width int
	}{{"fr", 1280}, {"fr", 390}, {"ar", 1280}, {"ar", 390}} {
		v := visit(t, browser, one.lang, one.width)
		v.name = "signin-" + v.name
		subject, email := fmt.Sprintf("subject-%d", n), fmt.Sprintf("amel%d@example.tn", n)
		p.officer(email)
		p.there.Do(func(p *oidctest.Provider) {
			p.Claims["sub"], p.Claims["email"], p.Claims["sid"], p.Claims["groups"] = subject, email, subject, []any{"/jard/marhp/agents"}
		})
		p.goTo(v, "/login?lang="+one.lang, http.StatusOK)
		v.see("door")

		v.click("a.door", http.StatusForbidden)
		v.see("no-account")
		if who := v.text("document.getElementById('who').textContent"); who != subject {
			t.Fatalf("%s: the refused are to name %q; want %q", v.name, who, subject)
		}
		p.link(v, email)
		p.enters(v)
		p.leaves(v)

		p.there.Do(func(p *oidctest.Provider) { p.Claims["groups"] = []any{"/jard/others"} })
		p.goTo(v, "/login/oidc", http.StatusForbidden)
		v.see("no-rule")
		p.there.Do(func(p *oidctest.Provider) { p.Deny = "temporarily_unavailable" })
		p.goTo(v, "/login/oidc", http.StatusServiceUnavailable)
		v.see("away")
		p.there.Do(func(p *oidctest.Provider) { p.Deny = "" })
	}
}

// link signs in with a password and links the account to who one is there.
func (p *provided) link(v *visitor, email string) {
	v.t.Helper()
	p.goTo(v, "/login?next=/account", http.StatusOK)
	v.fill([]field{{"email", email}, {"password", phrase}})
	v.click(`form[action="/login"] button`, http.StatusOK)
	v.comes("/account")
	v.see("account-not-linked")
	v.click(`form[action="/account/provider"] button`, http.StatusOK) // the page between goes on by itself after a second
	v.keep("between")
	v.comes("/account")
	if v.text(`document.querySelector('form[action="/account/provider/end"]') !== null`) != "true" {
		v.keep("not-linked")
		v.t.Fatalf("%s: the account is not linked: %s", v.name, v.text("document.querySelector('main').innerText"))
	}
	v.see("account-linked")
}

// enters signs out of the password's session and comes in by the provider.
func (p *provided) enters(v *visitor) {
	v.t.Helper()
	v.click(".who form button", http.StatusOK)
	p.goTo(v, "/login", http.StatusOK)
	v.click("a.door", http.StatusOK)
	if path := v.text("location.pathname"); path != "/desk" {
		v.t.Fatalf("%s: signing in leads to %s", v.name, path)
	}
	if !strings.Contains(v.text("document.body.innerText"), "Amel Ben Salah") {
		v.t.Errorf("%s: the desk does not say who is there", v.name)
	}
	v.see("desk")
}

// leaves signs out here, and the page between does so at the provider.
func (p *provided) leaves(v *visitor) {
	v.t.Helper()
	asked := p.there.Asked("/logout")
	v.do(chromedp.Click(chromedp.CSS(".who form button")))
	v.comes("/")
	if p.there.Asked("/logout") != asked+1 {
		v.t.Errorf("%s: the provider was not told", v.name)
	}
	if v.text("document.querySelector('.who form') === null") != "true" {
		v.t.Errorf("%s: still signed in", v.name)
	}
	v.see("left")
	p.goTo(v, "/account", http.StatusOK)
	if path := v.text("location.pathname"); path != "/login" {
		v.t.Errorf("%s: the account is open at %s", v.name, path)
	}
}
