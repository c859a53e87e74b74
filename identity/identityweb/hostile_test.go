package identityweb_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
)

// A token lives for a time that was chosen, and opens the API. Whoever found
// one must not make it a longer one, nor come to own the account.
func TestATokenMakesNoToken(t *testing.T) {
	o := open(t)
	by, err := o.store.ActorOf(t.Context(), o.admin.ID)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := o.store.AddToken(t.Context(), by, "found on a bus", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for target, form := range map[string]url.Values{
		"/account/tokens":   {"name": {"mine"}, "expires": {"365"}},
		"/account/language": {"language": {"ar"}},
		"/account/password": {"old": {password}, "password": {"une autre phrase longue"}, "repeat": {"une autre phrase longue"}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+secret)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("%s = %d %s; want to sign in first", target, w.Code, w.Header().Get("Location"))
		}
	}
	tokens, err := o.store.Tokens(t.Context(), by)
	if err != nil || len(tokens) != 1 {
		t.Errorf("%d tokens, %v; want the one", len(tokens), err)
	}
}

// What an administrator may do, nobody else is led to, whichever way they try.
func TestAdministrationIsTheAdministrators(t *testing.T) {
	o := open(t)
	officer := o.add("officer@example.tn", identity.Officer, "marhp", password)
	o.add("operator@example.tn", identity.MCD, "", password)
	for _, email := range []string{"officer@example.tn", "operator@example.tn"} {
		o.cookies = map[string]string{}
		if w := o.post("/login", "email", email, "password", password); w.Code != http.StatusSeeOther {
			t.Fatalf("sign-in = %d", w.Code)
		}
		for _, target := range []string{
			"/admin/accounts", "/admin/accounts/new", "/admin/institutions", "/admin/institutions/new",
		} {
			if w := o.get(target); w.Code != http.StatusForbidden {
				t.Errorf("%s reads %s = %d; want 403", email, target, w.Code)
			}
		}
		for target, form := range map[string][]string{
			"/admin/accounts": {"email", "x@example.tn", "name", "X", "role", "admin"},
			"/admin/accounts/" + officer.ID + "/disabling": {},
			"/admin/accounts/" + o.admin.ID + "/disabling": {},
			"/admin/institutions":                          {"slug", "mine", "kind", "other", "name.fr", "Mine"},
			"/admin/institutions/marhp":                    {"kind", "other", "name.fr", "Mine"},
		} {
			if w := o.post(target, form...); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
				t.Errorf("%s writes %s = %d; want 403", email, target, w.Code)
			}
		}
	}
	tree, err := o.store.Institutions(t.Context())
	if err != nil || len(tree) != 2 || tree["marhp"].Name["fr"] != "Agriculture" {
		t.Errorf("institutions = %v, %v; want them untouched", tree, err)
	}
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	for asked, want := range map[string]string{
		"":                      "/desk",
		"/desk/datasets?page=2": "/desk/datasets?page=2",
		"https://evil.example/": "/",
		"//evil.example/":       "/",
		"/\\evil.example/":      "/",
		"javascript:alert(1)":   "/",
		"/%0d%0aSet-Cookie:a=b": "/%0d%0aSet-Cookie:a=b",
		"/a\r\nSet-Cookie: a=b": "/",
	} {
		o := open(t)
		w := o.post("/login", "email", "admin@example.tn", "password", password, "next", asked)
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("after signing in %q leads to %q; want %q", asked, got, want)
		}
	}
}
