package exchangeweb_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

func TestColumnsAreExplainedOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		text := []byte("Intitulé;Fréquence;Qui s'en occupe;Couleur\nForêts;annuelle;Bureau 4;vert\n")
		w := h.upload(officer, "marhp", "x.csv", text)
		h.want(w, http.StatusSeeOther)
		at := w.Header().Get("Location")
		h.want(h.get(officer, at), http.StatusOK, "2 colonnes n’ont pas été comprises", "Qui s&#39;en occupe", at+"/columns")
		h.want(h.get(officer, at+"/columns"), http.StatusOK, `name="column.0.C"`, `<option value="title" selected>`, "Bureau 4")
		form := url.Values{"header.0": {"1"}, "column.0.A": {"title"}, "column.0.B": {"frequency"}, "column.0.C": {"officer"}}
		w = h.post(officer, at+"/columns", form)
		h.want(w, http.StatusSeeOther)
		h.want(h.get(officer, w.Header().Get("Location")), http.StatusOK, "Bureau 4", "!comprise")
		h.want(h.get(officer, at), http.StatusNotFound)
		w = h.upload(officer, "marhp", "y.csv", text)
		h.want(h.get(officer, w.Header().Get("Location")), http.StatusOK, "Bureau 4", "!comprise", "!Couleur")
		w = h.upload(stranger, "ms", "y.csv", text)
		h.want(h.get(stranger, w.Header().Get("Location")), http.StatusOK, "!Bureau 4", "2 colonnes")
	})
}

// offices makes a workbook as an office keeps it: a title over merged cells,
// headings of its own on two lines, a second sheet of the same shape, and one of notes.
func offices(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Suite", "Notes"} {
		_, err := f.NewSheet(name)
		ok(err)
	}
	for name, rows := range map[string]map[string][]any{
		"Sheet1": {
			"A1": {"Ministère de l'agriculture"},
			"A3": {"N°", "Ce que c'est", "الدورة", "Qui", nil},
			"A4": {nil, nil, nil, "bureau", "adresse"},
			"A5": {1, "Forêts", "annuelle", "DGF", "dgf@agri.tn"},
			"A6": {2, "Pêche", "mensuelle", "DGPA", "dgpa@agri.tn"},
		},
		"Suite": {"A1": {"N°", "Ce que c'est", "الدورة"}, "A2": {3, "Nappes", "parfois"}},
		"Notes": {"A1": {"à relire", "par Amel"}, "A2": {"avant", "mardi"}},
	} {
		for at, cells := range rows {
			ok(f.SetSheetRow(name, at, &cells))
		}
	}
	ok(f.MergeCell("Sheet1", "A1", "E1"))
	ok(f.MergeCell("Sheet1", "B3", "B4"))
	ok(f.MergeCell("Sheet1", "D3", "E3"))
	var out bytes.Buffer
	_, err := f.WriteTo(&out)
	ok(err)
	return out.Bytes()
}

