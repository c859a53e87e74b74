package identityweb_test

import (
	"encoding/base32"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/web"
)

var (
	keyShown  = regexp.MustCompile(`<code id="secret"[^>]*>([a-z2-7 ]+)<`)
	codeShown = regexp.MustCompile(`<li><code>([a-z0-9-]{19})</code></li>`)
)

// enrol sets up codes through the pages and returns the recovery codes.
func (o *office) enrol() (recovery []string) {
	o.t.Helper()
	w := o.get("/account/totp")
	o.want(w, 200, `<svg class="qr"`, `autocomplete="one-time-code"`)
	if w.Header().Get("Cache-Control") != "no-store" {
		o.t.Error("a page with a key may be cached")
	}
	found := keyShown.FindStringSubmatch(w.Body.String())
	if found == nil {
		o.t.Fatalf("no key on the page:\n%s", w.Body)
	}
	key := strings.ToUpper(strings.ReplaceAll(found[1], " ", ""))
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	if err != nil {
		o.t.Fatal(err)
	}
	o.want(o.post("/account/totp", "code", "12"), 422, "f-code", "six chiffres", found[1])
	w = o.post("/account/totp", "code", identity.Code(secret, identity.StepAt(time.Now())))
	o.want(w, 200, "Vos dix codes de secours")
	for _, m := range codeShown.FindAllStringSubmatch(w.Body.String(), -1) {
		recovery = append(recovery, m[1])
	}
	if len(recovery) != identity.RecoveryCodes || w.Header().Get("Cache-Control") != "no-store" {
		o.t.Fatalf("%d recovery codes; cached %q", len(recovery), w.Header().Get("Cache-Control"))
	}
	return recovery
}

func TestASecondStepFromTheFirstScanToTheLastCode(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		o := on(t, db)
		o.signIn("admin@example.tn", password)
		recovery := o.enrol()
		o.want(o.get("/account"), 200, "Il reste 10 codes de secours", "celle-ci")
		o.want(o.get("/account/totp"), 303, "/account")
		o.post("/logout")

		o.want(o.get("/login/code?next=/account"), 303, "/login?next=%2Faccount")
		o.want(o.post("/login", "email", "admin@example.tn", "password", password, "next", "/account"), 303, "/login/code?next=%2Faccount")
		if o.cookies["jard_session"] != "" {
			t.Fatal("a session without a code")
		}
		o.want(o.get("/account"), 303, "/login")
		o.want(o.get("/login/code?next=/account"), 200, `value="/account"`, `autocomplete="one-time-code"`)
		o.want(o.post("/login/code", "code", "000000", "next", "/account"), 422, "f-code", `value="/account"`)
		o.want(o.post("/login/code", "code", recovery[0], "next", "//evil.example/"), 303, "/")
		o.want(o.get("/account"), 200, "Il reste 9 codes de secours", "code de secours")
		o.want(o.post("/account/recovery"), 200, "Vos dix codes de secours")
		o.want(o.get("/account/totp/off"), 200, `autocomplete="current-password"`)
		o.want(o.post("/account/totp/off", "password", password, "code", recovery[1]), 422, "f-code")
		fresh := codeShown.FindStringSubmatch(o.post("/account/recovery").Body.String())
		o.want(o.post("/account/totp/off", "password", "not it at all", "code", fresh[1]), 422, "f-password")
		o.want(o.post("/account/totp/off", "password", password, "code", fresh[1]), 303, "/account")
		o.want(o.get("/account/totp/off"), 303, "/account")
		o.post("/logout")
		o.want(o.signIn("admin@example.tn", password), 303, "/desk")
	})
}

func TestARoleThatNeedsCodesIsLedToThem(t *testing.T) {
	o := open(t)
	o.store.Under(identity.Policy{TOTPRequired: []identity.Role{identity.Admin}})
	o.signIn("admin@example.tn", password)
	o.want(o.get("/admin/accounts"), 303, "/account/totp")
	o.want(o.get("/account/totp"), 200, "Votre rôle demande")
	o.enrol()
	o.want(o.get("/admin/accounts"), 200)
}

