package alertweb_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/alert/alertweb"
	"github.com/jard-odi/jard/alert/letter"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// house is the real router on a real store, with an incident that was told.
type house struct {
	*testing.T
	store   *alertdb.Store
	people  *identitydb.Store
	handler http.Handler
	now     time.Time
	failure *alert.Failure // of the next trial
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, now: monday}
	clock := func() time.Time { return h.now }
	h.people = identitydb.New(db, clock)
	for _, slug := range []string{"marhp", "mt"} {
		h.ok(db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère " + slug}, CreatedAt: monday, UpdatedAt: monday}).Error)
		h.ok(db.Create(&monitor.Service{
			Slug: "eau-" + slug, Name: lang.Text{"fr": "Facture d'eau", "ar": "فاتورة الماء"}, Institution: slug, URL: "http://127.0.0.1/",
			Tier: monitor.Critical, State: monitor.Active, Languages: []lang.Tag{}, LifeEvent: "tax",
		}).Error)
	}
	for id, role := range map[string]identity.Role{
		"mcd": identity.MCD, "admin": identity.Admin, "owner": identity.ServiceOwner, "head": identity.Supervisor, "officer": identity.Officer,
		"committee": identity.Committee,
	} {
		a := identity.Account{ID: id, Email: id + "@exemple.tn", Name: "Amel " + id, Role: role, Language: "fr", CreatedAt: monday, UpdatedAt: monday}
		if own := "marhp"; role.NeedsInstitution() {
			a.Institution = &own
		}
		h.ok(db.Create(&a).Error)
	}
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: h.people, Now: clock})
	h.ok(err)
	path := func(p string) string { return "http://jard.test" + p }
	h.store = alertdb.New(db, alertdb.Options{
		Now: clock, Settings: alert.UsualSettings(), URL: path, Pen: &letter.Pen{Words: shell.Words(), URL: path, Now: clock},
		Calendar: func(context.Context) (alert.Calendar, error) { return alert.UsualCalendar(time.UTC), nil },
		Routes:   alert.Usual()[:1], Channels: []alert.Channel{{Name: "noc", Type: "webhook", Lang: "fr"}},
	})
	try := func(_ context.Context, by identity.Actor, _ string) (*alert.Failure, error) {
		return h.failure, by.Must(identity.ManageAlerts, "")
	}
	alertweb.New(shell, h.store, h.people, try, clock).Routes()
	h.handler = shell.Handler()
	h.tell(db)
	return h
}

