package portalweb

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/web"
)

func TestWhatIsWrongStandsSideBySide(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(operator, "/desk/portal"), http.StatusOK, "Le portail n'a pas encore été lu", "Lire le portail maintenant")
		ids := h.read()
		h.want(h.get(operator, "/desk/portal"), http.StatusOK, "40", "sur 42 jeux publics", "Hôpitaux", "<b>Hopitaux</b>", "public depuis le 2 oct. 2026",
			"retiré le 2 oct. 2026", "/desk/datasets/TN-1", "https://portal.example/dataset/jeu-2", "INS <script>", "sans source ni organisation", "Ministère de la Santé")
		h.want(h.get(operator, "/desk/portal?kind=missing"), http.StatusOK, "Jeu 1", "!Jeu 2")
		h.want(h.get(operator, "/desk/portal?kind=nothing"), http.StatusOK, "Aucun écart de ce genre")
		h.want(h.get(operator, "/desk/portal?q=hop"), http.StatusOK, "Aucun écart de ce genre", `value="hop"`)
		h.want(h.get(operator, "/desk/portal?page=-7&q=zzz&field=title"), http.StatusOK, "Aucun écart de ce genre")
		h.want(h.get(operator, "/desk/portal", "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "سُحبت هنا وما زالت معروضة هناك", "وزارة الصحة")
		h.want(h.get(operator, "/desk/portal", "Accept-Language", "en"), http.StatusOK, "Withdrawn here, still visible there")
		for kind, id := range ids {
			h.want(h.get(operator, "/desk/portal/findings/"+id), http.StatusOK, "Admettre", "!portal.means."+string(kind))
		}
		w := h.get(operator, "/desk/portal")
		if strings.Contains(w.Body.String(), "<script>") && strings.Contains(w.Body.String(), "INS <script>") {
			t.Error("what the portal says is not escaped")
		}
	})
}

func TestAFailedReadIsTold(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.read()
	_, err := h.store.Record(t.Context(), portal.Reading{StartedAt: h.now.Add(time.Hour), Failure: portal.Throttled, Detail: "package_search: 429"}, portal.Outcome{})
	h.ok(err)
	h.want(h.get(operator, "/desk/portal"), http.StatusOK, "Le portail demande de revenir plus tard", "Rien n'est donc dit de ce qui manque", "package_search: 429", "Jeu 1")
	h.want(h.get(officer, "/desk/portal"), http.StatusOK, "Le portail demande de revenir plus tard", "!package_search: 429")
	h.busy = true
	h.want(h.get(operator, "/desk/portal"), http.StatusOK, "en train d'être lu", "!Lire le portail maintenant")
	for _, failure := range portal.Failures() {
		h.now = h.now.Add(time.Hour)
		_, err := h.store.Record(t.Context(), portal.Reading{StartedAt: h.now, Failure: failure}, portal.Outcome{})
		h.ok(err)
		h.want(h.get(operator, "/desk/portal", "Accept-Language", "en"), http.StatusOK, "!portal.failure.")
	}
}

func TestWhoMaySeeAndDoWhat(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ids := h.read()
		for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
			by := identity.Actor{Account: string(role), Role: role}
			if role == identity.Public {
				by = nobody
			}
			if role.NeedsInstitution() {
				by.Institution, by.Institutions = "marhp", []string{"marhp"}
			}
			reads := role == identity.Officer || role == identity.Supervisor || role == identity.MCD || role == identity.Committee || role == identity.Admin
			keeps := role == identity.MCD || role == identity.Admin
			for _, path := range []string{"/desk/portal", "/desk/portal/harvests", "/desk/portal/findings.csv", "/desk/portal/findings/" + ids[portal.Missing]} {
				if w := h.get(by, path); (w.Code == http.StatusOK) != reads {
					t.Errorf("%s of %q = %d", path, role, w.Code)
				}
			}
			for _, path := range []string{"/api/v1/portal/findings", "/api/v1/portal/readings", "/api/v1/harvests", "/api/v1/harvests/consumers", "/api/v1/portal/findings/" + ids[portal.Missing]} {
				if w, _ := h.ask(by, http.MethodGet, path, nil); (w.Code == http.StatusOK) != reads {
					t.Errorf("%s of %q = %d", path, role, w.Code)
				}
			}
			asked := h.asked
			h.post(by, "/desk/portal/reading", nil)
			if w, _ := h.ask(by, http.MethodPost, "/api/v1/portal/readings", nil); (w.Code == http.StatusAccepted) != keeps || (h.asked == asked+2) != keeps {
				t.Errorf("%q has the portal read: %d, %d", role, w.Code, h.asked-asked)
			}
			f, err := h.store.Finding(t.Context(), operator, ids[portal.Duplicate])
			h.ok(err)
			w := h.post(by, "/desk/portal/findings/"+f.ID+"/acknowledgement", url.Values{"reason": {"x"}, "revision": {fmt.Sprint(f.Revision)}})
			if (w.Code == http.StatusSeeOther && w.Header().Get("Location") == "/desk/portal/findings/"+f.ID) != keeps {
				t.Errorf("%q acknowledges: %d to %s", role, w.Code, w.Header().Get("Location"))
			}
			if w, _ := h.ask(by, http.MethodDelete, "/api/v1/portal/findings/"+f.ID+"/acknowledgement", nil); (w.Code == http.StatusOK) != keeps {
				t.Errorf("%q reopens: %d", role, w.Code)
			}
		}
	})
}

