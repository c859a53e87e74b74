package monitorweb

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
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
	var all tries
	now := noon
	for n := range triesAtMost {
		end, err := all.begin("a", now.Add(time.Duration(n)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		end()
	}
	_, err := all.begin("a", now.Add(30*time.Second))
	list := fault.All(err)
	if len(list) != 1 || list[0].Kind != fault.Throttled || list[0].Args[0] != 30*time.Second {
		t.Errorf("the eleventh is %v; want a wait of 30s", err)
	}
	if end, err := all.begin("b", now); err != nil {
		t.Errorf("somebody else is refused: %v", err)
	} else {
		end()
	}
	if end, err := all.begin("a", now.Add(time.Minute)); err != nil {
		t.Errorf("a minute later: %v", err)
	} else {
		end()
	}
	for n := range triesRunning {
		if _, err := all.begin(fmt.Sprint("c", n), now); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := all.begin("d", now); err == nil {
		t.Error("too many are under way at once")
	}
}

func TestTryingNeedsAProber(t *testing.T) {
	db := databasetest.Open(t) // pages only: what is stored is tested on both engines elsewhere
	h := open(t, db)
	h.want(h.ask(owner, "POST", "/api/v1/checks/dry-run", `{"institution":"mi","check":{"target":"https://a.tn/"}}`), 503)
}

// everything is a check with every setting that the form knows.
func everything(name string) monitor.Check {
	return monitor.Check{
		Name: name, Kind: monitor.HTTP, Target: "https://b3.example.tn/x", Schedule: "@every 60s", Timeout: 5 * time.Second,
		Expect: monitor.Expect{
			Status: []string{"200", "401"}, Contains: []string{"a", "b"}, NotContains: []string{"c"}, Matches: []string{"d+"},
			NotMatches: []string{"e|f"}, MinBytes: 10, MaxBytes: 1000, Headers: monitor.ReadClaims("Server != IIS\nX-A absent"),
			JSON: monitor.ReadClaims("$.a[0] >= 3"), FinalHost: "www.b3.example.tn", SlowMS: 900, SoftError: monitor.SoftDown,
		},
		Settings: monitor.Settings{
			Web: &monitor.WebSettings{
				Method: "POST", Headers: monitor.ReadHeaders("Accept: text/html"), Body: "{}", Stay: true, Family: "6", Language: "ar",
			},
			TLS: &monitor.TLSSettings{WarnDays: 30, WeakAllowed: true},
		},
	}
}

// posted is what a browser sends of a form.
func posted(page string) url.Values {
	values := url.Values{}
	page = page[strings.Index(page, `<input type="hidden" name="revision"`):]
	unescape := html.UnescapeString
	for _, m := range regexp.MustCompile(`<input type="(text|hidden|url)"[^>]*? name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		values.Set(m[2], unescape(m[3]))
	}
	for _, m := range regexp.MustCompile(`<input type="(?:checkbox|radio)"[^>]*? name="([^"]+)" value="([^"]*)" checked`).FindAllStringSubmatch(page, -1) {
		values.Add(m[1], unescape(m[2]))
	}
	for _, m := range regexp.MustCompile(`(?s)<textarea[^>]*? name="([^"]+)"[^>]*>\n(.*?)</textarea>`).FindAllStringSubmatch(page, -1) {
		values.Set(m[1], unescape(m[2]))
	}
	for _, m := range regexp.MustCompile(`(?s)<select[^>]*? name="([^"]+)".*?</select>`).FindAllStringSubmatch(page, -1) {
		if chosen := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(m[0]); chosen != nil {
			values.Set(m[1], unescape(chosen[1]))
		}
	}
	return values
}

