package monitorweb

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
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

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	nobody = identity.Actor{}
	mcd    = identity.Actor{Account: "m", Name: "Sonia", Role: identity.MCD}
	owner  = identity.Actor{Account: "o", Name: "Ali", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
	other  = identity.Actor{Account: "x", Name: "Imen", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
)

// people knows two ministries.
type people struct{}

func (people) Institutions(context.Context) (identity.Tree, error) {
	return identity.Tree{
		"mi": {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Intérieur", "ar": "وزارة الداخلية"}},
		"mf": {Slug: "mf", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère des Finances", "ar": "وزارة المالية"}},
	}, nil
}

// house is the room with everything under it.
type house struct {
	t       testing.TB
	handler http.Handler
	store   *monitordb.Store
	db      *gorm.DB
	now     time.Time
	changes int
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, now: noon}
	for _, slug := range []string{"mi", "mf"} {
		if err := db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}).Error; err != nil {
			t.Fatal(err)
		}
	}
	clock := func() time.Time { return h.now }
	h.store = monitordb.New(db, clock)
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, people{}, clock, func() { h.changes++ }).Routes()
	h.handler = shell.Handler()
	return h
}

// ask sends a request as somebody, in a language.
func (h *house) ask(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	req = req.WithContext(web.WithActor(req.Context(), by))
	req.Header.Set("Accept-Language", "fr")
	switch {
	case strings.HasPrefix(body, "{"):
		req.Header.Set("Content-Type", "application/json")
	case body != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func (h *house) want(rec *httptest.ResponseRecorder, status int, contains ...string) {
	h.t.Helper()
	body := rec.Body.String()
	if rec.Code != status {
		h.t.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, s := range contains {
		if !strings.Contains(body, s) {
			h.t.Errorf("answer lacks %q\n%s", s, body)
		}
	}
}

func (h *house) add(slug string, state monitor.State) *monitor.Service {
	h.t.Helper()
	v, err := h.store.Add(context.Background(), mcd, monitor.Service{
		Slug: slug, Name: lang.Text{"fr": "Service " + slug, "ar": "خدمة " + slug}, Institution: "mi", State: state, LifeEvent: "justice",
		URL: "https://" + slug + ".example.tn/", Note: "à confirmer",
		Checks: []monitor.Check{{Name: "home", Schedule: "@every 60s"}},
	}, schedule.Period)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// feed writes readings of a minute each until now: u up, f failed.
func (h *house) feed(v *monitor.Service, letters string) {
	h.t.Helper()
	w := h.store.NewWriter(nil, 0)
	c := monitor.Current{CheckID: v.Checks[0].ID, Service: v.Slug}
	at := h.now.Add(-time.Duration(len(letters)) * time.Minute)
	for _, l := range letters {
		at = at.Add(time.Minute)
		r := monitor.Reading{
			Check: c.CheckID, At: at, Every: time.Minute, Status: 200, Attempt: 1,
			Phases: monitor.Phases{1e6, 2e6, 3e6, 40e6, 5e6}, NotAfter: h.now.AddDate(0, 2, 0),
		}
		if l == 'f' {
			r.Reason, r.Detail = monitor.Timeout, "secret detail"
		}
		monitor.Expect{}.Judge(&r)
		change, since := c.Take(&r, 2)
		w.Add(monitordb.Entry{Reading: r, Current: c, Change: change, IncidentAt: since})
	}
	if err := w.Flush(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

func TestStatusPage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "GET", "/status", ""), 200, "Aucun service n’est suivi")
		a, b := h.add("a", monitor.Active), h.add("b", monitor.Active)
		h.add("unseen", monitor.Draft)
		h.feed(a, "uuuuu")
		h.feed(b, "uuuuu")
		h.now = h.now.Add(2 * time.Second) // the board is a second old at most
		rec := h.ask(nobody, "GET", "/status", "")
		h.want(rec, 200, "Les 2 services suivis répondent", "Service a", "Justice", `class="ribbon"`)
		if strings.Contains(rec.Body.String(), "unseen") {
			t.Error("a draft is on the public page")
		}
		h.now = h.now.Add(3 * time.Minute)
		h.feed(a, "fff")
		h.feed(b, "uuu")
		h.want(h.ask(nobody, "GET", "/status", ""), 200, "Un service ne répond pas depuis", "pas de réponse complète", "Ce qui ne répond pas")
		h.want(h.ask(nobody, "GET", "/status?by=institution", "", "Accept-Language", "ar"), 200,
			`dir="rtl"`, "خدمة واحدة لا تستجيب منذ", "وزارة الداخلية")
		h.want(h.ask(nobody, "GET", "/status", "", "Accept-Language", "en"), 200, "One service does not answer")
	})
}

func TestServicePage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		h.want(h.ask(nobody, "GET", "/services/b3", ""), 200, "pas encore été consulté")
		h.feed(v, strings.Repeat("u", 100)+"ffffff"+strings.Repeat("u", 80))
		rec := h.ask(nobody, "GET", "/services/b3", "")
		h.want(rec, 200, "Service b3", `class="plot"`, `class="plot-line"`, `class="plot-fall"`, "Attente du service", "A duré 6 minutes",
			"<table", "90 derniers jours", "Certificat valable", "badge.svg")
		for _, private := range []string{"secret detail", "à confirmer", "Modifier le suivi"} {
			if strings.Contains(rec.Body.String(), private) {
				t.Errorf("the public reads %q", private)
			}
		}
		h.want(h.ask(owner, "GET", "/services/b3", ""), 200, "Modifier le suivi")
		h.want(h.ask(nobody, "GET", "/services/b3", "", "Accept-Language", "ar"), 200, `dir="rtl"`, "خدمة b3")
		for _, state := range []monitor.State{monitor.Draft, monitor.Paused} {
			h.add(string(state), state)
			h.want(h.ask(nobody, "GET", "/services/"+string(state), ""), 404)
			h.want(h.ask(other, "GET", "/services/"+string(state), ""), 404)
			h.want(h.ask(owner, "GET", "/services/"+string(state), ""), 200, "pas public")
			h.want(h.ask(owner, "GET", "/services/"+string(state)+"/badge.svg", ""), 404)
		}
	})
}

