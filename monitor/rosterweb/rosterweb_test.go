package rosterweb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/rosterwatch"
	"github.com/jard-odi/jard/monitor/rosterweb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	mcd   = identity.Actor{Account: "m", Name: "Sonia", Role: identity.MCD}
	owner = identity.Actor{Account: "o", Name: "Ali", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
	other = identity.Actor{Account: "x", Name: "Imen", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
	tree  = identity.Tree{
		"mi": {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Intérieur"}},
		"mf": {Slug: "mf", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère des Finances"}},
	}
)

const file = `services:
  - slug: b3
    name: {fr: Bulletin n° 3}
    institution: mi
    url: https://b3.example.tn/
    checks: [{name: home, timeout: 5s}]
  - slug: impots
    name: {fr: Impôts}
    institution: mf
    url: https://impots.example.tn/
    checks: [{name: home}]
`

// house is the room with everything under it.
type house struct {
	testing.TB
	handler http.Handler
	store   *monitordb.Store
	keeper  *rosterwatch.Keeper
	pages   *rosterweb.Pages
	path    string
	changes int
	good    bool
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t, good: true, path: filepath.Join(t.TempDir(), "services.yaml")}
	for slug, i := range tree {
		i.Slug = slug
		if err := db.Create(&i).Error; err != nil {
			t.Fatal(err)
		}
	}
	clock := func() time.Time { return noon }
	h.store = monitordb.New(db, clock)
	h.write(file)
	institutions := func(context.Context) (identity.Tree, error) { return tree, nil }
	h.keeper = rosterwatch.New(rosterwatch.Options{Path: h.path, Store: h.store, Period: schedule.Period, Institutions: institutions, Now: clock})
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	h.pages = rosterweb.New(shell, rosterweb.Options{
		Store: h.store, Files: h.keeper, Period: schedule.Period, Institutions: institutions, Changed: func() { h.changes++ },
		Look: func(context.Context, monitor.Check) ([]rosterweb.Sentence, bool) {
			return []rosterweb.Sentence{{Key: "roster.read_at"}}, h.good
		},
	})
	h.pages.Routes()
	h.handler = shell.Handler()
	h.keeper.Look(context.Background(), true)
	return h
}

func (h *house) write(text string) {
	h.Helper()
	if err := os.WriteFile(h.path, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

func (h *house) ask(by identity.Actor, method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, strings.NewReader(body))
	req.Header.Set("Accept-Language", "fr")
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func (h *house) want(rec *httptest.ResponseRecorder, status int, contains ...string) string {
	h.Helper()
	if rec.Code != status {
		h.Fatalf("status %d; want %d\n%s", rec.Code, status, rec.Body)
	}
	for _, s := range contains {
		if !strings.Contains(rec.Body.String(), s) {
			h.Errorf("answer lacks %q\n%s", s, rec.Body)
		}
	}
	return rec.Body.String()
}

func (h *house) service(slug string) *monitor.Service {
	h.Helper()
	v, err := h.store.Service(context.Background(), mcd, slug)
	if err != nil {
		h.Fatal(err)
	}
	return v
}

func TestTakingOverAndHandingBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(mcd, "GET", "/desk/services/files", ""), 200, "Tout est comme les fichiers le disent", ">2<")
		h.want(h.ask(owner, "GET", "/desk/services/b3/file", ""), 200, "services.yaml:2", "slug: b3", "timeout: 5s", "Reprendre sur les pages")
		if rec := h.ask(owner, "POST", "/desk/services/b3/takeover", ""); rec.Code != 303 || h.service("b3").KeptInFile() || h.changes != 1 {
			t.Fatalf("%d, %+v", rec.Code, h.service("b3").Settings.Source)
		}
		_, err := h.store.Change(context.Background(), owner, "b3", func(v *monitor.Service) error {
			want := *v
			want.Note, want.Checks = "sur la page", []monitor.Check{v.Checks[0]}
			want.Checks[0].Timeout = 7 * time.Second
			return v.Edit(owner, want, schedule.Period)
		})
		if err != nil {
			t.Fatal(err)
		}
		h.want(h.ask(owner, "GET", "/desk/services/files", ""), 200, "1 service à examiner", "2 différences", "checks.home.timeout", "<bdi>7s</bdi>", "<bdi>5s</bdi>", "Tenu sur les pages")
		h.want(h.ask(owner, "GET", "/desk/services/b3/file", ""), 200, "Rendre au fichier", "sur la page")
		if rec := h.ask(owner, "POST", "/desk/services/b3/handover", ""); rec.Code != 303 || !h.service("b3").KeptInFile() || h.service("b3").Note != "" {
			t.Fatalf("%d, %+v", rec.Code, h.service("b3"))
		}
		h.write(file[:strings.Index(file, "  - slug: impots")])
		h.keeper.Look(context.Background(), false)
		h.want(h.ask(mcd, "GET", "/desk/services/files", ""), 200, "Absent des fichiers", "Impôts")
		h.want(h.ask(other, "GET", "/desk/services/impots/file", ""), 200, "Reprendre sur les pages", "un fichier dirait")
		h.want(h.ask(other, "POST", "/desk/services/impots/takeover", ""), 303)
		h.want(h.ask(other, "POST", "/desk/services/impots/handover", ""), 409)
	})
}