func TestASaveKeepsEverySetting(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		port := monitor.Check{
			Name: "port", Kind: monitor.TCP, Target: "b3.example.tn:25", Schedule: "@every 60s", Timeout: 5 * time.Second,
			Settings: monitor.Settings{TCP: &monitor.TCPSettings{Talk: monitor.ReadTalk("< ^220")}, TLS: &monitor.TLSSettings{WarnDays: 9}},
		}
		cert := monitor.Check{
			Name: "cert", Kind: monitor.TLS, Target: "b3.example.tn:25", Schedule: "@every 60s", Timeout: 5 * time.Second,
			Settings: monitor.Settings{TLS: &monitor.TLSSettings{Start: "smtp", Name: "mail.example.tn", Family: "4"}},
		}
		made, err := h.store.Add(t.Context(), mcd, monitor.Service{
			Slug: "b3", Name: lang.Text{"fr": "B3"}, Institution: "mi", State: monitor.Active, URL: "https://b3.example.tn/",
			Checks: []monitor.Check{everything("page"), port, cert},
		}, schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
		rec := h.ask(owner, "GET", "/desk/services/b3/edit", "")
		h.want(rec, 200)
		sent := posted(rec.Body.String())
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", sent.Encode()), 303)
		saved, err := h.store.Service(t.Context(), owner, "b3")
		if err != nil || saved.Revision != 2 {
			t.Fatalf("saved %+v, %v", saved, err)
		}
		for n := range made.Checks {
			before, after := made.Checks[n], saved.Checks[n]
			if before.ID != after.ID || before.Kind != after.Kind || !reflect.DeepEqual(before.Expect, after.Expect) ||
				!reflect.DeepEqual(before.Settings, after.Settings) {
				t.Errorf("check %s became\n%+v %+v\nfrom\n%+v %+v", before.Name, after.Expect, after.Settings, before.Expect, before.Settings)
			}
		}
		// Under another name what is not on the form stays too; under another kind it goes.
		sent.Set("revision", "2")
		sent.Set("checks.1.name", "smtp")
		sent.Set("checks.2.kind", "tcp")
		sent.Set("checks.2.settings.tls.starttls", "")
		sent.Set("checks.2.settings.tls.name", "")
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", sent.Encode()), 303)
		saved, _ = h.store.Service(t.Context(), owner, "b3")
		if saved.Checks[1].Name != "smtp" || saved.Checks[1].Settings.TCP == nil || saved.Checks[2].Settings.TLS != nil {
			t.Errorf("saved %+v, %+v", saved.Checks[1].Settings, saved.Checks[2].Settings)
		}
	})
}

func TestARowIsParted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		rec := h.ask(owner, "POST", "/desk/services/new", form("do", "families-0", "checks.0.name", "home"))
		h.want(rec, 200, `value="home-v4"`, `value="home-v6"`, `<option value="6" selected>`)
		rec = h.ask(owner, "POST", "/desk/services/new", form("do", "languages-0", "checks.0.name", "home", "languages", "ar"))
		h.want(rec, 200)
		h.want(h.ask(owner, "POST", "/desk/services/new", form("do", "families-x")), 422)
	})
	f := serviceForm{Languages: []string{"fr", "ar"}, Rows: []checkRow{{N: 0, Name: "a"}, {N: 1, Name: "home", Was: "home"}}}
	if got := f.withLanguages(1); len(got.Rows) != 3 || got.Rows[1].Name != "home" || got.Rows[1].Request.Language != "fr" ||
		got.Rows[2].Name != "home-ar" || got.Rows[2].Was != "" || got.Rows[2].N != 2 {
		t.Errorf("parted %+v", got.Rows)
	}
	for _, n := range []int{-1, 2} {
		if got := f.withFamilies(n); len(got.Rows) != 2 {
			t.Errorf("row %d parts into %+v", n, got.Rows)
		}
	}
	f.Rows = make([]checkRow, monitor.MaxChecks)
	if got := f.withFamilies(0); len(got.Rows) != monitor.MaxChecks {
		t.Errorf("%d rows; a service has %d checks at most", len(got.Rows), monitor.MaxChecks)
	}
}

// plain writes the spaces that French keeps together as others.
var plain = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2068", "", "\u2069", "")

