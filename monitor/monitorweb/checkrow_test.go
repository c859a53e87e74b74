package monitorweb

import (
	"html"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

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
