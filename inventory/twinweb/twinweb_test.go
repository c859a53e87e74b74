package twinweb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/inventory/twinweb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	start   = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)
	officer = identity.Actor{Account: "officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"}}
	health  = identity.Actor{Account: "health", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	mcd     = identity.Actor{Account: "mcd", Role: identity.MCD}
)

// house is the real router on a real store.
type house struct {
	testing.TB
	store   *inventorydb.Store
	handler http.Handler
	now     time.Time
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t, now: start}
	clock := func() time.Time { h.now = h.now.Add(time.Millisecond); return h.now }
	h.store = inventorydb.New(db, clock)
	people := identitydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.store.Seed(t.Context(), identity.System("seed"), v))
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: people, Now: clock})
	h.ok(err)
	twins := twinweb.New(shell, h.store, people)
	twins.Routes()
	inventoryweb.New(shell, h.store, people, inventoryweb.Beside{Twins: twins.Panel}, clock).Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// draft records a dataset; public has it approved as well.
func (h *house) draft(by identity.Actor, body, title string) *inventory.Dataset {
	h.Helper()
	d, err := h.store.Create(h.Context(), by, body, inventory.Content{
		Title: lang.Text{"fr": title, "ar": "سجل " + title},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.", "ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales"}, "ar": {"حبوب"}}, Theme: "agriculture", Frequency: "monthly", Licence: "LNDPO-TN",
		Openness: inventory.Open, ContactName: "Bureau", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{Title: lang.Text{"fr": "T"}, URL: "https://www.agriculture.tn/" + inventory.Slug(title) + ".csv", Format: "csv", MediaType: "text/csv"}},
	})
	h.ok(err)
	return d
}

func (h *house) public(by identity.Actor, body, title string) *inventory.Dataset {
	h.Helper()
	d := h.draft(by, body, title)
	v, err := h.store.Vocabulary(h.Context())
	h.ok(err)
	_, err = h.store.Change(h.Context(), by, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error { return d.Submit(by, v, h.now) })
	h.ok(err)
	d, err = h.store.Change(h.Context(), mcd, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error { return d.Approve(mcd, v, h.now) })
	h.ok(err)
	return d
}

func (h *house) send(by identity.Actor, method, target, kind string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(context.WithoutCancel(h.Context()), method, "http://jard.test"+target, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w
}

func (h *house) get(by identity.Actor, target string, header ...string) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(by, http.MethodGet, target, "", nil, header...)
}

func (h *house) post(by identity.Actor, target string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(by, http.MethodPost, target, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), "Sec-Fetch-Site", "same-origin")
}

// want checks the status and what the answer holds; "!" before a text: lacks.
func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	if w.Code != status {
		h.Errorf("status %d; want %d: %.600s", w.Code, status, w.Body.String())
	}
	for _, text := range holds {
		text, lacks := strings.CutPrefix(text, "!")
		if strings.Contains(w.Body.String(), text) == lacks {
			h.Errorf("the answer holds %q: %v", text, !lacks)
		}
	}
}