// An old session proves itself again before it changes somebody's account, and
// finds its way back.
func TestADeskLeftOpenChangesNobodysAccount(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		o := on(t, db)
		amel := o.add("amel@example.tn", identity.Officer, "marhp", password)
		o.signIn("admin@example.tn", password)
		old := time.Now().Add(-identity.ProofAge)
		if err := db.Model(&identity.Session{}).Where("1 = 1").Update("proved_at", old).Error; err != nil {
			t.Fatal(err)
		}
		at := "/admin/accounts/" + amel.ID
		w := o.get(at)
		o.want(w, 200, "/account/proof?next="+at)
		if strings.Contains(w.Body.String(), `name="do"`) {
			t.Error("acts are offered to a session that proved nothing lately")
		}
		o.want(o.post(at, "do", "disable", "reason", "x"), 303, "/account/proof?next=%2Fadmin%2Faccounts%2F"+amel.ID)
		o.want(o.get("/account/totp"), 303, "/account/proof?next=%2Faccount%2Ftotp")
		o.want(o.get("/account/proof?next="+at), 200, `value="`+at+`"`)
		o.want(o.post("/account/proof", "password", "not it at all", "next", at), 422, "f-password", `value="`+at+`"`)
		o.want(o.post("/account/proof", "password", password, "next", "https://evil.example"), 303, "/")
		o.want(o.post("/account/proof", "password", password, "next", at), 303, at)
		o.want(o.get(at), 200, `name="do"`)
		o.want(o.post(at, "do", "", "reason", "x"), 422, "f-do")
		o.want(o.post(at, "do", "role", "role", "supervisor", "institution", "", "reason", "nommée"), 422,
			"f-institution", `value="nommée"`, `value="supervisor" selected`)
		o.want(o.post(at, "do", "role", "role", "supervisor", "institution", "onagri", "reason", "nommée"), 303, at)
		w = o.post(at, "do", "password", "reason", "oubli")
		o.want(w, 200, "provisoire")
		if secret.FindStringSubmatch(w.Body.String()) == nil || w.Header().Get("Cache-Control") != "no-store" {
			t.Error("no temporary password, or one that is cached")
		}
		o.want(o.post(at, "do", "totp", "reason", "perdu"), 409)
		o.want(o.get("/admin/accounts/nobody"), 404)
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		o := on(t, db)
		o.add("amel@example.tn", identity.Officer, "marhp", password)
		o.signIn("amel@example.tn", password)
		other := o.cookies["jard_session"]
		o.cookies = map[string]string{}
		form := "email=amel%40example.tn&password=" + strings.ReplaceAll(password, " ", "+")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test/login", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
		o.want(o.send(r), 303)
		w := o.get("/account")
		o.want(w, 200, "Firefox, Windows", "Navigateur inconnu", "mot de passe")
		end := regexp.MustCompile(`/account/sessions/[0-9a-f]{16}/end`).FindAllString(w.Body.String(), -1)
		if len(end) != 1 {
			t.Fatalf("%d sessions can be ended; want the other", len(end))
		}
		if strings.Contains(w.Body.String(), identity.Digest(other)) {
			t.Error("the hash of a session is on the page")
		}
		o.want(o.post(end[0]), 303, "/account")
		o.want(o.post(end[0]), 404)
		mine := o.cookies
		o.cookies = map[string]string{"jard_session": other}
		o.want(o.get("/account"), 303, "/login")
		o.cookies = mine
		o.want(o.post("/account/sessions/end"), 303, "/account")
		o.want(o.get("/account"), 200)
	})
}

func TestAPasswordIsResetThroughThePages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		o := on(t, db)
		o.want(o.get("/login/reset"), 404)
		if strings.Contains(o.get("/login").Body.String(), "/login/reset") {
			t.Error("a letter is offered that nobody writes")
		}
		var link string
		o.store.Writing(func(n identity.News) (mail.Message, error) {
			if n.Event == identity.ResetAsked && n.Account != "" {
				link = "/login/reset/" + n.Secret
			}
			return mail.Message{Kind: "account", To: n.To, Lang: lang.French, Subject: "x", Text: "x"}, nil
		})
		o.want(o.get("/login"), 200, `href="/login/reset"`)
		o.want(o.get("/login/reset"), 200, `autocomplete="username"`)
		o.want(o.post("/login/reset", "email", " "), 422, "f-email")
		o.want(o.post("/login/reset", "email", "nobody@example.tn"), 303, "/login/reset?asked=1")
		o.want(o.get("/login/reset?asked=1"), 200, "30 minutes")
		if link != "" {
			t.Fatal("nobody was written to")
		}
		o.want(o.post("/login/reset", "email", "admin@example.tn"), 303, "/login/reset?asked=1")
		w := o.get(link)
		o.want(w, 200, `autocomplete="new-password"`)
		if w.Header().Get("Referrer-Policy") != web.NoPath {
			t.Error("the link goes on as a referrer")
		}
		o.want(o.post(link, "password", "court", "repeat", "court"), 422, "f-password")
		o.want(o.post(link, "password", "motdepasse2026", "repeat", "motdepasse2026"), 422, "parmi les premiers")
		o.want(o.post(link, "password", "une autre longue phrase", "repeat", "une autre"), 422, "f-repeat")
		o.want(o.post(link, "password", "une autre longue phrase", "repeat", "une autre longue phrase"), 303, "/login")
		o.want(o.post(link, "password", "encore une longue phrase", "repeat", "encore une longue phrase"), 410)
		o.want(o.get(link), 410)
		o.want(o.signIn("admin@example.tn", "une autre longue phrase"), 303, "/desk")
	})
}

func TestAnEmergencyIsSeenOnEveryPageOfAdministrators(t *testing.T) {
	o := open(t)
	oneTime, _, err := o.store.OpenGlass(t.Context(), identity.System("test"), "panne", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	o.add("amel@example.tn", identity.Officer, "marhp", password)
	o.signIn("amel@example.tn", password)
	if strings.Contains(o.get("/account").Body.String(), "accès de secours") {
		t.Error("an officer is told of the emergency")
	}
	o.cookies = map[string]string{}
	o.signIn("admin@example.tn", password)
	o.want(o.get("/account"), 200, "Un accès de secours est ouvert")
	mine := o.cookies
	o.cookies = map[string]string{}
	o.want(o.signIn(identity.BreakGlassEmail, oneTime), 303, "/desk")
	o.want(o.get("/account"), 200, "Accès de secours.", "chaque administrateur est prévenu")
	theirs := o.cookies
	o.cookies = mine
	o.want(o.post("/admin/break-glass/close"), 303, "/admin/accounts")
	o.want(o.post("/admin/break-glass/close"), 409)
	o.cookies = theirs
	o.want(o.get("/account"), 303, "/login")
}
