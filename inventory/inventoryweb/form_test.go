package inventoryweb_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

func TestRecordingThroughTheForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(officer, "/desk/datasets/new"), http.StatusOK, `value="marhp" selected`, `value="LNDPO-TN" selected`)
		d := h.stored(h.record("Production céréalière"))
		c := d.Content
		if d.State != inventory.Draft || c.Title["fr"] != "Production céréalière" || len(c.Spatial) != 2 ||
			len(c.Keywords["ar"]) != 2 || c.PersonalUnknown || c.PersonalData {
			t.Errorf("stored %+v", d)
		}
		if x := c.Distributions; len(x) != 1 || x[0].Bytes != 12400 || x[0].Format != "CSV" || x[0].ID == "" {
			t.Errorf("stored distributions %+v", x)
		}
	})
}

func TestNothingTypedIsLostOnAnError(t *testing.T) {
	h := open(t, databasetest.Open(t))
	form := changed(complete(""), "title.ar", "", "title.en", "", "contact.email", "pas une adresse",
		"data_modified", "2026-02-30", "distributions.0.url", "http://pai.pdf", "distributions.0.bytes", "beaucoup",
		"legal_ground", `des "guillemets" <b>gras</b>`)
	h.unwritten(func() {
		w := h.post(officer, "/desk/datasets/new", form)
		h.want(w, http.StatusUnprocessableEntity,
			`href="#f-title-fr"`, `href="#f-contact-email"`, `href="#f-data_modified"`, `href="#f-distributions-0-url"`,
			`href="#f-distributions-0-bytes"`, `id="f-distributions-0-url-error"`, `aria-invalid="true"`,
			`value="pas une adresse"`, `value="http://pai.pdf"`, `value="beaucoup"`, `value="2026-02-30"`,
			"Production annuelle des céréales par gouvernorat", "&lt;b&gt;gras", "!<b>gras",
			`value="TN-61" checked`, `value="monthly" selected`, "حبوب، إنتاج", "pai.pdf")
	})
}

func TestWhatAFormRefuses(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for _, tt := range []struct {
		name, field, typed string
		status             int
	}{
		{"a title too long", "title.fr", strings.Repeat("é", 201), http.StatusUnprocessableEntity},
		{"an unknown frequency", "frequency", "sometimes", http.StatusUnprocessableEntity},
		{"a day that does not exist", "temporal.start", "2026-02-30", http.StatusUnprocessableEntity},
		{"a theme nobody knows", "theme", "x", http.StatusUnprocessableEntity},
		{"a place nobody knows", "spatial", "TN-99", http.StatusUnprocessableEntity},
		{"bytes that are no text", "description.fr", "abc\xff", http.StatusUnprocessableEntity},
		{"a mark that turns the text around", "title.fr", "abc\u202Etxt", http.StatusUnprocessableEntity},
		{"an institution that does not exist", "institution", "nowhere", http.StatusNotFound},
		{"another institution", "institution", "ms", http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := *h
			h.T = t
			h.unwritten(func() {
				h.want(h.post(officer, "/desk/datasets/new", changed(complete("Titre"), tt.field, tt.typed)), tt.status)
			})
		})
	}
}

func TestRowsAreAddedAndTakenOutWithoutScript(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.unwritten(func() {
		form := changed(complete("Titre"), "do", "add-row")
		h.want(h.post(officer, "/desk/datasets/new", form), http.StatusOK,
			`name="distributions.1.url"`, "!distributions.2.url", `value="https://www.agriculture.tn/cereales.csv"`, `value="Titre"`)
		form = changed(form, "do", "drop-row-0", "distributions.1.url", "https://www.agriculture.tn/b.csv")
		h.want(h.post(officer, "/desk/datasets/new", form), http.StatusOK,
			"!cereales.csv", `value="https://www.agriculture.tn/b.csv"`, "!distributions.1.url")
		h.want(h.post(officer, "/desk/datasets/new", changed(form, "do", "drop-row-77")), http.StatusOK)
	})
	// Empty rows in between are dropped, and faults stand at the row that remains.
	form := changed(complete("Titre"), "distributions.0.url", "", "distributions.0.format", "", "distributions.0.bytes", "",
		"distributions.0.title.fr", "", "distributions.1.url", "http://pai.pdf")
	h.want(h.post(officer, "/desk/datasets/new", form), http.StatusUnprocessableEntity, `id="f-distributions-0-url-error"`)
}

func TestTwoPeopleInOneForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.record("Production céréalière")
		seen := strconv.Itoa(h.stored(ref).Revision)
		path := "/desk/datasets/" + ref + "/edit"
		h.want(h.get(officer, path), http.StatusOK, `name="revision" value="`+seen+`"`)
		first := changed(complete("Production des céréales"), "revision", seen)
		h.want(h.post(operator, path, first), http.StatusSeeOther)

		second := changed(complete("Récolte de céréales"), "revision", seen)
		now := strconv.Itoa(h.stored(ref).Revision)
		h.unwritten(func() {
			h.want(h.post(officer, path, second), http.StatusPreconditionFailed, "rien n’a été écrasé",
				"opérateur du registre", `value="Récolte de céréales"`, `name="revision" value="`+now+`"`, "<del>", "<ins>")
		})
		h.want(h.post(officer, path, changed(second, "revision", now)), http.StatusSeeOther)
		if got := h.stored(ref).Content.Title["fr"]; got != "Récolte de céréales" {
			t.Errorf("stored %q; want what was saved knowingly", got)
		}
	})
}

// A browser sends CRLF for every line end it shows.
func TestSavingWhatIsStoredChangesNothing(t *testing.T) {
	h := open(t, databasetest.Open(t))
	form := changed(complete("Titre"), "description.fr", "Une première ligne assez longue pour suffire.\r\n\r\nUne autre.")
	w := h.post(officer, "/desk/datasets/new", form)
	h.want(w, http.StatusSeeOther)
	ref := deskRef.FindStringSubmatch(w.Header().Get("Location"))[1]
	d := h.stored(ref)
	if got := d.Content.Description["fr"]; strings.Contains(got, "\r") {
		t.Errorf("stored %q; want plain line ends", got)
	}
	form = changed(form, "revision", "1", "distributions.0.id", d.Content.Distributions[0].ID)
	h.unwritten(func() {
		h.want(h.post(officer, "/desk/datasets/"+ref+"/edit", form), http.StatusSeeOther)
	})
}

func TestSavingAndSubmittingAtOnce(t *testing.T) {
	h := open(t, databasetest.Open(t))
	form := changed(complete("Titre"), "do", "submit", "frequency", "", "description.ar", "")
	h.want(h.post(officer, "/desk/datasets/new", form), http.StatusUnprocessableEntity,
		"enregistré comme brouillon", `href="#f-frequency"`, `href="#f-description-ar"`, `#f-frequency">Fréquence de mise à jour`, "/edit")
	if n := h.written(); n[0] != 1 {
		t.Fatalf("%d datasets; want the draft kept", n[0])
	}
	w := h.post(officer, "/desk/datasets/new", changed(complete("Autre titre"), "do", "submit"))
	h.want(w, http.StatusSeeOther)
	m := deskRef.FindStringSubmatch(w.Header().Get("Location"))
	if m == nil || h.stored(m[1]).State != inventory.Submitted {
		t.Errorf("to %q; want a submitted dataset", w.Header().Get("Location"))
	}
}

func TestWhoMayOpenTheDesk(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.record("Titre")
	edit := "/desk/datasets/" + ref + "/edit"
	w := h.get(nobody, "/desk/datasets")
	h.want(w, http.StatusSeeOther)
	if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/login?next=") {
		t.Errorf("sent to %q; want the sign-in page", to)
	}
	h.want(h.get(stranger, "/desk/datasets/"+ref), http.StatusNotFound)
	h.want(h.get(stranger, edit), http.StatusNotFound)
	h.want(h.get(member, "/desk/datasets/"+ref), http.StatusOK, "!/edit")
	h.want(h.get(member, edit), http.StatusForbidden)
	h.want(h.get(officer, "/desk/review"), http.StatusForbidden)
	h.want(h.get(stranger, "/desk/datasets"), http.StatusOK, "L’inventaire est encore vide", "!"+ref)
	h.unwritten(func() {
		h.want(h.post(stranger, edit, complete("Volé")), http.StatusNotFound)
		h.want(h.post(member, edit, complete("Volé")), http.StatusForbidden)
		h.want(h.post(officer, "/desk/datasets/"+ref+"/approval", h.seen(ref)), http.StatusForbidden)
	})
}

func TestTheDeskList(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for range 32 {
		h.record("Brouillon")
	}
	h.publish("Production céréalière")
	h.want(h.get(officer, "/desk/datasets"), http.StatusOK, "cursor=", "Tous <span", `>33</span>`)
	h.want(h.get(officer, "/desk/datasets?state=approved"), http.StatusOK, "Production céréalière", "!>Brouillon</a>")
	h.want(h.get(officer, "/desk/datasets?state=returned"), http.StatusOK, "Rien dans cette liste")
	h.want(h.get(officer, "/desk/datasets?state=nonsense"), http.StatusUnprocessableEntity)
	h.now = start.AddDate(0, 3, 0)
	h.want(h.get(officer, "/desk/datasets?overdue=1"), http.StatusOK, "Production céréalière", "!>Brouillon</a>")
	h.want(h.get(officer, "/desk/datasets?due=month"), http.StatusOK, "Production céréalière", "!>Brouillon</a>")
}
