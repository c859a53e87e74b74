package inventoryweb_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/web"
)

// looked keeps a look at the one file of a published dataset.
func (h *house) looked(ref string, change func(*file.Sight)) file.File {
	h.Helper()
	all, err := h.store.Files(h.Context(), operator, ref)
	h.ok(err)
	rows := int64(1204)
	s := &file.Sight{
		At: h.now, Status: 200, Format: file.CSV, Bytes: 12_400, Whole: true, Hash: "a1", Rows: &rows, Columns: 2, Encoding: "windows-1252", Delimiter: ";",
		Profile: file.Profile{Rows: rows, Columns: []file.Column{
			{Name: "Relevé", Kind: file.Day, Distinct: 300, Min: "2026-01-01", Max: "2026-10-31"},
			{Name: "<script>", Kind: file.Decimal, Empty: 602, Distinct: 1000, More: true, Min: "0.5", Max: "3.25"},
		}},
	}
	if change != nil {
		change(s)
	}
	kept, err := h.store.KeepLook(h.Context(), &all[0], s, file.Pace{Every: 7 * 24 * time.Hour, Retry: time.Hour}, nil)
	h.ok(err)
	return *kept
}

// checked opens the house with somebody to ask for looks.
func checked(t *testing.T, db *gorm.DB, answer func(ctx context.Context, by identity.Actor, ref, id string) (*file.File, bool, error)) *house {
	t.Helper()
	h := open(t, db)
	clock := func() time.Time { return h.now }
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: h.people, Now: clock})
	h.ok(err)
	inventoryweb.New(shell, h.store, h.people, inventoryweb.Beside{Check: answer}, clock).Routes()
	h.handler = shell.Handler()
	return h
}

// says asserts what a page says, whatever spaces and entities it is written with.
func (h *house) says(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(html.UnescapeString(w.Body.String()))
	w.Body.Reset()
	w.Body.WriteString(plain)
	h.want(w, status, holds...)
}

func TestFilesOnTheirPages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		h.says(h.get(nobody, "/datasets/"+ref), http.StatusOK, "!Fichiers vérifiés")
		h.says(h.get(officer, "/desk/datasets/"+ref), http.StatusOK, "Fichiers vérifiés", "pas encore vérifié")
		id := h.looked(ref, nil).DistributionID
		h.says(h.get(nobody, "/datasets/"+ref), http.StatusOK, "Fichiers vérifiés", "en ligne", "1 204 lignes, 2 colonnes", "12,4 ko",
			"WINDOWS-1252 · séparateur point-virgule", "janv. 2026 à 31 oct. 2026", "0,5 à 3,25", "50 %", "<script>", "plus de 1 000",
			"!/desk/datasets/"+ref+"/files")
		at := "/desk/datasets/" + ref + "/files/" + id
		h.says(h.get(officer, at), http.StatusOK, "vu pour la première fois", "La colonne « Relevé » semble convenir", "!Vérifier maintenant", "a1")
		h.says(h.get(nobody, at), http.StatusSeeOther)
		h.says(h.get(stranger, at), http.StatusNotFound)
		h.says(h.get(member, at), http.StatusOK, "!Enregistrer la colonne")
		h.says(h.get(officer, "/desk/datasets/"+ref+"/files/none"), http.StatusNotFound)
		h.says(h.get(officer, at, "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "سطر", "متاح")
		h.says(h.get(officer, at, "Accept-Language", "en"), http.StatusOK, "1,204 rows, 2 columns", "seen for the first time")
	})
}

