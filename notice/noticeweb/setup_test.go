package noticeweb_test

import (
	"context"
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
	"github.com/jard-odi/jard/inventory/exchangeweb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/digest"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/notice/noticeweb"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// house is the real router on real stores, with a dataset whose November is
// awaited, and the mail that says so.
type house struct {
	*testing.T
	db       *gorm.DB
	register *inventorydb.Store
	people   *identitydb.Store
	notices  *noticedb.Store
	handler  http.Handler
	shell    *web.Shell
	pages    *noticeweb.Pages
	now      time.Time
	dataset  *inventory.Dataset
	letter   mail.Letter
	confirm  string // paths of the links in the mail
	update   string
	stop     string
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, now: start}
	clock := func() time.Time { return h.now }
	h.register, h.people, h.notices = inventorydb.New(db, clock), identitydb.New(db, clock), noticedb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(t.Context(), identity.System("seed"), v))
	for id, role := range map[string]identity.Role{"officer": identity.Officer, "operator": identity.MCD, "head": identity.Supervisor} {
		marhp := "marhp"
		a := identity.Account{ID: id, Email: id + "@example.tn", Name: "Amel", Role: role, Language: "fr", CreatedAt: start, UpdatedAt: start}
		if role.NeedsInstitution() {
			a.Institution = &marhp
		}
		h.ok(db.Create(&a).Error)
	}
	h.shell, err = web.New(web.Options{BaseURL: "http://jard.test", Authenticate: h.people, Now: clock})
	h.ok(err)
	form, err := sheet.ReadForm(pilot.Files)
	h.ok(err)
	sheets := exchangeweb.New(h.shell, h.register, h.people, form, clock)
	h.pages = noticeweb.New(h.shell, h.notices, h.register, h.people, noticeweb.Upload{HandIn: sheets.HandIn, Largest: exchangeweb.Largest}, clock)
	h.pages.Routes()
	h.handler = h.shell.Handler()
	h.publish(&v)
	h.write(&v)
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) actor(id string) identity.Actor {
	h.Helper()
	a, err := h.people.ActorOf(h.Context(), id)
	h.ok(err)
	return a
}

func (h *house) publish(v *inventory.Vocabulary) {
	h.Helper()
	ctx, officer, operator := h.Context(), h.actor("officer"), h.actor("operator")
	d, err := h.register.Create(ctx, officer, "marhp", inventory.Content{
		Title:       lang.Text{"fr": "Production de céréales", "ar": "إنتاج الحبوب حسب الولاية"},
		Description: lang.Text{"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.", "ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010"},
		Keywords:    lang.Words{"fr": {"céréales", "production"}, "ar": {"حبوب"}},
		Theme:       "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Open,
		ContactName: "Bureau des données", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-20",
		Distributions: []inventory.Distribution{{Title: lang.Text{"fr": "Tableau"}, URL: "https://www.agriculture.tn/c.csv", Format: "csv", MediaType: "text/csv"}},
	})
	h.ok(err)
	_, err = h.register.Change(ctx, officer, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error { return d.Submit(officer, v, h.now) })
	h.ok(err)
	h.dataset, err = h.register.Change(ctx, operator, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error { return d.Approve(operator, v, h.now) })
	h.ok(err)
}

var linkForm = regexp.MustCompile(`http://jard\.test(/m/[A-Za-z0-9_-]{43})\?lang=fr`)

// write lets December come and the officer be reminded.
func (h *house) write(v *inventory.Vocabulary) {
	h.Helper()
	h.now = time.Date(2026, 12, 15, 6, 0, 0, 0, time.UTC)
	_, err := h.register.RollForward(h.Context())
	h.ok(err)
	f, err := pilot.Files.Open("reminders.csv")
	h.ok(err)
	plan, err := notice.ReadPlan(f)
	h.ok(err)
	maker := &digest.Maker{
		Store: h.notices, Plan: plan, Words: h.shell.Words(), URL: h.shell.URL,
		Workdays: func(context.Context) (*inventory.Workdays, error) { return v.Workdays(), nil },
	}
	if r, err := maker.Run(h.Context()); err != nil || r.Written != 1 {
		h.Fatalf("Run = %+v, %v", r, err)
	}
	h.ok(h.db.Take(&h.letter).Error)
	links := linkForm.FindAllStringSubmatch(h.letter.Text, -1)
	if len(links) != 3 {
		h.Fatalf("%d links in\n%s", len(links), h.letter.Text)
	}
	h.confirm, h.update, h.stop = links[0][1], links[1][1], links[2][1]
}

// get and post come from somebody who has not signed in, unless by says who.
func (h *house) get(target string, by ...identity.Actor) *httptest.ResponseRecorder {
	h.Helper()
	return h.send(httptest.NewRequestWithContext(h.Context(), http.MethodGet, "http://jard.test"+target, nil), by...)
}

func (h *house) post(target string, form url.Values, by ...identity.Actor) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodPost, "http://jard.test"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.send(r, by...)
}

func (h *house) send(r *http.Request, by ...identity.Actor) *httptest.ResponseRecorder {
	h.Helper()
	for _, a := range by {
		r = r.WithContext(web.WithActor(r.Context(), a))
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// want checks a status and what the answer holds.
func (h *house) want(w *httptest.ResponseRecorder, status int, holds ...string) {
	h.Helper()
	body := strings.NewReplacer("\u00a0", " ", "’", "'", "&#39;", "'").Replace(w.Body.String())
	if w.Code != status {
		h.Fatalf("status %d; want %d\n%s", w.Code, status, body)
	}
	for _, text := range holds {
		if !strings.Contains(body, text) {
			h.Errorf("the answer lacks %q in\n%s", text, body)
		}
	}
}

// open promises of the dataset, the earliest first.
func (h *house) periods() (open []string) {
	h.Helper()
	rows, err := h.register.Obligations(h.Context(), h.actor("officer"), h.dataset.Ref)
	h.ok(err)
	for n := range rows {
		if rows[n].Open() {
			open = append([]string{rows[n].Period}, open...)
		}
	}
	return open
}
