package inventoryweb_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/screening"
	"github.com/jard-odi/jard/web"
)

// signed publishes a dataset whose one file shows phone numbers, and returns
// the address of its page on persons and the id of the file.
func (h *house) signed() (at, id string) {
	h.Helper()
	ref := h.publish("Barrages")
	all, err := h.store.Files(h.Context(), operator, ref)
	h.ok(err)
	id = all[0].DistributionID
	h.ok(h.store.Found(h.Context(), all[0].DatasetID, id, []inventory.Sign{{Kind: "phone", Column: "Téléphone", Matches: 9, Cells: 10}}))
	return "/desk/datasets/" + ref + "/persons", id
}

func TestMaskedSamplesAreForTheOfficer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var rows int
		var why file.Reason
		var fail error
		table := [][]string{{"Barrage", "Téléphone"}, {"Sidi Salem", "98765432"}, {"Mellègue", "22334455"}}
		clock := func() time.Time { return h.now }
		shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: h.people, Now: clock})
		h.ok(err)
		inventoryweb.New(shell, h.store, h.people, inventoryweb.Beside{
			Samples: func(context.Context, identity.Actor, string, string) (int, []screening.Column, file.Reason, error) {
				if rows == 0 {
					return 0, nil, why, fail
				}
				return rows, screening.Columns(table), why, fail
			},
		}, clock).Routes()
		h.handler = shell.Handler()
		at, id := h.signed()
		form := url.Values{"file": {id}}

		h.says(h.get(officer, at), http.StatusOK, "Regarder à nouveau", "!98•••••2")
		h.says(h.get(operator, at), http.StatusOK, "!Regarder à nouveau")
		rows = 2
		w := h.post(officer, at+"/samples", form)
		h.says(w, http.StatusOK, "98•••••2", "22•••••5", "2 lignes regardées", "!98765432", "!22334455", "Téléphone")
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
		for _, by := range []identity.Actor{operator, member} {
			h.says(h.post(by, at+"/samples", form), http.StatusForbidden, "!98•")
		}
		h.says(h.post(stranger, at+"/samples", form), http.StatusNotFound, "!98•")
		if w := h.post(nobody, at+"/samples", form); w.Code == http.StatusOK {
			t.Error("anybody may look")
		}
		h.says(h.get(officer, at, "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "النظر في الأعمدة")

		rows = 0
		h.says(h.post(officer, at+"/samples", form), http.StatusOK, "ne contient pas de tableau lisible")
		why = file.Gone
		h.says(h.post(officer, at+"/samples", form), http.StatusOK, "n’a pas pu être lu maintenant", "à cette adresse")
		fail = fault.New(fault.Throttled, "file.ask.busy")
		if w := h.post(officer, at+"/samples", form); w.Code != http.StatusSeeOther {
			t.Errorf("a busy site: %d", w.Code)
		}
	})
}

func TestSamplesWhereFilesAreNotLookedAt(t *testing.T) {
	h := open(t, databasetest.Open(t))
	at, id := h.signed()
	h.says(h.get(officer, at), http.StatusOK, "Les fichiers ne sont pas vérifiés sur cette installation", "!samples\" class=\"inline")
	h.says(h.post(officer, at+"/samples", url.Values{"file": {id}}), http.StatusServiceUnavailable, "ne sont pas vérifiés")
}