// tell lets an incident begin and be told.
func (h *house) tell(db *gorm.DB) {
	h.Helper()
	_, err := h.store.Reconcile(h.Context(), false, monday)
	h.ok(err)
	for id, slug := range map[int64]string{1: "eau-marhp", 2: "eau-mt"} {
		h.ok(db.Create(&monitor.Incident{
			ID: id, CheckID: id, Service: slug, StartedAt: monday.Add(-time.Minute), ConfirmedAt: monday, Reason: monitor.Timeout,
			Severity: monitor.Major, Reach: 1, Revision: 1, TouchedAt: monday,
		}).Error)
	}
	h.now = monday.Add(20 * time.Minute)
	_, err = h.store.Reconcile(h.Context(), false, monday)
	h.ok(err)
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// ask makes a request as an account; "" is the public.
func (h *house) ask(as, method, path string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(as, method, path, "application/x-www-form-urlencoded", form.Encode())
}

func (h *house) send(as, method, path, kind, body string, headers ...string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	for n := 0; n+1 < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	if as != "" {
		by, err := h.people.ActorOf(h.Context(), as)
		h.ok(err)
		secret, _, err := h.people.AddToken(h.Context(), by, "test", time.Hour)
		h.ok(err)
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

func TestTheDeskInEveryLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for _, tag := range []string{"fr", "ar", "en"} {
		for _, path := range []string{"/desk/alerts", "/desk/alerts/routes/new", "/desk/alerts/routes/usual-outage", "/desk/alerts/services/eau-marhp"} {
			w := h.send("mcd", "GET", path, "text/plain", "", "Cookie", "jard_lang="+tag)
			body := w.Body.String()
			if w.Code != 200 || strings.Contains(body, "alert.") && strings.Contains(strings.ReplaceAll(body, "alert.css", ""), ">alert.") {
				t.Errorf("%s in %s: %d\n%s", path, tag, w.Code, body)
			}
			if want := map[string]string{"ar": `dir="rtl"`}[tag]; !strings.Contains(body, want) {
				t.Errorf("%s in %s does not go from right to left", path, tag)
			}
		}
	}
	body := h.ask("mcd", "GET", "/desk/alerts", nil).Body.String()
	for _, want := range []string{"Facture d", "Amel owner", "Je m’en charge", "noc", "Pannes"} {
		if !strings.Contains(body, want) {
			t.Errorf("the desk does not say %q", want)
		}
	}
}

func TestWhoSeesThePages(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for _, as := range []string{"mcd", "admin", "owner", "head", "officer", "committee"} {
		read, write, manage := as != "committee", as == "mcd" || as == "admin" || as == "owner", as == "mcd" || as == "admin"
		for path, may := range map[string]bool{
			"/desk/alerts": read, "/desk/alerts/routes/new": write, "/desk/alerts/services/eau-marhp": read, "/desk/alerts/services/eau-mt": manage,
			"/api/v1/alerts": read, "/api/v1/alerts/routes": read, "/api/v1/alerts/channels": read,
			"/api/v1/services/eau-mt/alerting": manage, "/api/v1/services/eau-marhp/alerting": read,
		} {
			if w := h.ask(as, "GET", path, nil); (w.Code == 200) != may {
				t.Errorf("%s GET %s: %d; want allowed %v", as, path, w.Code, may)
			}
		}
		if w := h.ask(as, "POST", "/api/v1/alerts/channels/noc/test", nil); (w.Code == 200) != manage {
			t.Errorf("%s tries a channel: %d %s", as, w.Code, w.Body)
		}
		body := h.ask(as, "GET", "/desk/alerts", nil).Body.String()
		if as != "owner" && strings.Contains(body, "Amel owner") != manage {
			t.Errorf("%s sees names: %v; want %v", as, !manage, manage)
		}
		if read && strings.Contains(body, "/services/eau-mt") != manage {
			t.Errorf("%s sees a foreign institution: %v", as, !manage)
		}
	}
	if w := h.ask("", "GET", "/desk/alerts", nil); w.Code == 200 {
		t.Error("the public sees the desk")
	}
	if w := h.ask("", "GET", "/api/v1/alerts", nil); w.Code != 401 {
		t.Errorf("the public asks the API: %d", w.Code)
	}
}

func typed() url.Values {
	return url.Values{
		"name": {"Nuit"}, "enabled": {"yes"}, "group": {"apart"}, "kinds": {"down"}, "remind": {"6"}, "recovery": {"yes"},
		"steps.0.after": {"0"}, "steps.0.roles": {"mcd"}, "steps.1.after": {"15"}, "steps.1.channels": {"noc"}, "steps.2.after": {""},
	}
}

func TestARouteFromTheForm(t *testing.T) {
	h := open(t, databasetest.Open(t))
	if w := h.ask("mcd", "POST", "/desk/alerts/routes", typed()); w.Code != http.StatusSeeOther {
		t.Fatalf("added: %d %s", w.Code, w.Body)
	}
	mcd, err := h.people.ActorOf(t.Context(), "mcd")
	h.ok(err)
	all, err := h.store.Routes(t.Context(), mcd)
	h.ok(err)
	r := all[len(all)-1]
	if len(all) != 2 || r.Name != "Nuit" || len(r.Steps) != 2 || r.Steps[1].After != 15*time.Minute || r.Remind != 6*time.Hour {
		t.Fatalf("kept %+v", r)
	}
	rehearse := typed()
	rehearse.Set("do", "rehearse")
	rehearse.Set("name", "Autre")
	w := h.ask("mcd", "POST", "/desk/alerts/routes/"+r.ID, rehearse)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "aurait envoyé") || !strings.Contains(w.Body.String(), `value="Autre"`) {
		t.Errorf("tried: %d\n%s", w.Code, w.Body)
	}
	change := typed()
	change.Set("revision", "1")
	change.Set("name", "Jour")
	if w := h.ask("mcd", "POST", "/desk/alerts/routes/"+r.ID, change); w.Code != http.StatusSeeOther {
		t.Errorf("changed: %d %s", w.Code, w.Body)
	}
	if w := h.ask("mcd", "POST", "/desk/alerts/routes/"+r.ID, change); w.Code != http.StatusPreconditionFailed {
		t.Errorf("a lost race: %d", w.Code)
	}
	if w := h.ask("mcd", "POST", "/desk/alerts/routes/usual-outage", typed()); w.Code != http.StatusConflict {
		t.Errorf("a route of the file: %d", w.Code)
	}
	if w := h.ask("owner", "POST", "/desk/alerts/routes/"+r.ID+"/removal", nil); w.Code != http.StatusForbidden {
		t.Errorf("removed by somebody of one institution: %d", w.Code)
	}
	if w := h.ask("mcd", "POST", "/desk/alerts/routes/"+r.ID+"/removal", nil); w.Code != http.StatusSeeOther {
		t.Errorf("removed: %d", w.Code)
	}
}

// Whatever is wrong with a form, it comes back with everything that was typed
// and each sentence beside its field.
func TestWrongFormsComeBackWhole(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for want, change := range map[string]func(url.Values){
		"obligatoire.":                              func(f url.Values) { f.Set("name", " ") },
		"La valeur « sms » est inconnue.":           func(f url.Values) { f.Set("kinds", "sms") },
		"Écrivez un nombre.":                        func(f url.Values) { f.Set("steps.1.after", "bientôt") },
		"Chaque étape attend plus longtemps":        func(f url.Values) { f.Set("steps.1.after", "0") },
		"Dites qui est averti.":                     func(f url.Values) { f.Del("steps.0.roles"); f.Del("steps.1.channels"); f.Del("steps.1.after") },
		"Le canal « pigeon » n’est pas configuré.":  func(f url.Values) { f.Set("steps.1.channels", "pigeon") },
		"Un rappel vient toutes les":                func(f url.Values) { f.Set("remind", "0,01") },
		"« 25:00 » n’est pas une heure (22:00).":    func(f url.Values) { f.Set("quiet_from", "25:00"); f.Set("quiet_to", "06:00") },
		"commencent et finissent au même moment":    func(f url.Values) { f.Set("quiet_from", "06:00"); f.Set("quiet_to", "06:00") },
		"L’attente est de 0 à":                      func(f url.Values) { f.Set("steps.1.after", "999999") },
		"L’institution « nulle-part » n’existe pas": func(f url.Values) { f.Set("institutions", "nulle-part") },
	} {
		f := typed()
		f.Set("quiet_from", "21:15")
		f.Set("quiet_to", "05:45")
		change(f)
		w := h.ask("admin", "POST", "/desk/alerts/routes", f)
		body := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(w.Body.String())
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d\n%s", want, w.Code, snippet(body, "class=\"error\""))
			continue
		}
		for _, kept := range []string{f.Get("name"), f.Get("steps.1.after"), f.Get("quiet_from")} {
			if strings.TrimSpace(kept) != "" && !strings.Contains(body, `value="`+kept+`"`) {
				t.Errorf("%s: what was typed, %q, is lost", want, kept)
			}
		}
	}
}

