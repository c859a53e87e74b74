package inventoryweb_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// body is a dataset that may be submitted, as a script sends it.
func body(title string) map[string]any {
	return map[string]any{
		"institution": "marhp",
		"title":       map[string]string{"fr": title, "ar": "إنتاج الحبوب حسب الولاية"},
		"description": map[string]string{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		"keywords": map[string][]string{"fr": {"céréales"}, "ar": {"حبوب"}},
		"theme":    "agriculture", "frequency": "monthly", "licence": "LNDPO-TN", "openness": "open",
		"personal_data": false, "data_modified": "2026-10-05", "spatial": []string{"TN-61"},
		"temporal": map[string]string{"start": "2010-01-01", "end": "2026-09-30"},
		"contact":  map[string]string{"name": "Bureau des données", "email": "opendata@agriculture.tn"},
		"distributions": []map[string]any{{
			"title": map[string]string{"fr": "Tableau"}, "url": "https://www.agriculture.tn/cereales.csv",
			"format": "csv", "media_type": "text/csv", "bytes": 12400,
		}},
	}
}

// but is the body with one field otherwise.
func but(field string, value any) map[string]any {
	b := maps.Clone(body("Titre"))
	b[field] = value
	return b
}

const datasets = "/api/v1/datasets"

func (h *house) create(title string) (ref string) {
	h.Helper()
	w, out := h.ask(officer, http.MethodPost, datasets, body(title))
	h.want(w, http.StatusCreated)
	return out["ref"].(string)
}

func TestTheShapesOfTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		w, made := h.ask(officer, http.MethodPost, datasets, body("Production céréalière"))
		h.want(w, http.StatusCreated)
		ref := made["ref"].(string)
		if w.Header().Get("ETag") != `"1"` || !strings.HasSuffix(w.Header().Get("Location"), datasets+"/"+ref) {
			t.Errorf("headers %v", w.Header())
		}
		for field, want := range map[string]any{
			"institution": "marhp", "state": "draft", "revision": 1.0, "personal_data": false, "frequency": "monthly",
			"data_modified": "2026-10-05", "openness": "open",
		} {
			if made[field] != want {
				t.Errorf("%s = %v; want %v", field, made[field], want)
			}
		}
		if x := made["distributions"].([]any)[0].(map[string]any); x["format"] != "CSV" || x["bytes"] != 12400.0 || x["id"] == "" {
			t.Errorf("distribution %v", x)
		}

		w, out := h.ask(officer, http.MethodPatch, datasets+"/"+ref, `{"title":{"en":"Cereals"},"contact":{"name":"Office"}}`, "If-Match", `"1"`)
		h.want(w, http.StatusOK)
		title, contact := out["title"].(map[string]any), out["contact"].(map[string]any)
		if title["fr"] != "Production céréalière" || title["en"] != "Cereals" || contact["email"] != "opendata@agriculture.tn" ||
			out["revision"] != 2.0 || w.Header().Get("ETag") != `"2"` {
			t.Errorf("after PATCH %v, ETag %s; want the given fields changed and no other", out, w.Header().Get("ETag"))
		}
		w, _ = h.ask(officer, http.MethodGet, datasets+"/"+ref, nil, "If-None-Match", `"2"`)
		h.want(w, http.StatusNotModified)

		for _, act := range []struct {
			by         identity.Actor
			path, sent string
			state      string
		}{
			{officer, "submission", ``, "submitted"},
			{operator, "return", `{"reason":"Précisez"}`, "returned"},
			{officer, "submission", `{}`, "submitted"},
			{operator, "approval", `{"revision":5}`, "approved"},
			{officer, "update", `{"data_modified":"2026-11-12"}`, "approved"},
			{officer, "withdrawal", `{"reason":"Double"}`, "withdrawn"},
		} {
			w, out := h.ask(act.by, http.MethodPost, datasets+"/"+ref+"/"+act.path, act.sent)
			h.want(w, http.StatusOK)
			if out["state"] != act.state {
				t.Errorf("after %s %v; want %s", act.path, out["state"], act.state)
			}
		}
		w, out = h.ask(officer, http.MethodGet, datasets+"/"+ref+"/history", nil)
		h.want(w, http.StatusOK)
		items := out["items"].([]any)
		if last := items[0].(map[string]any); len(items) != 8 || last["act"] != "dataset.withdraw" || last["reason"] != "Double" {
			t.Errorf("%d lines, the last %v", len(items), last)
		}
	})
}

