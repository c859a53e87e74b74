package mandateweb_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

type object = map[string]any

// call asks the JSON API and reads its answer.
func (h *house) call(by identity.Actor, method, path string, body any, status int, header ...string) (http.Header, object) {
	h.Helper()
	var sent []byte
	if body != nil {
		var err error
		sent, err = json.Marshal(body)
		h.ok(err)
	}
	r := httptest.NewRequestWithContext(h.Context(), method, "http://jard.test"+path, bytes.NewReader(sent))
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	if w.Code != status {
		h.Fatalf("%s %s: status %d; want %d\n%s", method, path, w.Code, status, w.Body)
	}
	var out object
	h.ok(json.Unmarshal(w.Body.Bytes(), &out))
	return w.Header(), out
}

func TestOfficersThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const of = "/api/v1/institutions/marhp/officers"
		h.call(nobody, http.MethodPost, of, object{}, http.StatusUnauthorized)
		h.call(officer, http.MethodPost, of, object{}, http.StatusForbidden)
		h.call(stranger, http.MethodGet, of, nil, http.StatusNotFound)
		_, refused := h.call(operator, http.MethodPost, of, object{"account": "leila"}, http.StatusUnprocessableEntity)
		if text := marshal(t, refused); !strings.Contains(text, `"mailbox"`) || !strings.Contains(text, `"act_ref"`) {
			t.Errorf("refused with %s", text)
		}
		body := object{
			"account": "leila", "function": "Direction", "mailbox": "opendata@agriculture.tn", "act_ref": "n° 7", "act_day": "2026-11-10", "starts_on": "2026-11-16",
		}
		header, made := h.call(operator, http.MethodPost, of, body, http.StatusOK, "Idempotency-Key", "k")
		_, again := h.call(operator, http.MethodPost, of, body, http.StatusOK, "Idempotency-Key", "k")
		if made["id"] != again["id"] || made["state"] != "proposed" || !strings.HasSuffix(header.Get("Location"), made["id"].(string)) {
			t.Errorf("proposed %v, then %v", made, again)
		}
		at := "/api/v1/designations/" + made["id"].(string)
		h.call(operator, http.MethodPost, at+"/acceptance", nil, http.StatusForbidden)
		_, done := h.call(officer, http.MethodPost, at+"/acceptance", nil, http.StatusOK)
		if done["in_charge"] != true {
			t.Errorf("accepted %v", done)
		}
		h.call(officer, http.MethodPost, at+"/refusal", object{"reason": "x"}, http.StatusConflict)
		h.call(officer, http.MethodPost, at+"/absence", object{"away_from": "2026-11-16", "away_until": "2026-11-20"}, http.StatusConflict)
		_, list := h.call(officer, http.MethodGet, of, nil, http.StatusOK)
		if list["standing"].(object)["state"] != "held" || len(list["items"].([]any)) != 1 {
			t.Errorf("listed %v", list)
		}
		_, contact := h.call(nobody, http.MethodGet, "/api/v1/institutions/onagri/officer", nil, http.StatusOK)
		if contact["function"] != "Direction" || strings.Contains(marshal(t, contact), "leila") {
			t.Errorf("the public reads %v", contact)
		}
		h.call(operator, http.MethodPost, at+"/end", object{"on": "2026-11-16", "reason": "Départ"}, http.StatusOK)
		_, contact = h.call(nobody, http.MethodGet, "/api/v1/institutions/marhp/officer", nil, http.StatusOK)
		if contact["held"] != false {
			t.Errorf("after the end the public reads %v", contact)
		}
		_, all := h.call(stranger, http.MethodGet, "/api/v1/officers", nil, http.StatusOK)
		if text := marshal(t, all); strings.Contains(text, `"marhp"`) {
			t.Errorf("an officer reads how others stand: %s", text)
		}
	})
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheCommitteeThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const members, advice = "/api/v1/committee/members", "/api/v1/committee/advice"
		h.call(officer, http.MethodGet, members, nil, http.StatusForbidden)
		_, m := h.call(operator, http.MethodPost, members, object{
			"name": "H. M.", "quality": "civil", "organisation": "Association", "act_ref": "a", "act_day": "2024-01-02", "starts_on": "2024-01-02",
		}, http.StatusOK)
		if m["ends_on"] != "2027-01-01" || m["term"] != "expires" || m["days_left"] != 46.0 {
			t.Errorf("appointed %v", m)
		}
		at := members + "/" + m["id"].(string)
		h.call(operator, http.MethodPost, at+"/renewal", object{"act_ref": "b", "act_day": "2026-11-10"}, http.StatusOK)
		h.call(operator, http.MethodPost, at+"/end", object{"on": "2026-11-16", "reason": "Mutation"}, http.StatusOK)
		_, list := h.call(member, http.MethodGet, members, nil, http.StatusOK)
		if len(list["items"].([]any)) != 2 {
			t.Errorf("members %v", list)
		}

		words := object{"subject": object{"fr": "Titres"}, "text": object{"fr": "En minuscules."}, "addressee": "operator"}
		h.call(operator, http.MethodPost, advice, words, http.StatusForbidden)
		_, a := h.call(member, http.MethodPost, advice, words, http.StatusOK, "Idempotency-Key", "k")
		_, again := h.call(member, http.MethodPost, advice, words, http.StatusOK, "Idempotency-Key", "k")
		if a["id"] != again["id"] {
			t.Error("the same request wrote a second advice")
		}
		one := advice + "/" + a["id"].(string)
		h.call(nobody, http.MethodGet, one, nil, http.StatusNotFound)
		words["text"] = object{"fr": "En minuscules, sans date."}
		h.call(member, http.MethodPut, one, words, http.StatusOK)
		h.call(member, http.MethodPost, one+"/adoption", object{"day": "2026-11-17"}, http.StatusUnprocessableEntity)
		h.call(member, http.MethodPost, one+"/adoption", object{"day": "2026-11-16"}, http.StatusOK)
		_, open := h.call(nobody, http.MethodGet, advice+"/2026-001", nil, http.StatusOK)
		if open["state"] != "adopted" || !strings.Contains(marshal(t, open), "sans date") {
			t.Errorf("the public reads %v", open)
		}
		h.call(operator, http.MethodPost, one+"/answer", object{"verdict": "declined"}, http.StatusUnprocessableEntity)
		h.call(operator, http.MethodPost, one+"/answer", object{"verdict": "partly", "answer": object{"fr": "Bientôt."}}, http.StatusOK)
		_, all := h.call(nobody, http.MethodGet, advice, nil, http.StatusOK)
		if text := marshal(t, all); !strings.Contains(text, `"answered"`) || strings.Contains(text, "member") {
			t.Errorf("the public reads %s", text)
		}
	})
}

func TestNamingThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d, err := h.register.Create(t.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Liste des écoles."}})
		h.ok(err)
		at := "/api/v1/datasets/" + d.Ref + "/naming"
		h.call(stranger, http.MethodGet, at, nil, http.StatusNotFound)
		_, found := h.call(officer, http.MethodGet, at, nil, http.StatusOK)
		first := found["items"].([]any)[0].(object)
		if first["rule"] != "title.end" || first["proposal"] != "Liste des écoles" {
			t.Errorf("found %v", first)
		}
		x := object{"rule": first["rule"], "field": first["field"], "hash": first["hash"]}
		h.call(officer, http.MethodPost, at+"/exceptions", x, http.StatusUnprocessableEntity)
		x["reason"] = "Titre officiel"
		h.call(member, http.MethodPost, at+"/exceptions", x, http.StatusForbidden)
		_, kept := h.call(officer, http.MethodPost, at+"/exceptions", x, http.StatusOK)
		if kept["items"].([]any)[0].(object)["exception"] != "Titre officiel" {
			t.Errorf("kept %v", kept)
		}
		x["hash"] = "0"
		h.call(officer, http.MethodPost, at+"/exceptions", x, http.StatusConflict)

		_, w := h.call(member, http.MethodPost, "/api/v1/committee/advice",
			object{"subject": object{"fr": "s"}, "text": object{"fr": "t"}, "addressee": "operator"}, http.StatusOK)
		h.call(member, http.MethodPost, "/api/v1/committee/advice/"+w["id"].(string)+"/adoption", object{"day": "2026-11-16"}, http.StatusOK)
		three := object{"fr": "a", "ar": "b", "en": "c"}
		amend := object{"name": three, "text": three, "active": true, "adopted_on": "2026-11-16", "advice": "2026-001"}
		const rule = "/api/v1/naming-rules/title.end/versions"
		h.call(operator, http.MethodPost, rule, amend, http.StatusPreconditionFailed, "If-Match", `"7"`)
		h.call(operator, http.MethodPost, rule, amend, http.StatusPreconditionFailed, "If-Match", `"none of ours"`)
		header, next := h.call(operator, http.MethodPost, rule, amend, http.StatusOK, "If-Match", `"1"`)
		if next["version"] != 2.0 || header.Get("ETag") != `"2"` {
			t.Errorf("amended to %v", next)
		}
		_, rules := h.call(nobody, http.MethodGet, "/api/v1/naming-rules", nil, http.StatusOK)
		if n := len(rules["items"].([]any)); n != 20 {
			t.Errorf("%d versions of rules; want 20", n)
		}

		list := object{
			"code": "NAT", "version": "2026", "name": three, "keeper": "INS", "adopted_on": "2026-11-16", "advice": "2026-001",
			"codes": []any{object{"code": "A", "name": object{"fr": "=Agriculture"}}},
		}
		h.call(officer, http.MethodPost, "/api/v1/nomenclatures", list, http.StatusForbidden)
		h.call(operator, http.MethodPost, "/api/v1/nomenclatures", list, http.StatusOK)
		h.call(operator, http.MethodPost, "/api/v1/nomenclatures", list, http.StatusUnprocessableEntity)
		_, got := h.call(nobody, http.MethodGet, "/api/v1/nomenclatures/NAT", nil, http.StatusOK)
		if got["version"] != "2026" || len(got["codes"].([]any)) != 1 {
			t.Errorf("the list is %v", got)
		}
		_, got = h.call(nobody, http.MethodGet, "/api/v1/nomenclatures/NAT?version=2009", nil, http.StatusOK)
		if got["version"] != "2009" {
			t.Errorf("the old list is %v", got)
		}
		h.call(nobody, http.MethodGet, "/api/v1/nomenclatures/none", nil, http.StatusNotFound)
		h.ask(nobody, "/nomenclatures/NAT.csv", nil, http.StatusOK, "A,'=Agriculture")
		h.ask(nobody, "/nomenclatures/NAT.csv?version=2009", nil, http.StatusOK, "code,name_fr")
		h.ask(nobody, "/nomenclatures", nil, http.StatusOK, "NAT.csv?version=2009")
		_, all := h.call(nobody, http.MethodGet, "/api/v1/nomenclatures", nil, http.StatusOK)
		if n := len(all["items"].([]any)); n != 7 {
			t.Errorf("%d versions of lists; want 7", n)
		}
	})
}