// snippet is what stands around a mark.
func snippet(body, mark string) string {
	var all []string
	for part := range strings.SplitSeq(body, mark) {
		all = append(all, part[:min(len(part), 160)])
	}
	return strings.Join(all[1:], "\n…")
}

func TestALinkTakesItInHandOnce(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db)
	var text string
	h.ok(db.Raw("SELECT text FROM mail_outbox WHERE account = 'owner' ORDER BY queued_at LIMIT 1").Scan(&text).Error)
	_, rest, ok := strings.Cut(text, "http://jard.test/alert/")
	secret, _, _ := strings.Cut(rest, "?")
	if !ok {
		t.Fatalf("no link in the mail:\n%s", text)
	}
	w := h.send("", "GET", "/alert/"+secret, "text/plain", "", "Accept-Language", "ar")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "أتكفل به") || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("the page of the link: %d %s", w.Code, w.Body)
	}
	if w = h.ask("", "GET", "/alert/"+secret, nil); w.Code != 200 {
		t.Error("a scanner that opens the link uses it up")
	}
	if w = h.ask("", "POST", "/alert/"+secret, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "vous vous en chargez") {
		t.Fatalf("followed: %d %s", w.Code, w.Body)
	}
	if w = h.ask("", "POST", "/alert/"+secret, nil); w.Code != http.StatusGone {
		t.Errorf("twice: %d", w.Code)
	}
	for _, wrong := range []string{"x", strings.Repeat("A", 43), "../desk"} {
		if w = h.ask("", "POST", "/alert/"+wrong, nil); w.Code != http.StatusNotFound {
			t.Errorf("%q: %d", wrong, w.Code)
		}
	}
}

