package exchangeweb_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

func TestManyDatasetsAreEditedAtOnceOnThePage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a, b := h.record("Barrages"), h.record("Forêts")
		h.want(h.get(officer, "/desk/bulk"), http.StatusOK, "2 jeux de données seront modifiés", "Barrages", "!bulk-value")
		h.want(h.get(officer, "/desk/bulk?q=forets&field=frequency"), http.StatusOK, "1 jeu de données sera modifié", "!Barrages",
			`<option value="annual">Annuelle</option>`, `name="act" value="set"`)
		h.want(h.get(officer, "/desk/bulk?missing=contact.email&field=keywords.ar&act=add"), http.StatusOK, "Séparés par des virgules")
		h.want(h.send(officer, http.MethodGet, "/desk/bulk?field=title.ar", "", nil, "Accept-Language", "ar"), http.StatusOK,
			`dir="rtl"`, "النص المراد تعويضه")
		h.want(h.get(officer, "/desk/bulk?state=humeur"), http.StatusUnprocessableEntity, "inconnu")
		h.want(h.get(officer, "/desk/bulk?institution=ms"), http.StatusNotFound)
		h.want(h.get(owner, "/desk/bulk"), http.StatusForbidden)

		form := url.Values{"institution": {"marhp"}, "field": {"contact.email"}, "act": {"set"}, "value": {"pas une adresse"}}
		h.want(h.post(officer, "/desk/bulk", form), http.StatusUnprocessableEntity, `value="pas une adresse"`, "error")
		form.Set("value", "bureau@agri.tn")
		h.want(h.post(stranger, "/desk/bulk", form), http.StatusNotFound)
		w := h.post(officer, "/desk/bulk", form)
		h.want(w, http.StatusSeeOther)
		at := w.Header().Get("Location")
		h.want(h.get(officer, at), http.StatusOK, "Adresse électronique\u00a0: bureau@agri.tn", "Modification en nombre",
			`<ins dir="auto">bureau@agri.tn</ins>`, "Appliquer les 2 lignes", "!comments.xlsx", "!/columns")
		if h.stored(a.Ref).Content.ContactEmail != "" {
			t.Error("a preview wrote")
		}
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"chosen"}}), http.StatusConflict, "Cochez au moins une ligne")
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"chosen"}, "row": {"1"}}), http.StatusSeeOther)
		if h.stored(a.Ref).Content.ContactEmail != "" || h.stored(b.Ref).Content.ContactEmail != "bureau@agri.tn" {
			t.Error("not the row that was ticked")
		}
		h.want(h.get(officer, at), http.StatusOK, "Appliqué en partie", "Appliquer la ligne restante", ">appliqué<", "Annuler toute la modification")
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"good"}}), http.StatusSeeOther)
		h.want(h.post(officer, at+"/discard", url.Values{}), http.StatusConflict, "a déjà écrit des lignes")
		h.want(h.post(officer, at+"/undo", url.Values{}), http.StatusSeeOther)
		if h.stored(a.Ref).Content.ContactEmail+h.stored(b.Ref).Content.ContactEmail != "" {
			t.Error("not undone as a whole")
		}
	})
}

func TestConflictsAreSettledOnThePage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a := h.record("Barrages")
		w := h.upload(officer, "marhp", "x.csv", []byte("Titre;Fréquence;Description\nBarrages;annuelle;Tous les barrages du pays\n"))
		h.want(w, http.StatusSeeOther)
		at := w.Header().Get("Location")
		h.want(h.get(officer, at), http.StatusOK, "Que faire", `name="take.0" value="frequency"`, `name="conflict" value="0"`, "!name=\"row\"")
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"chosen"}, "conflict": {"0"}, "answer.0": {""}}), http.StatusConflict)
		form := url.Values{"rows": {"chosen"}, "conflict": {"0"}, "answer.0": {"fields"}, "take.0": {"description.fr"}, "outcome": {"conflict"}}
		w = h.post(officer, at+"/application", form)
		h.want(w, http.StatusSeeOther)
		if w.Header().Get("Location") != at+"?outcome=conflict" {
			t.Errorf("back to %s", w.Header().Get("Location"))
		}
		got := h.stored(a.Ref).Content
		if got.Description["fr"] != "Tous les barrages du pays" || got.Frequency != "monthly" {
			t.Errorf("became %+v", got)
		}
		for _, bad := range []url.Values{
			{"rows": {"chosen"}, "row": {"x"}},
			{"rows": {"chosen"}, "row": {"-1"}},
			{"rows": {"chosen"}, "conflict": {"z"}},
			{"rows": {"chosen"}, "row": {"99"}},
		} {
			h.want(h.post(officer, at+"/application", bad), http.StatusUnprocessableEntity)
		}
	})
}

func TestBulkEditsThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a := h.record("Barrages")
		h.record("Forêts")
		ask := func(by identity.Actor, at, body string, header ...string) *httptest.ResponseRecorder {
			h.Helper()
			return h.send(by, http.MethodPost, at, "application/json", strings.NewReader(body), header...)
		}
		const at = "/api/v1/bulk-edits"
		body := `{"institution":"marhp","filter":{"q":"barrages"},"edits":[{"field":"theme","act":"clear"},{"field":"keywords.fr","act":"add","value":"eau, barrage"}]}`
		type answer struct {
			ID     string
			Counts map[string]int
			Rows   []struct {
				N       int
				Applied bool
				Changes []struct{ Field, Was, Is string }
			}
		}
		var first, again answer
		w := ask(officer, at, body, "Idempotency-Key", "k")
		h.want(w, http.StatusOK)
		h.ok(json.Unmarshal(w.Body.Bytes(), &first))
		if first.Counts["change"] != 1 || fmt.Sprint(first.Rows[0].Changes) != "[{keywords.fr  eau; barrage} {theme agriculture }]" {
			t.Errorf("preview %+v", first)
		}
		w = ask(officer, at, body, "Idempotency-Key", "k")
		h.ok(json.Unmarshal(w.Body.Bytes(), &again))
		if again.ID != first.ID {
			t.Error("the same request made two")
		}
		one := "/api/v1/imports/" + first.ID + "/application"
		h.want(ask(officer, one, `{"rows":[7]}`), http.StatusUnprocessableEntity, "import.row.unfit")
		h.want(ask(officer, one, `{"rows":[0]}`), http.StatusOK, `"state":"applied"`)
		if got := h.stored(a.Ref).Content; got.Theme != "" || len(got.Keywords["fr"]) != 2 {
			t.Errorf("became %+v", got)
		}
		for _, bad := range []struct{ body, key string }{
			{`{"institution":"marhp","edits":[]}`, "edits"},
			{`{"institution":"marhp","edits":[{"field":"humeur","act":"set","value":"x"}]}`, "bulk.field.unknown"},
			{`{"institution":"marhp","edits":[{"field":"theme","act":"set","value":"lune"}]}`, "dataset.theme.unknown"},
			{`{"institution":"marhp","edits":[{"field":"theme","act":"explode"}]}`, "act"},
			{`{"institution":"marhp","filter":{"q":"zzz"},"edits":[{"field":"theme","act":"clear"}]}`, "bulk.none"},
			{`{"institution":"marhp","filter":{"missing":"humeur"},"edits":[{"field":"theme","act":"clear"}]}`, "bulk.field.unknown"},
			{`{"institution":"marhp","filter":{"humeur":"x"},"edits":[{"field":"theme","act":"clear"}]}`, "humeur"},
		} {
			h.want(ask(officer, at, bad.body), http.StatusUnprocessableEntity, bad.key)
		}
		h.want(ask(stranger, at, body), http.StatusNotFound)
		h.want(ask(owner, at, body), http.StatusForbidden)
		h.want(ask(nobody, at, body), http.StatusUnauthorized)

		var list answer
		w = ask(officer, "/api/v1/imports?institution=marhp&name=x.csv", "Titre;Fréquence\nBarrages;annuelle\n")
		h.want(w, http.StatusOK)
		h.ok(json.Unmarshal(w.Body.Bytes(), &list))
		h.want(ask(officer, "/api/v1/imports/"+list.ID+"/application", `{"rows":[],"answers":[{"row":0,"take":"theirs"}]}`), http.StatusOK, `"applied":true`)
		if got := h.stored(a.Ref).Content.Frequency; got != "annual" {
			t.Errorf("settled as %s", got)
		}
	})
}

// The forms of this room take whatever a browser may send: an answer below 500, and nothing written by a preview.
func FuzzForms(f *testing.F) {
	f.Add("rows=chosen&row=0&conflict=0&answer.0=fields&take.0=theme")
	f.Add("header.0=1&column.0.A=title&column.0.B=frequency")
	f.Add("field=keywords.fr&act=add&value=a%2Cb&institution=marhp&ref=TN-1")
	f.Add("rows=all&row=-1&header.0=%00&field=title.fr&act=replace&find=%ff")
	h := openFor(f, databasetest.Open(f))
	if _, err := h.store.Create(f.Context(), officer, "marhp", barrages()); err != nil {
		f.Fatal(err)
	}
	text := []byte("Quoi;Quand\nForêts;annuelle\n")
	f.Fuzz(func(t *testing.T, body string) {
		held, err := h.store.Hold(t.Context(), officer, "marhp", inventorydb.HandedIn{Name: "x.csv", Format: "csv", File: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{
			"/desk/bulk", "/desk/import/" + held.ID + "/application", "/desk/import/" + held.ID + "/columns",
			"/desk/import/" + held.ID + "/discard",
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+target, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r.WithContext(as(r.Context(), officer)))
			if w.Code >= http.StatusInternalServerError {
				t.Fatalf("%s of %q: %d\n%s", target, body, w.Code, w.Body)
			}
			if at, ok := strings.CutPrefix(w.Header().Get("Location"), "/desk/import/"); ok && !strings.Contains(at, held.ID) {
				_ = h.store.Discard(t.Context(), officer, at) // so that the quota is not reached
			}
		}
		_ = h.store.Discard(t.Context(), officer, held.ID)
		if n, err := h.store.Count(t.Context(), officer, inventorydb.Filter{}); err != nil || n != 1 {
			t.Fatalf("%q left %d datasets, %v", body, n, err)
		}
	})
}
