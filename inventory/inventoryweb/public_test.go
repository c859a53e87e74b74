package inventoryweb_test

import (
	"net/http"
	"net/url"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

func TestThePublicList(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(nobody, "/datasets"), http.StatusOK, "pas encore de jeu de données public")
		ref := h.publish("Production céréalière")
		h.publish("Barrages et retenues")
		h.record("Encore un brouillon")

		for _, tt := range []struct {
			name, query string
			holds       []string
		}{
			{"everything public, nothing else", "", []string{"2 jeux de données", ref, "!Encore un brouillon", "à jour"}},
			{"words without accents", "?q=cerealiere", []string{"1 jeu de données", "Production <mark>céréalière</mark>", "!Barrages et"}},
			{"words in Arabic", "?q=%D8%A7%D9%84%D8%AD%D8%A8%D9%88%D8%A8", []string{"2 jeux de données"}},
			{"an institution with its bodies", "?institution=marhp", []string{"2 jeux de données", "chip"}},
			{"a format", "?format=CSV&theme=agriculture", []string{"2 jeux de données"}},
			{"nothing found says what to do", "?q=zzz", []string{"Aucun jeu de données ne correspond", "Voir tous les jeux"}},
			{"a page far beyond the last", "?page=999999999999999999999", []string{"2 jeux de données"}},
			{"an unknown theme", "?theme=%3Cscript%3E", []string{"Aucun jeu de données ne correspond", "!<script>"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				h := *h
				h.T = t
				h.want(h.get(nobody, "/datasets"+tt.query), http.StatusOK, tt.holds...)
			})
		}
		h.want(h.get(nobody, "/datasets?q=%ff%fe"), http.StatusUnprocessableEntity)
		h.want(h.get(nobody, "/datasets", "Accept-Language", "ar"), http.StatusOK,
			`dir="rtl"`, "مجموعتا بيانات", "محيّنة", "إنتاج الحبوب")
	})
}

func TestAPublicDataset(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.publish("Production céréalière")
	id := h.stored(ref).ID
	w := h.get(nobody, "/datasets/"+ref)
	h.want(w, http.StatusOK, "Production céréalière", `href="/dataset/`+id+`.jsonld"`, `rel="alternate"`, "à jour",
		"Prochaine mise à jour au plus tard le", "12,4", "Mensuelle", "Licence Nationale", "5 oct. 2026",
		`<script type="application/ld+json">{"@id":"`+id+`"}</script>`, "!/desk/datasets/"+ref)
	h.want(h.get(nobody, "/datasets/"+id), http.StatusOK)
	h.want(w, http.StatusOK, `/datasets/`+ref+`">`, `hreflang="ar" href="http://jard.test/datasets/`+ref+`?lang=ar"`)
	h.want(h.get(nobody, "/datasets/"+ref+"?lang=ar"), http.StatusOK, `dir="rtl"`,
		`<link rel="canonical" href="http://jard.test/datasets/`+ref+`?lang=ar">`)
	h.want(h.get(nobody, "/datasets/production-cerealiere"), http.StatusOK)
	h.want(h.get(officer, "/datasets/"+ref), http.StatusOK, "/desk/datasets/"+ref)
	h.want(h.get(nobody, "/datasets/TN-MARHP-1999-0001"), http.StatusNotFound)
	// English was never given: the French title stands in, marked as French.
	h.want(h.get(nobody, "/datasets/"+ref, "Accept-Language", "en"), http.StatusOK, `<span lang="fr" dir="ltr">Production`)

	h.now = start.AddDate(0, 3, 0)
	h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "à mettre à jour depuis", "jours ouvrables", "La mise à jour était attendue")
	h.want(h.get(nobody, "/datasets?overdue=1"), http.StatusOK, "1 jeu de données")
}

func TestAWithdrawnDatasetSaysWhy(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref, next := h.publish("Ancienne série"), h.publish("Nouvelle série")
	form := url.Values{"reason": {"Fusionnée avec la nouvelle"}, "replaced_by": {next}}
	h.want(h.post(officer, "/desk/datasets/"+ref+"/withdrawal", form), http.StatusSeeOther)
	h.want(h.get(nobody, "/datasets/"+ref), http.StatusGone, "Fusionnée avec la nouvelle", "/datasets/"+next, "Nouvelle série")
	h.want(h.get(nobody, "/datasets"), http.StatusOK, "1 jeu de données", "!Ancienne")
}

func TestInstitutions(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.publish("Production céréalière")
	h.want(h.get(nobody, "/institutions"), http.StatusOK, "/institutions/marhp", "1 jeu de données public")
	h.want(h.get(nobody, "/institutions/marhp"), http.StatusOK, "Production céréalière", "<dd>–</dd>", "/institutions/onagri")
	h.want(h.get(nobody, "/institutions/mt"), http.StatusOK, "/services/horaires", "Rien de public")
	h.want(h.get(nobody, "/institutions/onagri"), http.StatusOK, "/institutions/marhp")
	h.want(h.get(nobody, "/institutions/nowhere"), http.StatusNotFound)
	h.now = start.AddDate(0, 3, 0) // promises have come due, and none was kept
	h.want(h.get(nobody, "/institutions/marhp"), http.StatusOK, "<dd>0\u202f%</dd>")
}