func TestBadge(t *testing.T) {
	h := open(t, databasetest.Open(t))
	v := h.add("b3", monitor.Active)
	h.feed(v, "uu")
	for language, word := range map[string]string{"fr": "Répond", "ar": "تستجيب", "en": "Works"} {
		rec := h.ask(nobody, "GET", "/services/b3/badge.svg?lang="+language, "")
		h.want(rec, 200, word, "<title>")
		if err := xml.Unmarshal(rec.Body.Bytes(), new(struct{})); err != nil {
			t.Errorf("%s: not well-formed: %v", language, err)
		}
		if got := rec.Header().Get("Content-Type"); !strings.HasPrefix(got, "image/svg+xml") {
			t.Errorf("type %s", got)
		}
	}
	if svg := badgeSVG(`<b>&"`, "x", "ltr", monitor.Down); strings.Contains(svg, "<b>") {
		t.Error("a name is not escaped")
	}
}

func form(change ...string) string {
	f := url.Values{
		"slug": {"new"}, "name.fr": {"Nouveau"}, "institution": {"mi"}, "url": {"https://new.example.tn/"}, "tier": {"critical"},
		"state": {"active"}, "languages": {"fr", "ar"}, "life_event": {"tax"}, "do": {"save"},
		"checks.0.name": {"home"}, "checks.0.target": {"https://new.example.tn/"}, "checks.0.schedule": {"@every 60s"},
		"checks.0.timeout": {"5"}, "checks.0.expect.status": {"200, 401"}, "checks.0.expect.contains": {"Bienvenue\nمرحبا"},
		"checks.1.name": {""}, "checks.1.target": {""}, "checks.1.schedule": {"@every 60s"},
	}
	for n := 0; n+1 < len(change); n += 2 {
		f.Set(change[n], change[n+1])
	}
	return f.Encode()
}

func TestDeskForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "GET", "/desk/services/new", ""), 303)
		h.want(h.ask(owner, "GET", "/desk/services", ""), 200, "Aucun service ici", "Ajouter un service")
		h.want(h.ask(owner, "GET", "/desk/services/new", ""), 200, `name="checks.0.target"`, "Intérieur")

		rec := h.ask(owner, "POST", "/desk/services/new", form("name.fr", "Typed <b>", "url", "nonsense", "checks.0.schedule", "often", "checks.0.timeout", "x"))
		h.want(rec, 422, "Typed &lt;b&gt;", `value="nonsense"`, `value="often"`, "n’est pas un calendrier", `aria-invalid="true"`,
			`href="#f-url"`, `href="#f-checks-0-schedule">Calendrier`, `id="f-checks-0-timeout"`)
		if h.changes != 0 {
			t.Error("the watch was told of nothing")
		}
		h.want(h.ask(other, "POST", "/desk/services/new", form()), 404)
		h.want(h.ask(owner, "POST", "/desk/services/new", form()), 303)
		v, err := h.store.Service(t.Context(), owner, "new")
		if err != nil || v.State != monitor.Active || len(v.Checks) != 1 || v.Checks[0].Timeout != 5*time.Second ||
			fmt.Sprint(v.Checks[0].Expect.Status, v.Checks[0].Expect.Contains) != "[200 401] [Bienvenue مرحبا]" || h.changes != 1 {
			t.Fatalf("stored %+v, %v, told %d times", v, err, h.changes)
		}
		h.want(h.ask(owner, "POST", "/desk/services/new", form()), 409, "déjà pris")
		h.want(h.ask(owner, "GET", "/desk/services/new/edit", ""), 200) // the service called "new"
	})
}

func TestDeskEdit(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("b3", monitor.Draft)
		h.want(h.ask(owner, "GET", "/desk/services/b3/edit", ""), 200, "Commencer le suivi", "à confirmer", `value="1"`)
		h.want(h.ask(other, "GET", "/desk/services/b3/edit", ""), 404)
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", form("do", "add-row")), 200, `name="checks.2.target"`, "Nouveau")
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", form("do", "drop-row-0")), 200, "Nouveau")
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", form("revision", "7")), 412, "Nouveau", "entre-temps")
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", form("revision", "1", "state", "draft")), 303)
		v, _ := h.store.Service(t.Context(), owner, "b3")
		if v.Revision != 2 || v.Name["fr"] != "Nouveau" || v.Slug != "b3" {
			t.Errorf("stored %+v", v)
		}
		h.want(h.ask(owner, "POST", "/desk/services/b3/state", "state=active"), 303)
		h.want(h.ask(owner, "POST", "/desk/services/b3/state", "state=draft"), 422)
		h.want(h.ask(owner, "POST", "/desk/services/b3/state", "state=paused"), 303)
		v, _ = h.store.Service(t.Context(), owner, "b3")
		if v.State != monitor.Paused {
			t.Errorf("state %s; want paused", v.State)
		}
		h.want(h.ask(owner, "GET", "/desk/services?q=nouv&state=paused", ""), 200, "Nouveau", "Suivi suspendu")
	})
}

const apiService = `{"slug":"b3","name":{"fr":"Bulletin n° 3","ar":"بطاقة عدد 3"},"institution":"mi","url":"https://b3.example.tn/",
	"life_event":"justice","tier":"critical","languages":["fr","ar"],"state":"active","checks":[{"name":"home","kind":"http",
	"target":"https://b3.example.tn/","schedule":"@every 60s","timeout":"10s","expect":{"status":[200,"300-302"],"contains":"Bulletin"}}]}`

func TestAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "POST", "/api/v1/services", apiService), 401)
		h.want(h.ask(other, "POST", "/api/v1/services", apiService), 404)
		rec := h.ask(owner, "POST", "/api/v1/services", apiService)
		h.want(rec, 201, `"slug":"b3"`, `"status":["200","300-302"]`, `"timeout":"10s"`, `"verdict":"unknown"`)
		if rec.Header().Get("ETag") != `"1"` || !strings.HasSuffix(rec.Header().Get("Location"), "/api/v1/services/b3") {
			t.Errorf("headers %v", rec.Header())
		}
		h.want(h.ask(owner, "POST", "/api/v1/services", apiService), 409)
		h.want(h.ask(owner, "POST", "/api/v1/services", strings.Replace(apiService, `"tier"`, `"teir"`, 1)), 422, "teir")
		h.want(h.ask(owner, "POST", "/api/v1/services", strings.Replace(strings.Replace(apiService, `"b3"`, `"x"`, 1), "@every 60s", "often", 1)),
			422, "checks.0.schedule")
		h.want(h.ask(owner, "POST", "/api/v1/services", strings.Replace(strings.Replace(apiService, `"b3"`, `"x"`, 1), `"http"`, `"icmp"`, 1)),
			422, "checks.0.kind")

		h.want(h.ask(owner, "PATCH", "/api/v1/services/b3", `{"tier":"normal"}`, "If-Match", `"9"`), 412)
		rec = h.ask(owner, "PATCH", "/api/v1/services/b3", `{"tier":"normal"}`, "If-Match", `"1"`)
		h.want(rec, 200, `"tier":"normal"`, `"name":"home"`)
		if rec.Header().Get("ETag") != `"2"` {
			t.Errorf("ETag %s; want 2", rec.Header().Get("ETag"))
		}
		h.want(h.ask(nobody, "PATCH", "/api/v1/services/b3", `{"tier":"normal"}`), 401)
		h.want(h.ask(nobody, "GET", "/api/v1/services/nothing", ""), 404)
		rec = h.ask(nobody, "GET", "/api/v1/services/b3", "")
		h.want(rec, 200, `"slug":"b3"`)
		if strings.Contains(rec.Body.String(), "expect") {
			t.Error("the public reads what is expected")
		}
	})
}