func TestListsPageByCursor(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for n := range 5 {
			h.now = start.Add(time.Duration(n/2) * time.Minute) // some at the same instant
			h.create(fmt.Sprintf("Jeu %d", n))
		}
		seen, cursor := map[string]bool{}, ""
		for pages := 1; ; pages++ {
			w, out := h.ask(officer, http.MethodGet, datasets+"?limit=2&cursor="+cursor, nil)
			h.want(w, http.StatusOK)
			for _, item := range out["items"].([]any) {
				seen[item.(map[string]any)["ref"].(string)] = true
			}
			if cursor = out["next"].(string); cursor == "" {
				if pages != 3 || len(seen) != 5 {
					t.Errorf("%d datasets on %d pages; want 5 on 3", len(seen), pages)
				}
				break
			}
		}
		_, out := h.ask(stranger, http.MethodGet, datasets, nil)
		if items := out["items"].([]any); len(items) != 0 {
			t.Errorf("a stranger sees %d datasets", len(items))
		}
		w, _ := h.ask(nobody, http.MethodGet, datasets, nil)
		h.want(w, http.StatusUnauthorized)
		w, _ = h.ask(officer, http.MethodGet, datasets+"?cursor=zzz", nil)
		h.want(w, http.StatusUnprocessableEntity, "cursor")
		w, _ = h.ask(officer, http.MethodGet, datasets+"?limit=0", nil)
		h.want(w, http.StatusUnprocessableEntity, "limit")
	})
}

