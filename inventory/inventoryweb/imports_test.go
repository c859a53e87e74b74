package inventoryweb_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

const imports = "/api/v1/imports"

// list is two good entries and a broken line.
const list = `{"name":"cereales","title":"Production de céréales","portal_url":"https://catalog.example.tn/dataset/cereales","resources":[]}
{"name":"olives","title":
{"name":"barrages","title":"Barrages","portal_url":"https://catalog.example.tn/dataset/barrages","resources":[]}
`

func counts(out map[string]any) map[string]any {
	c, _ := out["counts"].(map[string]any)
	return c
}

func TestImportingThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var id string
		h.unwritten(func() {
			w, out := h.ask(officer, http.MethodPost, imports+"?institution=marhp", list, "Accept-Language", "ar")
			h.want(w, http.StatusOK)
			if c := counts(out); c["create"] != 2.0 || c["refused"] != 1.0 || out["applied"] != false {
				t.Fatalf("preview %v; want two to create, one refused", out)
			}
			row := out["rows"].([]any)[1].(map[string]any)
			if row["line"] != 2.0 || row["outcome"] != "refused" || len(row["errors"].([]any)) == 0 {
				t.Errorf("the broken row %v", row)
			}
			id = out["id"].(string)
		})
		h.unwritten(func() {
			w, _ := h.ask(stranger, http.MethodPost, imports+"/"+id+"/application", nil)
			h.want(w, http.StatusNotFound)
			w, _ = h.ask(nobody, http.MethodPost, imports+"/"+id+"/application", nil)
			h.want(w, http.StatusUnauthorized)
			w, _ = h.ask(officer, http.MethodPost, imports+"/nothing/application", nil)
			h.want(w, http.StatusNotFound)
		})
		w, out := h.ask(officer, http.MethodPost, imports+"/"+id+"/application", nil)
		h.want(w, http.StatusOK)
		if c := counts(out); c["create"] != 2.0 || h.written()[0] != 2 {
			t.Errorf("applied %v; want two created", out)
		}
		h.unwritten(func() {
			w, out := h.ask(officer, http.MethodPost, imports+"/"+id+"/application", nil)
			h.want(w, http.StatusOK)
			if c := counts(out); c["unchanged"] != 2.0 || c["create"] != 0.0 {
				t.Errorf("applied twice %v; want nothing changed", out)
			}
		})
	})
}

func TestAListMayComeAsAFileOfAForm(t *testing.T) {
	h := open(t, databasetest.Open(t))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	h.ok(form.WriteField("note", "du bureau"))
	part, err := form.CreateFormFile("file", "liste.jsonl")
	h.ok(err)
	_, err = part.Write([]byte(list))
	h.ok(err)
	h.ok(form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+imports+"?institution=marhp", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	h.want(h.send(officer, r), http.StatusOK, `"create":2`)
}

func TestImportsThatAreRefused(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for _, tt := range []struct {
		name, query, sent string
		status            int
	}{
		{"an empty list", "?institution=marhp", " \n", http.StatusUnprocessableEntity},
		{"no institution", "", list, http.StatusUnprocessableEntity},
		{"another institution", "?institution=ms", list, http.StatusNotFound},
		{"a format nobody reads", "?institution=marhp&format=pdf", list, http.StatusUnprocessableEntity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := *h
			h.T = t
			h.unwritten(func() {
				w, _ := h.ask(officer, http.MethodPost, imports+tt.query, tt.sent)
				h.want(w, tt.status)
			})
		})
	}
}

// The real list of a real catalogue, when it is at hand.
func TestTheRealListThroughTheAPI(t *testing.T) {
	file, err := os.ReadFile("../../../shared/realdata/agridata_datasets.jsonl")
	if err != nil {
		t.Log("the real catalogue is not here; nothing to compare with")
		return
	}
	h := open(t, databasetest.Open(t))
	w, out := h.ask(operator, http.MethodPost, imports+"?institution=marhp", string(file))
	h.want(w, http.StatusOK)
	if c := counts(out); c["create"] != 513.0 || c["refused"] != 12.0 {
		t.Errorf("preview %v; want 513 to create and 12 refused", c)
	}
}
