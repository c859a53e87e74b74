package monitorweb

import (
	"context"
	"html"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/journey"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// ofEachKind are checks with every setting that their kind has.
func ofEachKind() []monitor.Check {
	return []monitor.Check{
		{Kind: monitor.TCP, Target: "mail.example.tn:25", Settings: monitor.Settings{TCP: &monitor.TCPSettings{
			TLS: true, Family: "4", Talk: monitor.ReadTalk("< ^220\n> EHLO jard\\r\\n\n< ^250"),
		}}},
		{Kind: monitor.DNS, Target: "example.tn", Settings: monitor.Settings{DNS: &monitor.DNSSettings{
			Type: "MX", Servers: []string{"ns1.example.tn", "193.95.1.1:5353"}, Family: "6", TCP: true, Code: "NXDOMAIN",
			Present: []string{"10 mail.example.tn.", "/^20 /"}, Absent: []string{"30 x"}, DNSSEC: true, MinTTL: 300,
		}}},
		{Kind: monitor.DNS, Target: "example.tn", Settings: monitor.Settings{DNS: &monitor.DNSSettings{Authoritative: true}}},
		{Kind: monitor.ICMP, Target: "193.95.1.1", Settings: monitor.Settings{ICMP: &monitor.ICMPSettings{Packets: 5, MaxLoss: 20, Family: "4"}}},
		{Kind: monitor.WebSocket, Target: "wss://b3.example.tn/feed", Settings: monitor.Settings{WebSocket: &monitor.WebSocketSettings{
			Subprotocol: "v1", Origin: "https://b3.example.tn", Send: "ping", Expect: "^pong",
		}}},
		{Kind: monitor.Journey, Target: "https://b3.example.tn/", Settings: monitor.Settings{Journey: &monitor.JourneySettings{Source: journey.Example}}},
		{Kind: monitor.Browser, Target: "https://b3.example.tn/", Settings: monitor.Settings{Browser: &monitor.BrowserSettings{
			WaitFor: "main h1", MaxBytes: 1 << 20, MaxLCP: 2500,
		}}},
	}
}

func TestEverySettingComesBackFromTheForm(t *testing.T) {
	for _, c := range ofEachKind() {
		row := fillRow(0, c)
		if got := row.check(c); !reflect.DeepEqual(got.Settings, c.Settings) {
			t.Errorf("a %s check came back as %+v; want %+v", c.Kind, got.Settings, c.Settings)
		}
		row.Kind = string(monitor.HTTP) // what was of the kind before is not kept
		got := row.check(c).Settings
		got.Web = nil // the family, which pages have too
		if !reflect.ValueOf(got).IsZero() {
			t.Errorf("a %s check that became a page keeps %+v", c.Kind, got)
		}
	}
}

// fieldsOf writes a service as its form sends it.
func fieldsOf(v *monitor.Service, change func(url.Values)) string {
	f := url.Values{
		"do": {"save"}, "slug": {v.Slug}, "name.fr": {"Service"}, "institution": {"mi"}, "url": {"https://b3.example.tn/"}, "tier": {"normal"},
		"state": {string(monitor.Active)}, "checks.0.name": {"home"}, "checks.0.kind": {"http"}, "checks.0.target": {"https://b3.example.tn/"},
		"checks.0.schedule": {"@every 60s"}, "checks.0.timeout": {"10s"}, "revision": {"1"},
	}
	change(f)
	return f.Encode()
}

// says compares with what people read: the page's own apostrophes and spaces
// that do not break are those of any text.
func (h *house) says(rec *httptest.ResponseRecorder, status int, sentences ...string) {
	h.t.Helper()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'").Replace(html.UnescapeString(rec.Body.String()))
	if rec.Code != status {
		h.t.Fatalf("status %d; want %d", rec.Code, status)
	}
	for _, s := range sentences {
		if !strings.Contains(plain, s) {
			h.t.Errorf("the page does not say %q", s)
		}
	}
}

func TestAJourneyIsWrittenOnTheForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		send := func(source string) string {
			return fieldsOf(v, func(f url.Values) {
				f.Set("checks.1.name", "visite")
				f.Set("checks.1.kind", "journey")
				f.Set("checks.1.target", "")
				f.Set("checks.1.settings.journey.source", source)
			})
		}
		const broken = "steps:\n  - name: <b>accueil</b>\n    get: ftp://x\n    expekt: {}"
		h.says(h.ask(owner, "POST", "/desk/services/b3/edit", send(broken)), 422,
			"Ligne 3 : « ftp://x » n'est pas une adresse http(s) sans mot de passe.",
			"Ligne 4 : « expekt » est inconnu ici", "  - name: <b>accueil</b>", `id="f-checks-1-settings-journey-source"`)
		h.want(h.ask(other, "POST", "/desk/services/b3/edit", send(journey.Example)), 404)

		if rec := h.ask(owner, "POST", "/desk/services/b3/edit", send("steps:\r\n- name: accueil\r\n  get: /\r\n")); rec.Code != 303 {
			t.Fatalf("status %d\n%s", rec.Code, rec.Body)
		}
		stored, err := h.store.Service(context.Background(), owner, "b3")
		if err != nil || len(stored.Checks) != 2 || stored.Checks[1].Kind != monitor.Journey ||
			stored.Checks[1].Settings.Journey.Source != "steps:\n- name: accueil\n  get: /\n" {
			t.Errorf("stored %+v, %v", stored, err)
		}
		h.want(h.ask(owner, "GET", "/desk/services/b3/edit", ""), 200, "- name: accueil\n  get: /", "{{secret.portal_password}}")
	})
}

