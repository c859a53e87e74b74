package oidcweb_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/claims"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/identity/identityweb"
	"github.com/jard-odi/jard/identity/oidc"
	"github.com/jard-odi/jard/identity/oidc/oidctest"
	"github.com/jard-odi/jard/identity/oidcweb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

const (
	rules    = "claim,value,role,institution\ngroups,/jard/{institution}/agents,officer,{institution}\ngroups,/jard/mcd,mcd,\n"
	password = "une phrase assez longue"
)

// town is our program on loopback beside an identity provider, and what both keep.
type town struct {
	t     *testing.T
	there *oidctest.Provider
	store *identitydb.Store
	url   string
	log   *lines
}

// lines are what was logged.
type lines struct {
	sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(b)
}

func (l *lines) String() string {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.String()
}

// found builds the town. The program runs as two processes that know of each
// other by the database only, and each request goes to the other one.
func found(t *testing.T, db *gorm.DB, change func(*oidcweb.Settings, *identityweb.Door)) *town {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	w := &town{t, oidctest.Start(t), identitydb.New(db, nil), "http://" + server.Listener.Addr().String(), &lines{}}
	processes, turn := []http.Handler{w.process(db, change), w.process(db, change)}, atomic.Int64{}
	server.Config.Handler = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) { processes[turn.Add(1)%2].ServeHTTP(out, r) })
	server.Start()
	t.Cleanup(server.Close)
	_, err := w.store.Seed(context.Background(), identity.System("test"), []identity.Institution{
		{Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Agriculture", "ar": "الفلاحة"}},
		{Slug: "meh", Kind: identity.Ministry, Name: lang.Text{"fr": "Équipement"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *town) process(db *gorm.DB, change func(*oidcweb.Settings, *identityweb.Door)) http.Handler {
	w.t.Helper()
	store, log := identitydb.New(db, nil), slog.New(slog.NewJSONHandler(w.log, nil))
	shell, err := web.New(web.Options{BaseURL: w.url, Authenticate: store, Log: log})
	if err != nil {
		w.t.Fatal(err)
	}
	set := oidcweb.Settings{
		Issuer: w.there.URL, Name: lang.Text{"fr": "Compte gov.tn", "ar": "حساب الحكومة"}, Contact: "aide@example.tn",
		Admission: identity.Admission{Create: true, Age: time.Hour},
	}
	usual, _ := claims.Read("rules.csv", []byte(rules))
	set.Rules = func() claims.Rules { return usual }
	door := identityweb.Door{Name: set.Name, Path: oidcweb.Begin, Issuer: w.there.URL}
	if change != nil {
		change(&set, &door)
	}
	provider := oidc.New(oidc.Settings{
		Issuer: w.there.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Scopes: []string{"openid"},
		Callback: w.url + oidcweb.Callback, AfterLogout: w.url + oidcweb.Left, Leeway: time.Minute,
	}, &http.Client{Timeout: 10 * time.Second}, time.Now)
	pages := oidcweb.New(shell, store, provider, set, log)
	pages.Routes()
	door.Leave = pages.Leave
	identityweb.New(shell, store).Through(door).Routes()
	return shell.Handler()
}

// browser follows redirects and keeps cookies.
type browser struct {
	*town
	http *http.Client
}

func (w *town) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w, &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// answer is where a request led, and what was there.
type answer struct {
	status int
	path   string
	body   string
	header http.Header
}

func (b *browser) do(r *http.Request, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Request.URL.Path, string(body), resp.Header}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.url + path
	}
	return b.do(http.NewRequestWithContext(b.t.Context(), http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}

// account is what the page of one's own account shows; empty when nobody is signed in.
func (b *browser) account() string {
	b.t.Helper()
	if a := b.get("/account"); a.path == "/account" {
		return a.body
	}
	return ""
}

func TestComingInAndLeaving(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		w := found(t, db, nil)
		b := w.browser()
		login := b.get("/login?next=%2Faccount%3Fx%3D1")
		if !strings.Contains(login.body, "/login/oidc?next=%2Faccount%3Fx%3D1") || !strings.Contains(login.body, "Compte gov.tn") ||
			strings.Index(login.body, "/login/oidc") > strings.Index(login.body, `name="password"`) {
			t.Errorf("the provider's door is not first on the page of sign-in")
		}
		in := b.get("/login/oidc?next=%2Faccount%3Fx%3D1")
		if in.status != http.StatusOK || in.path != "/account" || !strings.Contains(in.body, "Amel Ben Salah") || !strings.Contains(in.body, "Agriculture") {
			t.Fatalf("led to %d %s:\n%s", in.status, in.path, in.body)
		}
		if strings.Contains(in.body, `name="old"`) {
			t.Error("asks for the password of an account that has none")
		}
		if again := b.get("/login/oidc?next=//evil.example/"); again.path != "/" {
			t.Errorf("somebody who is signed in is led to %s", again.path)
		}
		if still := b.get("/logout/done"); still.path != "/" || strings.Contains(still.body, "déconnecté") || b.account() == "" {
			t.Errorf("somebody who is signed in is told that they are not: %s", still.path)
		}
		out := b.post("/logout", nil)
		want := w.there.URL + "/logout?client_id=jard&amp;id_token_hint="
		if out.status != http.StatusOK || !strings.Contains(out.body, want) || !strings.Contains(out.body, `http-equiv="refresh" content="1; url=`+w.there.URL) {
			t.Errorf("leaving leads nowhere: %d\n%s", out.status, out.body)
		}
		if b.account() != "" || strings.Contains(out.body, "Amel") {
			t.Error("signed in after leaving")
		}
		if done := b.get(oidcweb.Left); done.path != "/" || done.status != http.StatusOK {
			t.Errorf("back from the provider: %d %s", done.status, done.path)
		}
		for _, secret := range []string{"amel@", "Amel", "f3a1", oidctest.Secret, "code="} {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("the log tells %q:\n%s", secret, w.log)
			}
		}
	})
}

func TestThereIsNoWayOutOfOurSite(t *testing.T) {
	w := found(t, databasetest.Open(t), nil)
	for asked, want := range map[string]string{
		"": "/desk", "https://evil.example/": "/", "//evil.example": "/", "/\\evil.example": "/", "javascript:alert(1)": "/", "/account": "/account",
	} {
		b := w.browser()
		if a := b.get("/login/oidc?next=" + url.QueryEscape(asked)); a.path != want {
			t.Errorf("next=%s leads to %s; want %s", asked, a.path, want)
		}
	}
}

// stop makes the browser halt at our callback, and returns the address it would ask for.
func (b *browser) stop() string {
	b.t.Helper()
	var back string
	b.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == oidcweb.Callback {
			back = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	b.get("/login/oidc")
	b.http.CheckRedirect = nil
	return back
}

func TestWhatComesBackIsGoodOnceAndInOneBrowser(t *testing.T) {
	w := found(t, databasetest.Open(t), nil)
	mine := w.browser()
	back := mine.stop()
	thief := w.browser()
	if a := thief.get(back); a.status != http.StatusConflict || !strings.Contains(a.body, "autre navigateur") || thief.account() != "" {
		t.Errorf("another browser came in: %d", a.status)
	}
	thief.stop() // has begun a sign-in of its own
	if a := thief.get(back); a.status != http.StatusConflict || thief.account() != "" {
		t.Errorf("another browser came in: %d", a.status)
	}
	if a := mine.get(back); a.status == http.StatusConflict {
		t.Fatalf("the browser that began it: %d\n%s", a.status, a.body)
	}
	if mine.account() == "" {
		t.Error("the browser that began it is not signed in")
	}
	mine.post("/logout", nil)
	if a := mine.get(back); a.status != http.StatusConflict || mine.account() != "" {
		t.Errorf("a second time: %d", a.status)
	}
}

func TestWhoIsRefusedIsToldWhomToAsk(t *testing.T) {
	w := found(t, databasetest.Open(t), nil)
	for want, change := range map[string]func(p *oidctest.Provider){
		"aucun de vos groupes": func(p *oidctest.Provider) { p.Claims["groups"] = []any{"/other"} },
		"votre institution":    func(p *oidctest.Provider) { p.Claims["groups"] = []any{"/jard/atlantis/agents"} },
		"adresse vérifiée":     func(p *oidctest.Provider) { p.Claims["email_verified"] = false },
		"pas pu être vérifiée": func(p *oidctest.Provider) { p.Sign = oidctest.Unsigned },
		"vous avez renoncé":    func(p *oidctest.Provider) { p.Deny = "access_denied" },
		"problème de son côté": func(p *oidctest.Provider) { p.Deny = "server_error" },
	} {
		b := w.browser()
		claims := map[string]any{"sub": "<b>x1</b>", "groups": []any{"/jard/marhp/agents"}, "email": "new@example.tn", "email_verified": true}
		w.there.Do(func(p *oidctest.Provider) {
			p.Claims, p.Sign, p.Deny = claims, nil, ""
			change(p)
		})
		a := b.get("/login/oidc")
		if a.status < 400 || !strings.Contains(a.body, want) || strings.Contains(a.body, "raw words") || strings.Contains(a.body, "<b>x1") {
			t.Errorf("%s: %d\n%s", want, a.status, a.body)
		}
		if known := strings.Contains(a.body, "&lt;b&gt;x1"); a.status == http.StatusForbidden && !strings.Contains(a.body, "aide@example.tn") || known && a.status != http.StatusForbidden {
			t.Errorf("%s does not say whom to ask:\n%s", want, a.body)
		}
		if b.account() != "" {
			t.Errorf("%s: came in", want)
		}
	}
}

func TestWhenTheProviderIsDown(t *testing.T) {
	w := found(t, databasetest.Open(t), nil)
	w.there.Answer = func(out http.ResponseWriter, _ *http.Request) bool {
		http.Error(out, "down", http.StatusBadGateway)
		return true
	}
	b := w.browser()
	if a := b.get("/login/oidc"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "ne répond pas") || !strings.Contains(a.body, "/login?next=") {
		t.Errorf("said %d\n%s", a.status, a.body)
	}
	_, _, err := w.store.AddAccount(t.Context(), identity.System("test"), "admin@example.tn", "Amel", identity.Admin, "", password)
	if err != nil {
		t.Fatal(err)
	}
	if a := b.post("/login", url.Values{"email": {"admin@example.tn"}, "password": {password}, "next": {"/account"}}); a.path != "/account" {
		t.Errorf("the password does not open: %d %s", a.status, a.path)
	}
	if out := b.post("/logout", nil); out.path != "/" {
		t.Errorf("who came in by password leaves by %s", out.path)
	}
}

func TestTheFormForPasswordsFoldsAndHides(t *testing.T) {
	for _, one := range []struct {
		name           string
		folded, hidden bool
		path           string
		form, details  bool
	}{
		{"on", false, false, "/login", true, false},
		{"break glass", true, false, "/login", true, true},
		{"off", true, true, "/login", false, false},
		{"off, asked for", true, true, "/login?local=1", true, false},
	} {
		w := found(t, databasetest.Open(t), func(_ *oidcweb.Settings, d *identityweb.Door) { d.Folded, d.Hidden = one.folded, one.hidden })
		body := w.browser().get(one.path).body
		if strings.Contains(body, `name="password"`) != one.form || strings.Contains(body, "<details class=\"door-local\"") != one.details {
			t.Errorf("%s: form %v, folded %v", one.name, !one.form, !one.details)
		}
	}
}

func TestTheProviderEndsASession(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		w := found(t, db, nil)
		mine, other := w.browser(), w.browser()
		mine.get("/login/oidc")
		w.there.Do(func(p *oidctest.Provider) { p.Claims["sid"] = "session-2" })
		other.get("/login/oidc")
		if mine.account() == "" || other.account() == "" {
			t.Fatal("not signed in")
		}
		caller := w.browser()
		for _, raw := range []string{"", "forged", w.there.LogoutToken(func(c map[string]any) { c["aud"] = "another" })} {
			if a := caller.post(oidcweb.Ended, url.Values{"logout_token": {raw}}); a.status != http.StatusBadRequest || !strings.Contains(a.body, `"invalid_request"`) {
				t.Errorf("a forged message answers %d %s", a.status, a.body)
			}
		}
		honest := w.there.LogoutToken(nil)
		if a := caller.post(oidcweb.Ended, url.Values{"logout_token": {honest}}); a.status != http.StatusOK || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
			t.Errorf("answers %d %s", a.status, a.body)
		}
		if mine.account() == "" || other.account() != "" {
			t.Error("ended another session than it named")
		}
		if a := caller.post(oidcweb.Ended, url.Values{"logout_token": {honest}}); a.status != http.StatusBadRequest {
			t.Errorf("a second time answers %d", a.status)
		}
		if a := caller.post(oidcweb.Ended, url.Values{"logout_token": {strings.Repeat("x", 200<<10)}}); a.status < 400 || a.status >= 500 {
			t.Errorf("a huge message answers %d", a.status)
		}
	})
}