func TestBadFilesAreShownToWhoMayMendThem(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.write(strings.Replace(file, "timeout: 5s", "timeout: soon", 1))
		h.keeper.Look(context.Background(), false)
		h.want(h.ask(mcd, "GET", "/desk/services/files", ""), 200, "services.yaml:6", "checks.0.timeout", "une durée")
		if body := h.want(h.ask(owner, "GET", "/desk/services/files", ""), 200); strings.Contains(body, "services.yaml:6") {
			t.Error("an owner reads the lines of all")
		}
		if !h.service("b3").KeptInFile() {
			t.Error("a bad file changes what is kept")
		}
	})
}

func TestADraftIsConfirmedAfterALook(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, slug := range []string{"draft", "draft-two", "empty"} {
			v := monitor.Service{Slug: slug, Name: lang.Text{"fr": "Brouillon"}, Institution: "mi", Note: "url_provenance: seen on a poster"}
			if slug != "empty" {
				v.Checks = []monitor.Check{{Name: "home", Target: "https://draft.example.tn/"}}
			}
			if _, err := h.store.Add(context.Background(), mcd, v, schedule.Period); err != nil {
				t.Fatal(err)
			}
		}
		panel, err := h.panel(owner)
		if err != nil || panel.Drafts != 2 || panel.First != "draft" || panel.Files {
			t.Errorf("%+v, %v", panel, err)
		}
		if panel, _ := h.panel(mcd); panel.Drafts != 2 || !panel.Files || panel.Kept != 2 || panel.Drift != 0 {
			t.Errorf("%+v", panel)
		}
		if panel, _ := h.panel(other); panel.Any() {
			t.Errorf("another's drafts: %+v", panel)
		}
		path := "/desk/services/draft/confirmation"
		h.want(h.ask(owner, "GET", path, ""), 200, "https://draft.example.tn/", "seen on a poster", "Consulter une fois")
		h.want(h.ask(owner, "POST", path, "do=look"), 200, "Répond comme attendu", "Fichiers consultés")
		h.good = false
		h.want(h.ask(owner, "POST", path, "do=look"), 200, "Ne répond pas comme attendu")
		if h.service("draft").State != monitor.Draft {
			t.Error("a look confirms")
		}
		if rec := h.ask(owner, "POST", path, "do=next"); rec.Code != 303 || rec.Header().Get("Location") != "/desk/services/draft-two/confirmation" {
			t.Errorf("%d to %s; want the next draft", rec.Code, rec.Header().Get("Location"))
		}
		if h.service("draft").State != monitor.Active || h.changes != 1 {
			t.Error("it is not watched")
		}
		h.want(h.ask(owner, "GET", path, ""), 409, "déjà confirmé")
		h.want(h.ask(owner, "GET", "/desk/services/empty/confirmation", ""), 200, "Aucun contrôle")
		h.want(h.ask(owner, "POST", "/desk/services/empty/confirmation", "do=confirm"), 422, "contrôle")
		h.want(h.ask(owner, "POST", "/desk/services/b3/confirmation", "do=confirm"), 409)
	})
}

func (h *house) panel(by identity.Actor) (*rosterweb.Panel, error) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequestWithContext(web.WithActor(context.Background(), by), "GET", "/desk/services", nil)
	panel, err := h.pages.Panel(c)
	if err != nil {
		return nil, err
	}
	return panel.(*rosterweb.Panel), nil
}

func TestTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var out struct {
			Items []struct {
				Slug, Standing, File string
				Line                 int
				Differences          []struct{ Field, Stored, Declared string }
			}
			Problems []struct{ Place, Field, Message string }
			GoodAt   time.Time `json:"good_at"`
		}
		read := func(by identity.Actor) {
			t.Helper()
			if err := json.Unmarshal([]byte(h.want(h.ask(by, "GET", "/api/v1/roster", ""), 200)), &out); err != nil {
				t.Fatal(err)
			}
		}
		read(owner)
		if len(out.Items) != 1 || out.Items[0].Slug != "b3" || out.Items[0].Standing != "same" || out.Items[0].Line != 2 || !out.GoodAt.Equal(noon) {
			t.Errorf("an owner sees %+v", out)
		}
		h.want(h.ask(owner, "POST", "/api/v1/services/b3/takeover", ""), 200, `"taken":true`)
		h.want(h.ask(owner, "POST", "/api/v1/services/b3/takeover", ""), 409)
		h.write(strings.Replace(file, "n° 3", "n° 4", 1))
		h.keeper.Look(context.Background(), false)
		read(mcd)
		if len(out.Items) != 2 || out.Items[0].Standing != "taken" || len(out.Items[0].Differences) != 1 || out.Items[0].Differences[0].Field != "name.fr" {
			t.Errorf("%+v", out)
		}
		h.want(h.ask(owner, "POST", "/api/v1/services/b3/handover", ""), 200, `"source":{"file":"services.yaml"}`)
		h.write("services: [")
		h.keeper.Look(context.Background(), false)
		read(mcd)
		if len(out.Problems) != 1 || out.Problems[0].Place != "services.yaml:1" {
			t.Errorf("%+v", out.Problems)
		}
		h.want(h.ask(owner, "POST", "/api/v1/services/b3/confirmation", ""), 409)
	})
}

func TestWhoMayKeepServices(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, role := range append(identity.Roles(), identity.Public) {
			for _, institution := range []string{"mi", "mf"} {
				by := identity.Actor{Account: "a", Role: role, Institution: institution, Institutions: []string{institution}}
				may := by.May(identity.ManageService, "mi")
				for _, ask := range []struct{ method, path string }{
					{"GET", "/desk/services/b3/file"},
					{"GET", "/desk/services/b3/confirmation"},
					{"POST", "/desk/services/b3/takeover"},
					{"POST", "/desk/services/b3/handover"},
					{"POST", "/desk/services/b3/confirmation"},
					{"POST", "/api/v1/services/b3/takeover"},
					{"POST", "/api/v1/services/b3/handover"},
					{"POST", "/api/v1/services/b3/confirmation"},
				} {
					rec := h.ask(by, ask.method, ask.path, "")
					refused := rec.Code == 401 || rec.Code == 403 || rec.Code == 404 || rec.Code == 303 && strings.HasPrefix(rec.Header().Get("Location"), "/login")
					if refused == may {
						t.Errorf("%s of %s: %s %s is answered %d", role, institution, ask.method, ask.path, rec.Code)
					}
				}
				if rec := h.ask(by, "GET", "/api/v1/roster", ""); (rec.Code == 200) != by.MayAnywhere(identity.ManageService) {
					t.Errorf("%s: the roster is answered %d", role, rec.Code)
				}
			}
		}
	})
}

func TestPagesSpeakThreeLanguages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, tag := range lang.All() {
			for _, path := range []string{"/desk/services/files", "/desk/services/b3/file"} {
				req := httptest.NewRequestWithContext(web.WithActor(context.Background(), mcd), "GET", path, nil)
				req.Header.Set("Accept-Language", string(tag))
				rec := httptest.NewRecorder()
				h.handler.ServeHTTP(rec, req)
				if rec.Code != 200 || !strings.Contains(rec.Body.String(), fmt.Sprintf(`dir=%q`, tag.Dir())) || strings.Contains(rec.Body.String(), "roster.") {
					t.Errorf("%s in %s: %d\n%s", path, tag, rec.Code, rec.Body)
				}
			}
		}
	})
}

func TestLooksAtDraftsAreBounded(t *testing.T) {
	h := open(t, databasetest.Open(t))
	_, err := h.store.Add(t.Context(), mcd, monitor.Service{
		Slug: "draft", Name: lang.Text{"fr": "Brouillon"}, Institution: "mi", State: monitor.Draft, URL: "https://d.example.tn/",
		Checks: []monitor.Check{{Name: "home", Schedule: "@every 60s"}},
	}, schedule.Period)
	if err != nil {
		t.Fatal(err)
	}
	const path = "/desk/services/draft/confirmation"
	for range 10 {
		h.want(h.ask(owner, "POST", path, "do=look"), 200, "Répond comme attendu")
	}
	rec := h.ask(owner, "POST", path, "do=look")
	h.want(rec, 429, "Trop d’essais")
	if rec.Header().Get("Retry-After") != "60" {
		t.Errorf("asked to come again in %q seconds", rec.Header().Get("Retry-After"))
	}
	h.want(h.ask(mcd, "POST", path, "do=look"), 200)
}