func TestInstitutionsSeeTheirOwn(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ids := h.read()
	h.want(h.get(officer, "/desk/portal"), http.StatusOK, "Jeu 1", "Jeu 3", "!Jeu 2", "!Jeu 5", "!Lire le portail maintenant", "!Toutes les institutions")
	h.want(h.get(stranger, "/desk/portal"), http.StatusOK, "Jeu 2", "!Jeu 1")
	h.want(h.get(stranger, "/desk/portal/findings/"+ids[portal.Missing]), http.StatusNotFound)
	h.want(h.get(officer, "/desk/portal/findings/"+ids[portal.Missing]), http.StatusOK, "!Admettre")
	h.want(h.get(auditor, "/desk/portal"), http.StatusOK, "Jeu 5", "!Lire le portail maintenant")
	if _, out := h.ask(stranger, http.MethodGet, "/api/v1/portal/findings", nil); fmt.Sprint(out["total"]) != "1" {
		t.Errorf("%v", out)
	}
	_, out := h.ask(stranger, http.MethodGet, "/api/v1/portal/readings", nil)
	if one := out["items"].([]any)[0].(map[string]any); len(one["open"].(map[string]any)) != 0 {
		t.Errorf("an institution is told of others: %v", one)
	}
	if w, _ := h.ask(stranger, http.MethodGet, "/api/v1/portal/findings/"+ids[portal.Missing], nil); w.Code != http.StatusNotFound {
		t.Errorf("another institution's = %d", w.Code)
	}
}

func TestAReasonThatIsRefusedComesBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		id := h.read()[portal.Differs]
		to := "/desk/portal/findings/" + id + "/acknowledgement"
		long := strings.Repeat("é", 501)
		for _, tt := range []struct {
			form   url.Values
			status int
			holds  []string
		}{
			{url.Values{"revision": {"1"}}, http.StatusUnprocessableEntity, []string{"Ce champ est obligatoire."}},
			{url.Values{"revision": {"1"}, "reason": {" \t"}}, http.StatusUnprocessableEntity, []string{"Ce champ est obligatoire."}},
			{url.Values{"revision": {"1"}, "reason": {long}}, http.StatusUnprocessableEntity, []string{"Au plus 500 caractères.", long}},
			{url.Values{"revision": {"7"}, "reason": {"Convenu <b>"}}, http.StatusPreconditionFailed, []string{"a changé depuis", "Convenu <b>"}},
			{url.Values{"revision": {"x"}, "reason": {"Convenu"}}, http.StatusPreconditionFailed, []string{"a changé depuis", "Convenu"}},
			{url.Values{"reason": {"Convenu"}}, http.StatusPreconditionFailed, []string{"a changé depuis"}},
		} {
			h.want(h.post(operator, to, tt.form), tt.status, tt.holds...)
		}
		h.want(h.post(operator, to, url.Values{"revision": {"1"}, "reason": {"Convenu avec l'équipe du portail."}}), http.StatusSeeOther)
		h.want(h.get(operator, "/desk/portal/findings/"+id), http.StatusOK, "Convenu avec l'équipe du portail.", "Signaler à nouveau", "!Admettre cet écart")
		h.want(h.get(operator, "/desk/portal?show=acknowledged"), http.StatusOK, "Convenu avec l'équipe du portail.")
		h.want(h.post(operator, "/desk/portal/findings/"+id+"/reopening", url.Values{"revision": {"2"}}), http.StatusSeeOther)
		h.want(h.post(operator, "/desk/portal/findings/"+id+"/reopening", url.Values{"revision": {"3"}}), http.StatusConflict, "n'était pas admis")
		h.now = h.now.Add(time.Hour)
		_, err := h.store.Record(t.Context(), portal.Reading{StartedAt: h.now, Whole: true}, portal.Outcome{Whole: true})
		h.ok(err)
		f, err := h.store.Finding(t.Context(), operator, id)
		h.ok(err)
		h.want(h.post(operator, to, url.Values{"revision": {fmt.Sprint(f.Revision)}, "reason": {"x"}}), http.StatusConflict, "est réglé")
		h.want(h.get(operator, "/desk/portal?show=gone"), http.StatusOK, "Jeu 2")
		h.want(h.get(operator, "/desk/portal"), http.StatusOK, "Le portail montre le registre tel qu'il est")
	})
}

