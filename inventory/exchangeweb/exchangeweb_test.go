package exchangeweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/exchangeweb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	start   = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)
	officer = identity.Actor{
		Account: "officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
	}
	stranger = identity.Actor{Account: "stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	owner    = identity.Actor{Account: "owner", Role: identity.ServiceOwner, Institution: "marhp", Institutions: []string{"marhp"}}
	nobody   = identity.Actor{}
)

// house is the real router on a real store.
type house struct {
	testing.TB
	store   *inventorydb.Store
	handler http.Handler
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	return openFor(t, db)
}

func openFor(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t}
	clock := func() time.Time { return start }
	h.store = inventorydb.New(db, clock)
	people := identitydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.store.Seed(t.Context(), identity.System("seed"), v))
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: people, Now: clock})
	h.ok(err)
	form, err := sheet.ReadForm(pilot.Files)
	h.ok(err)
	exchangeweb.New(shell, h.store, people, form, clock).Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) send(by identity.Actor, method, target, kind string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), method, "http://jard.test"+target, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w
}

func (h *house) get(by identity.Actor, target string) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(by, http.MethodGet, target, "", nil)
}

func (h *house) post(by identity.Actor, target string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(by, http.MethodPost, target, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// parts makes a body of a form with a file.
func (h *house) parts(institution, name string, data []byte) (kind string, body io.Reader) {
	h.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	h.ok(m.WriteField("institution", institution))
	if data != nil {
		w, err := m.CreateFormFile("file", name)
		h.ok(err)
		_, err = w.Write(data)
		h.ok(err)
	}
	h.ok(m.Close())
	return m.FormDataContentType(), &b
}

func (h *house) upload(by identity.Actor, institution, name string, data []byte) *httptest.ResponseRecorder {
	h.Helper()
	kind, body := h.parts(institution, name, data)
	return h.send(by, http.MethodPost, "/desk/import", kind, body)
}

// want asserts the status and what the body holds; a text that begins with "!" must not be there.
func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	if w.Code != status {
		h.Fatalf("status %d, to %q; want %d\n%s", w.Code, w.Header().Get("Location"), status, w.Body)
	}
	for _, text := range holds {
		if not, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(w.Body.String(), strings.TrimPrefix(text, "!")) {
			h.Errorf("the answer holds or lacks %q\n%s", not, w.Body)
		}
	}
}

// as returns a context in which somebody asks.
func as(ctx context.Context, by identity.Actor) context.Context { return web.WithActor(ctx, by) }

// barrages is a dataset of the officer's.
func barrages() inventory.Content {
	return inventory.Content{Title: lang.Text{"fr": "Barrages"}, Theme: "agriculture", Frequency: "monthly"}
}

func (h *house) record(title string) *inventory.Dataset {
	h.Helper()
	d, err := h.store.Create(h.Context(), officer, "marhp", inventory.Content{
		Title: lang.Text{"fr": title}, Theme: "agriculture", Frequency: "monthly",
	})
	h.ok(err)
	return d
}

// TestAQuartersWork takes the workbook, changes it as an officer does, hands it
// in, looks, takes the comments, applies the good rows and undoes them.
func TestAQuartersWork(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		first, second := h.record("Barrages"), h.record("=cmd|' /C calc'!A0")
		w := h.get(officer, "/desk/exchange/template.xlsx?lang=fr")
		h.want(w, http.StatusOK)
		f, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
		h.ok(err)
		defer f.Close()
		for cell, text := range map[string]string{"E2": "Barrages et lacs", "I3": "Astrologie", "E4": "Nappes", "O4": "annuelle"} {
			h.ok(f.SetCellStr("Inventaire", cell, text))
		}
		var out bytes.Buffer
		_, err = f.WriteTo(&out)
		h.ok(err)

		h.want(h.get(officer, "/desk/import"), http.StatusOK, `enctype="multipart/form-data"`, "Aucun fichier déposé")
		w = h.upload(officer, "marhp", "inventaire.xlsx", out.Bytes())
		h.want(w, http.StatusSeeOther)
		at := w.Header().Get("Location")
		h.want(h.get(officer, at), http.StatusOK, "inventaire.xlsx", "<del dir=\"auto\">Barrages</del>", "<ins dir=\"auto\">Barrages et lacs</ins>",
			"I3", "Le thème «\u00a0Astrologie\u00a0» est inconnu.", "Appliquer seulement les 2 bonnes lignes", "À créer", "Refusé")
		h.want(h.get(officer, at+"?outcome=refused"), http.StatusOK, "Astrologie", "!Nappes")
		h.want(h.send(officer, http.MethodGet, at, "", nil, "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "مرفوض")
		h.want(h.get(officer, "/desk/import"), http.StatusOK, at, "À décider")

		w = h.get(officer, at+"/comments.xlsx")
		h.want(w, http.StatusOK)
		commented, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
		h.ok(err)
		defer commented.Close()
		if all, err := commented.GetComments("Inventaire"); err != nil || len(all) != 1 || all[0].Cell != "I3" {
			t.Errorf("comments %+v, %v", all, err)
		}

		h.want(h.post(officer, at+"/application", url.Values{"rows": {"all"}}), http.StatusConflict, "ne peuvent pas être appliquées")
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"good"}}), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "Appliqué le", "Annuler tout l’import", "!Appliquer seulement")
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"good"}}), http.StatusSeeOther)
		if got := h.stored(first.Ref); got.Content.Title["fr"] != "Barrages et lacs" {
			t.Errorf("title %v", got.Content.Title)
		}
		if got := h.stored(second.Ref); got.Revision != 1 {
			t.Errorf("the refused row changed %s", got.Ref)
		}
		h.want(h.post(officer, at+"/undo", url.Values{}), http.StatusSeeOther)
		if got := h.stored(first.Ref); got.Content.Title["fr"] != "Barrages" {
			t.Errorf("title after undo %v", got.Content.Title)
		}
		h.want(h.get(officer, at), http.StatusOK, "Annulé le")
	})
}

