package assessweb

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine"
	"github.com/jard-odi/jard/monitor/examinedb"
	"github.com/jard-odi/jard/web"
)

// finds is a Looker that finds HSTS, or nothing at all, once it is let.
type finds struct {
	let  chan struct{}
	days float64
	why  string
}

func (f *finds) Look(_ context.Context, s examine.Subject) examine.Result {
	<-f.let
	return examine.Result{Requests: 31, Bytes: 1234, Facts: []assess.Fact{
		{Service: s.Service, Measure: assess.Viewport, Word: assess.Yes, At: noon, Unknown: f.why},
		{Service: s.Service, Measure: assess.StrictTransport, Value: f.days, At: noon},
	}}
}

// looking is a house whose pages can be looked at.
func looking(t *testing.T, db *gorm.DB, f *finds, wait time.Duration) (*house, *examine.Rounds) {
	t.Helper()
	h := open(t, db)
	city(h)
	clock := func() time.Time { return h.now }
	rounds := examine.NewRounds(examine.RoundsOptions{
		Store: examinedb.New(db, clock), Looker: f, Put: h.store.Put, Zone: time.UTC, Now: clock, Wait: wait, Log: slog.New(slog.DiscardHandler),
		Subjects: func(context.Context) ([]examine.Subject, error) {
			return []examine.Subject{{Service: "good", Institution: "mi", URL: "https://good.example.tn/"}}, nil
		},
		After: func(ctx context.Context) error { _, err := h.store.Look(ctx, identity.System("test")); return err },
	})
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, h.watched, people, clock).Writing(sheet.WriteRows).Examining(rounds).Routes()
	h.handler = shell.Handler()
	return h, rounds
}

// ended waits for the looks that are under way.
func ended(t *testing.T, r *examine.Rounds) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.Run(ctx)
}

const lookAt = "/desk/services/good/assessment/look"

func TestALookOnDemand(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		f := &finds{let: make(chan struct{}), days: 365}
		close(f.let)
		h, _ := looking(t, db, f, time.Minute)
		own := "/desk/services/good/assessment"
		h.want(h.ask(owner, own, nil), 200, "Jamais examiné", "Examiner maintenant")
		h.want(h.ask(owner, lookAt, url.Values{}), 303)
		h.want(h.ask(owner, own, nil), 200, "Examiné", "Dernier examen", "Prochain examen possible")
		facts, err := h.store.Facts(t.Context(), "good")
		if err != nil || facts[assess.StrictTransport].Value != 365 {
			t.Errorf("%v: %+v", err, facts[assess.StrictTransport])
		}
		// Ten minutes lie between two; the page stays, with the reason.
		h.now = noon.Add(9 * time.Minute)
		h.want(h.ask(owner, lookAt, url.Values{}), 429, "il y a moins de 10 minutes", "Prochain examen possible")
		h.now = noon.Add(10 * time.Minute)
		f.why = "examine.unknown.unreachable"
		h.want(h.ask(owner, lookAt, url.Values{}, "ar"), 303)
		h.want(h.ask(owner, own, nil, "ar"), 200, "لم تُر الصفحة")
		h.now = noon.Add(20 * time.Minute)
		h.want(h.ask(owner, own, nil, "en"), 200, "Page not seen", "the site did not answer", "Look now")
	})
}

func TestWhoMayHaveAServiceLookedAt(t *testing.T) {
	f := &finds{let: make(chan struct{})}
	close(f.let)
	h, _ := looking(t, databasetest.Open(t), f, time.Minute)
	officer := identity.Actor{Account: "f", Role: identity.Officer, Institution: "mi", Institutions: []string{"mi"}}
	for _, by := range []identity.Actor{other, officer} {
		if rec := h.ask(by, lookAt, url.Values{}); rec.Code != 403 && rec.Code != 404 { // of another body: not there
			t.Errorf("%s of %s: %d", by.Role, by.Institution, rec.Code)
		}
	}
	h.want(h.ask(nobody, lookAt, url.Values{}), 303)
	h.want(h.ask(officer, "/desk/services/good/assessment", nil), 200, "Jamais examiné")
	h.want(h.ask(owner, "/desk/services/nothing/assessment/look", url.Values{}), 404)
	h.want(h.ask(owner, lookAt, url.Values{}), 303)
	h.now = noon.Add(time.Hour)
	h.want(h.ask(mcd, lookAt, url.Values{}), 303)
}

// A look that takes longer than anybody waits goes on, and everybody sees that
// it does; one that the end of the program cuts short can be asked for again.
func TestALongLookIsSeenRunning(t *testing.T) {
	f := &finds{let: make(chan struct{}), days: 1}
	h, rounds := looking(t, databasetest.Open(t), f, 0)
	const at = "/api/v1/services/good/assessment/look"
	h.want(h.machine(owner, "GET", at), 200, `"state":"never"`, `"possible":true`)
	h.want(h.machine(owner, "POST", at), 202, `"state":"running"`)
	h.want(h.machine(owner, "POST", at), 429)
	h.want(h.ask(owner, "/desk/services/good/assessment", nil), 200, "Examen en cours", "Actualiser")
	h.now = noon.Add(6 * time.Minute)
	h.want(h.machine(owner, "GET", at), 200, `"state":"cut"`)
	close(f.let)
	ended(t, rounds)
	rec := h.machine(mcd, "GET", at)
	var out pageLookOut
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if out.State != "done" && out.State != "cut" { // the end may have come first
		t.Errorf("%+v", out)
	}
	h.want(h.machine(nobody, "POST", at), 401)
	h.want(h.machine(other, "POST", at), 404)
	h.want(h.machine(nobody, "GET", at), 401)
}

// machine asks the JSON API.
func (h *house) machine(by identity.Actor, method, path string) *httptest.ResponseRecorder {
	h.t.Helper()
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, http.NoBody)
	req.Header.Set("Accept-Language", "fr")
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}