func TestBadInputIsRefusedAndNothingWritten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.create("Production céréalière")
		one := datasets + "/" + ref
		for _, tt := range []struct {
			name         string
			by           identity.Actor
			method, path string
			sent         any
			status       int
			field        string
			header       []string
		}{
			{"a field of the wrong type", officer, "POST", datasets, but("theme", 5), 422, "theme", nil},
			{"a field nobody knows", officer, "POST", datasets, but("colour", "red"), 422, "colour", nil},
			{"a field nobody knows, in a patch", officer, "PATCH", one, `{"titel":{"fr":"x"}}`, 422, "titel", nil},
			{"a language nobody knows", officer, "PATCH", one, `{"title":{"de":"x"}}`, 422, "title.de", nil},
			{"a field one may not write", officer, "PATCH", one, `{"state":"approved"}`, 422, "state", nil},
			{"a title too long", officer, "POST", datasets, but("title", map[string]string{"fr": strings.Repeat("x", 201)}), 422, "title.fr", nil},
			{"a title of a million letters", officer, "PATCH", one, map[string]any{"title": map[string]string{"fr": strings.Repeat("x", 1_000_000)}}, 422, "title.fr", nil},
			{"no title at all", officer, "POST", datasets, `{"institution":"marhp"}`, 422, "title.fr", nil},
			{"no institution", officer, "POST", datasets, `{"title":{"fr":"x"}}`, 422, "institution", nil},
			{"bytes that are no text", officer, "PATCH", one, "{\"title\":{\"fr\":\"a\xff\"}}", 400, "", nil},
			{"a NUL", officer, "PATCH", one, `{"title":{"fr":"a\u0000b"}}`, 400, "", nil},
			{"no JSON", officer, "PATCH", one, `{"title"`, 400, "", nil},
			{"an unknown frequency", officer, "POST", datasets, but("frequency", "sometimes"), 422, "frequency", nil},
			{"30 February", officer, "PATCH", one, `{"data_modified":"2026-02-30"}`, 422, "data_modified", nil},
			{"a period that ends before it begins", officer, "PATCH", one, `{"temporal":{"start":"2026-02-01","end":"2026-01-01"}}`, 422, "temporal.end", nil},
			{"an address that is a file name", officer, "PATCH", one, `{"distributions":[{"url":"http://pai.pdf"}]}`, 422, "distributions.0.url", nil},
			{"an unknown place", officer, "PATCH", one, `{"spatial":["TN-99"]}`, 422, "spatial", nil},
			{"another institution's dataset", stranger, "PATCH", one, `{"title":{"fr":"Volé"}}`, 404, "", nil},
			{"another institution's dataset, submitted", stranger, "POST", one + "/submission", `{}`, 404, "", nil},
			{"another institution", officer, "POST", datasets, but("institution", "ms"), 404, "", nil},
			{"nobody", nobody, "POST", datasets, body("x"), 401, "", nil},
			{"who may only read", member, "PATCH", one, `{"title":{"fr":"x"}}`, 403, "", nil},
			{"a stale tag", officer, "PATCH", one, `{"title":{"fr":"x"}}`, 412, "", []string{"If-Match", `"99"`}},
			{"a tag of another making", officer, "PATCH", one, `{"title":{"fr":"x"}}`, 412, "", []string{"If-Match", `"abc"`}},
			{"a stale tag on an act", officer, "POST", one + "/submission", `{}`, 412, "", []string{"If-Match", `"99"`}},
			{"an act out of turn", operator, "POST", one + "/approval", `{}`, 409, "", nil},
			{"a return without a reason", operator, "POST", one + "/return", `{}`, 409, "", nil},
			{"a replacement nobody knows", officer, "POST", one + "/withdrawal", `{"reason":"x","replacement":"TN-X-2026-0001"}`, 422, "replacement", nil},
			{"a dataset that does not exist", officer, "GET", datasets + "/TN-MARHP-1999-0001", nil, 404, "", nil},
		} {
			t.Run(tt.name, func(t *testing.T) {
				h := *h
				h.T = t
				h.unwritten(func() {
					w, out := h.ask(tt.by, tt.method, tt.path, tt.sent, append(tt.header, "Accept-Language", "ar")...)
					h.wantProblem(w, out, tt.status, tt.field)
				})
			})
		}
	})
}

// wantProblem asserts a problem in Arabic that names the field.
func (h *house) wantProblem(w *httptest.ResponseRecorder, out map[string]any, status int, field string) {
	h.Helper()
	if w.Code != status || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
		h.Fatalf("status %d %s; want a problem of %d\n%.500s", w.Code, w.Header().Get("Content-Type"), status, w.Body)
	}
	if kind, _ := out["type"].(string); !strings.HasPrefix(kind, "urn:jard:problem:") {
		h.Errorf("type %q", kind)
	}
	if title, _ := out["title"].(string); !strings.ContainsAny(title, "ابتثجحخدذرزسشصضطظعغفقكلمنهوي") {
		h.Errorf("title %q; want it in the caller's language", title)
	}
	if field == "" {
		return
	}
	errs, _ := out["errors"].([]any)
	for _, e := range errs {
		if e.(map[string]any)["field"] == field && e.(map[string]any)["message"] != "" {
			return
		}
	}
	h.Errorf("errors %v; want one of %s", errs, field)
}

// endless is a body that would never fit, and counts what was read of it.
type endless struct{ left, read int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), e.left))
	for k := range n {
		b[k] = 'x'
	}
	e.left, e.read = e.left-int64(n), e.read+int64(n)
	return n, nil
}