func TestLinkingOnesOwnAccount(t *testing.T) {
	w := found(t, databasetest.Open(t), func(s *oidcweb.Settings, _ *identityweb.Door) { s.Admission.Create = false })
	_, _, err := w.store.AddAccount(t.Context(), identity.System("test"), "ali@example.tn", "Ali", identity.Officer, "meh", password)
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if a := b.get("/login/oidc"); a.status != http.StatusForbidden || !strings.Contains(a.body, "f3a1") {
		t.Fatalf("unknown: %d", a.status)
	}
	if a := b.post("/account/provider", nil); a.path != "/login" {
		t.Errorf("the public links: %d %s", a.status, a.path)
	}
	b.post("/login", url.Values{"email": {"ali@example.tn"}, "password": {password}})
	if !strings.Contains(b.account(), "/account/provider\"") {
		t.Error("the account does not offer to be linked")
	}
	if a := b.goesOn(b.post("/account/provider", nil)); a.path != "/account" || !strings.Contains(a.body, "/account/provider/end") {
		t.Fatalf("not linked: %d %s", a.status, a.body)
	}
	b.post("/logout", nil)
	if a := b.get("/login/oidc?next=/account"); a.path != "/account" || !strings.Contains(a.body, "Ali") || !strings.Contains(a.body, "Agriculture") {
		t.Errorf("comes in as somebody else, or the rules do not hold: %d %s", a.status, a.path)
	}
	if a := b.post("/account/provider/end", nil); a.path != "/login" { // the session was the provider's
		t.Errorf("after unlinking: %d %s", a.status, a.path)
	}
	// A flow that another session began links nobody.
	b.post("/login", url.Values{"email": {"ali@example.tn"}, "password": {password}})
	goOn := b.post("/account/provider", nil)
	b.post("/logout", nil)
	b.post("/login", url.Values{"email": {"ali@example.tn"}, "password": {password}})
	if a := b.goesOn(goOn); a.status != http.StatusConflict {
		t.Errorf("another session was linked: %d", a.status)
	}
}