func (h *house) stored(ref string) *inventory.Dataset {
	h.Helper()
	d, err := h.store.Get(h.Context(), officer, ref)
	h.ok(err)
	return d
}

func TestWhoMayNot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		w := h.upload(officer, "marhp", "x.csv", []byte("Intitulé;Fréquence\nForêts;annuelle\n"))
		h.want(w, http.StatusSeeOther)
		at := w.Header().Get("Location")
		for target, unknown := range map[string]int{at: http.StatusSeeOther, at + "/comments.xlsx": http.StatusUnauthorized} {
			h.want(h.get(stranger, target), http.StatusNotFound)
			h.want(h.get(nobody, target), unknown)
			h.want(h.get(owner, target), http.StatusForbidden)
		}
		for _, target := range []string{at + "/application", at + "/undo", at + "/columns"} {
			h.want(h.post(stranger, target, url.Values{}), http.StatusNotFound)
			h.want(h.post(nobody, target, url.Values{}), http.StatusSeeOther)
		}
		h.want(h.upload(stranger, "marhp", "x.csv", []byte("Intitulé;Fréquence\nA;annuelle\n")), http.StatusNotFound)
		h.want(h.get(stranger, "/desk/exchange/template.xlsx?institution=marhp"), http.StatusNotFound)
		h.want(h.get(nobody, "/desk/exchange/template.xlsx?institution=marhp"), http.StatusUnauthorized)
		h.want(h.get(officer, at+"/comments.xlsx"), http.StatusNotFound)
	})
}

func TestABadFileIsSaidOnThePage(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.want(h.upload(officer, "marhp", "", nil), http.StatusUnprocessableEntity, "Choisissez un fichier.")
	h.want(h.upload(officer, "marhp", "x.xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")), http.StatusUnprocessableEntity, "Ancien format Excel")
	h.want(h.upload(officer, "marhp", "x.csv", []byte("a\n1\n")), http.StatusUnprocessableEntity, "Aucune ligne d’en-tête")
	h.want(h.upload(officer, "", "x.csv", []byte("Intitulé;Thème\na;\n")), http.StatusUnprocessableEntity)
	h.want(h.upload(officer, "marhp", "x.csv", bytes.Repeat([]byte("a"), sheet.MaxFile+1)), http.StatusRequestEntityTooLarge, "32 Mo")
}

func TestTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const all = "/api/v1/imports?institution=marhp&name=x.csv"
		text := "Intitulé;Fréquence\nForêts;annuelle\nBarrages;parfois\n"
		var out struct {
			ID, State string
			Counts    map[string]int
			Rows      []struct {
				Line         int
				Outcome, Ref string
				Errors       []struct{ Cell, Field, Message string }
			}
		}
		read := func(w *httptest.ResponseRecorder, status int) {
			h.Helper()
			h.want(w, status)
			h.ok(json.Unmarshal(w.Body.Bytes(), &out))
		}
		read(h.send(officer, http.MethodPost, all, "text/csv", strings.NewReader(text), "Accept-Language", "en"), http.StatusOK)
		if out.State != "proposed" || out.Counts["create"] != 1 || out.Counts["refused"] != 1 || len(out.Counts) != 5 || len(out.Rows) != 2 ||
			out.Rows[1].Errors[0].Cell != "B3" || out.Rows[1].Errors[0].Field != "frequency" ||
			!strings.Contains(out.Rows[1].Errors[0].Message, "parfois") {
			t.Errorf("answer %+v", out)
		}
		kind, body := h.parts("marhp", "x.csv", []byte(text))
		read(h.send(officer, http.MethodPost, all, kind, body), http.StatusOK)
		one := "/api/v1/imports/" + out.ID
		read(h.get(officer, one), http.StatusOK)
		h.want(h.send(officer, http.MethodPost, one+"/application?rows=all", "", nil), http.StatusConflict, "problem", "import.not_all")
		for range 2 {
			read(h.send(officer, http.MethodPost, one+"/application", "", nil), http.StatusOK)
			if out.State != "applied" || out.Rows[0].Ref != "TN-MARHP-2026-0001" {
				t.Errorf("applied %+v", out)
			}
		}
		read(h.send(officer, http.MethodPost, one+"/undo", "", nil), http.StatusOK)
		if out.State != "undone" {
			t.Errorf("undone %+v", out)
		}
		h.want(h.send(nobody, http.MethodPost, all, "text/csv", strings.NewReader(text)), http.StatusUnauthorized)
		h.want(h.send(stranger, http.MethodPost, all, "text/csv", strings.NewReader(text)), http.StatusNotFound)
		h.want(h.get(stranger, one), http.StatusNotFound)
		h.want(h.send(stranger, http.MethodPost, one+"/application", "", nil), http.StatusNotFound)
		h.want(h.send(officer, http.MethodPost, all, "text/csv", strings.NewReader("a\x00b;")), http.StatusUnprocessableEntity)
		h.want(h.send(officer, http.MethodPost, "/api/v1/imports", "text/csv", strings.NewReader(text)), http.StatusUnprocessableEntity, "institution")
	})
}

// list is two good entries and a broken line.
const list = `{"name":"cereales","title":"Production de céréales","license_id":"gpl","portal_url":"https://catalog.example.tn/dataset/cereales"}
{"name":"olives","title":
{"name":"barrages","title":"Barrages","portal_url":"https://catalog.example.tn/dataset/barrages","resources":[]}
`

func TestAListOfAnotherCatalogue(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const all = "/api/v1/imports?institution=marhp"
		type answer struct {
			ID      string
			Applied bool
			Counts  map[string]int
			Rows    []struct {
				Outcome       string
				Errors, Notes []struct{ Key string }
			}
		}
		ask := func(target, text string) (out answer) {
			h.Helper()
			w := h.send(officer, http.MethodPost, target, "application/json", strings.NewReader(text))
			h.want(w, http.StatusOK)
			h.ok(json.Unmarshal(w.Body.Bytes(), &out))
			return out
		}
		out := ask(all, list)
		if out.Applied || out.Counts["create"] != 2 || out.Counts["refused"] != 1 || out.Rows[1].Errors[0].Key != "import.line.truncated" ||
			len(out.Rows[0].Errors) != 0 || out.Rows[0].Notes[0].Key != "import.licence.unknown" {
			t.Errorf("preview %+v", out)
		}
		done := ask("/api/v1/imports/"+out.ID+"/application", "")
		if !done.Applied || done.Counts["create"] != 2 {
			t.Errorf("applied %+v", done)
		}
		if again := ask(all, list); again.Counts["unchanged"] != 2 || again.Counts["create"] != 0 {
			t.Errorf("handed in again %+v", again.Counts)
		}
	})
}

// TestTheRealListThroughTheAPI hands in a real catalogue, when it is at hand.
func TestTheRealListThroughTheAPI(t *testing.T) {
	file, err := os.ReadFile("../../../shared/realdata/agridata_datasets.jsonl")
	if err != nil {
		t.Logf("the real catalogue is not beside the repository, only written ones are tested: %v", err)
		return
	}
	h := open(t, databasetest.Open(t))
	operator := identity.Actor{Account: "operator", Role: identity.MCD}
	w := h.send(operator, http.MethodPost, "/api/v1/imports?institution=marhp", "application/json", bytes.NewReader(file))
	h.want(w, http.StatusOK, `"create":513`, `"refused":12`)
}

// TestARowRepeatedIsSaidAtItsTitle sees that a remark on a row as a whole names a cell, too.
func TestARowRepeatedIsSaidAtItsTitle(t *testing.T) {
	h := open(t, databasetest.Open(t))
	w := h.upload(officer, "marhp", "x.csv", []byte("Fréquence;Intitulé\nannuelle;Forêts\nannuelle;Forêts\n"))
	h.want(w, http.StatusSeeOther)
	h.want(h.get(officer, w.Header().Get("Location")+"?outcome=refused"), http.StatusOK,
		`<span class="badge latin">B3</span>`, "La même entrée figure déjà à la ligne 2.")
}
