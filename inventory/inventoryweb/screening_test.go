package inventoryweb_test

import (
	"net/http"
	"net/url"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

func TestColumnsAreLookedAtAndForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const at = "/desk/screening"
		h.want(h.get(officer, at), http.StatusOK, "Noms de colonnes")
		h.want(h.get(member, at), http.StatusForbidden)
		h.want(h.get(nobody, at, "Accept", "text/html"), http.StatusSeeOther)
		h.unwritten(func() {
			h.want(h.post(officer, at, url.Values{"table": {" \n"}}), http.StatusUnprocessableEntity, "f-table")
			h.want(h.post(officer, at, url.Values{"table": {"Gouvernorat;Téléphone\nSfax;98123456\nTunis;71234567"}}), http.StatusOK,
				"1 colonne fait penser", "<bdi>Téléphone</bdi>", "98•••••6", "2 cellules sur 2")
			h.want(h.post(officer, at, url.Values{"table": {"Gouvernorat;Quantité\nSfax;98123456"}}), http.StatusOK,
				"Aucune colonne ne fait penser")
			h.want(h.post(member, at, url.Values{"table": {"Tel"}}), http.StatusForbidden)
		})
	})
}

func TestSignsOfPersonsAreToldToWhoWorksOnIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.record("Liste des agents")
		at := "/desk/datasets/" + ref
		h.want(h.get(officer, at), http.StatusOK, "1 signe de données personnelles", "liste … agents")
		h.want(h.get(member, at), http.StatusOK, "!signe de données personnelles")
		h.want(h.post(officer, at+"/submission", url.Values{}), http.StatusSeeOther)
		h.want(h.get(operator, at+"/review"), http.StatusOK, "1 signe de données personnelles")
		h.want(h.post(officer, at+"/recall", url.Values{}), http.StatusSeeOther)
		form := changed(complete("Liste des agents"), "personal_data", "yes", "anonymisation", "Noms supprimés")
		h.want(h.post(officer, at+"/edit", form), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "!signe de données personnelles")
	})
}
