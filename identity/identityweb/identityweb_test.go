package identityweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/identity/identityweb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

const password = "une phrase assez longue"

// office is the real router on a real store, and a browser in front of it.
type office struct {
	t       *testing.T
	handler http.Handler
	store   *identitydb.Store
	cookies map[string]string
	admin   *identity.Account
}

func open(t *testing.T) *office {
	t.Helper()
	return on(t, databasetest.Open(t))
}

func on(t *testing.T, db *gorm.DB) *office {
	t.Helper()
	store := identitydb.New(db, nil)
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: store})
	if err != nil {
		t.Fatal(err)
	}
	identityweb.New(shell, store).Routes()
	o := &office{t: t, handler: shell.Handler(), store: store, cookies: map[string]string{}}
	by := identity.System("test")
	_, err = store.Seed(t.Context(), by, []identity.Institution{
		{Slug: "marhp", Acronym: "MARHP", Kind: identity.Ministry, Name: lang.Text{"fr": "Agriculture", "ar": "الفلاحة"}},
		{Slug: "onagri", Kind: identity.Establishment, Parent: "marhp", Name: lang.Text{"fr": "Observatoire"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.admin = o.add("admin@example.tn", identity.Admin, "", password)
	return o
}

func (o *office) add(email string, role identity.Role, institution, password string) *identity.Account {
	o.t.Helper()
	a, _, err := o.store.AddAccount(context.Background(), identity.System("test"), email, "Amel", role, institution, password)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

func (o *office) get(target string) *httptest.ResponseRecorder {
	o.t.Helper()
	return o.send(httptest.NewRequestWithContext(o.t.Context(), http.MethodGet, "http://jard.test"+target, nil))
}

func (o *office) post(target string, pairs ...string) *httptest.ResponseRecorder {
	o.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequestWithContext(o.t.Context(), http.MethodPost, "http://jard.test"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return o.send(r)
}

func (o *office) send(r *http.Request) *httptest.ResponseRecorder {
	o.t.Helper()
	for name, value := range o.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(o.cookies, c.Name)
		} else {
			o.cookies[c.Name] = c.Value
		}
	}
	return w
}

func (o *office) signIn(email, password string) *httptest.ResponseRecorder {
	o.t.Helper()
	return o.post("/login", "email", email, "password", password, "next", "")
}

func (o *office) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	o.t.Helper()
	if w.Code != status {
		o.t.Fatalf("status %d, to %q; want %d\n%s", w.Code, w.Header().Get("Location"), status, w.Body)
	}
	for _, text := range holds {
		if !strings.Contains(w.Body.String()+w.Header().Get("Location"), text) {
			o.t.Errorf("the answer lacks %q", text)
		}
	}
}

func TestSigningInAndOut(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		o := on(t, db)
		o.want(o.get("/account?x=1"), 303, "/login?next=%2Faccount%3Fx%3D1")
		o.want(o.get("/login?next=/account"), 200, `name="next" value="/account"`)
		o.want(o.post("/login", "email", "admin@example.tn", "password", password, "next", "/account"), 303, "/account")
		o.want(o.get("/account"), 200, "Amel", "Administrateur")
		o.want(o.get("/login"), 303, "/desk")
		token := o.cookies["jard_session"]
		o.want(o.post("/logout"), 303, "/")
		o.cookies["jard_session"] = token
		o.want(o.get("/account"), 303, "/login")
	})
}

func TestAWrongPasswordKeepsTheAddressAndSaysLittle(t *testing.T) {
	o := open(t)
	w := o.post("/login", "email", "admin@example.tn", "password", "not the password", "next", "/admin/accounts")
	o.want(w, 401, `value="admin@example.tn"`, `value="/admin/accounts"`, "ne correspondent pas")
	if strings.Contains(w.Body.String(), "not the password") {
		t.Error("the password comes back in the page")
	}
	if _, in := o.cookies["jard_session"]; in {
		t.Error("a session was opened")
	}
}

func TestGuessingIsToldToWait(t *testing.T) {
	o := open(t)
	for range 5 {
		o.want(o.signIn("admin@example.tn", "wrong password"), 401)
	}
	w := o.signIn("admin@example.tn", password)
	o.want(w, 429, "Réessayez dans")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestSigningInNeverLeadsElsewhere(t *testing.T) {
	o := open(t)
	for _, next := range []string{"//evil.example/", "https://evil.example/", "/\\evil.example"} {
		w := o.post("/login", "email", "admin@example.tn", "password", password, "next", next)
		if to := w.Header().Get("Location"); w.Code != 303 || strings.Contains(strings.TrimPrefix(to, "/"), "//") ||
			!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, "\\") {
			t.Errorf("next=%q leads to %q", next, to)
		}
	}
}