func TestEveryStateHasItsWords(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.publish("Barrages")
	for words, change := range map[string]func(*file.Sight){
		"Déclaré CSV, c’est en réalité XLSX":    func(s *file.Sight) { s.Format = file.XLSX },
		"une page au lieu du fichier":           func(s *file.Sight) { s.Format = file.HTML },
		"demande un mot de passe":               func(s *file.Sight) { s.Format, s.Asks = file.HTML, true },
		"fichier vide":                          func(s *file.Sight) { s.Bytes = 0 },
		"trop grand pour être lu":               func(s *file.Sight) { s.Whole, s.Hash = false, "" },
		"https://ailleurs.tn/a.csv":             func(s *file.Sight) { s.FinalURL, s.Permanent = "https://ailleurs.tn/a.csv", true },
		"n’a pas pu être lu jusqu’au bout":      func(s *file.Sight) { s.Profile = file.Profile{Damaged: true} },
		"Le serveur ne répond pas.":             func(s *file.Sight) { s.Reason = file.Connect },
		"contient : CSV, TXT":                   func(s *file.Sight) { s.Profile.Holds = []file.Format{file.CSV, file.TXT} },
		"Le tableau est plus long que ce qui a": func(s *file.Sight) { s.Profile.Cut = true },
		"cela ne compte pas contre le fichier":  func(s *file.Sight) { s.Reason = file.Throttled },
	} {
		id := h.looked(ref, change).DistributionID
		h.says(h.get(officer, "/desk/datasets/"+ref+"/files/"+id), http.StatusOK, words)
	}
	for _, tag := range []string{"fr", "ar", "en"} {
		page := h.get(officer, "/desk/files?all=1", "Accept-Language", tag)
		h.says(page, http.StatusOK, "!file.state", "!file.fix", "!file.reason", "!file.list")
	}
	shell := h.get(officer, "/desk/files")
	for _, s := range file.States() {
		if !strings.Contains(shell.Body.String(), "file.state."+string(s)) {
			continue
		}
		t.Errorf("state %s has no words", s)
	}
}

func TestFilesToMend(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		fine, bad := h.publish("Barrages"), h.publish("=Pluies")
		h.looked(fine, nil)
		h.looked(bad, func(s *file.Sight) { s.Format = file.PDF })
		h.says(h.get(officer, "/desk/files"), http.StatusOK, "1 fichier", "Pluies", "!>Barrages<")
		h.says(h.get(operator, "/desk/files?state=ok"), http.StatusOK, "Barrages", "!>=Pluies<")
		h.says(h.get(stranger, "/desk/files"), http.StatusOK, "Rien à corriger", "!Pluies")
		h.says(h.get(nobody, "/desk/files"), http.StatusSeeOther)
		h.says(h.get(officer, "/desk/files?state=weird"), http.StatusUnprocessableEntity, "« weird » n’est pas un état de fichier.")
		h.says(h.get(officer, "/desk/files.csv"), http.StatusOK, "'=Pluies", "wrong_format", "PDF", "!Barrages")
		h.says(h.get(officer, "/desk/files.csv?all=1"), http.StatusOK, "Barrages", "windows-1252")
	})
}

func TestCheckingNowFromThePage(t *testing.T) {
	var fail error
	done, asked := true, 0
	h := checked(t, databasetest.Open(t), func(_ context.Context, by identity.Actor, ref, id string) (*file.File, bool, error) {
		asked++
		return &file.File{Ref: ref, DistributionID: id, State: file.OK}, done, fail
	})
	ref := h.publish("Barrages")
	id := h.looked(ref, nil).DistributionID
	at := "/desk/datasets/" + ref + "/files/" + id
	h.says(h.get(officer, at), http.StatusOK, "Vérifier maintenant", "Prochaine vérification")
	h.says(h.get(member, at), http.StatusOK, "!Vérifier maintenant")
	h.says(h.post(officer, at+"/check", url.Values{}), http.StatusSeeOther)
	fail = fault.New(fault.Throttled, "file.ask.soon")
	h.says(h.post(officer, at+"/check", url.Values{}), http.StatusSeeOther)
	fail = fault.New(fault.NotFound, "fault.not_found")
	h.says(h.post(stranger, at+"/check", url.Values{}), http.StatusNotFound)
	fail = nil
	api := "/api/v1/datasets/" + ref + "/distributions/" + id + "/check"
	w, out := h.ask(officer, http.MethodPost, api, nil)
	if h.want(w, http.StatusOK); out["state"] != "ok" {
		t.Errorf("%v", out)
	}
	done = false
	w, _ = h.ask(officer, http.MethodPost, api, nil)
	h.want(w, http.StatusAccepted)
	before := asked
	w, _ = h.ask(nobody, http.MethodPost, api, nil)
	if h.want(w, http.StatusUnauthorized); asked != before {
		t.Error("a stranger has a site asked")
	}
	off := open(t, databasetest.Open(t))
	other := off.publish("Barrages")
	w, _ = off.ask(officer, http.MethodPost, "/api/v1/datasets/"+other+"/distributions/x/check", nil)
	off.want(w, http.StatusServiceUnavailable, "Les fichiers ne sont pas vérifiés")
	off.want(off.post(officer, "/desk/datasets/"+other+"/files/x/check", url.Values{}), http.StatusServiceUnavailable)
}

