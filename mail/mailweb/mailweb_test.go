package mailweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/mail/mailweb"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	admin = identity.Actor{Account: "admin", Name: "Nadia", Role: identity.Admin}
	amel  = identity.Actor{Account: "amel", Name: "Amel", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
)

// addresses knows where everybody is written to.
type addresses struct{}

func (addresses) AddressOf(_ context.Context, account string) (string, error) {
	if account == "" {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	return account + "@example.tn", nil
}

type house struct {
	*testing.T
	store   *maildb.Store
	handler http.Handler
	now     time.Time
	why     mail.Reason
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	h.store = maildb.New(db, func() time.Time { return h.now })
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Now: func() time.Time { return h.now }})
	if err != nil {
		t.Fatal(err)
	}
	mailweb.New(shell, mailweb.Options{
		Store: h.store, Addresses: addresses{}, Trouble: func() (mail.Reason, time.Time) { return h.why, h.now },
	}).Routes()
	h.handler = shell.Handler()
	err = maildb.Append(db, mail.Message{
		Kind: "digest", Account: "amel", To: "amel@example.tn", Name: "Amel", Lang: "fr", Subject: "Registre : 3 jeux à voir",
		Text: "le texte", HTML: `<p>le corps</p><script>alert(1)</script>`, At: h.now, Sensitive: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) ask(method, target string, by identity.Actor) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), method, "http://jard.test"+target, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w
}

func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	if w.Code != status {
		h.Fatalf("status %d; want %d\n%s", w.Code, status, w.Body)
	}
	body := strings.NewReplacer("\u00a0", " ", "’", "'").Replace(w.Body.String())
	for _, text := range holds {
		if !strings.Contains(body, text) {
			h.Errorf("the answer lacks %q\n%s", text, body)
		}
	}
}

func TestTheOutboxOfTheAdministrator(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		w := h.ask("GET", "/desk/mail", admin)
		h.want(w, 200, "amel@example.tn", "Aucun serveur de courrier n'est réglé", "Récapitulatif")
		for _, private := range []string{"le texte", "le corps", "3 jeux"} {
			if strings.Contains(w.Body.String(), private) {
				t.Errorf("an administrator reads %q of somebody else's mail", private)
			}
		}
		h.why = mail.SignIn
		h.want(h.ask("GET", "/desk/mail?state=queued", admin), 200, "le mot de passe du registre", "Amel")
		h.want(h.ask("GET", "/desk/mail?state=sent", admin), 200, "Aucun message")
		if w := h.ask("POST", "/desk/mail/trial", admin); w.Code != 303 {
			t.Fatalf("trial: %d\n%s", w.Code, w.Body)
		}
		mine, err := h.store.Mine(t.Context(), admin, 10)
		if err != nil || len(mine) != 1 || mine[0].Recipient != "admin@example.tn" {
			t.Fatalf("Mine = %+v, %v", mine, err)
		}
		letters, _ := h.store.Next(t.Context(), 10)
		for _, l := range letters {
			if err := h.store.Failed(t.Context(), l.ID, mail.Failure{Reason: mail.Refused, Final: true}); err != nil {
				t.Fatal(err)
			}
		}
		h.want(h.ask("GET", "/desk/mail?state=failed", admin), 200, "Le serveur refuse ce destinataire", "Réessayer", "1 essai")
		if w := h.ask("POST", "/desk/mail/"+mine[0].ID+"/retry", admin); w.Code != 303 {
			t.Errorf("retry: %d", w.Code)
		}
		h.want(h.ask("POST", "/desk/mail/nothing/retry", admin), 404)
	})
}

func TestWhoSeesTheOutbox(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, role := range append(identity.Roles(), identity.Public) {
			by := identity.Actor{Account: "x", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
			want := 403
			switch role {
			case identity.Admin, identity.MCD:
				want = 200
			case identity.Public:
				want = 303 // to the sign-in page
			}
			if got := h.ask("GET", "/desk/mail", by).Code; got != want {
				t.Errorf("%s: %d; want %d", role, got, want)
			}
			if got := h.ask("POST", "/desk/mail/trial", by).Code; got == 303 != (want != 403) {
				t.Errorf("%s tries mail: %d", role, got)
			}
		}
	})
}

func TestOnesOwnMessages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		mine, err := h.store.Mine(t.Context(), amel, 1)
		if err != nil || len(mine) != 1 {
			t.Fatal(mine, err)
		}
		at := "/desk/messages/" + mine[0].ID
		h.want(h.ask("GET", "/desk/messages", amel), 200, "3 jeux à voir", at)
		h.want(h.ask("GET", at, amel), 200, "le texte", at+"/body")
		body := h.ask("GET", at+"/body", amel)
		h.want(body, 200, "le corps")
		policy := body.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox ") || strings.Contains(policy, "allow-scripts") {
			t.Errorf("the body of a mail may do too much: %s", policy)
		}
		for _, target := range []string{at, at + "/body"} {
			h.want(h.ask("GET", target, admin), 404)
			if w := h.ask("GET", target, identity.Actor{}); w.Code != 303 {
				t.Errorf("the public: %d", w.Code)
			}
		}
		h.want(h.ask("GET", "/desk/messages", admin), 200, "Aucun message")
		_, _ = h.store.Next(t.Context(), 1)
		if err := h.store.Sent(t.Context(), mine[0].ID); err != nil {
			t.Fatal(err)
		}
		h.want(h.ask("GET", at, amel), 200, "Le texte de ce message a été effacé")
		h.want(h.ask("GET", at+"/body", amel), 404)
	})
}
