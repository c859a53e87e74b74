package exchangeweb_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

// portalFile is a list of a sector portal: a likely twin of "Barrages", and two that are new.
const portalFile = `{"results":[
 {"name":"barrages","title":"Données sur les barrages","frequency_update":"annual","resources":[]},
 {"name":"stations","title":"Stations de pompage","frequency_update":"annual","resources":[]},
 {"name":"forages","title":"Forages profonds","frequency_update":"annual","resources":[]}]}`

func (h *house) portalImport() (at, id string) {
	h.Helper()
	w := h.send(officer, http.MethodPost, "/api/v1/imports?institution=marhp&format=ckan&portal=catalog.agridata.tn", "application/octet-stream",
		strings.NewReader(portalFile))
	h.want(w, http.StatusOK)
	var out struct{ ID string }
	h.ok(json.Unmarshal(w.Body.Bytes(), &out))
	return "/desk/import/" + out.ID, out.ID
}

func (h *house) titles(by identity.Actor) (all []string) {
	h.Helper()
	list, err := h.store.List(h.Context(), by, inventorydb.Filter{Institution: "marhp", Limit: 50})
	h.ok(err)
	for _, d := range list.Items {
		all = append(all, d.Content.Title["fr"])
	}
	slices.Sort(all)
	return all
}

func TestAFileSaysWhichRowsLookLikeADataset(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a := h.record("Barrages")
		at, id := h.portalImport()
		h.want(h.get(officer, at), http.StatusOK, "1 nouvelle ligne ressemble à un jeu déjà inventorié", "Ressemble à "+a.Ref,
			"intitulé presque identique", `name="twin.0"`, "rattacher à "+a.Ref, "!twin.1", "Appliquer tout, avec ces réponses")
		h.want(h.get(officer, at+"?outcome=twin"), http.StatusOK, "Données sur les barrages", "!Stations de pompage")
		h.want(h.send(officer, http.MethodGet, at, "", nil, "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "سطر جديد واحد يشبه")
		h.want(h.get(officer, "/api/v1/imports/"+id), http.StatusOK, `"twin":"`+a.Ref+`"`, `"key":"twins.import.likely"`)

		for _, bad := range []url.Values{{"twin.x": {"same"}}, {"twin.-1": {"skip"}}, {"twin.0": {"maybe"}}, {"twin.1": {"same"}}} {
			bad.Set("rows", "good")
			h.want(h.post(officer, at+"/application", bad), http.StatusUnprocessableEntity)
		}
		if got := h.titles(officer); len(got) != 1 {
			t.Fatalf("a refused choice wrote %v", got)
		}
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"good"}, "twin.0": {"same"}}), http.StatusSeeOther)
		if got := h.titles(officer); !slices.Equal(got, []string{"Barrages", "Forages profonds", "Stations de pompage"}) {
			t.Errorf("the register holds %v", got)
		}
		d := h.stored(a.Ref)
		if d.Source.Portal != "catalog.agridata.tn" || d.Source.ID != "barrages" || d.Revision != a.Revision {
			t.Errorf("linked to %+v at revision %d", d.Source, d.Revision)
		}
		again, _ := h.portalImport() // the list is known now
		h.want(h.get(officer, again), http.StatusOK, "!Ressemble à")
		lines, err := h.store.History(t.Context(), officer, a.Ref)
		h.ok(err)
		if !slices.ContainsFunc(acts(lines), func(s string) bool { return s == "dataset.link" }) {
			t.Errorf("the trail has %v", acts(lines))
		}
	})
}

func TestALikelyTwinMayBeTakenOrLeft(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.record("Barrages")
		at, id := h.portalImport()
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"chosen"}, "row": {"0", "1"}, "twin.0": {"skip"}}), http.StatusSeeOther)
		if got := h.titles(officer); !slices.Equal(got, []string{"Barrages", "Stations de pompage"}) {
			t.Errorf("with the likely one left: %v", got)
		}
		h.want(h.post(officer, at+"/application", url.Values{"rows": {"chosen"}, "row": {"0"}, "twin.0": {"skip"}}), http.StatusConflict)
		body := strings.NewReader(`{"skip":[2]}`)
		h.want(h.send(officer, http.MethodPost, "/api/v1/imports/"+id+"/application", "application/json", body), http.StatusOK)
		if got := h.titles(officer); !slices.Equal(got, []string{"Barrages", "Données sur les barrages", "Stations de pompage"}) {
			t.Errorf("taken as new all the same: %v", got)
		}
	})
}

// TestARowIsNotLinkedToWhatIsSomebodyElses: who may only read the public page of the other is not offered the link, and refused it.
func TestARowIsNotLinkedToWhatIsSomebodyElses(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a := h.record("Barrages")
		w := h.send(stranger, http.MethodPost, "/api/v1/imports?institution=ms&format=ckan&portal=b.tn", "application/octet-stream", strings.NewReader(portalFile))
		h.want(w, http.StatusOK, "!"+a.Ref) // a draft of another institution is nobody's business
		h.ok(db.Model(&inventory.Dataset{}).Where("ref = ?", a.Ref).UpdateColumns(map[string]any{
			"state": inventory.Approved, "approved_revision": 1, "updated_at": start.Add(time.Second),
		}).Error)
		h.ok(db.Create(&inventory.Publication{DatasetID: a.ID, Ref: a.Ref, Institution: "marhp", Content: a.Content, Issued: start, Modified: start, BoundFrom: start, Life: "open"}).Error)
		w = h.send(stranger, http.MethodPost, "/api/v1/imports?institution=ms&format=ckan&portal=c.tn", "application/octet-stream", strings.NewReader(portalFile))
		h.want(w, http.StatusOK, `"twin":"`+a.Ref+`"`)
		var out struct{ ID string }
		h.ok(json.Unmarshal(w.Body.Bytes(), &out))
		h.want(h.get(stranger, "/desk/import/"+out.ID), http.StatusOK, `href="/datasets/`+a.Ref, `value="skip"`, `!value="same"`)
		body := strings.NewReader(`{"rows":[],"same":[0]}`)
		h.want(h.send(stranger, http.MethodPost, "/api/v1/imports/"+out.ID+"/application", "application/json", body), http.StatusOK, "import.elsewhere")
		if d := h.stored(a.Ref); d.Source.ID != "" {
			t.Errorf("a stranger linked it to %+v", d.Source)
		}
	})
}

func acts(lines []audit.Line) (all []string) {
	for _, l := range lines {
		all = append(all, l.Act)
	}
	return all
}
