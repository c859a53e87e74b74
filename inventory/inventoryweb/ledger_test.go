package inventoryweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// roll moves the clock and rolls the ledger forward, as the night does.
func (h *house) roll(to time.Time) {
	h.Helper()
	h.now = to
	_, err := h.store.RollForward(h.Context())
	h.ok(err)
}

// promises reads a ledger through the API as "period state evidence", the latest first.
func (h *house) promises(by identity.Actor, ref string) []string {
	h.Helper()
	w, out := h.ask(by, http.MethodGet, "/api/v1/datasets/"+ref+"/obligations", nil)
	h.want(w, http.StatusOK)
	var got []string
	for _, one := range out["items"].([]any) {
		item := one.(map[string]any)
		got = append(got, strings.TrimSpace(item["period"].(string)+" "+item["state"].(string)+" "+item["evidence"].(string)))
	}
	return got
}

func TestTheLedgerOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages") // monthly, data of October, approved on 16 November
		at := "/api/v1/datasets/" + ref
		same := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, h.promises(nobody, ref)); diff != "" {
				t.Errorf("on %s (-want +got):\n%s", h.now.Format(time.DateOnly), diff)
			}
		}
		same("2026-12 future", "2026-11 future")
		h.roll(time.Date(2027, time.January, 20, 9, 0, 0, 0, time.UTC))
		same("2027-02 future", "2027-01 future", "2026-12 late", "2026-11 late")

		w, _ := h.ask(operator, http.MethodPost, at+"/waiver", map[string]string{"period": "2026-12", "reason": "Panne", "until": "2027-03-31"})
		h.want(w, http.StatusOK)
		w, _ = h.ask(officer, http.MethodPost, at+"/attestation", map[string]string{"reason": "Série inchangée"}, "Idempotency-Key", "k1")
		h.want(w, http.StatusOK)
		same("2027-02 future", "2027-01 met attestation", "2026-12 waived attestation", "2026-11 late attestation")
		w, _ = h.ask(officer, http.MethodPost, at+"/attestation", map[string]string{"reason": "Série inchangée"}, "Idempotency-Key", "k1")
		h.want(w, http.StatusOK) // the network cut the first answer off
		h.now = h.now.AddDate(0, 0, 20)
		w, _ = h.ask(officer, http.MethodPost, at+"/update", map[string]string{"data_modified": "2027-02-08"})
		h.want(w, http.StatusOK)
		same("2027-03 future", "2027-02 met declaration", "2027-01 met attestation", "2026-12 waived attestation", "2026-11 late attestation")

		w, out := h.ask(nobody, http.MethodGet, at+"/obligations", nil)
		h.want(w, http.StatusOK, `"reason":"Panne"`, `"by":"mcd"`, `"note":"Série inchangée"`, "!operator", `"basis":"frequency"`)
		november := out["items"].([]any)[4].(map[string]any)
		if november["due"] != "2026-11-30T23:00:00Z" || november["met_at"] != "2027-01-20T09:00:00Z" {
			t.Errorf("November: %v", november)
		}
	})
}

func TestWhatTheLedgerRefuses(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref, draft := h.publish("Barrages"), h.record("Brouillon")
	at := "/api/v1/datasets/" + ref
	until := map[string]string{"reason": "Panne", "until": "2026-12-31"}
	h.unwritten(func() {
		for _, tt := range []struct {
			by     identity.Actor
			path   string
			body   map[string]string
			status int
			holds  string
		}{
			{nobody, at + "/attestation", nil, http.StatusUnauthorized, ""},
			{stranger, at + "/attestation", nil, http.StatusNotFound, ""},
			{member, at + "/attestation", nil, http.StatusForbidden, ""},
			{nobody, at + "/waiver", until, http.StatusUnauthorized, ""},
			{officer, at + "/waiver", until, http.StatusForbidden, ""},
			{stranger, at + "/waiver", until, http.StatusNotFound, ""},
			{operator, at + "/waiver", map[string]string{"until": "2026-12-31"}, http.StatusUnprocessableEntity, "reason"},
			{operator, at + "/waiver", map[string]string{"reason": "Panne"}, http.StatusUnprocessableEntity, "until"},
			{operator, at + "/waiver", map[string]string{"reason": "Panne", "until": "2028-12-31"}, http.StatusUnprocessableEntity, "un an au plus"},
			{operator, at + "/waiver", map[string]string{"reason": "Panne", "until": "2026-12-31", "period": "1999"}, http.StatusUnprocessableEntity, "1999"},
			{officer, "/api/v1/datasets/" + draft + "/attestation", nil, http.StatusConflict, "Rien n’est encore public"},
		} {
			var body any
			if tt.body != nil {
				body = tt.body
			}
			w, _ := h.ask(tt.by, http.MethodPost, tt.path, body, "Accept-Language", "fr")
			h.want(w, tt.status, tt.holds)
		}
		w, _ := h.ask(nobody, http.MethodGet, "/api/v1/datasets/"+draft+"/obligations", nil)
		h.want(w, http.StatusUnauthorized)
		w, _ = h.ask(stranger, http.MethodGet, "/api/v1/datasets/"+draft+"/obligations", nil)
		h.want(w, http.StatusNotFound)
	})
	if got := h.promises(officer, draft); len(got) != 0 {
		t.Errorf("a draft promises %v", got)
	}
}