func TestFaultsOfACheckStandAtItsFields(t *testing.T) {
	db := databasetest.Open(t) // pages only: what is stored is tested on both engines elsewhere
	h := open(t, db)
	for _, tt := range []struct{ field, typed, sentence string }{
		{"expect.matches", "(", "L’expression ne se lit pas : missing closing ): `(`"},
		{"expect.not_matches", "(x{1,30}){1,30}", "L’expression est trop complexe pour être cherchée à chaque consultation."},
		{"expect.headers", "Server is x", "Ligne 1 : « is » n’est pas une comparaison (=, !=, contains, ~, !~, <, <=, >, >=, present, absent)."},
		{"expect.headers", "A\nB =", "Ligne 2 : « = » prend une valeur, sauf present et absent."},
		{"expect.json", "a.b = 1", "Ligne 1 : « a.b » n’est pas un chemin JSON ($.a.b, $.liste[0], $.liste[*].etat)."},
		{"expect.json", "$.a > beaucoup", "Ligne 1 : « beaucoup » n’est pas un nombre."},
		{"expect.final_host", "https://x/", "« https://x/ » n’est pas un nom d’hôte (exemple.tn)."},
		{"expect.location", "ailleurs", "L’adresse de redirection commence par https://, http:// ou /."},
		{"expect.slow_ms", "70000", "Le temps de réponse va de 1 ms à"},
		{"expect.min_bytes", "9999999", "La sonde lit au plus 1 Mio"},
		{"settings.web.headers", "Authorization: x", "Ligne 1 : l’en-tête « Authorization » porte un secret"},
		{"settings.web.headers", "Host: x", "Ligne 1 : l’en-tête « Host » est posé par la sonde elle-même."},
		{"settings.web.body", "x", "Un corps s’envoie avec POST ou PUT."},
		{"settings.tls.warn_days", "demain", "L’alerte d’expiration va de 1 à 400 jours"},
		{"settings.tls.starttls", "smtp", "Ce réglage ne vaut que pour un contrôle tls."},
	} {
		rec := h.ask(owner, "POST", "/desk/services/new", form("checks.0."+tt.field, tt.typed))
		body := plain.Replace(html.UnescapeString(rec.Body.String()))
		id := "f-checks-0-" + strings.ReplaceAll(tt.field, ".", "-")
		if rec.Code != 422 || !strings.Contains(body, tt.sentence) || !strings.Contains(body, `id="`+id+`-error"`) || !strings.Contains(body, tt.typed) {
			t.Errorf("%s %q is answered %d without %q at its field", tt.field, tt.typed, rec.Code, tt.sentence)
		}
	}
	rec := h.ask(owner, "POST", "/desk/services/new", form("settings.tls.intermediates", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"))
	h.want(rec, 422, "Ne collez jamais une clé privée", `id="f-settings-tls-intermediates-error"`)
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

// What was typed comes back to the letter, whatever it was, and never panics.
func FuzzCheckRow(f *testing.F) {
	f.Add("http", "200, 300-302", "$.a = 1\nb", "Server ~ x", "A: b", "14")
	f.Add("tls", "x", "[[[", "\x00", "::", "-9")
	f.Fuzz(func(t *testing.T, kind, status, claims, headers, sent, days string) {
		values := map[string]string{
			"kind": kind, "name": "a", "target": "https://a.tn/", "schedule": "@every 60s", "timeout": "5s", "expect.status": status,
			"expect.json": claims, "expect.headers": headers, "settings.web.headers": sent, "settings.tls.warn_days": days,
		}
		r := readRow(0, func(name string) string { return values[name] })
		if r.Expect.JSON != claims || r.Request.Headers != sent {
			t.Error("what was typed was changed")
		}
		c := r.check(monitor.Check{})
		v := monitor.Service{Slug: "s", Name: lang.Text{"fr": "S"}, Institution: "mi", Checks: []monitor.Check{c}}
		if v.Validate(schedule.Period) != nil {
			return
		}
		again := fillRow(0, v.Checks[0]).check(monitor.Check{})
		if !reflect.DeepEqual(again.Expect, v.Checks[0].Expect) || !reflect.DeepEqual(again.Settings, v.Checks[0].Settings) {
			t.Errorf("a save changes %+v %+v\ninto %+v %+v", v.Checks[0].Expect, v.Checks[0].Settings, again.Expect, again.Settings)
		}
	})
}