func TestTakingInHandTryingAndSendingAgain(t *testing.T) {
	h := open(t, databasetest.Open(t))
	if w := h.ask("head", "POST", "/desk/alerts/acknowledgement", url.Values{"key": {"incident/1"}}); w.Code != http.StatusSeeOther {
		t.Errorf("taken in hand: %d %s", w.Code, w.Body)
	}
	if w := h.ask("head", "POST", "/desk/alerts/acknowledgement", url.Values{"key": {"incident/2"}}); w.Code != http.StatusNotFound {
		t.Errorf("a foreign event: %d", w.Code)
	}
	if w := h.ask("mcd", "POST", "/desk/alerts/channels/noc/trial", nil); w.Code != http.StatusSeeOther {
		t.Errorf("tried: %d", w.Code)
	}
	h.failure = &alert.Failure{Cause: alert.TimedOut}
	if w := h.ask("mcd", "POST", "/api/v1/alerts/channels/noc/test", nil); w.Code != 200 || !strings.Contains(w.Body.String(), `"cause":"timeout"`) {
		t.Errorf("tried in vain: %d %s", w.Code, w.Body)
	}
	if w := h.ask("mcd", "POST", "/desk/alerts/messages/nothing/retry", nil); w.Code != http.StatusNotFound {
		t.Errorf("sent nothing again: %d", w.Code)
	}
}

func TestTheAPIOfRoutes(t *testing.T) {
	h := open(t, databasetest.Open(t))
	body := `{"name":"API","enabled":true,"steps":[{"roles":["mcd"]},{"after":"15m","channels":["noc"]}],"remind":"6h"}`
	var made struct {
		ID    string `json:"id"`
		Steps []struct{ After string }
	}
	for range 2 { // the same key: one route
		w := h.send("mcd", "POST", "/api/v1/alerts/routes", "application/json", body, "Idempotency-Key", "k1")
		if w.Code != http.StatusCreated || json.Unmarshal(w.Body.Bytes(), &made) != nil || made.Steps[1].After != "15m0s" {
			t.Fatalf("added: %d %s", w.Code, w.Body)
		}
	}
	var list struct{ Items []struct{ ID string } }
	w := h.ask("mcd", "GET", "/api/v1/alerts/routes", nil)
	if json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list.Items) != 2 {
		t.Errorf("listed: %s", w.Body)
	}
	path := "/api/v1/alerts/routes/" + made.ID
	if w := h.send("mcd", "PUT", path, "application/json", body, "If-Match", `"7"`); w.Code != http.StatusPreconditionFailed {
		t.Errorf("a lost race: %d %s", w.Code, w.Body)
	}
	if w := h.send("mcd", "PUT", path, "application/json", body, "If-Match", `"1"`); w.Code != 200 || w.Header().Get("ETag") != `"2"` {
		t.Errorf("changed: %d %s", w.Code, w.Body)
	}
	if w := h.ask("mcd", "GET", path+"/evaluation", nil); w.Code != 200 || !strings.Contains(w.Body.String(), `"days":30`) {
		t.Errorf("tried: %d %s", w.Code, w.Body)
	}
	for want, bad := range map[string]string{
		`"field":"steps.0.after"`: `{"name":"x","enabled":true,"steps":[{"after":"soon","roles":["mcd"]}]}`,
		`"field":"steps"`:         `{"name":"x","enabled":true,"steps":[]}`,
		`"field":"name"`:          `{"name":"","enabled":true,"steps":[{"roles":["mcd"]}]}`,
	} {
		if w := h.send("mcd", "POST", "/api/v1/alerts/routes", "application/json", bad); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
	if w := h.ask("mcd", "DELETE", path, nil); w.Code != http.StatusNoContent {
		t.Errorf("removed: %d %s", w.Code, w.Body)
	}
	w = h.ask("owner", "GET", "/api/v1/alerts?limit=1", nil)
	var page struct {
		Items []struct {
			Events []struct{ Institution string }
		}
		Next string
	}
	if json.Unmarshal(w.Body.Bytes(), &page) != nil || len(page.Items) != 1 {
		t.Fatalf("history: %s", w.Body)
	}
	for _, m := range page.Items {
		for _, e := range m.Events {
			if e.Institution != "marhp" {
				t.Errorf("an owner of Agriculture reads of %s", e.Institution)
			}
		}
	}
}
