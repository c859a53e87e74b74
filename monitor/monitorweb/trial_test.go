package monitorweb

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

// seer answers every probe with one reading, and remembers what was asked.
type seer struct {
	reading monitor.Reading
	asked   []monitor.Check
}

func (s *seer) Probe(_ context.Context, c monitor.Check) monitor.Reading {
	s.asked = append(s.asked, c)
	r := s.reading
	r.At = noon
	return r
}

// trying is open with a prober that answers r.
func trying(t *testing.T, db *gorm.DB, r monitor.Reading) (*house, *seer) {
	t.Helper()
	h := open(t, db)
	s := &seer{reading: r}
	clock := func() time.Time { return h.now }
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, people{}, clock, func() { h.changes++ }).Trying(s).Routes()
	h.handler = shell.Handler()
	return h, s
}

// brokenPage is an answer with something of everything.
func brokenPage() monitor.Reading {
	r := monitor.Reading{
		Status: 200, Address: "192.0.2.1:443", Redirects: 1, URL: "https://b3.example.tn/fr", Bytes: 900,
		Body: []byte("<title>Erreur interne</title>Écrire à amel@example.tn"),
		Seen: &monitor.Seen{Header: map[string][]string{"Server": {"<nginx>"}}},
		Secured: &monitor.Secured{
			Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", NotAfter: noon.AddDate(0, 3, 0), Life: 90 * 24 * time.Hour,
			Chain: []monitor.Certificate{{
				Subject: "b3.example.tn", Issuer: "CA 1", Key: "RSA 2048", NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(0, 3, 0),
			}},
		},
	}
	r.Phases[monitor.PhaseWait] = 120 * time.Millisecond
	return r
}

func TestACheckIsTriedFromTheForm(t *testing.T) {
	db := databasetest.Open(t) // pages only: what is stored is tested on both engines elsewhere
	h, s := trying(t, db, brokenPage())
	typed := form("name.fr", "Pas encore", "do", "try-0", "checks.0.expect.contains", "", "checks.0.expect.soft_error", "down",
		"checks.0.expect.slow_ms", "100")
	rec := h.ask(owner, "POST", "/desk/services/dry-run", typed)
	h.want(rec, 200, "Pas encore", `id="trial"`, "Pas comme attendu", "la page est une erreur", "À faire", "error title: erreur interne",
		"120 ms", "TLS 1.3", "b3.example.tn", "Délivré par", "&lt;nginx&gt;", "•@•", "ni enregistré ni compté", "✓", "✗")
	if strings.Contains(rec.Body.String(), "amel@example.tn") || len(s.asked) != 1 || h.changes != 0 {
		t.Errorf("%d were asked, the watch was told %d times", len(s.asked), h.changes)
	}
	if list, err := h.store.List(t.Context(), mcd, monitordb.Filter{Limit: 5}); err != nil || len(list) != 0 {
		t.Errorf("%d services were stored, %v", len(list), err)
	}
	// What is wrong with the check stands at its field, and nothing is asked.
	rec = h.ask(owner, "POST", "/desk/services/dry-run", form("do", "try-0", "checks.0.target", "ftp://x", "checks.0.expect.matches", "("))
	h.want(rec, 422, `value="ftp://x"`, `id="f-checks-0-target-error"`, "L’expression ne se lit pas", "<details class=\"check-more\" open>")
	h.want(h.ask(owner, "POST", "/desk/services/dry-run", form("do", "try-9")), 422)
	h.want(h.ask(owner, "POST", "/desk/services/dry-run", form("do", "try-x")), 422)
	if len(s.asked) != 1 {
		t.Errorf("%d were asked", len(s.asked))
	}
	for _, language := range []string{"ar", "en"} {
		rec = h.ask(owner, "POST", "/desk/services/dry-run", form("do", "try-0"), "Accept-Language", language)
		h.want(rec, 200, `id="trial"`, `lang="`+language+`"`)
	}
}

// Secrets are there for the checks of a service: a slug that somebody only types makes no check one of these.
func TestATrialIsOfAServiceOnlyForWhoKeepsIt(t *testing.T) {
	h, s := trying(t, databasetest.Open(t), brokenPage())
	h.add("b3", monitor.Draft)
	var of []string
	ask := func(by identity.Actor, path string, body string, code int) {
		t.Helper()
		h.want(h.ask(by, "POST", path, body), code)
		if code == 200 {
			of = append(of, s.asked[len(s.asked)-1].Service)
		}
	}
	ask(other, "/desk/services/dry-run", form("do", "try-0", "slug", "b3", "institution", "mf"), 200)
	ask(other, "/desk/services/dry-run", form("do", "try-0", "slug", "b3", "institution", "mf", "revision", "1"), 404)
	ask(owner, "/desk/services/dry-run", form("do", "try-0", "slug", "b3", "revision", "1"), 200)
	ask(other, "/api/v1/checks/dry-run", `{"institution":"mf","check":{"target":"https://b3.example.tn/"}}`, 200)
	ask(other, "/api/v1/checks/dry-run", `{"service":"b3","check":{"target":"https://b3.example.tn/"}}`, 404)
	ask(owner, "/api/v1/checks/dry-run", `{"service":"b3","check":{"target":"https://b3.example.tn/"}}`, 200)
	if got := strings.Join(of, ","); got != ",b3,,b3" {
		t.Errorf("the checks were of %q", got)
	}
}