func TestAnotherSiteCannotSignSomebodyIn(t *testing.T) {
	o := open(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test/login", strings.NewReader("email=a&password=b"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	o.want(o.send(r), 403)
}

func TestTheFirstPasswordMustBeReplaced(t *testing.T) {
	o := open(t)
	_, oneTime, err := o.store.AddAccount(t.Context(), identity.System("test"), "neuf@example.tn", "Neuf", identity.Officer, "marhp", "")
	if err != nil {
		t.Fatal(err)
	}
	o.want(o.signIn("neuf@example.tn", oneTime), 303)
	o.want(o.get("/"), 303, "/account")
	o.want(o.get("/account"), 200, "provisoire")
	o.want(o.post("/account/tokens", "name", "x", "expires", "30"), 303, "/account")
	w := o.post("/account/password", "old", oneTime, "password", "court", "repeat", "court")
	o.want(w, 422, "12 caractères")
	o.want(o.post("/account/password", "old", oneTime, "password", password, "repeat", "autre chose ici"), 422, "diffèrent")
	o.want(o.post("/account/password", "old", "faux", "password", password, "repeat", password), 422, "f-old")
	o.want(o.post("/account/password", "old", oneTime, "password", password, "repeat", password), 303, "/account")
	o.want(o.get("/account"), 200, "mot de passe est changé")
	o.want(o.get("/"), 200)
}

func TestALanguageIsKeptWithTheAccount(t *testing.T) {
	o := open(t)
	o.signIn("admin@example.tn", password)
	o.want(o.post("/account/language", "language", "ar"), 303, "/account")
	o.want(o.get("/account"), 200, `<html lang="ar" dir="rtl">`)
	delete(o.cookies, "jard_lang")
	o.want(o.get("/account"), 200, `<html lang="ar" dir="rtl">`)
	o.want(o.post("/account/language", "language", "tlh"), 422)
}

var secret = regexp.MustCompile(`id="secret"[^>]*>([^<]+)<`)

func TestATokenIsShownOnceAndWorksUntilRevoked(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		o := on(t, db)
		o.signIn("admin@example.tn", password)
		o.want(o.post("/account/tokens", "name", "", "expires", "30"), 422, "f-name")
		o.want(o.post("/account/tokens", "name", "nuit", "expires", "9999999999"), 422, "f-expires", `value="nuit"`)
		w := o.post("/account/tokens", "name", "nuit", "expires", "30")
		o.want(w, 200, "nuit", "plus jamais")
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Error("a page with a secret may be cached")
		}
		found := secret.FindStringSubmatch(w.Body.String())
		if found == nil {
			t.Fatal("the token is not shown")
		}
		if a, err := o.store.ByToken(t.Context(), found[1]); err != nil || a.Account != o.admin.ID {
			t.Fatalf("ByToken = %+v, %v", a, err)
		}
		if again := o.get("/account"); strings.Contains(again.Body.String(), found[1]) {
			t.Error("the token is shown again")
		}
		tokens, err := o.store.Tokens(t.Context(), identity.Actor{Account: o.admin.ID, Role: identity.Admin})
		if err != nil || len(tokens) != 1 || time.Until(tokens[0].ExpiresAt) > 31*24*time.Hour {
			t.Fatalf("tokens = %+v, %v", tokens, err)
		}
		o.want(o.post("/account/tokens/"+tokens[0].ID+"/revocation"), 303, "/account")
		if _, err := o.store.ByToken(t.Context(), found[1]); err == nil {
			t.Error("the revoked token still opens")
		}
		o.want(o.post("/account/tokens/"+tokens[0].ID+"/revocation"), 409)
	})
}

func TestAnAdministratorAddsAndDisablesAccounts(t *testing.T) {
	o := open(t)
	o.signIn("admin@example.tn", password)
	w := o.post("/admin/accounts", "email", "pas une adresse", "name", "Sami", "role", "officer", "institution", "marhp")
	o.want(w, 422, "f-email", `value="Sami"`, `value="pas une adresse"`, `value="marhp" selected`)
	o.want(o.post("/admin/accounts", "email", "s@example.tn", "name", "Sami", "role", "officer", "institution", ""), 422, "f-institution")
	o.want(o.post("/admin/accounts", "email", "", "name", "", "role", "officer", "institution", "marhp"), 422,
		">Adresse électronique\u00a0: Ce champ est obligatoire.</a>", ">Nom\u00a0: Ce champ est obligatoire.</a>")
	o.want(o.post("/admin/accounts", "email", "s@example.tn", "name", "Sami", "role", "king", "institution", ""), 422, "f-role")
	w = o.post("/admin/accounts", "email", "s@example.tn", "name", "Sami", "role", "officer", "institution", "marhp")
	o.want(w, 200, "s@example.tn", "provisoire")
	oneTime := secret.FindStringSubmatch(w.Body.String())
	if oneTime == nil {
		t.Fatal("the one-time password is not shown")
	}
	w = o.post("/admin/accounts", "email", "s@example.tn", "name", "Sami", "role", "officer", "institution", "marhp")
	if w.Code != 409 && w.Code != 422 || !strings.Contains(w.Body.String(), "existe déjà") {
		t.Errorf("the same address again = %d", w.Code)
	}
	sami, err := o.store.AccountByEmail(t.Context(), "s@example.tn")
	if err != nil {
		t.Fatal(err)
	}
	o.want(o.post("/admin/accounts/"+sami.ID, "do", "disable", "reason", "", "role", "officer", "institution", "marhp"), 422, "f-reason", `value="disable" checked`)
	o.want(o.post("/admin/accounts/"+sami.ID, "do", "disable", "reason", "A quitté le ministère"), 303, "/admin/accounts/"+sami.ID)
	if _, err := o.store.SignIn(t.Context(), "s@example.tn", oneTime[1], identity.Caller{Address: "192.0.2.1"}); err == nil {
		t.Error("a disabled account signs in")
	}
	o.want(o.post("/admin/accounts/"+o.admin.ID, "do", "disable", "reason", "by mistake"), 409, "votre propre compte")
}

