package inventoryweb_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// The life of an entry through the pages: submitted, returned, corrected,
// approved, changed, approved again.
func TestFromDraftToThePublicAndBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.record("Production céréalière")
		at := "/desk/datasets/" + ref
		h.want(h.get(officer, at), http.StatusOK, "/submission", "brouillon")
		h.want(h.post(officer, at+"/submission", url.Values{"revision": {"1"}}), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "/recall", "!/submission", "!/approval")
		h.want(h.get(operator, "/desk/review"), http.StatusOK, ref, "Première publication")
		h.want(h.get(operator, at+"/review"), http.StatusOK, "Rien n’est encore public", "Production annuelle", "/approval")

		h.unwritten(func() {
			h.want(h.post(operator, at+"/return", url.Values{"reason": {" "}}), http.StatusUnprocessableEntity, "f-reason-error")
		})
		h.want(h.post(operator, at+"/return", url.Values{"reason": {"Précisez l'unité"}}), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "Renvoyé avec ce commentaire", "Précisez l&#39;unité")
		h.want(h.get(officer, "/desk/datasets?state=returned"), http.StatusOK, "Précisez l&#39;unité")

		form := changed(complete("Production céréalière"), "do", "submit", "revision", strconv.Itoa(h.stored(ref).Revision))
		form = changed(form, "description.fr", "Production annuelle des céréales par gouvernorat, en tonnes, depuis 2010.")
		h.want(h.post(officer, at+"/edit", form), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusNotFound)
		h.want(h.post(operator, at+"/approval", h.seen(ref)), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "en tonnes")

		form = changed(form, "frequency", "annual", "revision", strconv.Itoa(h.stored(ref).Revision))
		h.want(h.post(officer, at+"/edit", form), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "Mensuelle", "!Annuelle")
		h.want(h.get(operator, at+"/review"), http.StatusOK, "1 champ change", "<del>Mensuelle</del>", "<ins>Annuelle</ins>",
			"champs inchangés", "!champs changent")
		h.want(h.get(officer, at+"/history"), http.StatusOK, "Renvoi", "Précisez l&#39;unité", "Approbation", "vous",
			"opérateur du registre", "<ins>tonnes,</ins>", "!operator")
	})
}

func TestAReviewerDecidesOnWhatWasSeen(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref, other := h.record("Un"), h.record("Deux")
	for _, one := range []string{ref, other} {
		h.want(h.post(officer, "/desk/datasets/"+one+"/submission", url.Values{}), http.StatusSeeOther)
	}
	at := "/desk/datasets/" + ref
	seen := strconv.Itoa(h.stored(ref).Revision)
	h.want(h.post(officer, at+"/recall", url.Values{}), http.StatusSeeOther)
	h.want(h.post(officer, at+"/submission", url.Values{}), http.StatusSeeOther)
	h.unwritten(func() {
		h.want(h.post(operator, at+"/approval", url.Values{"revision": {seen}}), http.StatusPreconditionFailed,
			"a changé pendant que vous le lisiez")
	})
	w := h.post(operator, at+"/approval", url.Values{"revision": {strconv.Itoa(h.stored(ref).Revision)}})
	h.want(w, http.StatusSeeOther)
	if to := w.Header().Get("Location"); to != "/desk/datasets/"+other+"/review" {
		t.Errorf("after a decision to %q; want the next one that waits", to)
	}
	h.want(h.post(operator, at+"/approval", h.seen(ref)), http.StatusConflict)
}

func TestNobodyReviewsTheirOwn(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.record("Un")
	at := "/desk/datasets/" + ref
	h.want(h.post(admin, at+"/submission", url.Values{}), http.StatusSeeOther)
	h.want(h.get(admin, at+"/review"), http.StatusOK, "Vous l’avez soumis vous-même", "!/approval")
	h.want(h.post(admin, at+"/approval", h.seen(ref)), http.StatusForbidden)
	h.want(h.get(admin, "/desk/review"), http.StatusOK, "soumis par vous", "Tout ce qui attend ici", "!name=\"do\"", "!attend votre décision")
	h.want(h.get(operator, "/desk/review"), http.StatusOK, "name=\"do\"", "!Tout ce qui attend ici")
	h.want(h.get(operator, at+"/review"), http.StatusOK, "/approval")
}

func TestActsThatAreRefusedSayWhy(t *testing.T) {
	h := open(t, databasetest.Open(t))
	draft := h.record("Un")
	at := "/desk/datasets/" + draft
	h.want(h.post(officer, at+"/edit", url.Values{"revision": {"1"}, "title.fr": {"Un"}, "do": {"save"}}), http.StatusSeeOther)
	h.unwritten(func() {
		h.want(h.post(officer, at+"/submission", url.Values{}), http.StatusUnprocessableEntity,
			"pour soumettre", at+"/edit#f-frequency", at+"/edit#f-description-ar")
		h.want(h.post(officer, at+"/withdrawal", url.Values{"reason": {""}, "replaced_by": {draft}}), http.StatusUnprocessableEntity,
			"f-reason-error")
		h.want(h.post(officer, at+"/withdrawal", url.Values{"reason": {"x"}, "replaced_by": {"TN-X-2026-0001"}}),
			http.StatusUnprocessableEntity, "f-replaced_by-error", `value="TN-X-2026-0001"`)
		h.want(h.post(officer, at+"/update", url.Values{"data_modified": {"2027-01-01"}}), http.StatusUnprocessableEntity)
	})
}

func TestDeclaringAnUpdateMovesTheDueDate(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.publish("Un")
	before := h.stored(ref)
	h.want(h.post(officer, "/desk/datasets/"+ref+"/update", url.Values{"data_modified": {"2026-11-12"}}), http.StatusSeeOther)
	after := h.stored(ref)
	if !after.DueAt.After(*before.DueAt) || after.State != inventory.Approved {
		t.Errorf("due %v, state %s; want later than %v, still approved", after.DueAt, after.State, before.DueAt)
	}
	h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "12 nov. 2026")
}
