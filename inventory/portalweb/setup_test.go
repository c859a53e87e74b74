package portalweb

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer  = identity.Actor{Account: "officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	stranger = identity.Actor{Account: "stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	operator = identity.Actor{Account: "operator", Role: identity.MCD}
	auditor  = identity.Actor{Account: "member", Role: identity.Committee}
	nobody   = identity.Actor{}
)

// house is the real router on a real store.
type house struct {
	testing.TB
	db      *gorm.DB
	store   *portaldb.Store
	handler http.Handler
	now     time.Time
	asked   int
	busy    bool
}

func open(t testing.TB, db *gorm.DB, change ...func(*Options)) *house {
	t.Helper()
	h := &house{TB: t, db: db, now: start}
	clock := func() time.Time { return h.now }
	for _, i := range []identity.Institution{
		{Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Agriculture", "ar": "وزارة الفلاحة"}},
		{Slug: "ms", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de la Santé", "ar": "وزارة الصحة"}},
	} {
		i.CreatedAt, i.UpdatedAt = start, start
		h.ok(db.Create(&i).Error)
	}
	people := identitydb.New(db, clock)
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: people, Now: clock})
	h.ok(err)
	h.store = portaldb.New(db, clock)
	o := Options{
		Store: h.store, Institutions: people, URL: "https://portal.example/", Within: 24 * time.Hour, Every: 6 * time.Hour, Now: clock,
		Vocabulary: func(context.Context) (*inventory.Vocabulary, error) { return terms(), nil },
		Current:    func() harvest.Snapshot { return harvest.Snapshot{ID: "now", Version: 9, Built: start} },
		Ask: func() bool {
			h.asked++
			return !h.busy
		},
		Busy: func() bool { return h.busy },
	}
	for _, c := range change {
		c(&o)
	}
	New(shell, o).Routes()
	h.handler = shell.Handler()
	return h
}

func terms() *inventory.Vocabulary {
	return &inventory.Vocabulary{
		Licences:    []inventory.Licence{{Code: "LNDPO-TN", PortalID: "licence-nationale", Name: lang.Text{"fr": "Licence nationale", "ar": "الرخصة الوطنية"}}},
		Frequencies: []inventory.Frequency{{Code: "annual", CKAN: "annuelle", Name: lang.Text{"fr": "Annuelle", "ar": "سنوية"}}},
	}
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
	if w.Body.Len() > 0 {
		h.ok(json.Unmarshal(w.Body.Bytes(), &out))
	}
	return w, out
}

// want asserts the status and what the page holds, as a reader sees it; a text
// that begins with "!" must not be there.
func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	if w.Code != status {
		h.Fatalf("status %d; want %d\n%s", w.Code, status, w.Body)
	}
	body := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'", "\u2068", "", "\u2069", "").Replace(html.UnescapeString(w.Body.String()))
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

func seen(kind portal.Kind, n string, field portal.Field, institution, ours, theirs string) portal.Observation {
	o := portal.Observation{
		Kind: kind, Subject: "uuid-" + n, Field: field, Ref: "TN-" + n, Institution: institution, Title: "Jeu " + n,
		PortalID: "p-" + n, PortalName: "jeu-" + n, Ours: ours, Theirs: theirs,
	}
	if kind == portal.Stray {
		o.Ref = ""
	}
	return o
}

// read records a read that shows one finding of each kind, and returns their
// ids by kind.
func (h *house) read() map[portal.Kind]string {
	h.Helper()
	out := portal.Outcome{Whole: true, Met: map[string]bool{}, Matched: 40, Sources: map[string]int{"INS <script>": 12, "": 3}, Observations: []portal.Observation{
		seen(portal.Missing, "1", "", "marhp", "2026-10-02T00:00:00Z", ""),
		seen(portal.Differs, "2", portal.Title, "ms", "Hôpitaux", "=HYPERLINK(\"x\") <b>Hopitaux</b>"),
		seen(portal.Undeleted, "3", "", "marhp", "2026-10-02T00:00:00Z", "jeu-3"),
		seen(portal.Duplicate, "4", "", "marhp", "jeu-4", "jeu-4-1"),
		seen(portal.Stray, "5", "", "", "", "http://jard.test/dataset/5"),
	}}
	reading := portal.Reading{Portal: "https://portal.example", StartedAt: h.now, Whole: true, Matched: 40, Offered: 42, Sources: out.Sources, Packages: 55}
	_, err := h.store.Record(h.Context(), reading, out)
	h.ok(err)
	l, err := h.store.Findings(h.Context(), operator, portaldb.Filter{})
	h.ok(err)
	ids := map[portal.Kind]string{}
	for _, f := range l.Items {
		ids[f.Kind] = f.ID
	}
	return ids
}