func TestABodyOf200MBIsNotRead(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.create("Titre")
	for _, tt := range []struct{ method, path, kind string }{
		{http.MethodPost, datasets, "application/json"},
		{http.MethodPatch, datasets + "/" + ref, "application/json"},
		{http.MethodPost, "/desk/datasets/new", "application/x-www-form-urlencoded"},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			h := *h
			h.T = t
			h.unwritten(func() {
				huge := &endless{left: 200 << 20}
				r := httptest.NewRequestWithContext(t.Context(), tt.method, "http://jard.test"+tt.path, huge)
				r.Header.Set("Content-Type", tt.kind)
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				h.want(h.send(officer, r), http.StatusRequestEntityTooLarge)
				if huge.read > web.DefaultMaxBody+1<<20 {
					t.Errorf("read %d MB of it", huge.read>>20)
				}
			})
		})
	}
}

func TestATokenOfAnotherInstitution(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.create("Titre")
	token := func(email, institution string) string {
		a, _, err := h.people.AddAccount(t.Context(), identity.System("test"), email, "Amel", identity.Officer, institution, "une phrase assez longue")
		h.ok(err)
		by, err := h.people.ActorOf(t.Context(), a.ID)
		h.ok(err)
		secret, _, err := h.people.AddToken(t.Context(), by, "script", time.Hour)
		h.ok(err)
		return secret
	}
	own, foreign := token("own@example.tn", "marhp"), token("foreign@example.tn", "ms")
	for secret, status := range map[string]int{own: http.StatusOK, foreign: http.StatusNotFound, "wrong": http.StatusUnauthorized} {
		w, _ := h.ask(nobody, http.MethodGet, datasets+"/"+ref, nil, "Authorization", "Bearer "+secret)
		h.want(w, status)
	}
	h.unwritten(func() {
		w, _ := h.ask(nobody, http.MethodPatch, datasets+"/"+ref, `{"title":{"fr":"Volé"}}`, "Authorization", "Bearer "+foreign)
		h.want(w, http.StatusNotFound)
	})
}

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		first, made := h.ask(officer, http.MethodPost, datasets, body("Titre"), "Idempotency-Key", "k1")
		h.want(first, http.StatusCreated)
		h.unwritten(func() {
			again, _ := h.ask(officer, http.MethodPost, datasets, body("Titre"), "Idempotency-Key", "k1")
			h.want(again, http.StatusCreated)
			if again.Body.String() != first.Body.String() || again.Header().Get("ETag") != first.Header().Get("ETag") ||
				again.Header().Get("Location") != first.Header().Get("Location") {
				t.Errorf("the second answer differs:\n%s\n%s", first.Body, again.Body)
			}
			other, _ := h.ask(officer, http.MethodPost, datasets, body("Autre"), "Idempotency-Key", "k1")
			h.want(other, http.StatusUnprocessableEntity, "dataset.key_reused")
		})
		act := datasets + "/" + made["ref"].(string) + "/submission"
		w, _ := h.ask(officer, http.MethodPost, act, `{}`, "Idempotency-Key", "k2")
		h.want(w, http.StatusOK)
		h.unwritten(func() {
			w, out := h.ask(officer, http.MethodPost, act, `{}`, "Idempotency-Key", "k2")
			h.want(w, http.StatusOK)
			if out["state"] != string(inventory.Submitted) {
				t.Errorf("state %v", out["state"])
			}
		})
		// What failed is not kept, and another person's key is another key.
		w, _ = h.ask(officer, http.MethodPost, datasets, but("theme", "x"), "Idempotency-Key", "k3")
		h.want(w, http.StatusUnprocessableEntity)
		w, _ = h.ask(officer, http.MethodPost, datasets, body("Titre"), "Idempotency-Key", "k3")
		h.want(w, http.StatusCreated)
		w, _ = h.ask(operator, http.MethodPost, datasets, body("Titre"), "Idempotency-Key", "k1")
		h.want(w, http.StatusCreated)
		h.now = start.Add(25 * time.Hour)
		w, again := h.ask(officer, http.MethodPost, datasets, body("Titre"), "Idempotency-Key", "k1")
		h.want(w, http.StatusCreated)
		if again["ref"] == made["ref"] {
			t.Error("a day later the key still answers for the first request")
		}
	})
}