func TestAPIHistory(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		h.feed(v, strings.Repeat("u", 50)+strings.Repeat("f", 10)+strings.Repeat("u", 60))
		day := "?from=" + noon.Add(-2*time.Hour).Format(time.RFC3339) + "&to=" + noon.Format(time.RFC3339)

		var a struct {
			Availability, Coverage float64
			Up                     float64 `json:"up_seconds"`
			Down                   float64 `json:"down_seconds"`
			Method                 string
			Checks                 []struct{ Check string }
		}
		h.read("/api/v1/services/b3/availability"+day, &a)
		if a.Down != 600 || a.Availability < 0.91 || a.Availability > 0.92 || a.Coverage < 0.98 || a.Method == "" || len(a.Checks) != 1 {
			t.Errorf("availability %+v", a)
		}
		var page struct {
			Items []struct {
				At      time.Time
				Verdict string
				Phases  map[string]float64 `json:"phases_ms"`
			}
			Next string
		}
		seen := 0
		for next := ""; ; next = page.Next {
			h.read("/api/v1/services/b3/readings"+day+"&limit=50&cursor="+next, &page)
			seen += len(page.Items)
			if page.Next == "" || seen > 200 {
				break
			}
		}
		if seen != 119 || page.Items[0].Phases["wait"] != 40 { // the last one was taken at `to` itself
			t.Errorf("%d readings on all pages; want 119", seen)
		}
		var incidents struct {
			Items []struct {
				Check, Reason, Resolution string
				Seconds                   float64
			}
		}
		h.read("/api/v1/services/b3/incidents", &incidents)
		if len(incidents.Items) != 1 || incidents.Items[0].Seconds != 600 || incidents.Items[0].Reason != "timeout" {
			t.Errorf("incidents %+v", incidents)
		}
		for _, bad := range []string{"?from=yesterday", "?from=2026-11-22T12:00:00Z&to=2026-11-21T12:00:00Z", "?from=2020-01-01"} {
			h.want(h.ask(nobody, "GET", "/api/v1/services/b3/availability"+bad, ""), 422, "from")
		}
		h.want(h.ask(nobody, "GET", "/api/v1/services/b3/readings?cursor=zzz", ""), 422, "cursor")
		h.want(h.ask(nobody, "GET", "/api/v1/services/b3/readings?check=zzz", ""), 422, "check")
	})
}

func TestAPIList(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for n := range 5 {
		h.add(fmt.Sprintf("s%d", n), monitor.Active)
	}
	h.add("draft", monitor.Draft)
	var page struct {
		Items []struct{ Slug string }
		Next  string
	}
	var slugs []string
	for next := ""; ; next = page.Next {
		h.read("/api/v1/services?limit=2&cursor="+next, &page)
		for _, i := range page.Items {
			slugs = append(slugs, i.Slug)
		}
		if page.Next == "" {
			break
		}
	}
	if got := fmt.Sprint(slugs); got != "[s0 s1 s2 s3 s4]" {
		t.Errorf("pages hold %s", got)
	}
	h.want(h.ask(owner, "GET", "/api/v1/services?state=draft", ""), 200, `"slug":"draft"`)
	h.want(h.ask(nobody, "GET", "/api/openapi.json", ""), 200, "/api/v1/services/{slug}/availability", "phases_ms", "up_seconds")
}

// read asks as the public and decodes the answer.
func (h *house) read(path string, into any) {
	h.t.Helper()
	rec := h.ask(nobody, "GET", path, "")
	h.want(rec, 200)
	if err := json.NewDecoder(io.Reader(rec.Body)).Decode(into); err != nil {
		h.t.Fatal(err)
	}
}
