package requestweb_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
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
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/inventory/requestweb"
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
	member   = identity.Actor{Account: "member", Role: identity.Committee}
	nobody   = identity.Actor{}
)

// house is the real router on a real store.
type house struct {
	testing.TB
	db       *gorm.DB
	store    *requestdb.Store
	register *inventorydb.Store
	letters  requestweb.Letters
	sent     []request.Letter
	handler  http.Handler
	now      time.Time
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t, db: db, now: start}
	clock := func() time.Time { return h.now }
	people := identitydb.New(db, clock)
	h.register = inventorydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(t.Context(), identity.System("seed"), v))
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: people, Now: clock})
	h.ok(err)
	f, err := pilot.Files.Open("requests.csv")
	h.ok(err)
	defer f.Close()
	rules, err := request.ReadRules(f)
	h.ok(err)
	h.letters = requestweb.Letters{Words: shell.Words(), URL: shell.URL}
	h.store = requestdb.New(db, requestdb.Options{
		Now: clock, Rules: rules, Write: h.letters.Write, WriteDigest: h.letters.WriteDigest,
		Send: func(_ *gorm.DB, all ...request.Letter) error {
			h.sent = append(h.sent, all...)
			return nil
		},
	})
	requestweb.New(shell, h.store, h.register, people, clock).Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) send(by identity.Actor, r *http.Request) *httptest.ResponseRecorder {
	h.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w
}

func (h *house) get(by identity.Actor, target string) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(by, httptest.NewRequestWithContext(h.Context(), http.MethodGet, "http://jard.test"+target, nil))
}

// arabic opens a page as somebody who reads Arabic.
func (h *house) arabic(target string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodGet, "http://jard.test"+target, nil)
	r.Header.Set("Accept-Language", "ar")
	return h.send(nobody, r)
}

func (h *house) post(by identity.Actor, target string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodPost, "http://jard.test"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(by, r)
}

func (h *house) ask(by identity.Actor, method, target string, body any, header ...string) (*httptest.ResponseRecorder, map[string]any) {
	h.Helper()
	var data io.Reader
	if body != nil {
		text, err := json.Marshal(body)
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
	h.ok(json.Unmarshal(w.Body.Bytes(), &out))
	return w, out
}

// want asserts the status and what the page holds, as a reader sees it; a text
// that begins with "!" must not be there.
func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	if w.Code != status {
		h.Fatalf("status %d, to %q; want %d\n%s", w.Code, w.Header().Get("Location"), status, w.Body)
	}
	body := seen(w.Body.String())
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

// seen is a page without the typography that the catalogue adds.
func seen(body string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'", "\u2068", "", "\u2069", "", "\u2066", "", "\u2067", "").
		Replace(html.UnescapeString(body))
}

var stampForm = regexp.MustCompile(`name="stamp" value="([^"]+)"`)

// stamped opens a form, and waits as long as people need.
func (h *house) stamped(path string) string {
	h.Helper()
	m := stampForm.FindStringSubmatch(h.get(nobody, path).Body.String())
	if m == nil {
		h.Fatalf("%s has no stamp", path)
	}
	h.now = h.now.Add(time.Minute)
	return m[1]
}

// asking is a request as the form sends it.
func (h *house) asking(title string, more ...string) url.Values {
	h.Helper()
	form := url.Values{"title": {title}, "language": {"fr"}, "stamp": {h.stamped("/requests/new")}}
	for n := 0; n < len(more); n += 2 {
		form[more[n]] = []string{more[n+1]}
	}
	return form
}

// sentTo sends a form and returns the page by which its sender follows it.
func (h *house) sentTo(path string, form url.Values) string {
	h.Helper()
	w := h.post(nobody, path, form)
	h.want(w, http.StatusSeeOther)
	to := w.Header().Get("Location")
	if !strings.HasPrefix(to, "/requests/follow/") {
		h.Fatalf("sent to %q", to)
	}
	return to
}

// published is a request that marhp has to answer.
func (h *house) published(title string) string {
	h.Helper()
	h.sentTo("/requests/new", h.asking(title, "institution", "marhp"))
	var r request.Request
	h.ok(h.db.Order("received_at DESC, ref DESC").First(&r).Error)
	h.want(h.post(operator, "/desk/requests/"+r.Ref+"/publication", url.Values{
		"revision": {"1"}, "title": {title}, "institution": {"marhp"},
	}), http.StatusSeeOther)
	return r.Ref
}

// dataset is a public dataset of marhp.
func (h *house) dataset() string {
	h.Helper()
	v, err := h.register.Vocabulary(h.Context())
	h.ok(err)
	d, err := h.register.Create(h.Context(), officer, "marhp", inventory.Content{
		Title: lang.Text{"fr": "Production de céréales", "ar": "إنتاج الحبوب"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales"}, "ar": {"حبوب"}},
		Theme:    "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Open,
		ContactName: "Bureau des données", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{
			Title: lang.Text{"fr": "Tableau"}, URL: "https://www.agriculture.tn/cereales.csv", Format: "csv", MediaType: "text/csv",
		}},
	})
	h.ok(err)
	for _, act := range []func(*inventory.Dataset) error{
		func(d *inventory.Dataset) error { return d.Submit(officer, v, h.now) },
		func(d *inventory.Dataset) error { return d.Approve(operator, v, h.now) },
	} {
		_, err = h.register.Change(h.Context(), operator, d.Ref, "test", 0, act)
		h.ok(err)
	}
	return d.Ref
}
