package incidentweb

import (
	"context"
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

// people knows three ministries.
type people struct{}

func (people) Institutions(context.Context) (identity.Tree, error) {
	return identity.Tree{
		"mi": {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Intérieur", "ar": "وزارة الداخلية"}},
		"mf": {Slug: "mf", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère des Finances", "ar": "وزارة المالية"}},
		"ms": {Slug: "ms", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de la Santé"}},
	}, nil
}

// house is the room with everything under it.
type house struct {
	*testing.T
	handler http.Handler
	store   *monitordb.Store
	pages   *Pages
	now     time.Time
	w       *monitordb.Writer
	states  map[string]*monitor.Current
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, now: noon, states: map[string]*monitor.Current{}}
	for _, slug := range []string{"mi", "mf", "ms"} {
		if err := db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}).Error; err != nil {
			t.Fatal(err)
		}
	}
	clock := func() time.Time { return h.now }
	h.store = monitordb.New(db, clock)
	h.w = h.store.NewWriter(nil, 0)
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), BaseURL: "https://jard.example"})
	if err != nil {
		t.Fatal(err)
	}
	h.pages = New(shell, h.store, people{}, clock)
	h.pages.Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) add(slug, institution string) {
	h.Helper()
	v, err := h.store.Add(context.Background(), mcd, monitor.Service{
		Slug: slug, Name: lang.Text{"fr": "Service " + slug, "ar": "خدمة " + slug}, Institution: institution, State: monitor.Active,
		URL: "https://" + slug + ".example.tn/", Checks: []monitor.Check{{Name: "home", Schedule: "@every 60s"}},
	}, schedule.Period)
	if err != nil {
		h.Fatal(err)
	}
	h.states[slug] = &monitor.Current{CheckID: v.Checks[0].ID, Service: slug}
}

// read lets services be read, with a failure or without.
func (h *house) read(why monitor.Reason, slugs ...string) {
	h.Helper()
	for range 3 {
		for _, slug := range slugs {
			c := h.states[slug]
			r := monitor.Reading{
				Check: c.CheckID, At: h.now, Every: time.Minute, Attempt: 1, Reason: why, Status: 200, Detail: "secret detail", Address: "196.203.5.9:443",
				Phases: monitor.Phases{1e6, 2e6, 3e6, 40e6, 5e6}, Seen: &monitor.Seen{Excerpt: "secret excerpt", Header: map[string][]string{"Server": {"secret server"}}},
			}
			monitor.Expect{}.Judge(&r)
			change, since := c.Take(&r, 0)
			h.w.Add(monitordb.Entry{Reading: r, Current: *c, Change: change, IncidentAt: since})
		}
		h.now = h.now.Add(20 * time.Second)
	}
	if err := h.w.Flush(context.Background()); err != nil {
		h.Fatal(err)
	}
}

// ask sends a request as somebody, in French unless headers say otherwise.
func (h *house) ask(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.Helper()
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, strings.NewReader(body))
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

func (h *house) post(by identity.Actor, path string, pairs ...string) *httptest.ResponseRecorder {
	h.Helper()
	form := url.Values{"sent": {"1"}}
	for n := 0; n+1 < len(pairs); n += 2 {
		form.Set(pairs[n], pairs[n+1])
	}
	return h.ask(by, http.MethodPost, path, form.Encode())
}

// want checks an answer; what begins with "!" must not be in it.
func (h *house) want(rec *httptest.ResponseRecorder, status int, contains ...string) string {
	h.Helper()
	b, _ := io.ReadAll(rec.Body)
	body := string(b)
	if rec.Code != status {
		h.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, s := range contains {
		if not, must := strings.CutPrefix(s, "!"); must {
			if strings.Contains(body, not) {
				h.Errorf("answer holds %q\n%s", not, body)
			}
		} else if !strings.Contains(body, s) {
			h.Errorf("answer lacks %q\n%s", s, body)
		}
	}
	return body
}