func TestBadSettingsAreToldAtTheirField(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		for _, tt := range []struct{ kind, target, field, typed, said string }{
			{"tcp", "mail.example.tn:25", "tcp.talk", "bonjour", "Ligne 1 : écrivez « > texte » pour envoyer, « < motif » pour attendre, ou « starttls »."},
			{"dns", "example.tn", "dns.min_ttl", "une heure", "La durée minimale va de 0 à 604 800 secondes."},
			{"dns", "example.tn", "dns.present", "/(/", "Ce motif ne se lit pas : missing closing ): `(`."},
			{"icmp", "example.tn", "icmp.packets", "beaucoup", "Envoyez de 1 à 20 paquets."},
			{"icmp", "example.tn", "icmp.max_loss", "100", "La perte tolérée va de 0 à 99 pour cent."},
			{"websocket", "wss://b3.example.tn/", "websocket.expect", "[", "Ce motif ne se lit pas : missing closing ]: `[`."},
			{"browser", "https://b3.example.tn/", "browser.wait_for", "a[", "Écrivez un sélecteur CSS d'au plus 500 caractères, comme main h1."},
		} {
			body := fieldsOf(v, func(f url.Values) {
				f.Set("checks.0.kind", tt.kind)
				f.Set("checks.0.target", tt.target)
				f.Set("checks.0.settings."+tt.field, tt.typed)
			})
			rec := h.ask(owner, "POST", "/desk/services/b3/edit", body)
			h.says(rec, 422, tt.said, "f-checks-0-settings-"+strings.ReplaceAll(tt.field, ".", "-"))
		}
	})
}

func TestStepsAreShownAndFaultsOnlyInside(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v, err := h.store.Add(context.Background(), mcd, monitor.Service{
			Slug: "b3", Name: map[string]string{"fr": "B3"}, Institution: "mi", State: monitor.Active, URL: "https://b3.example.tn/",
			Checks: []monitor.Check{
				{Name: "visite", Kind: monitor.Journey, Settings: monitor.Settings{Journey: &monitor.JourneySettings{Source: journey.Example}}},
				{Name: "port", Kind: monitor.TCP},
			},
		}, schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
		w := h.store.NewWriter(nil, 0)
		for n, steps := range [][]monitor.Step{
			{{Name: "connexion", TookUs: 90_000, Status: 200}, {Name: "dossier", TookUs: 30_000, Fault: "no element matches .x"}},
			{{Name: "> EHLO jard", TookUs: 90_000}},
		} {
			r := monitor.Reading{Check: v.Checks[n].ID, At: h.now, Every: time.Minute, Verdict: monitor.Up, Steps: steps}
			c := monitor.Current{CheckID: r.Check, Service: "b3"}
			c.Take(&r, 2)
			w.Add(monitordb.Entry{Reading: r, Current: c})
		}
		if err := w.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		h.want(h.ask(owner, "GET", "/services/b3?check=visite", ""), 200, "connexion", "90 ms", "no element matches .x", `x="75"`)
		rec := h.ask(nobody, "GET", "/services/b3?check=visite", "")
		h.want(rec, 200, "connexion", "dossier", "Échec")
		if strings.Contains(rec.Body.String(), "no element matches") {
			t.Error("what was wrong in technical words is for who keeps services")
		}
		h.want(h.ask(owner, "GET", "/services/b3?check=port", ""), 200, "EHLO jard")
		if rec := h.ask(nobody, "GET", "/services/b3?check=port", ""); strings.Contains(rec.Body.String(), "EHLO") {
			t.Error("what is said on a port is for who keeps services")
		}
	})
}

func TestWhoMayKeepChecksOfEachKind(t *testing.T) {
	for _, role := range identity.Roles() {
		by := identity.Actor{Account: "a", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		for _, c := range ofEachKind() {
			c.Name, c.Schedule = "other", "@every 60s"
			_, err := monitor.NewService(by, monitor.Service{
				Slug: "b3", Name: map[string]string{"fr": "B3"}, Institution: "mi", Checks: []monitor.Check{c},
			}, schedule.Period)
			if may := by.May(identity.ManageService, "mi"); (err == nil) != may {
				t.Errorf("%s may keep services: %v; a %s check: %v", role, may, c.Kind, err)
			}
		}
	}
}

func FuzzKindsRow(f *testing.F) {
	f.Add("dns", "A", "ns1, ns2\nns3", "12", "/x/")
	f.Add("tcp", "", "> a\n<", "-1", "\x00")
	f.Add("journey", "steps: [", "", "x", "")
	f.Fuzz(func(t *testing.T, kind, word, lines, number, other string) {
		texts := []string{word, lines, number, other}
		n := 0
		row := readRow(0, func(string) string { n++; return texts[n%len(texts)] })
		row.Kind = kind
		c := row.check(monitor.Check{})
		again := fillRow(0, c).check(c)
		if monitor.Kind(kind).Valid() && again.Kind == monitor.DNS && !reflect.DeepEqual(again.Settings.DNS.Servers, c.Settings.DNS.Servers) {
			t.Errorf("%+v came back as %+v", c.Settings.DNS, again.Settings.DNS)
		}
	})
}
