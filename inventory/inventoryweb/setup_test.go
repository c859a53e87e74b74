package inventoryweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer = identity.Actor{
		Account: "officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
	}
	stranger = identity.Actor{Account: "stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	operator = identity.Actor{Account: "operator", Role: identity.MCD}
	admin    = identity.Actor{Account: "admin", Role: identity.Admin}
	member   = identity.Actor{Account: "member", Role: identity.Committee}
	nobody   = identity.Actor{}
)

// house is the real router on a real store.
type house struct {
	*testing.T
	db      *gorm.DB
	store   *inventorydb.Store
	people  *identitydb.Store
	handler http.Handler
	now     time.Time
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, now: start}
	clock := func() time.Time { return h.now }
	h.store, h.people = inventorydb.New(db, clock), identitydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.store.Seed(t.Context(), identity.System("seed"), v))
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: h.people, Now: clock})
	h.ok(err)
	services := func(_ context.Context, institution string) ([]inventoryweb.Service, error) {
		if institution != "mt" {
			return nil, nil
		}
		return []inventoryweb.Service{{Slug: "horaires", Name: lang.Text{"fr": "Horaires"}, Mark: "open", Key: "dataset.duty.met"}}, nil
	}
	described := func(_ context.Context, id string) ([]byte, bool) { return []byte(`{"@id":"` + id + `"}`), true }
	inventoryweb.New(shell, h.store, h.people, inventoryweb.Beside{Services: services, SchemaOrg: described}, clock).Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// send lets somebody send a request in a language.
func (h *house) send(by identity.Actor, r *http.Request) *httptest.ResponseRecorder {
	h.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w
}

func (h *house) get(by identity.Actor, target string, header ...string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodGet, "http://jard.test"+target, nil)
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	return h.send(by, r)
}

func (h *house) post(by identity.Actor, target string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodPost, "http://jard.test"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(by, r)
}

// ask sends JSON and returns the answer with its body decoded.
func (h *house) ask(by identity.Actor, method, target string, body any, header ...string) (*httptest.ResponseRecorder, map[string]any) {
	h.Helper()
	var data io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		data = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		h.ok(err)
		data = bytes.NewReader(text)
	}
	r := httptest.NewRequestWithContext(h.Context(), method, "http://jard.test"+target, data)
	r.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := h.send(by, r)
	out := map[string]any{}
	if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		h.ok(json.Unmarshal(w.Body.Bytes(), &out))
	}
	return w, out
}

// want asserts the status and what the body holds; a text that begins with "!" must not be there.
func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	if w.Code != status {
		h.Fatalf("status %d, to %q; want %d\n%s", w.Code, w.Header().Get("Location"), status, w.Body)
	}
	body := w.Body.String()
	for _, text := range holds {
		if not, ok := strings.CutPrefix(text, "!"); ok {
			if strings.Contains(body, not) {
				h.Errorf("the answer holds %q", not)
			}
		} else if !strings.Contains(body, text) {
			h.Errorf("the answer lacks %q\n%s", text, body)
		}
	}
}

// written counts what is stored: datasets and audit lines.
func (h *house) written() [2]int64 {
	h.Helper()
	var n [2]int64
	h.ok(h.db.Model(&inventory.Dataset{}).Count(&n[0]).Error)
	h.ok(h.db.Model(&audit.Line{}).Count(&n[1]).Error)
	return n
}

// unwritten runs work and fails when it stored anything.
func (h *house) unwritten(work func()) {
	h.Helper()
	before := h.written()
	work()
	if after := h.written(); after != before {
		h.Errorf("datasets and audit lines %v; were %v, and nothing may be written", after, before)
	}
}

// complete is a form that may be submitted.
func complete(title string) url.Values {
	return url.Values{
		"institution": {"marhp"}, "title.fr": {title}, "title.ar": {"إنتاج الحبوب حسب الولاية"},
		"description.fr": {"Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010."},
		"description.ar": {"الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010"},
		"keywords.fr":    {"céréales, production"}, "keywords.ar": {"حبوب، إنتاج"}, "theme": {"agriculture"},
		"spatial": {"TN-11", "TN-61"}, "frequency": {"monthly"}, "data_modified": {"2026-10-05"}, "openness": {"open"},
		"licence": {"LNDPO-TN"}, "personal_data": {"no"}, "contact.name": {"Bureau des données"},
		"contact.email":       {"opendata@agriculture.tn"},
		"distributions.0.url": {"https://www.agriculture.tn/cereales.csv"}, "distributions.0.format": {"csv"},
		"distributions.0.title.fr": {"Tableau"}, "distributions.0.bytes": {"12 400"}, "do": {"save"},
	}
}

// changed is the form with some fields filled otherwise.
func changed(form url.Values, pairs ...string) url.Values {
	form = maps.Clone(form)
	for n := 0; n < len(pairs); n += 2 {
		form[pairs[n]] = []string{pairs[n+1]}
	}
	return form
}

var deskRef = regexp.MustCompile(`^/desk/datasets/(TN-[A-Z]+-\d{4}-\d{4})$`)

// record saves a new dataset through the form and returns its ref.
func (h *house) record(title string) string {
	h.Helper()
	w := h.post(officer, "/desk/datasets/new", complete(title))
	h.want(w, http.StatusSeeOther)
	m := deskRef.FindStringSubmatch(w.Header().Get("Location"))
	if m == nil {
		h.Fatalf("saved to %q", w.Header().Get("Location"))
	}
	return m[1]
}

// publish records, submits and approves a dataset.
func (h *house) publish(title string) string {
	h.Helper()
	ref := h.record(title)
	h.want(h.post(officer, "/desk/datasets/"+ref+"/submission", url.Values{}), http.StatusSeeOther)
	h.want(h.post(operator, "/desk/datasets/"+ref+"/approval", h.seen(ref)), http.StatusSeeOther)
	return ref
}

// seen is a decision about the dataset as it stands.
func (h *house) seen(ref string, pairs ...string) url.Values {
	h.Helper()
	return changed(url.Values{"revision": {strconv.Itoa(h.stored(ref).Revision)}}, pairs...)
}

func (h *house) stored(ref string) *inventory.Dataset {
	h.Helper()
	d, err := h.store.Get(h.Context(), operator, ref)
	h.ok(err)
	return d
}