func TestAFileNobodyUnderstandsIsExplainedByHand(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		w := h.upload(officer, "marhp", "bureau.xlsx", offices(t))
		h.want(w, http.StatusSeeOther)
		at := w.Header().Get("Location")
		if w = h.get(officer, at); w.Header().Get("Location") != at+"/columns" {
			t.Fatalf("an unread file is shown at %q", w.Header().Get("Location"))
		}
		h.want(h.get(officer, at+"/columns"), http.StatusOK, "Ce que c&#39;est", "Suite", "Notes", "en-tête à la ligne 4")
		h.want(h.get(stranger, at+"/columns"), http.StatusNotFound)
		h.want(h.post(officer, at+"/application", url.Values{}), http.StatusSeeOther)
		form := url.Values{
			"header.0": {"4"}, "column.0.C": {"frequency"}, "column.0.D": {"officer"}, "column.0.E": {"feedback"},
			"header.1": {"1"}, "column.1.B": {"title"}, "column.1.C": {"frequency"}, "header.2": {""},
		}
		h.want(h.post(officer, at+"/columns", form), http.StatusUnprocessableEntity, "Indiquez au moins la colonne de l’intitulé",
			`<option value="feedback" selected>`)
		form.Set("column.0.B", "officer")
		h.want(h.post(officer, at+"/columns", form), http.StatusUnprocessableEntity, "La colonne D a le même sens")
		form.Set("column.0.B", "title")
		w = h.post(officer, at+"/columns", form)
		h.want(w, http.StatusSeeOther)
		h.want(h.get(officer, w.Header().Get("Location")), http.StatusOK, "Forêts", "dgpa@agri.tn", "<bdi>Suite</bdi> · <bdi>2</bdi>", "parfois",
			"Appliquer seulement les 2 bonnes lignes", "!par Amel")
		w = h.send(officer, http.MethodGet, w.Header().Get("Location")+"/comments.xlsx", "", nil, "Accept-Language", "ar")
		h.want(w, http.StatusOK)
		commented, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
		h.ok(err)
		defer commented.Close()
		for name, want := range map[string]string{"Sheet1": "", "Suite": "C2 نسق التحيين «\u2068parfois\u2069» غير معروف.", "Notes": ""} {
			all, err := commented.GetComments(name)
			h.ok(err)
			got := ""
			for _, c := range all {
				got += c.Cell + " " + c.Text
			}
			if got != want {
				t.Errorf("comments of %s: %q; want %q", name, got, want)
			}
		}
		w = h.upload(officer, "marhp", "bureau.xlsx", offices(t))
		h.want(h.get(officer, w.Header().Get("Location")), http.StatusOK, "<bdi>Suite</bdi> · <bdi>2</bdi>") // the headings are known now
	})
}

func TestColumnsThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		text := "Quoi;Combien\nForêts;annuelle\n"
		at := "/api/v1/imports?institution=marhp&name=x.csv"
		h.want(h.send(officer, http.MethodPost, at, "text/csv", strings.NewReader(text)), http.StatusUnprocessableEntity, "import.no_header")
		w := h.send(officer, http.MethodPost, at+"&header=1&columns=A:title,B:frequency", "text/csv", strings.NewReader(text), "Idempotency-Key", "a")
		h.want(w, http.StatusOK, `"create":1`, "Forêts")
		var first, again struct{ ID string }
		h.ok(json.Unmarshal(w.Body.Bytes(), &first))
		w = h.send(officer, http.MethodPost, at+"&header=1&columns=A:title,B:frequency", "text/csv", strings.NewReader(text), "Idempotency-Key", "a")
		h.ok(json.Unmarshal(w.Body.Bytes(), &again))
		if first.ID == "" || again.ID != first.ID {
			t.Errorf("the same request made %q, then %q", first.ID, again.ID)
		}
		for _, bad := range []struct{ columns, key string }{
			{"A:title,B:humeur", "import.columns.code"},
			{"A", "import.columns.form"},
			{"B:frequency", "import.columns.title"},
			{"A:title,B:title", "import.columns.twice"},
			{"A:title,ZZZZ:frequency", "import.columns.letter"},
		} {
			h.want(h.send(officer, http.MethodPost, at+"&header=1&columns="+bad.columns, "text/csv", strings.NewReader(text)),
				http.StatusUnprocessableEntity, bad.key)
		}
		one := "/api/v1/imports/" + first.ID
		body := `{"sheets":[{"header":1,"columns":{"A":"title_ar","B":"-"}}]}`
		h.want(h.send(stranger, http.MethodPost, one+"/columns", "application/json", strings.NewReader(body)), http.StatusNotFound)
		w = h.send(officer, http.MethodPost, one+"/columns", "application/json", strings.NewReader(body))
		h.want(w, http.StatusOK, `"create":1`)
		h.ok(json.Unmarshal(w.Body.Bytes(), &again))
		h.want(h.get(officer, one), http.StatusNotFound)
		h.want(h.send(officer, http.MethodDelete, "/api/v1/imports/"+again.ID, "", nil), http.StatusNoContent)
		h.want(h.send(officer, http.MethodDelete, "/api/v1/imports/"+again.ID, "", nil), http.StatusNotFound)
		labels, err := h.store.Labels(t.Context(), "marhp")
		if err != nil || labels[inventory.Fold("Quoi")] != "title_ar" || labels[inventory.Fold("Combien")] != "-" {
			t.Errorf("remembered %v, %v", labels, err)
		}
	})
}