func TestTheLedgerOnItsPages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		at := "/desk/datasets/" + ref
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "Engagement de mise à jour", "nov. 2026", "à venir", "article 10",
			"!Échéances tenues", "!/attestation")
		h.roll(time.Date(2027, time.January, 20, 9, 0, 0, 0, time.UTC))
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "en retard", "0 sur 2")
		h.want(h.get(officer, at), http.StatusOK, at+"/attestation", "!"+at+"/waiver")
		h.want(h.get(operator, at), http.StatusOK, at+"/waiver", `<option value="2026-11"`)
		h.want(h.get(member, at), http.StatusOK, "en retard", "!/attestation", "!/waiver")

		h.unwritten(func() {
			h.want(h.post(operator, at+"/waiver", url.Values{"until": {"2020-01-01"}, "waiver_reason": {"Panne"}, "period": {"2026-12"}}),
				http.StatusUnprocessableEntity, "f-until-error", "Ce jour est passé", "Panne</textarea>", "2026-12\" selected")
			h.want(h.post(operator, at+"/waiver", url.Values{"until": {"2027-03-01"}}), http.StatusUnprocessableEntity, "f-waiver_reason-error")
			h.want(h.post(operator, at+"/waiver", url.Values{"until": {"x"}}), http.StatusUnprocessableEntity, "f-waiver_reason-error", "f-until-error")
			h.want(h.post(officer, at+"/attestation", url.Values{"note": {strings.Repeat("x", 9000)}}), http.StatusUnprocessableEntity, "f-note-error")
			h.want(h.post(officer, at+"/waiver", url.Values{"until": {"2027-03-01"}, "waiver_reason": {"Panne"}}), http.StatusForbidden)
			h.want(h.post(stranger, at+"/attestation", url.Values{}), http.StatusNotFound)
		})
		h.want(h.post(operator, at+"/waiver", url.Values{"until": {"2027-03-01"}, "waiver_reason": {"Panne <b>"}, "period": {"2026-12"}}), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "dispensée", "Panne &lt;b&gt;", "1er mars 2027")
		h.want(h.post(officer, at+"/attestation", url.Values{"note": {"Rien de neuf"}}), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "confirmée sans changement", "tenue en retard", "attestation du 20 janv. 2027", "Rien de neuf")
		h.want(h.get(officer, at+"/history"), http.StatusOK, "Confirmation sans changement", "Dispense", "Rien de neuf")
		h.want(h.post(officer, at+"/attestation", url.Values{}), http.StatusConflict, "déjà couverte")
		h.want(h.get(nobody, "/datasets/"+ref, "Accept-Language", "ar"), http.StatusOK, "الالتزام بالتحيين")
	})
}

func TestWhatIsLateByInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Barrages")
		h.want(h.get(operator, "/desk/obligations"), http.StatusOK, "Aucune échéance dépassée")
		h.roll(time.Date(2027, time.January, 20, 9, 0, 0, 0, time.UTC))
		h.want(h.get(operator, "/desk/obligations"), http.StatusOK, ref, "2 mises à jour attendues", "nov. 2026", "jours ouvrables")
		h.want(h.get(officer, "/desk/obligations"), http.StatusOK, ref)
		h.want(h.get(stranger, "/desk/obligations?institution=marhp"), http.StatusOK, "!"+ref, "Aucune échéance dépassée")
		h.want(h.get(operator, "/desk/obligations?institution=ms"), http.StatusOK, "!"+ref, "Ministère de la Santé")
		h.want(h.get(operator, "/desk/obligations?institution=%FF"), http.StatusUnprocessableEntity)
		h.want(h.get(operator, "/desk/obligations?institution=x'%25"), http.StatusOK, "!"+ref)
		if w := h.get(nobody, "/desk/obligations"); w.Code == http.StatusOK {
			t.Error("the public reads the desk")
		}
	})
}

func TestPeriodsAreSaidInWords(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for frequency, want := range map[string]string{
		"quarterly": "4e trimestre 2026", "semiannual": "2e semestre 2026", "annual": ">2026<", "weekly": "du 16 nov. 2026 au 22 nov. 2026",
		"biennial": "2026/2027", "semimonthly": "du 16 nov. 2026 au 30 nov. 2026", "bimonthly": "du 1er nov. 2026 au 31 déc. 2026",
		"fourmonthly": "du 1er sept. 2026 au 31 déc. 2026", "hourly": ">16 nov. 2026<", "irregular": "Une confirmation au moins une fois par an",
		"daily": "du 14 nov. 2026 au 16 nov. 2026",
	} {
		w := h.post(officer, "/desk/datasets/new", changed(complete("Jeu "+frequency), "frequency", frequency))
		h.want(w, http.StatusSeeOther)
		ref := deskRef.FindStringSubmatch(w.Header().Get("Location"))[1]
		h.want(h.post(officer, "/desk/datasets/"+ref+"/submission", url.Values{}), http.StatusSeeOther)
		h.want(h.post(operator, "/desk/datasets/"+ref+"/approval", h.seen(ref)), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, want)
	}
}
