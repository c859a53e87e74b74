package noticeweb_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/notice"
)

// speaking gets a page in a language.
func (h *house) speaking(target, tag string, by ...identity.Actor) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodGet, "http://jard.test"+target, nil)
	r.AddCookie(&http.Cookie{Name: "jard_lang", Value: tag})
	return h.send(r, by...)
}

func TestChoosingWhatToBeTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		by := h.actor("officer")
		if w := h.get("/account/notices"); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("the public: %d", w.Code)
		}
		h.want(h.get("/account/notices", by), 200, "Mes notifications", "calendar.ics?institution=marhp")
		h.want(h.speaking("/account/notices", "ar", by), 200, `dir="rtl"`, "إشعاراتي")
		bad := url.Values{"rhythm": {"hourly"}, "away_until": {"2026-02-30"}, "language": {"fr"}}
		h.want(h.post("/account/notices", bad, by), 422, `value="2026-02-30"`, "n'est pas une date qui existe", "La valeur « hourly » est inconnue.")
		bad = url.Values{"rhythm": {"weekly"}, "language": {"xx"}}
		h.want(h.post("/account/notices", bad, by), 422, "La valeur « xx » est inconnue.")
		if p, _ := h.notices.Preference(t.Context(), by.Account); p.Rhythm != notice.Daily {
			t.Fatal("half of a refused form was kept")
		}
		good := url.Values{"rhythm": {"weekly"}, "away_until": {"2026-12-24"}, "language": {"ar"}}
		if w := h.post("/account/notices", good, by); w.Code != 303 {
			t.Fatalf("status %d\n%s", w.Code, w.Body)
		}
		p, _ := h.notices.Preference(t.Context(), by.Account)
		if p.Rhythm != notice.Weekly || p.AwayUntil != "2026-12-24" || h.actor("officer").Language != "ar" {
			t.Errorf("kept %+v, %s", p, h.actor("officer").Language)
		}
	})
}

var secretCalendar = regexp.MustCompile(`http://jard\.test(/calendar/[A-Za-z0-9_-]{43}\.ics)`)

func TestCalendars(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		by := h.actor("officer")
		w := h.get("/calendar.ics")
		h.want(w, 200)
		if got := w.Header().Get("Content-Type"); got != "text/calendar; charset=utf-8" {
			t.Errorf("Content-Type %s", got)
		}
		c, err := ics.ParseCalendar(bytes.NewReader(w.Body.Bytes()))
		if err != nil || len(c.Events()) != 3 {
			t.Fatalf("%v in\n%s", err, w.Body)
		}
		if got := c.Events()[0].GetProperty(ics.ComponentPropertySummary).Value; !strings.Contains(got, "Production de céréales") {
			t.Errorf("summary %q", got)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://jard.test/calendar.ics", nil)
		r.Header.Set("If-None-Match", w.Header().Get("ETag"))
		if again := h.send(r); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("unchanged: %d", again.Code)
		}
		for target, want := range map[string]int{
			"/calendar.ics?institution=marhp": 3, "/calendar.ics?institution=ms": 0, "/calendar.ics?institution=marhp&lang=ar": 3,
		} {
			c, err := ics.ParseCalendar(bytes.NewReader(h.get(target).Body.Bytes()))
			if err != nil || len(c.Events()) != want {
				t.Errorf("%s: %d events, %v; want %d", target, len(c.Events()), err, want)
			}
		}
		h.want(h.get("/calendar.ics?institution=nobody"), 404)

		made := h.post("/account/notices/calendar", nil, by)
		h.want(made, 200)
		found := secretCalendar.FindStringSubmatch(made.Body.String())
		if found == nil {
			t.Fatal("no address is shown")
		}
		own := h.get(found[1])
		h.want(own, 200, "BEGIN:VALARM", "/desk/datasets/")
		if strings.Contains(h.get("/account/notices", by).Body.String(), found[1]) {
			t.Error("the secret is shown twice")
		}
		h.want(h.get(found[1]+"x"), 404)
		if w := h.post("/account/notices/calendar/revocation", nil, by); w.Code != 303 {
			t.Fatal(w.Code)
		}
		h.want(h.get(found[1]), 404)
		found = secretCalendar.FindStringSubmatch(h.post("/account/notices/calendar", nil, by).Body.String())
		h.ok(h.people.DisableAccount(t.Context(), identity.System("test"), "officer", "has left"))
		h.want(h.get(found[1]), 404)
	})
}

func TestTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		by := h.actor("officer")
		ask := func(method, target, body string, by ...identity.Actor) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), method, "http://jard.test"+target, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			return h.send(r, by...)
		}
		h.want(ask("GET", "/api/v1/account/notices", "", by), 200, `"rhythm":"daily"`)
		h.want(ask("PUT", "/api/v1/account/notices", `{"rhythm":"off"}`, by), 200, `"rhythm":"off"`)
		h.want(ask("PUT", "/api/v1/account/notices", `{"rhythm":"hourly"}`, by), 422, "rhythm")
		h.want(ask("PUT", "/api/v1/account/notices", `{"rhythm":"off","away_until":"2026-02-30"}`, by), 422, "away_until")
		h.want(ask("GET", "/api/v1/account/notices", ""), 401)
		h.want(ask("GET", "/api/v1/datasets/"+h.dataset.Ref+"/reminders", "", by), 200, `"step":"late-5"`, `"audience":"officer"`, `"period":"2026-11"`)
		h.want(ask("GET", "/api/v1/datasets/"+h.dataset.Ref+"/reminders", ""), 401)
		stranger := identity.Actor{Account: "x", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
		h.want(ask("GET", "/api/v1/datasets/"+h.dataset.Ref+"/reminders", "", stranger), 404)
	})
}