func TestNamingTheColumnThatDatesTheRows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		id := h.looked(ref, nil).DistributionID
		at := "/desk/datasets/" + ref + "/files/" + id
		h.says(h.post(officer, at+"/date", url.Values{"column": {"Relevé"}}), http.StatusSeeOther)
		h.says(h.get(officer, at), http.StatusOK, "date les lignes", "date la plus récente : 31 oct. 2026")
		h.says(h.post(officer, at+"/date", url.Values{"column": {"<b>"}}), http.StatusUnprocessableEntity, "La colonne « <b> » n’existe pas")
		h.says(h.post(member, at+"/date", url.Values{"column": {""}}), http.StatusForbidden)
		h.says(h.post(stranger, at+"/date", url.Values{"column": {""}}), http.StatusNotFound)
		api := "/api/v1/datasets/" + ref + "/distributions/" + id + "/date-column"
		w, out := h.ask(officer, http.MethodPut, api, map[string]any{"column": ""})
		if h.want(w, http.StatusOK); out["date_column"] != "" {
			t.Errorf("%v", out)
		}
		w, _ = h.ask(officer, http.MethodPut, api, map[string]any{"column": "Autre"})
		h.want(w, http.StatusUnprocessableEntity, `"field":"column"`)
		h.says(h.get(officer, "/desk/datasets/"+ref+"/history"), http.StatusOK, "Colonne de date")
	})
}

func TestFilesOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		id := h.looked(ref, nil).DistributionID
		w, out := h.ask(nobody, http.MethodGet, "/api/v1/datasets/"+ref+"/files", nil)
		h.want(w, http.StatusOK)
		f := out["items"].([]any)[0].(map[string]any)
		if f["state"] != "ok" || f["format"] != "CSV" || f["rows"] != 1204.0 || f["match"] != "fits" || len(f["columns"].([]any)) != 2 || f["sha256"] != "a1" {
			t.Errorf("%v", f)
		}
		w, out = h.ask(nobody, http.MethodGet, "/api/v1/datasets/"+ref+"/distributions/"+id+"/checks", nil)
		h.want(w, http.StatusOK)
		if l := out["items"].([]any)[0].(map[string]any); l["change"] != "first" || l["status"] != 200.0 {
			t.Errorf("%v", l)
		}
		draft := h.record("Brouillon")
		w, _ = h.ask(nobody, http.MethodGet, "/api/v1/datasets/"+draft+"/files", nil)
		h.want(w, http.StatusUnauthorized)
		w, _ = h.ask(stranger, http.MethodGet, "/api/v1/datasets/"+draft+"/files", nil)
		h.want(w, http.StatusNotFound)
		w, out = h.ask(officer, http.MethodGet, "/api/v1/files?all=true", nil)
		if h.want(w, http.StatusOK); len(out["items"].([]any)) != 1 {
			t.Errorf("%v", out)
		}
		w, _ = h.ask(nobody, http.MethodGet, "/api/v1/files", nil)
		h.want(w, http.StatusUnauthorized)
		w, _ = h.ask(officer, http.MethodGet, "/api/v1/files?flag=weird", nil)
		h.want(w, http.StatusUnprocessableEntity, `"field":"flag"`)
		// What was measured counts in the score, on the page as over the API.
		w, out = h.ask(nobody, http.MethodGet, "/api/v1/datasets/"+ref+"/quality", nil)
		h.want(w, http.StatusOK)
		if p := out["published"].(map[string]any); p["total"] != p["reachable"] {
			t.Errorf("something is unmeasured: %v of %v", p["total"], p["reachable"])
		}
	})
}

// A file that changed is told where the promise is.
func TestAChangedFileOnTheLedger(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.publish("Barrages")
	h.looked(ref, nil)
	h.now = start.AddDate(0, 0, 2)
	f := h.looked(ref, func(s *file.Sight) { s.Hash = "b2" })
	if f.Flag != file.Silent {
		t.Fatalf("flag %q", f.Flag)
	}
	h.says(h.get(nobody, "/datasets/"+ref), http.StatusOK, "fichier nouveau constaté le 18 nov. 2026", "contenu changé sans déclaration")
	h.says(h.get(officer, "/desk/datasets/"+ref), http.StatusOK, "Nouveau contenu constaté")
	w, out := h.ask(nobody, http.MethodGet, "/api/v1/datasets/"+ref+"/obligations", nil)
	h.want(w, http.StatusOK)
	if o := out["items"].([]any)[1].(map[string]any); o["evidence"] != string(inventory.Observed) || o["state"] != "met" {
		t.Errorf("%v", o)
	}
}