func TestWhoMayTry(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h, s := trying(t, db, brokenPage())
		h.add("b3", monitor.Draft)
		page := form("do", "try-0", "revision", "1", "slug", "b3")
		body := `{"institution":"mi","check":{"target":"https://b3.example.tn/"}}`
		may := map[identity.Role]bool{identity.MCD: true, identity.Admin: true, identity.ServiceOwner: true}
		for _, role := range identity.Roles() {
			by := identity.Actor{Account: string(role), Role: role, Institution: "mi", Institutions: []string{"mi"}}
			asked := len(s.asked)
			onPage, byAPI := h.ask(by, "POST", "/desk/services/dry-run", page), h.ask(by, "POST", "/api/v1/checks/dry-run", body)
			allowed := by.May(identity.ManageService, "mi")
			if allowed != may[role] {
				t.Errorf("%s may keep services: %v", role, allowed)
			}
			if (onPage.Code == 200) != allowed || (byAPI.Code == 200) != allowed || (len(s.asked) > asked) != allowed {
				t.Errorf("%s is answered %d and %d; %d were asked", role, onPage.Code, byAPI.Code, len(s.asked)-asked)
			}
		}
		// Another ministry's service does not exist for who may not see it.
		h.want(h.ask(other, "POST", "/desk/services/dry-run", page), 404)
		h.want(h.ask(other, "POST", "/api/v1/checks/dry-run", body), 404)
		h.want(h.ask(nobody, "POST", "/api/v1/checks/dry-run", body), 401)
		h.want(h.ask(nobody, "POST", "/desk/services/dry-run", page), 303)
	})
}

func TestTryingThroughTheAPI(t *testing.T) {
	db := databasetest.Open(t) // pages only: what is stored is tested on both engines elsewhere
	h, s := trying(t, db, brokenPage())
	ask := func(body string) string {
		rec := h.ask(owner, "POST", "/api/v1/checks/dry-run", body)
		h.want(rec, 200)
		return rec.Body.String()
	}
	var out TrialOut
	answer := ask(`{"institution":"mi","url":"https://b3.example.tn/","check":{"expect":{"status":200,"soft_error":"degraded",
			"headers":[{"name":"Server","is":"contains","value":"nginx"}]},"settings":{"web":{"language":"ar","headers":[{"name":"Accept","value":"text/html"}]}}}}`)
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		t.Fatal(err)
	}
	if out.Verdict != "degraded" || out.Reason != "soft_error" || len(out.Points) != 6 || out.Secured == nil || len(out.Secured.Chain) != 1 ||
		out.Phases["wait"] != 120 || out.Headers["Server"] != "<nginx>" || !strings.Contains(out.Excerpt, "•@•") {
		t.Errorf("answered %+v", out)
	}
	if c := s.asked[0]; c.Target != "https://b3.example.tn/" || c.Settings.Web.Language != "ar" || c.Timeout != monitor.DefaultTimeout {
		t.Errorf("asked %+v", c)
	}
	for body, field := range map[string]string{
		`{"institution":"mi","check":{"target":"x"}}`:                                                                           "check.target",
		`{"institution":"mi","check":{"target":"https://a.tn/","expect":{"matches":["("]}}}`:                                    "check.expect.matches",
		`{"institution":"mi","check":{"target":"https://a.tn/","settings":{"tls":{"warn_days":999}}}}`:                          "check.settings.tls.warn_days",
		`{"institution":"mi","settings":{"tls":{"intermediates":"x"}},"check":{"target":"https://a.tn/"}}`:                      "settings.tls.intermediates",
		`{"institution":"mi","check":{"target":"https://a.tn/","settings":{"web":{"headers":[{"name":"Cookie","value":""}]}}}}`: "check.settings.web.headers",
		`{"institution":"mi","chekc":{}}`: "chekc",
	} {
		h.want(h.ask(owner, "POST", "/api/v1/checks/dry-run", body), 422, field)
	}
	if len(s.asked) != 1 {
		t.Errorf("%d were asked", len(s.asked))
	}
}

