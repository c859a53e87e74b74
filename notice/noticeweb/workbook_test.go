package noticeweb_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// hand sends a file to an address, as a form of somebody who has not signed in.
func (h *house) hand(target, name, content string) *httptest.ResponseRecorder {
	h.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		h.ok(err)
		_, err = part.Write([]byte(content))
		h.ok(err)
	}
	h.ok(form.Close())
	r := httptest.NewRequestWithContext(h.Context(), http.MethodPost, "http://jard.test"+target, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return h.send(r)
}

const sheetOfTwo = "Intitulé;Description;Fréquence;Thème\n" +
	"Surface des serres;Hectares couverts par gouvernorat et par culture;annuelle;agriculture\n" +
	"Cheptel bovin;Nombre de têtes recensées par gouvernorat et par race;annuelle;agriculture\n"

func TestHandingInTheWorkbookFromTheMail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		at := h.update + "/workbook"
		h.want(h.hand(at, "", ""), 422, "notice bad summary")
		h.want(h.hand(at, "photo.png", "\x89PNG\r\n"), 422)
		h.want(h.hand(h.confirm+"/workbook", "x.csv", sheetOfTwo), 404, "incomplet ou a été modifié")
		h.want(h.hand("/m/nothing/workbook", "x.csv", sheetOfTwo), 404)
		// A stranger may not send more than a form; whoever holds the link may send a workbook.
		large := sheetOfTwo + strings.Repeat("Un jeu;Une description assez longue pour être lue;annuelle;agriculture\n", 30_000)
		h.want(h.hand("/m/"+strings.Repeat("A", 43)+"/workbook", "x.csv", large), 413)

		w := h.hand(at, "inventaire.csv", sheetOfTwo)
		h.want(w, 200, "créations 2", "/desk/import/")
		all, err := h.register.Changesets(t.Context(), h.actor("officer"), 5)
		h.ok(err)
		if len(all) != 1 || all[0].Institution != "marhp" || all[0].Account != "officer" || all[0].State != inventory.Proposed {
			t.Fatalf("kept %+v", all)
		}
		var n int64
		if db.Model(&inventory.Dataset{}).Count(&n); n != 1 {
			t.Errorf("%d datasets: a workbook was applied without anybody signing in", n)
		}
		h.want(h.hand(at, "inventaire.csv", sheetOfTwo), 410, "Ce lien a déjà servi")
	})
}
