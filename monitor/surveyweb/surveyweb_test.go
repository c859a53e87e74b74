package surveyweb

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	noon   = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	nobody = identity.Actor{}
	mcd    = identity.Actor{Account: "m", Name: "Sonia", Role: identity.MCD}
	owner  = identity.Actor{Account: "o", Name: "Ali", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
	other  = identity.Actor{Account: "x", Name: "Imen", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
)

// known are the services there are: b3 is open to all, draft is not yet.
type known struct{}

func (known) Service(_ context.Context, by identity.Actor, slug string) (*monitor.Service, error) {
	v := &monitor.Service{
		Slug: slug, Name: lang.Text{"fr": "Extrait n° 3", "ar": "بطاقة عدد 3"}, Institution: "mi", State: monitor.Active,
		URL: "https://b3.example.tn/",
	}
	if slug == "draft" {
		v.State = monitor.Draft
	}
	if slug != "b3" && slug != "draft" || !v.Public() && !by.May(identity.ReadServices, "mi") {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return v, nil
}

// house is the room with everything under it.
type house struct {
	t       testing.TB
	handler http.Handler
	store   *surveydb.Store
	now     time.Time
}

// open stands the room up on a database.
func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{t: t, now: noon}
	clock := func() time.Time { return h.now }
	rows := []any{&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}}}
	for _, slug := range []string{"b3", "draft"} {
		v, err := known{}.Service(context.Background(), mcd, slug)
		if err != nil {
			t.Fatal(err)
		}
		v.Languages, v.Tier, v.LifeEvent, v.Revision, v.CreatedAt, v.UpdatedAt = []lang.Tag{lang.French}, monitor.Normal, "justice", 1, noon, noon
		rows = append(rows, v)
	}
	for _, row := range rows {
		if err := db.Create(row).Error; err != nil {
			t.Fatal(err)
		}
	}
	h.store = surveydb.New(db, clock)
	seed(t, h.store)
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.DiscardHandler), BaseURL: "https://jard.example.tn"})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, known{}, clock).Routes()
	h.handler = shell.Handler()
	return h
}

// seed adopts the sets that Jard comes with.
func seed(t testing.TB, store *surveydb.Store) {
	t.Helper()
	files, err := fs.Glob(questions.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := questions.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set, problems := survey.ReadSet(data)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if err := store.Seed(context.Background(), mcd, set); err != nil {
			t.Fatal(err)
		}
	}
}

// ask sends a request as somebody; headers are pairs.
func (h *house) ask(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, strings.NewReader(body))
	req.Header.Set("Accept-Language", "fr")
	switch {
	case strings.HasPrefix(body, "{"):
		req.Header.Set("Content-Type", "application/json")
	case body != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func (h *house) want(rec *httptest.ResponseRecorder, status int, contains ...string) {
	h.t.Helper()
	body := rec.Body.String()
	if rec.Code != status {
		h.t.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, s := range contains {
		if !strings.Contains(body, s) {
			h.t.Errorf("answer lacks %q\n%s", s, body)
		}
	}
}

// counted is how many answers count, and how many are set apart.
func (h *house) counted() (answers, apart int64, flags map[survey.Flag]int64, sums survey.Sums) {
	h.t.Helper()
	all, err := h.store.Distribution(context.Background(), []string{"b3"}, h.now.AddDate(0, 0, -2), h.now.Add(time.Hour))
	if err != nil {
		h.t.Fatal(err)
	}
	answers, apart, flags = all["b3"].Apart()
	return answers, apart, flags, all["b3"]
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z.]+)" value="([^"]*)">`)

// form is what a browser would send back of a page.
func form(page string) url.Values {
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], m[2])
	}
	return v
}
