package inventoryweb_test

import (
	"net/http"
	"net/url"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
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
		h.want(h.get(officer, at), http.StatusOK, "1 signe de données personnelles", "liste … agents", "!"+at+"/submission")
		h.want(h.get(member, at), http.StatusOK, "!signe de données personnelles")
		h.want(h.get(officer, "/desk/screening"), http.StatusOK, "1 jeu de données attend une réponse", at+"/persons")
		h.want(h.get(stranger, "/desk/screening"), http.StatusOK, "!attend une réponse")
		h.unwritten(func() {
			h.want(h.post(officer, at+"/submission", url.Values{}), http.StatusUnprocessableEntity, "1 signe attend une réponse")
		})
		h.want(h.post(officer, at+"/declaration", answered()), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "déclaration faite", "Personne n’est reconnaissable")
		h.want(h.post(officer, at+"/submission", url.Values{}), http.StatusSeeOther)
		h.want(h.get(operator, at+"/review"), http.StatusOK, "Compte les agents", "déclaration faite")
		h.want(h.get(officer, at+"/history"), http.StatusOK, "a déclaré ce qu’il en est", "!title.fr/people")
	})
}

// answered is the form that answers a list of agents.
func answered() url.Values {
	return url.Values{
		"covers": {"title.fr/people"}, "answer": {"nobody"}, "note": {"Compte les agents, n'en nomme aucun."}, "confirmed": {"true"},
	}
}

func TestSignsAreAnsweredOnTheirPage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.record("Liste des agents")
		at := "/desk/datasets/" + ref + "/persons"
		h.want(h.get(officer, at), http.StatusOK, "liste … agents", "Déclarer")
		h.want(h.get(officer, at, "Accept-Language", "ar"), http.StatusOK, "المعطيات الشخصية", "تصريح")
		h.want(h.get(operator, at), http.StatusOK)
		h.want(h.get(member, at), http.StatusForbidden)
		h.want(h.get(stranger, at), http.StatusNotFound)
		post := "/desk/datasets/" + ref + "/declaration"
		h.unwritten(func() {
			form := answered()
			form["covers"], form["confirmed"], form["answer"] = nil, nil, []string{"anonymised"}
			h.want(h.post(officer, post, form), http.StatusUnprocessableEntity, "Cochez au moins un signe", "Compte les agents")
			form["covers"] = []string{"title.fr/people"}
			h.want(h.post(officer, post, form), http.StatusUnprocessableEntity, "doit être confirmée", "Dites d’abord dans la fiche",
				`id="f-covers-0" name="covers" value="title.fr/people" checked`)
			h.want(h.post(stranger, post, answered()), http.StatusNotFound)
			h.want(h.post(member, post, answered()), http.StatusForbidden)
			stale := answered()
			stale.Set("revision", "7")
			h.want(h.post(officer, post, stale), http.StatusPreconditionFailed, "Compte les agents")
		})
		h.want(h.post(officer, post, answered()), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "Aucun signe n’attend de réponse", "Compte les agents")
		h.want(h.post(officer, post, answered()), http.StatusSeeOther) // said better, later
		if n := len(h.stored(ref).Declarations); n != 2 {
			h.Errorf("%d declarations on record; want 2", n)
		}
	})
}

func TestSignsOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.record("Liste des agents")
		at := "/api/v1/datasets/" + ref
		_, out := h.ask(officer, http.MethodGet, at+"/signs", nil)
		items, _ := out["items"].([]any)
		if len(items) != 1 || items[0].(map[string]any)["key"] != "title.fr/people" {
			h.Fatalf("signs: %v", out)
		}
		for by, status := range map[*identity.Actor]int{
			&member: http.StatusForbidden, &stranger: http.StatusNotFound, &nobody: http.StatusUnauthorized,
		} {
			w, _ := h.ask(*by, http.MethodGet, at+"/signs", nil)
			h.want(w, status)
		}
		body := map[string]any{"answer": "nobody", "note": "Compte les agents.", "confirmed": true}
		h.unwritten(func() {
			w, _ := h.ask(officer, http.MethodPost, at+"/declaration", map[string]any{"answer": "perhaps", "note": "", "confirmed": false})
			h.want(w, http.StatusUnprocessableEntity, "answer", "note", "confirmed")
			w, _ = h.ask(officer, http.MethodPost, at+"/submission", nil)
			h.want(w, http.StatusUnprocessableEntity, "title.fr")
			w, _ = h.ask(member, http.MethodPost, at+"/declaration", body)
			h.want(w, http.StatusForbidden)
		})
		w, _ := h.ask(officer, http.MethodPost, at+"/declaration", body, "Idempotency-Key", "k1")
		h.want(w, http.StatusOK)
		w, _ = h.ask(officer, http.MethodPost, at+"/declaration", body, "Idempotency-Key", "k1")
		h.want(w, http.StatusOK)
		if n := len(h.stored(ref).Declarations); n != 1 {
			h.Errorf("%d declarations of one key; want 1", n)
		}
		w, _ = h.ask(officer, http.MethodPost, at+"/submission", nil)
		h.want(w, http.StatusOK)
	})
}