func TestTheAPIOfFindings(t *testing.T) {
	h := open(t, databasetest.Open(t))
	id := h.read()[portal.Differs]
	_, out := h.ask(operator, http.MethodGet, "/api/v1/portal/findings?limit=2", nil)
	if fmt.Sprint(out["total"], len(out["items"].([]any)), out["next"]) != "5 22" {
		t.Errorf("%v", out)
	}
	_, out = h.ask(operator, http.MethodGet, "/api/v1/portal/findings?limit=2&cursor=3", nil)
	if one := out["items"].([]any)[0].(map[string]any); out["next"] != "" || one["kind"] != "stray" || one["uuid"] != "" {
		t.Errorf("%v", out)
	}
	for query, status := range map[string]int{"cursor=x": 422, "cursor=1": 422, "limit=0": 422, "kind=absent": 422, "field=slug": 422, "show=x": 422} {
		if w, _ := h.ask(operator, http.MethodGet, "/api/v1/portal/findings?"+query, nil); w.Code != status {
			t.Errorf("%s = %d", query, w.Code)
		}
	}
	w, one := h.ask(operator, http.MethodGet, "/api/v1/portal/findings/"+id, nil)
	if w.Header().Get("ETag") != `"1"` || one["portal_url"] != "https://portal.example/dataset/jeu-2" || one["ours"] != "Hôpitaux" {
		t.Errorf("%v %v", w.Header(), one)
	}
	to := "/api/v1/portal/findings/" + id + "/acknowledgement"
	for _, tt := range []struct {
		match  string
		body   map[string]any
		status int
	}{
		{`"9"`, map[string]any{"reason": "x"}, 412},
		{"nothing", map[string]any{"reason": "x"}, 412},
		{`"1"`, map[string]any{"reason": ""}, 422},
		{`"1"`, map[string]any{}, 422},
		{`"1"`, map[string]any{"reason": "x", "more": 1}, 422},
		{`"1"`, map[string]any{"reason": "x"}, 200},
	} {
		if w, out := h.ask(operator, http.MethodPost, to, tt.body, "If-Match", tt.match); w.Code != tt.status {
			t.Errorf("%s %v = %d %v", tt.match, tt.body, w.Code, out)
		}
	}
	if w, one := h.ask(operator, http.MethodDelete, to, nil, "If-Match", `"2"`); w.Code != http.StatusOK || one["acknowledged"] != nil {
		t.Errorf("%d %v", w.Code, one)
	}
	h.busy = true
	if w, out := h.ask(operator, http.MethodPost, "/api/v1/portal/readings", nil); w.Code != http.StatusConflict {
		t.Errorf("%d %v", w.Code, out)
	}
	if w := h.get(operator, "/api/v1/portal/findings/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

func TestWithoutAPortal(t *testing.T) {
	h := open(t, databasetest.Open(t), func(o *Options) { o.URL, o.Ask, o.Busy = "", nil, nil })
	h.want(h.get(operator, "/desk/portal"), http.StatusOK, "Aucun portail n'est lu ici", "!Lire le portail maintenant")
	if w, out := h.ask(operator, http.MethodPost, "/api/v1/portal/readings", nil, "Accept-Language", "fr"); w.Code != http.StatusConflict ||
		!strings.Contains(fmt.Sprint(out["detail"]), "portal.url") {
		t.Errorf("%d %v", w.Code, out)
	}
	h.want(h.post(operator, "/desk/portal/reading", nil), http.StatusConflict)
}

func TestTheListAsCSV(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.read()
	w := h.get(operator, "/desk/portal/findings.csv?kind=differs")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	h.ok(err)
	if len(rows) != 2 || rows[1][2] != "TN-2" || !strings.HasPrefix(rows[1][9], "'=HYPERLINK") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%q %v", rows, w.Header())
	}
	w = h.get(stranger, "/desk/portal/findings.csv?show=all")
	if n := strings.Count(w.Body.String(), "\n"); n != 2 {
		t.Errorf("an institution is given %d lines", n)
	}
}

func TestWhoHarvested(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(officer, "/desk/portal/harvests"), http.StatusOK, "Personne n'a encore moissonné")
		keep := func(n byte, r harvest.Receipt) {
			r.ID, r.Client, r.Dialect, r.Scope = fmt.Sprint("r", n), harvest.CKAN, "package_search", harvest.Whole
			r.Network, r.SeenAt, r.SnapshotAt = "193.95.66.0/24", r.BegunAt, r.BegunAt
			h.ok(h.store.Keep(t.Context(), []harvest.Pending{{Key: harvest.Key{n}, Receipt: r}}))
		}
		ended := start.Add(-time.Hour)
		keep(1, harvest.Receipt{Consumer: "portail", BegunAt: ended, EndedAt: &ended, Snapshot: "now", Version: 9, Reached: 525, Total: 525})
		old := start.AddDate(0, 0, -3)
		keep(2, harvest.Receipt{Consumer: "udata", BegunAt: old, EndedAt: &old, Snapshot: "old", Version: 4, Reached: 500, Total: 500})
		keep(3, harvest.Receipt{Consumer: "udata", BegunAt: old.Add(time.Hour), Snapshot: "old", Version: 4, Reached: 120, Total: 500})
		keep(4, harvest.Receipt{Consumer: "dcat", BegunAt: start.Add(-time.Minute), Snapshot: "now", Reached: 2, Total: 6, Moved: true})
		h.want(h.get(operator, "/desk/portal/harvests"), http.StatusOK, "portail", "La dernière édition", "En retard de", "3 jours", "Jamais allé au bout", "Abandonnée",
			"En cours", "Terminée", "193.95.66.0/24", "120 sur 500", "13 nov. 2026 : 1 terminés sur 2")
		h.want(h.get(officer, "/desk/portal/harvests"), http.StatusOK, "portail", "!193.95.66.0")
		h.want(h.get(officer, "/desk/portal/harvests?consumer=udata"), http.StatusOK, "Lectures de udata", "!525 / 525")
		h.want(h.get(officer, "/desk/portal/harvests?page=3", "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`)
		_, out := h.ask(officer, http.MethodGet, "/api/v1/harvests?limit=3", nil)
		first := out["items"].([]any)[0].(map[string]any)
		if out["next"] != "2" || first["state"] != "running" || first["moved"] != true || first["network"] != nil {
			t.Errorf("%v", out)
		}
		if _, out := h.ask(operator, http.MethodGet, "/api/v1/harvests?limit=3&cursor=2", nil); out["next"] != "" || len(out["items"].([]any)) != 1 {
			t.Errorf("%v", out)
		}
		_, out = h.ask(operator, http.MethodGet, "/api/v1/harvests/consumers", nil)
		if got := fmt.Sprint(out["items"]); !strings.Contains(got, "lag_seconds:0") || !strings.Contains(got, "lag_seconds:259200") || !strings.Contains(got, "lag_seconds:<nil>") || !strings.Contains(got, "versions_behind:5") {
			t.Errorf("%s", got)
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"kind=missing&page=2", "show=all&q=%25_%5C", "page=99999999999999999999", "institution=%00&field=\xff"} {
		f.Add(s)
	}
	h := open(f, databasetest.Open(f))
	h.read()
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		r := httptest.NewRequestWithContext(web.WithActor(t.Context(), officer), http.MethodGet, "http://jard.test/desk/portal?"+values.Encode(), nil)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q = %d", query, w.Code)
		}
	})
}
