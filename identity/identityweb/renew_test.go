package identityweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
)

// dead tells whether a session's secret opens nothing any more.
func (o *office) dead(token string) bool {
	o.t.Helper()
	_, err := o.store.BySession(context.Background(), token)
	return err != nil
}

// A secret that somebody else may have learnt must not gain what its holder
// proves later.
func TestASessionHasANewSecretOnceMoreMayBeDoneWithIt(t *testing.T) {
	o := open(t)
	o.signIn("admin@example.tn", password)
	const fresh = "une autre phrase assez longue"
	for _, one := range []struct {
		name string
		do   func() *httptest.ResponseRecorder
	}{
		{"a proof", func() *httptest.ResponseRecorder {
			return o.post("/account/proof", "password", password, "next", "/account")
		}},
		{"a new password", func() *httptest.ResponseRecorder {
			return o.post("/account/password", "old", password, "password", fresh, "repeat", fresh)
		}},
		{"codes of a device", func() *httptest.ResponseRecorder { o.enrol(); return o.get("/account") }},
	} {
		before := o.cookies["jard_session"]
		if w := one.do(); w.Code >= http.StatusBadRequest {
			t.Fatalf("%s: %d\n%s", one.name, w.Code, w.Body)
		}
		after := o.cookies["jard_session"]
		if after == "" || after == before || !o.dead(before) || o.dead(after) {
			t.Errorf("after %s the session's secret is what it was", one.name)
		}
		o.want(o.get("/account"), 200)
	}
}

func TestSigningInOverAnotherEndsTheFormerSession(t *testing.T) {
	o := open(t)
	o.add("amel@example.tn", identity.Officer, "marhp", password)
	o.signIn("admin@example.tn", password)
	former := o.cookies["jard_session"]
	o.want(o.signIn("amel@example.tn", "wrong, and rather long"), 401)
	if o.dead(former) {
		t.Error("a wrong password ends the session of who is signed in")
	}
	o.want(o.signIn("amel@example.tn", password), 303, "/desk")
	if !o.dead(former) {
		t.Error("the session of who was signed in before goes on, and nobody sees it any more")
	}
}

// Browsers send "Origin: null" with the forms of a page that says no-referrer;
// over plain HTTP nothing else tells such a form from one of another site, and
// the new password would be refused.
func TestTheFormForANewPasswordIsOurs(t *testing.T) {
	o := open(t)
	var letter identity.News
	o.store.Writing(func(n identity.News) (mail.Message, error) { letter = n; return mail.Message{}, nil })
	o.add("amel@example.tn", identity.Officer, "marhp", password)
	o.want(o.post("/login/reset", "email", "amel@example.tn"), 303)
	at := "/login/reset/" + letter.Secret
	for _, w := range []*httptest.ResponseRecorder{o.get(at), o.post(at, "password", "court", "repeat", "court")} {
		if got := w.Header().Get("Referrer-Policy"); got != "strict-origin" {
			t.Errorf("%d says Referrer-Policy %q", w.Code, got)
		}
		if !regexp.MustCompile(`type="checkbox"[^>]*name="keep_tokens"[^>]*value="true"`).MatchString(w.Body.String()) {
			t.Errorf("tokens cannot be kept:\n%s", w.Body)
		}
	}
	const fresh = "une autre phrase assez longue"
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+at, nil)
	r.PostForm = url.Values{"password": {fresh}, "repeat": {fresh}}
	r.Form = r.PostForm
	r.Header.Set("Origin", "http://jard.test") // a browser over plain HTTP says no more
	o.want(o.send(r), 303, "/login")
}

func TestATokenAtADeskLeftOpenAsksForAProof(t *testing.T) {
	db := databasetest.Open(t)
	o := on(t, db)
	o.signIn("admin@example.tn", password)
	o.want(o.post("/account/tokens", "name", "script", "expires", "90"), 200, "jard_")
	if err := db.Model(&identity.Session{}).Where("1 = 1").Update("proved_at", time.Now().Add(-identity.ProofAge)).Error; err != nil {
		t.Fatal(err)
	}
	o.want(o.post("/account/tokens", "name", "to take home", "expires", "90"), 303, "/account/proof?next=%2Faccount")
}
