package inventoryweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

func listOf(q string, more ...string) string {
	v := url.Values{"q": {q}}
	for n := 0; n < len(more); n += 2 {
		v.Set(more[n], more[n+1])
	}
	return "/datasets?" + v.Encode()
}

// The page says what became of the words, in every language, and leads on.
func TestTheListSaysWhatBecameOfTheWords(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Production céréalière")
		h.publish("Remplissage des barrages")
		h.record("Zarzouniettes secrètes")
		for _, tt := range []struct {
			name, target string
			holds        []string
		}{
			{"a slip", listOf("barages"), []string{
				"Rien ne contient ces mots tels quels", "«\u00a0barrages\u00a0»", "Remplissage des <mark>barrages</mark>", "1 jeu de données",
			}},
			{"a word too many", listOf("barrages martiens"), []string{"Introuvable dans le registre", "martiens", "Remplissage des <mark>barrages</mark>"}},
			{"far too long", listOf(strings.Repeat("barrages ", 1200)), []string{"seuls ses 16 premiers mots", "Remplissage"}},
			{"nothing, and a filter", listOf("barrages", "theme", "sante"), []string{
				"Aucun jeu de données ne correspond", "Sans le thème", `href="/requests/new?q=barrages"`, "Demander ces données", "!Sans la licence",
			}},
			{"nothing, and a word like it", listOf("productzzzz"), []string{"Mots proches dans le registre", "/datasets?q=production"}},
			{"a draft", listOf("zarzouniettes"), []string{"Introuvable dans le registre", "!ecrètes", "!" + "zarzouniettes</bdi>"}},
			{"a script", listOf(`<script>alert(1)</script> "><b>`), []string{"!<script>alert", "!\"><b>"}},
			{"a governorate", "/datasets?governorate=TN-61&licence=LNDPO-TN&duty=on_time", []string{"2 jeux de données", "Sfax", "Licence Nationale"}},
			{"what was called overdue first", "/datasets?overdue=1", []string{"0 jeu de données", "À mettre à jour", "Voir tous les jeux"}},
			{"an unknown duty", "/datasets?duty=%3Cb%3E", []string{"Aucun jeu de données ne correspond", "!<b>"}},
			{"the order of relevance", listOf("ministère agriculture"), []string{"2 jeux de données", "Les plus pertinents"}},
			{"an unknown order", "/datasets?sort=whatever", []string{"2 jeux de données"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				h := *h
				h.T = t
				h.want(h.get(nobody, tt.target), http.StatusOK, tt.holds...)
			})
		}
		h.want(h.get(nobody, listOf("انتاج حبوب"), "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "<mark>إنتاج الحبوب</mark>", "الأقرب إلى البحث")
		// Found by its Arabic title alone, an entry shows why on a French page.
		h.want(h.get(nobody, listOf("حسب")), http.StatusOK, `lang="ar" dir="rtl"`, "<mark>")
		h.want(h.get(officer, "/desk/datasets?q=cerealiaire"), http.StatusOK, "Rien ne contient ces mots tels quels", ref)
		h.want(h.get(stranger, "/desk/datasets?q=cereale"), http.StatusOK, "!"+ref)
	})
}

func TestSearchOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, title := range []string{"Production céréalière", "Céréales importées", "Remplissage des barrages"} {
			h.publish(title)
		}
		h.record("Céréales en projet")
		w, got := h.ask(nobody, http.MethodGet, "/api/v1/search?q=cereale&limit=1", nil)
		h.want(w, http.StatusOK)
		items, _ := got["items"].([]any)
		next, _ := got["next"].(string)
		if got["total"] != 3.0 || len(items) != 1 || next == "" {
			t.Fatalf("first page: total %v, %d items, next %q", got["total"], len(items), next)
		}
		first, _ := items[0].(map[string]any)
		facets, _ := got["facets"].(map[string]any)
		if themes, _ := facets["theme"].([]any); len(themes) != 1 || first["why"] == nil || first["url"] == "" {
			t.Errorf("facets %v, item %v", facets, first)
		}
		seen := map[any]bool{first["ref"]: true}
		for range 5 {
			if next == "" {
				break
			}
			w, got = h.ask(nobody, http.MethodGet, "/api/v1/search?q=cereale&limit=1&cursor="+next, nil)
			h.want(w, http.StatusOK)
			items, _ = got["items"].([]any)
			seen[items[0].(map[string]any)["ref"]] = true
			next, _ = got["next"].(string)
		}
		if len(seen) != 3 || next != "" {
			t.Errorf("%d of 3 seen", len(seen))
		}
		if _, got = h.ask(nobody, http.MethodGet, "/api/v1/search?q=barages", nil); got["meant"] != "barrages" {
			t.Errorf("meant %v", got["meant"])
		}
		for _, bad := range []string{"cursor=x", "cursor=cGFnZSAw", "duty=maybe", "sort=best", "limit=0", "limit=101", "openness=ajar", "q=" + strings.Repeat("a", 10_001)} {
			w, _ := h.ask(nobody, http.MethodGet, "/api/v1/search?"+bad, nil)
			h.want(w, http.StatusUnprocessableEntity)
		}
	})
}

func TestSuggestionsWhileTyping(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.publish("Production céréalière")
	h.record("Prodigieux secret")
	for _, tt := range []struct {
		query string
		holds []string
	}{
		{"q=prod", []string{`"text":"production"`, `"kind":"keyword"`, `"label":"Mot-clé"`, "/datasets/" + ref, "!Prodigieux"}},
		{"q=PRODUCTION+cér", []string{"/datasets/" + ref}},
		{"q=حبو&lang=ar", []string{`"text":"حبوب"`, "كلمة مفتاح", `"lang":"ar"`, "إنتاج الحبوب"}},
		{"q=الحب", []string{`"text":"حبوب"`}},
		{"q=ressources+hydrau", []string{"/institutions/marhp", `"kind":"institution"`}},
		{"q=marhp", []string{"/institutions/marhp"}},
		{"q=", []string{`"items":[]`, "0 proposition"}},
		{"q=%25%25", []string{`"items":[]`}},
		{"q=zzzz", []string{`"items":[]`}},
	} {
		w := h.get(nobody, "/api/v1/search/suggestions?"+strings.ReplaceAll(tt.query, "+", "%20"))
		h.want(w, http.StatusOK, tt.holds...)
		if got := w.Header().Get("Cache-Control"); got != "private, max-age=60" {
			t.Errorf("%s: Cache-Control %q", tt.query, got)
		}
	}
	h.want(h.get(nobody, "/api/v1/search/suggestions?q="+strings.Repeat("a", 201)), http.StatusUnprocessableEntity)
	h.want(h.get(nobody, "/datasets"), http.StatusOK, `data-suggest="/api/v1/search/suggestions"`)
}