func TestTheOperatorDecidesOnThePage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a, b := h.public(officer, "marhp", "Barrages et lacs"), h.draft(officer, "onagri", "Barrage et lac")
		h.want(h.get(mcd, "/desk/twins"), http.StatusOK, a.Ref, b.Ref, "même intitulé", "1 paire à examiner", "Ce sont deux jeux différents")
		h.want(h.get(mcd, "/desk/twins", "Accept-Language", "ar"), http.StatusOK, `dir="rtl"`, "العنوان نفسه", "حالة واحدة للفحص")
		h.want(h.get(mcd, "/desk/twins", "Accept-Language", "en"), http.StatusOK, "same title", "1 pair to look at")
		h.want(h.get(officer, "/desk/datasets/"+b.Ref), http.StatusOK, "Un autre jeu ressemble à celui-ci", a.Ref)
		h.want(h.get(mcd, "/desk/twins?institution=ms"), http.StatusOK, "Aucune ressemblance", "!"+a.Ref)

		// A refused form comes back with what was typed and the sentence beside its field.
		first, second := a.Ref, b.Ref
		if a.ID > b.ID {
			first, second = b.Ref, a.Ref
		}
		form := url.Values{"a": {first}, "b": {second}, "verdict": {"replaced"}, "keep": {a.Ref}, "reason": {""}}
		h.want(h.post(mcd, "/desk/twins", form), http.StatusUnprocessableEntity, "Ce champ est obligatoire", `id="f-reason"`, `value="`+a.Ref+`" checked`, "<details open>")
		form.Set("reason", "le même\navec une ligne")
		form.Set("keep", b.Ref)
		h.want(h.post(mcd, "/desk/twins", form), http.StatusUnprocessableEntity, "gardez celui que le public", "le même\navec une ligne")
		form.Set("keep", "TN-AUTRE")
		h.want(h.post(mcd, "/desk/twins", form), http.StatusUnprocessableEntity, "Choisissez lequel des deux reste")
		form.Set("verdict", "peut-être")
		h.want(h.post(mcd, "/desk/twins", form), http.StatusUnprocessableEntity, "pas une décision possible")
		form.Set("b", "TN-RIEN-1")
		h.want(h.post(mcd, "/desk/twins", form), http.StatusUnprocessableEntity, "pas un jeu de données que vous pouvez juger")

		h.want(h.post(mcd, "/desk/twins", url.Values{"a": {first}, "b": {second}, "verdict": {"linked"}}), http.StatusSeeOther)
		h.want(h.get(mcd, "/desk/twins"), http.StatusOK, "!"+a.Ref, "Aucune ressemblance")
		h.want(h.get(mcd, "/desk/twins?decided=1"), http.StatusOK, a.Ref, "Reliés", "Revenir sur cette décision", "1 paire décidée")
		h.want(h.get(officer, "/desk/datasets/"+b.Ref), http.StatusOK, "Reliés")
		h.want(h.get(officer, "/desk/datasets/"+b.Ref+"/history"), http.StatusOK, "Doublon examiné")
		h.want(h.post(mcd, "/desk/twins?decided=1", url.Values{"a": {first}, "b": {second}, "verdict": {"open"}}), http.StatusSeeOther)
		form = url.Values{"a": {first}, "b": {second}, "verdict": {"replaced"}, "keep": {a.Ref}, "reason": {"doublon"}}
		h.want(h.post(officer, "/desk/twins", form), http.StatusSeeOther)
		h.want(h.get(officer, "/desk/datasets/"+b.Ref), http.StatusOK, "doublon", a.Ref)
	})
}

// TestWhoIsShownTwins goes through every role, on the page and the API.
func TestWhoIsShownTwins(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		a, b := h.public(officer, "marhp", "Barrages et lacs"), h.draft(health, "ms", "Barrage et lac")
		body := func() io.Reader {
			return strings.NewReader(fmt.Sprintf(`{"a":%q,"b":%q,"verdict":"different"}`, a.Ref, b.Ref))
		}
		for _, role := range append(identity.Roles(), identity.Public) {
			by := identity.Actor{Account: "x", Role: role}
			if role.NeedsInstitution() {
				by.Institution, by.Institutions = "marhp", []string{"marhp"}
			}
			list, judged := http.StatusForbidden, http.StatusForbidden
			switch role {
			case identity.MCD, identity.Admin:
				list, judged = http.StatusOK, http.StatusOK
			case identity.Officer, identity.Supervisor:
				list, judged = http.StatusOK, http.StatusUnprocessableEntity // the other is as if it were not there
			case identity.ServiceOwner, identity.Agent:
				judged = http.StatusUnprocessableEntity
			case identity.Public:
				list, judged = http.StatusUnauthorized, http.StatusUnauthorized
			}
			shown := "!" + b.Ref
			if list == http.StatusOK && !role.NeedsInstitution() {
				shown = b.Ref
			}
			t.Run(string(role), func(t *testing.T) {
				h.TB = t
				page := h.get(by, "/desk/twins")
				if role == identity.Public {
					h.want(page, http.StatusSeeOther)
				} else {
					h.want(page, list, shown)
				}
				h.want(h.get(by, "/api/v1/twins"), list, shown)
				h.want(h.send(by, http.MethodPost, "/api/v1/twins/decisions", "application/json", body()), judged)
				if judged == http.StatusOK { // for the next to be asked again
					h.want(h.post(mcd, "/desk/twins", url.Values{"a": {a.Ref}, "b": {b.Ref}, "verdict": {"open"}}), http.StatusSeeOther)
				}
			})
			h.TB = t
		}
		h.want(h.get(health, "/desk/twins"), http.StatusOK, a.Ref) // what is public is no secret
	})
}

func TestTwinsOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var refs []string
		for n := range 3 {
			refs = append(refs, h.public(officer, "marhp", "Barrages et lacs"[:len("Barrages et lacs")-n%2]).Ref)
		}
		type page struct {
			Items []struct {
				A, B    struct{ Ref, State string }
				Score   int
				Reasons []string
			}
			Total int
			Next  string
		}
		var all page
		w := h.get(officer, "/api/v1/twins?limit=2")
		h.want(w, http.StatusOK)
		h.ok(json.Unmarshal(w.Body.Bytes(), &all))
		if all.Total != 3 || len(all.Items) != 2 || all.Next != "2" || all.Items[0].Score < 70 {
			t.Errorf("the first page is %+v", all)
		}
		w = h.get(officer, "/api/v1/twins?limit=2&cursor="+all.Next)
		all = page{}
		h.ok(json.Unmarshal(w.Body.Bytes(), &all))
		if len(all.Items) != 1 || all.Next != "" {
			t.Errorf("the last page is %+v", all)
		}
		h.want(h.get(officer, "/api/v1/twins?cursor=x"), http.StatusUnprocessableEntity, "twins.cursor")
		h.want(h.get(officer, "/api/v1/twins?limit=0"), http.StatusUnprocessableEntity)
		h.want(h.get(officer, "/api/v1/datasets/"+refs[0]+"/twins"), http.StatusOK, refs[1], refs[2], `"reasons":[`)
		h.want(h.get(health, "/api/v1/datasets/"+refs[0]+"/twins"), http.StatusNotFound)

		ask := func(key, body string) *httptest.ResponseRecorder {
			return h.send(officer, http.MethodPost, "/api/v1/twins/decisions", "application/json", strings.NewReader(body), "Idempotency-Key", key)
		}
		body := fmt.Sprintf(`{"a":%q,"b":%q,"verdict":"replaced","keep":%q,"reason":"doublon"}`, refs[0], refs[1], refs[0])
		h.want(ask("k", body), http.StatusOK, `"verdict":"replaced"`)
		h.want(ask("k", body), http.StatusOK, `"verdict":"replaced"`) // sent again, done once
		h.want(ask("other", body), http.StatusConflict, "twins.decide.replaced")
		h.want(ask("k", strings.Replace(body, "doublon", "autre", 1)), http.StatusUnprocessableEntity, "dataset.key_reused")
		h.want(ask("b1", `{"a":"","b":"","verdict":"linked"}`), http.StatusUnprocessableEntity)
		h.want(ask("b2", `{"a":"x","b":"y","verdict":"linked","more":1}`), http.StatusUnprocessableEntity)
		h.want(ask("b3", fmt.Sprintf(`{"a":%q,"b":%q,"verdict":"linked"}`, refs[2], refs[2])), http.StatusUnprocessableEntity, "twins.decide.itself")
	})
}

// FuzzJudge sends what a browser would not: no answer is a failure of ours, and nothing is withdrawn.
func FuzzJudge(f *testing.F) {
	f.Add("different", "TN-MARHP-2026-0001", "x", "a=1")
	f.Add("replaced", "\x00", strings.Repeat("é", 3_000), "decided=1&from=-3")
	f.Add("", "\u202e", "\xff\xfe", "institution=%00&from=99999999999999999999")
	h := open(f, databasetest.Open(f))
	h.public(officer, "marhp", "Barrages et lacs")
	h.draft(officer, "marhp", "Barrage et lac")
	f.Fuzz(func(t *testing.T, verdict, ref, reason, query string) {
		h.TB = t
		form := url.Values{"a": {ref}, "b": {"TN-MARHP-2026-0001"}, "verdict": {verdict}, "keep": {ref}, "reason": {reason}}
		for _, w := range []*httptest.ResponseRecorder{h.post(mcd, "/desk/twins?"+url.QueryEscape(query), form), h.get(mcd, "/desk/twins?from="+url.QueryEscape(query))} {
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("%q %q %q: %d", verdict, ref, reason, w.Code)
			}
		}
	})
}