func TestTriesAreBounded(t *testing.T) {
	h, s := trying(t, databasetest.Open(t), brokenPage())
	body := `{"institution":"mi","check":{"target":"https://a.tn/"}}`
	for range 10 {
		h.want(h.ask(owner, "POST", "/api/v1/checks/dry-run", body), 200)
	}
	h.now = h.now.Add(20 * time.Second)
	rec := h.ask(owner, "POST", "/api/v1/checks/dry-run", body)
	h.want(rec, 429, "checks.try.throttled")
	if wait := rec.Header().Get("Retry-After"); wait != "40" {
		t.Errorf("asked to come again in %q seconds", wait)
	}
	rec = h.ask(owner, "POST", "/desk/services/dry-run", form("name.fr", "Pas encore", "do", "try-0"))
	h.want(rec, 429, "Trop d’essais", "Pas encore") // and nothing typed is lost
	h.want(h.ask(mcd, "POST", "/api/v1/checks/dry-run", body), 200)
	h.now = h.now.Add(40 * time.Second)
	h.want(h.ask(owner, "POST", "/api/v1/checks/dry-run", body), 200)
	if len(s.asked) != 12 {
		t.Errorf("%d were asked", len(s.asked))
	}
}

func TestWhoKeepsSomeServicesAddsNotWithoutEnd(t *testing.T) {
	h, _ := trying(t, databasetest.Open(t), brokenPage())
	body := `{"slug":"s","name":{"fr":"S"},"institution":"mi","tier":"gold"}`
	for range 100 {
		h.want(h.ask(owner, "POST", "/api/v1/services", body), 422)
	}
	rec := h.ask(owner, "POST", "/api/v1/services", body)
	h.want(rec, 429, "checks.add.throttled")
	if rec.Header().Get("Retry-After") != "3600" {
		t.Errorf("asked to come again in %q seconds", rec.Header().Get("Retry-After"))
	}
	h.want(h.ask(owner, "POST", "/desk/services/new", form("name.fr", "Pas encore")), 429, "Pas encore")
	for range 120 { // whoever keeps all of them loads lists
		h.want(h.ask(mcd, "POST", "/api/v1/services", body), 422)
	}
}

func TestTryingNeedsAProber(t *testing.T) {
	db := databasetest.Open(t) // pages only: what is stored is tested on both engines elsewhere
	h := open(t, db)
	h.want(h.ask(owner, "POST", "/api/v1/checks/dry-run", `{"institution":"mi","check":{"target":"https://a.tn/"}}`), 503)
}

func TestLanguageVersionsAndCertificatesOnThePage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		version := func(tag lang.Tag) monitor.Check {
			return monitor.Check{
				Name: string(tag), Target: "https://b3.example.tn/" + string(tag), Schedule: "@every 60s",
				Settings: monitor.Settings{Web: &monitor.WebSettings{Language: tag}},
			}
		}
		v, err := h.store.Add(t.Context(), mcd, monitor.Service{
			Slug: "b3", Name: lang.Text{"fr": "B3"}, Institution: "mi", State: monitor.Active, URL: "https://b3.example.tn/",
			Checks: []monitor.Check{version("fr"), version("ar")},
		}, schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
		w := h.store.NewWriter(nil, 0)
		for n, verdict := range []monitor.Verdict{monitor.Up, monitor.Down} {
			r := monitor.Reading{Check: v.Checks[n].ID, At: noon.Add(-10 * time.Second), Verdict: verdict, Every: time.Minute, Attempt: 1}
			current := monitor.Current{CheckID: v.Checks[n].ID, Service: "b3"}
			if verdict == monitor.Down {
				r.Reason = monitor.Status
			}
			current.Take(&r, 0)
			w.Add(monitordb.Entry{Reading: r, Current: current})
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen := brokenPage().Secured
		seen.Mark = "1"
		if err := h.store.KeepChains(t.Context(), map[int64]*monitor.Secured{v.Checks[0].ID: seen}); err != nil {
			t.Fatal(err)
		}
		rec := h.ask(nobody, "GET", "/services/b3?check=fr", "")
		h.want(rec, 200, "Versions linguistiques", "Version arabe", "Certificats envoyés par le serveur", "b3.example.tn", "CA 1", "encore 92 jours")
		page := rec.Body.String()
		page = page[strings.Index(page, "Versions linguistiques"):]
		french, arabic := strings.Index(page, "Version française"), strings.Index(page, "Version arabe")
		if !strings.Contains(page[french:arabic], "Répond") || !strings.Contains(page[arabic:arabic+900], "Ne répond pas") {
			t.Errorf("the versions stand as\n%s", page[:arabic+600])
		}
		if rec := h.ask(nobody, "GET", "/services/b3?check=ar", ""); strings.Contains(rec.Body.String(), "Certificats envoyés") {
			t.Error("another check's certificates are shown")
		}
	})
}