// goesOn follows the page that goes on to the provider by itself.
func (b *browser) goesOn(page answer) answer {
	b.t.Helper()
	_, rest, ok := strings.Cut(page.body, `href="`+b.there.URL)
	href, _, _ := strings.Cut(rest, `"`)
	if !ok {
		b.t.Fatalf("leads nowhere:\n%s", page.body)
	}
	return b.get(b.there.URL + strings.ReplaceAll(href, "&amp;", "&"))
}

// proved tells whether who is signed in proved who they are a short while ago.
func (b *browser) proved() bool {
	b.t.Helper()
	home, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.http.Jar.Cookies(home) {
		if cookie.Name == "jard_session" {
			by, err := b.store.BySession(b.t.Context(), cookie.Value)
			return err == nil && by.Proved
		}
	}
	return false
}

func TestProvingOnceMoreAtTheProvider(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		w := found(t, db, nil)
		at := func(ago time.Duration) {
			w.there.Do(func(p *oidctest.Provider) { p.Claims["auth_time"] = time.Now().Add(-ago).Unix() })
		}
		b := w.browser()
		at(time.Hour)
		b.get("/login/oidc")
		if b.proved() {
			t.Error("a proof of an hour ago is a new one")
		}
		page := b.get("/account/proof?next=/account")
		if !strings.Contains(page.body, `action="/account/provider/proof"`) || strings.Contains(page.body, `name="password"`) {
			t.Errorf("who has no password is asked for it:\n%s", page.body)
		}
		if a := b.goesOn(b.post("/account/provider/proof", url.Values{"next": {"/account"}})); a.status != http.StatusForbidden || b.proved() {
			t.Errorf("an old proof is taken for a new one: %d", a.status)
		}
		at(0)
		w.there.Do(func(p *oidctest.Provider) { p.Claims["sub"] = "somebody else" })
		if a := b.goesOn(b.post("/account/provider/proof", url.Values{"next": {"/account"}})); a.status != http.StatusForbidden || b.proved() {
			t.Errorf("somebody else's proof is taken: %d", a.status)
		}
		w.there.Do(func(p *oidctest.Provider) { p.Claims["sub"] = "f3a1" })
		if a := b.goesOn(b.post("/account/provider/proof", url.Values{"next": {"//evil.example"}})); a.status >= 400 || a.path != "/" || !b.proved() {
			t.Errorf("a new proof is refused: %d %s", a.status, a.path)
		}
	})
}
