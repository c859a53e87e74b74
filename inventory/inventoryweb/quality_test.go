package inventoryweb_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

func TestQualityStandsBesideTheWork(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		h.want(h.get(officer, "/desk/datasets/"+ref+""), http.StatusOK, "Qualité de la description",
			`<span class="score-number">275</span>`, "Donner la période couverte", "/edit#f-temporal-start", "&#43;20 points")
		h.want(h.get(member, "/desk/datasets/"+ref+""), http.StatusOK, "Donner la période couverte", "!/edit")
		h.want(h.get(officer, "/desk/datasets/"+ref+"/edit"), http.StatusOK,
			`<span class="gain">&#43;20 points</span>`, `href="#f-temporal-start"`)
		h.want(h.get(officer, "/desk/datasets/"+ref+"/quality"), http.StatusOK, "Les 23 critères",
			"Pas encore mesuré", "barrages", "Ce que le portail affichera", "licence-nationale-de-donnees-publiques-ouvertes")
		h.want(h.get(nobody, "/datasets/"+ref+""), http.StatusOK, "Qualité de la description",
			"275 points sur 405", `href="/quality"`)
		h.want(h.get(nobody, "/quality", "Accept-Language", "ar"), http.StatusOK, "knownLicence", "keywordAvailability")
		h.want(h.get(stranger, "/desk/datasets/"+ref+"/quality"), http.StatusNotFound)
		h.want(h.get(nobody, "/desk/datasets/"+ref+"/quality", "Accept", "text/html"), http.StatusSeeOther)
	})
}

func TestABlankFormSaysWhatEachFieldAdds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(officer, "/desk/datasets/new"), http.StatusOK, "&#43;30 points", "&#43;20 points", "jusqu’à")
	})
}

func TestReviewShowsWhatThePortalWill(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		form := changed(complete("Qualité de l'air"), "keywords.fr", "qualité de l'air", "keywords.ar", "الصحّة")
		saved := h.post(officer, "/desk/datasets/new", form)
		h.want(saved, http.StatusSeeOther)
		ref := strings.TrimPrefix(saved.Header().Get("Location"), "/desk/datasets/")
		h.want(h.post(officer, "/desk/datasets/"+ref+"/submission", url.Values{}), http.StatusSeeOther)
		h.want(h.get(operator, "/desk/datasets/"+ref+"/review"), http.StatusOK, "Ce que le portail affichera",
			"qualite-de-l-air", "devient", "qualité de l air", "الصحة", "275")
	})
}

func TestQualityReport(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(officer, "/desk/quality"), http.StatusOK, "Rien n’est encore publié ici")
		ref := h.publish("=Barrages")
		h.want(h.get(officer, "/desk/quality"), http.StatusOK, "À corriger d’abord", "275",
			"/desk/quality/datasets?fix=temporal", "/desk/quality/datasets?band=good")
		h.want(h.get(stranger, "/desk/quality"), http.StatusOK, "Rien n’est encore publié ici")
		h.want(h.get(stranger, "/desk/quality?institution=marhp"), http.StatusNotFound)
		h.want(h.get(operator, "/desk/quality?institution=nowhere"), http.StatusNotFound)
		h.want(h.get(operator, "/desk/quality?institution=marhp", "Accept-Language", "en"), http.StatusOK, "fix=temporal&amp;institution=marhp")
		h.want(h.get(officer, "/desk/quality/datasets?fix=temporal"), http.StatusOK, "Donner la période couverte",
			ref, "&#43;20 points", "/edit#f-temporal-start")
		h.want(h.get(officer, "/desk/quality/datasets?fix=contact"), http.StatusOK, "!"+ref)
		h.want(h.get(officer, "/desk/quality/datasets?band=good&page=999"), http.StatusOK, ref)
		h.want(h.get(officer, "/desk/quality/datasets?fix=%3Cscript%3E&band=x"), http.StatusOK, "!<script>", "!"+ref)

		w := h.get(officer, "/desk/quality/datasets.csv")
		h.want(w, http.StatusOK, ref)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
		h.ok(err)
		if len(rows) != 2 || len(rows[0]) != 31 || rows[1][2] != "'=Barrages" || rows[1][4] != "275" {
			t.Errorf("csv %v", rows)
		}
		h.want(h.get(identity.Actor{Account: "agent", Role: identity.Agent}, "/desk/quality"), http.StatusForbidden)
	})
}

func TestQualityOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		at := "/api/v1/datasets/" + ref + "/quality"
		_, out := h.ask(nobody, http.MethodGet, at, nil)
		public, ok := out["published"].(map[string]any)
		if !ok || out["working"] != nil || public["total"] != 275.0 || public["reachable"] != 325.0 || public["band"] != "good" {
			t.Fatalf("to the public: %v", out)
		}
		if metrics := public["metrics"].([]any); len(metrics) != 23 {
			t.Errorf("%d metrics; want 23", len(metrics))
		}
		_, out = h.ask(officer, http.MethodGet, at, nil)
		if working, ok := out["working"].(map[string]any); !ok || working["gate"] != "on_time" {
			t.Errorf("to the officer: %v", out)
		}
		draft, err := h.store.Create(t.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Ébauche"}})
		h.ok(err)
		at = "/api/v1/datasets/" + draft.Ref + "/quality"
		if w, _ := h.ask(nobody, http.MethodGet, at, nil); w.Code != http.StatusUnauthorized {
			t.Errorf("a draft, to the public: %d; want 401", w.Code)
		}
		if w, _ := h.ask(stranger, http.MethodGet, at, nil); w.Code != http.StatusNotFound {
			t.Errorf("a draft, to a stranger: %d; want 404", w.Code)
		}
		if _, out = h.ask(officer, http.MethodGet, at, nil); out["published"] != nil || out["working"] == nil {
			t.Errorf("a draft, to its officer: %v", out)
		}
		_, out = h.ask(operator, http.MethodGet, "/api/v1/institutions/marhp/quality", nil)
		if out["datasets"] != 1.0 || out["mean"] != 275.0 || out["band"] != "good" || len(out["fixes"].([]any)) == 0 {
			t.Errorf("the institution: %v", out)
		}
		for by, want := range map[*identity.Actor]int{&nobody: 401, &stranger: 404} {
			if w, _ := h.ask(*by, http.MethodGet, "/api/v1/institutions/marhp/quality", nil); w.Code != want {
				t.Errorf("the institution, to %s: %d; want %d", by.Account, w.Code, want)
			}
		}
		if w, _ := h.ask(operator, http.MethodGet, "/api/v1/institutions/nowhere/quality", nil); w.Code != http.StatusNotFound {
			t.Errorf("no such institution: %d; want 404", w.Code)
		}
	})
}