func TestAnAdministratorKeepsInstitutions(t *testing.T) {
	o := open(t)
	o.signIn("admin@example.tn", password)
	o.want(o.get("/admin/institutions"), 200, "Agriculture", "onagri")
	o.want(o.get("/admin/institutions/new"), 200)
	o.want(o.post("/admin/institutions", "slug", "marhp", "name.fr", "Autre", "kind", "ministry"), 422, "f-slug")
	o.want(o.post("/admin/institutions", "slug", "Not a slug", "kind", "x"), 422, "f-slug", "f-kind", "f-name-fr")
	w := o.post("/admin/institutions", "slug", "ins", "name.fr", "INS", "kind", "establishment", "valid_from", "31/12/2026")
	o.want(w, 422, "f-valid_from", `value="INS"`)
	o.want(o.post("/admin/institutions", "slug", "ins", "name.fr", "INS", "name.ar", "المعهد", "kind", "establishment",
		"parent", "marhp", "valid_from", "2026-01-01", "pilot", "true", "first_approval", "true"), 303, "/admin/institutions")
	o.want(o.get("/admin/institutions/ins"), 200, `value="2026-01-01"`, `value="marhp" selected`, "checked")
	o.want(o.post("/admin/institutions/marhp", "name.fr", "Agriculture et pêche", "kind", "ministry", "parent", "ins"), 422, "f-parent")
	o.want(o.post("/admin/institutions/marhp", "name.fr", "Agriculture et pêche", "kind", "ministry"), 303)
	tree, err := o.store.Institutions(t.Context())
	if err != nil || tree["marhp"].Name["fr"] != "Agriculture et pêche" || tree["ins"].Parent != "marhp" || !tree["ins"].Pilot ||
		!tree["ins"].FirstApproval || tree["marhp"].FirstApproval {
		t.Errorf("tree = %+v, %v", tree, err)
	}
	if from := tree["ins"].ValidFrom; from == nil || !from.Equal(time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("valid from %v; want the first minute of the day in Tunis", from)
	}
	o.want(o.get("/admin/institutions/nowhere"), 404)
	o.want(o.post("/admin/institutions/nowhere", "name.fr", "x", "kind", "ministry"), 404)
}

func TestOthersDoNotAdminister(t *testing.T) {
	o := open(t)
	o.add("officer@example.tn", identity.Officer, "marhp", password)
	pages := []string{"/admin/accounts", "/admin/accounts/new", "/admin/institutions", "/admin/institutions/new", "/admin/institutions/marhp"}
	for _, page := range pages {
		o.want(o.get(page), 303, "/login")
	}
	o.signIn("officer@example.tn", password)
	for _, page := range pages {
		if w := o.get(page); w.Code != 403 && w.Code != 404 {
			t.Errorf("%s for an officer = %d; want refused", page, w.Code)
		}
	}
	for target, form := range map[string][]string{
		"/admin/accounts":                                 {"email", "x@example.tn", "name", "X", "role", "admin"},
		"/admin/accounts/" + o.admin.ID:                   {"do", "disable", "reason", "x"},
		"/admin/accounts/" + o.admin.ID + "/sessions/end": nil,
		"/admin/break-glass/close":                        nil,
		"/admin/institutions":                             {"slug", "x", "name.fr", "X", "kind", "ministry"},
		"/admin/institutions/marhp":                       {"name.fr", "X", "kind", "ministry"},
	} {
		if w := o.post(target, form...); w.Code != 403 && w.Code != 404 {
			t.Errorf("POST %s by an officer = %d; want refused", target, w.Code)
		}
	}
	if _, err := o.store.AccountByEmail(t.Context(), "x@example.tn"); err == nil {
		t.Error("an officer made an administrator")
	}
	if w := o.get("/account"); strings.Contains(w.Body.String(), "/admin/accounts") {
		t.Error("an officer's menu leads to administration")
	}
}
