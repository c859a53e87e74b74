package assessweb

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// send sends JSON to the API.
func (h *house) send(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, strings.NewReader(body))
	req.Header.Set("Accept-Language", "fr")
	req.Header.Set("Content-Type", "application/json")
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func TestActionsOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		if _, err := h.store.Look(t.Context(), identity.System("test")); err != nil {
			t.Fatal(err)
		}
		const at = "/api/v1/assessment/actions"
		// Page by page, each once, what is due first first.
		seen, last := map[int64]assessmentActionOut{}, assessmentActionOut{}
		for next, n := "", 0; n == 0 || next != ""; n++ {
			var page struct {
				Items []assessmentActionOut
				Next  string
			}
			rec := h.send(mcd, "GET", at+"?limit=2&cursor="+url.QueryEscape(next), "")
			h.want(rec, 200)
			if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			for _, a := range page.Items {
				if _, twice := seen[a.ID]; twice || a.Due.Before(last.Due) {
					t.Errorf("%d comes twice or too late", a.ID)
				}
				seen[a.ID], last = a, a
			}
			next = page.Next
		}
		if len(seen) < 2 {
			t.Fatalf("%d actions", len(seen))
		}
		h.want(h.send(mcd, "GET", at+"?cursor=zzz", ""), 422)
		h.want(h.send(mcd, "GET", at+"?state=nothing", ""), 422)
		// Opened by hand, changed from what was read, and written about once.
		rec := h.send(owner, "POST", at, `{"service":"good","criterion":"SE2"}`)
		h.want(rec, 201, `"state":"open"`, `"notes":[]`)
		var a assessmentActionOut
		if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		one := at + "/" + strconv.FormatInt(a.ID, 10)
		if got := rec.Header().Get("Location"); !strings.HasSuffix(got, one) {
			t.Errorf("location %q", got)
		}
		h.want(h.send(owner, "POST", at, `{"service":"good","criterion":"SE2"}`), 201, `"id":`+strconv.FormatInt(a.ID, 10))
		h.want(h.send(owner, "POST", at, `{"service":"good","criterion":"ZZ9"}`), 422)
		h.want(h.send(owner, "PATCH", one, `{"owner":"Équipe réseau"}`), 422, "If-Match")
		h.want(h.send(owner, "PATCH", one, `{"owner":"Équipe réseau"}`, "If-Match", `"9"`), 412)
		h.want(h.send(owner, "PATCH", one, `{"owner":"Équipe réseau","due":"2026-10-20","state":"doing"}`, "If-Match", `"1"`), 200,
			`"owner":"Équipe réseau"`, `"state":"doing"`, `"due":"2026-10-20T22:59:59Z"`, `"revision":2`)
		h.want(h.send(owner, "PATCH", one, `{"due":"2020-01-01","state":"waived","reason":"cher"}`, "If-Match", "*"), 403)
		h.want(h.send(owner, "PATCH", one, `{"due":"demain"}`, "If-Match", "*"), 422)
		h.want(h.send(mcd, "PATCH", one, `{"due":"2020-01-01"}`, "If-Match", "*"), 422, "entre aujourd")
		h.want(h.send(owner, "GET", one, ""), 200, `"state":"doing"`, `"revision":2`)
		for range 2 {
			h.want(h.send(owner, "POST", one+"/notes", `{"text":"Demandé à l'hébergeur"}`, "Idempotency-Key", "n-1"), 201)
		}
		h.want(h.send(owner, "POST", one+"/notes", `{"text":""}`), 422)
		if notes, err := h.store.Notes(t.Context(), a.ID); err != nil || len(notes) != 1 {
			t.Errorf("notes %+v, %v", notes, err)
		}
		h.want(h.send(mcd, "PATCH", one, `{"state":"waived","reason":"remplacé en janvier"}`, "If-Match", `"2"`), 200, `"state":"waived"`)
		h.want(h.send(mcd, "GET", at+"?service=good&state=waived", ""), 200, "remplacé en janvier")
		for _, by := range []identity.Actor{other, nobody} {
			for _, rec := range []*httptest.ResponseRecorder{
				h.send(by, "GET", one, ""), h.send(by, "POST", one+"/notes", `{"text":"x"}`), h.send(by, "PATCH", one, `{"state":"done"}`, "If-Match", "*"),
			} {
				if rec.Code != 401 && rec.Code != 403 && rec.Code != 404 {
					t.Errorf("%s of %s: %d %s", by.Role, by.Institution, rec.Code, rec.Body)
				}
			}
		}
		h.lacks(h.send(other, "GET", at, ""), `"institution":"mi"`)
		kept, _, err := h.store.Action(t.Context(), mcd, a.ID)
		if err != nil || kept.State != assess.Waived {
			t.Errorf("%+v, %v", kept, err)
		}
	})
}
