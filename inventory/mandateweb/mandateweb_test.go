package mandateweb_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/mandatedb"
	"github.com/jard-odi/jard/inventory/mandateweb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer  = identity.Actor{Account: "leila", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	stranger = identity.Actor{Account: "stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	operator = identity.Actor{Account: "operator", Role: identity.MCD}
	member   = identity.Actor{Account: "member", Role: identity.Committee}
	nobody   = identity.Actor{}
)

type house struct {
	testing.TB
	handler  http.Handler
	register *inventorydb.Store
	pages    *mandateweb.Pages
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t}
	clock := func() time.Time { return start }
	people := identitydb.New(db, clock)
	h.register = inventorydb.New(db, clock)
	list, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range list {
		list[n].CreatedAt, list[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&list, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(h.Context(), identity.System("seed"), v))
	h.ok(db.Create(&identity.Account{
		ID: "leila", Email: "l@example.tn", Name: "Leïla", Role: identity.Officer, Institution: &officer.Institution, Language: lang.French,
		CreatedAt: start, UpdatedAt: start,
	}).Error)
	store := mandatedb.New(db, clock)
	r, err := mandatedb.ReadReference(pilot.Files)
	h.ok(err)
	h.ok(store.Seed(h.Context(), identity.System("seed"), r))
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: people, Now: clock})
	h.ok(err)
	h.pages = mandateweb.New(shell, store, h.register, people, clock)
	h.pages.Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) ask(by identity.Actor, target string, form url.Values, status int, holds ...string) string {
	h.Helper()
	return h.askIn(lang.French, by, target, form, status, holds...)
}

func (h *house) askIn(tag lang.Tag, by identity.Actor, target string, form url.Values, status int, holds ...string) string {
	h.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r := httptest.NewRequestWithContext(h.Context(), method, "http://jard.test"+target, strings.NewReader(body))
	r.Header.Set("Accept-Language", string(tag))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	if w.Code != status {
		h.Fatalf("%s %s: status %d; want %d\n%s", method, target, w.Code, status, w.Body)
	}
	for _, text := range holds {
		if !strings.Contains(w.Body.String(), text) {
			h.Errorf("%s lacks %q", target, text)
		}
	}
	return w.Header().Get("Location") + w.Body.String()
}

func TestOfficersOnTheirPages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask(nobody, "/desk/officers", nil, http.StatusSeeOther)
		h.ask(stranger, "/desk/officers/marhp", nil, http.StatusNotFound)
		at := "/desk/officers/marhp"
		form := url.Values{
			"account": {"leila"}, "function": {"Direction"}, "mailbox": {"not an address"}, "act_ref": {"n° 7"}, "act_day": {"2026-11-10"},
			"starts_on": {"2026-11-16"},
		}
		h.ask(operator, at+"/designation", form, http.StatusUnprocessableEntity, "f-mailbox-error", `value="not an address"`, `value="n° 7"`)
		h.ask(officer, at+"/designation", form, http.StatusForbidden)
		form.Set("mailbox", "opendata@agriculture.tn")
		h.ask(operator, at+"/designation", form, http.StatusSeeOther)
		page := h.ask(officer, "/desk/officers", nil, http.StatusOK, "/desk/mandates/")
		_, rest, _ := strings.Cut(page, "/desk/mandates/")
		id, _, _ := strings.Cut(rest, `"`)
		h.ask(officer, "/desk/mandates/"+id, nil, http.StatusOK, "Ce que vous reprenez", "/acceptance")
		h.ask(officer, "/desk/mandates/"+id+"/refusal", url.Values{}, http.StatusUnprocessableEntity, "f-reason-error")
		h.ask(officer, "/desk/mandates/"+id+"/acceptance", url.Values{}, http.StatusSeeOther)
		h.ask(officer, "/desk/mandates/"+id+"/acceptance", url.Values{}, http.StatusConflict)
		h.ask(officer, at, nil, http.StatusOK, "En fonction", "Leïla", "n° 7")
		h.ask(officer, "/desk/mandates/"+id+"/absence", url.Values{"away_from": {"2026-11-16"}, "away_until": {"2026-11-20"}}, http.StatusConflict)
	})
}

func TestTheCommitteeOnItsPages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask(officer, "/desk/committee", nil, http.StatusForbidden)
		h.ask(operator, "/desk/committee/members", url.Values{"name": {"H. M."}}, http.StatusUnprocessableEntity, "f-organisation-error", `value="H. M."`)
		h.ask(operator, "/desk/committee/members", url.Values{
			"name": {"H. M."}, "quality": {"civil"}, "organisation": {"Association"}, "act_ref": {"arrêté"}, "act_day": {"2024-01-02"}, "starts_on": {"2024-01-02"},
		}, http.StatusSeeOther)
		h.ask(operator, "/desk/committee", nil, http.StatusOK, "H. M.", "se termine dans")
		h.ask(member, "/desk/committee/advice/new", nil, http.StatusOK)
		at := h.ask(member, "/desk/committee/advice/new", url.Values{
			"subject.fr": {"Titres"}, "text.fr": {"En minuscules."}, "addressee": {"operator"},
		}, http.StatusSeeOther)
		h.ask(nobody, "/committee", nil, http.StatusOK, "Aucun avis")
		h.ask(member, at+"/adoption", url.Values{"day": {"2026-11-16"}}, http.StatusSeeOther)
		h.ask(nobody, "/committee", nil, http.StatusOK, "2026-001", "En minuscules.")
		h.ask(operator, at+"/answer", url.Values{"verdict": {"declined"}}, http.StatusUnprocessableEntity, "f-answer-fr-error")
		h.ask(operator, at+"/answer", url.Values{"verdict": {"accepted"}}, http.StatusSeeOther)
		h.ask(operator, at, nil, http.StatusOK, "Accepté")
	})
}

func TestNamingOnItsPages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask(officer, "/desk/naming", url.Values{}, http.StatusUnprocessableEntity, "f-title-error")
		h.ask(officer, "/desk/naming", url.Values{"title": {"LISTE DES ECOLES"}, "columns": {"Superficie (ha);Année"}}, http.StatusOK,
			"Liste des ecoles", "superficie_ha;annee")
		h.ask(officer, "/desk/naming/title.end", nil, http.StatusOK, "v1")
		h.ask(officer, "/desk/naming/title.end", url.Values{}, http.StatusForbidden)
		h.ask(operator, "/desk/naming/title.end", url.Values{"version": {"1"}}, http.StatusUnprocessableEntity, "f-advice-error")
		h.ask(nobody, "/nomenclatures", nil, http.StatusOK, "governorates.csv")
		h.ask(nobody, "/nomenclatures/governorates.csv", nil, http.StatusOK, "TN-11,Tunis")
		h.ask(nobody, "/nomenclatures/NONE.csv", nil, http.StatusNotFound)

		d, err := h.register.Create(t.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Liste  des écoles."}})
		h.ok(err)
		at := "/desk/datasets/" + d.Ref + "/naming/"
		form := url.Values{"rule": {"title.spaces"}, "field": {"title.fr"}, "hash": {"0"}}
		h.ask(officer, at+"fix", form, http.StatusConflict)
		h.ask(stranger, at+"fix", form, http.StatusNotFound)
		h.ask(officer, at+"nomenclature", url.Values{"nomenclature": {"NAT 2009"}}, http.StatusSeeOther)
		h.ask(officer, at+"nomenclature", url.Values{"nomenclature": {"x"}}, http.StatusUnprocessableEntity)
	})
}
