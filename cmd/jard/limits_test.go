package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// housed is the whole house on a database of its own, with its handler at hand.
func housed(t *testing.T, engine string, change func(*configs.Config)) (*house, *running) {
	t.Helper()
	r := start(t, databasetest.URL(t, engine), func(c *configs.Config) { c.Watch.Enabled = false })
	c := configs.Default()
	c.Watch.Enabled, c.Watch.Spool = false, t.TempDir()
	if change != nil {
		change(&c)
	}
	h, err := build(c, slog.New(slog.DiscardHandler), r.db)
	if err != nil {
		t.Fatal(err)
	}
	return h, r
}

// Every route belongs to a kind of door that bounds how often it is used and
// how long an answer takes; only what tells whether we are alive does not.
func TestEveryDoorHasARateAndATime(t *testing.T) {
	h, _ := housed(t, database.SQLite, nil)
	limits := configs.Default().Limits
	door, kinds := doorsOf(limits), map[string]int{}
	for _, route := range h.routes {
		method, path, _ := strings.Cut(route, " ")
		kind := kindOfDoor(method, path)
		kinds[kind]++
		d := door(method, path)
		if kind == "free" {
			if d != nil || method != http.MethodOptions && !isFree(path) {
				t.Errorf("%s is free", route)
			}
			continue
		}
		if d == nil || d.Kind != kind || d.Time <= 0 || d.Rate.Address <= 0 || d.Rate.Account <= 0 || d.Rate.Token <= 0 {
			t.Errorf("%s of kind %s: %+v", route, kind, d)
		}
	}
	for kind := range limits.Doors.All() {
		if kinds[kind] == 0 {
			t.Errorf("no route is of kind %s", kind)
		}
	}
	t.Log(kinds)
	for route, want := range map[string]string{
		"GET /healthz": "free", "GET /readyz": "free", "GET /static/*file": "free", "HEAD /healthz": "free",
		"POST /login": "sign_in", "POST /login/code": "sign_in", "POST /login/reset": "sign_in", "GET /login/reset": "page", "GET /m/:secret": "sign_in", "POST /m/:secret/workbook": "sign_in", "GET /requests/follow/:token": "sign_in",
		"POST /account/totp": "sign_in", "POST /account/totp/off": "sign_in", "POST /account/recovery": "sign_in", "POST /account/password": "sign_in", "POST /account/proof": "sign_in",
		"POST /account/provider/proof": "sign_in", "POST /account/tokens": "write", "GET /login/oidc": "sign_in", "GET /login/oidc/callback": "sign_in", "POST /login/oidc/logout": "sign_in",
		"GET /login/reset/:secret": "sign_in", "POST /login/reset/:secret": "sign_in", "POST /api/v1/agent/enrolment": "sign_in", "POST /alert/:secret": "sign_in",
		"POST /requests/follow/:token/erasure": "sign_in", "POST /subscriptions/incidents/:secret": "sign_in", "GET /calendar/:file": "sign_in",
		"POST /datasets/:ref/feedback": "write", "POST /requests/new": "write", "POST /requests/:ref/support": "write", "POST /survey/:slug": "write", "POST /survey/:slug/kiosk": "write",
		"POST /api/v1/surveys/:slug/answers": "write", "POST /subscriptions/incidents": "write",
		"GET /catalog.ttl": "harvest", "GET /catalog.xlsx": "heavy", "POST /api/3/action/:action": "harvest", "GET /probe": "harvest",
		"GET /datasets": "search", "GET /datasets/:ref": "page", "GET /api/v1/search": "search", "GET /api/v1/datasets/:ref": "api",
		"POST /api/v1/imports": "heavy", "POST /desk/services/dry-run": "heavy", "PATCH /api/v1/datasets/:ref": "write", "GET ": "page",
	} {
		method, path, _ := strings.Cut(route, " ")
		if got := kindOfDoor(method, path); got != want {
			t.Errorf("%s is %s; want %s", route, got, want)
		}
	}
}

// endless is a body that never ends, and knows how much of it was read.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.read += int64(len(p))
	return len(p), nil
}

func (e *endless) Close() error { return nil }

// No route reads more than its bound, whoever sends and whatever it is called.
// A bound that is not there would have this test run for ever.
func TestNoDoorReadsABodyWithoutEnd(t *testing.T) {
	h, r := housed(t, database.SQLite, func(c *configs.Config) { c.Limits.BodyBytes, c.Limits.Doors = 1<<20, configs.Doors{} })
	token := r.token(t, identity.Admin, "")
	largest := map[string]int64{ // what takes files says so
		"POST /api/v1/imports": 33 << 20, "POST /desk/import": 33 << 20, "POST /m/:secret/workbook": 33 << 20,
		"POST /desk/services/:slug/lists": 12 << 20, "POST /api/v1/agent/batches": 8 << 20, "POST /api/v1/surveys/:slug/lists": 12 << 20,
		"POST /desk/services/:slug/assessment/answers/:measure": 8 << 20, // what a score rests on
		"POST /api/v1/services/:slug/assessment/documents":      assess.MaxDocument + 1<<20,
	}
	for _, route := range h.routes {
		method, path, _ := strings.Cut(route, " ")
		bound := max(largest[route], 1<<20)
		kinds := []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x"}
		if strings.HasPrefix(path, "/api/") {
			kinds = []string{"application/json", "application/octet-stream"}
		}
		for _, kind := range kinds {
			for _, who := range []string{"", "Bearer " + token} {
				body := &endless{}
				req := httptest.NewRequestWithContext(t.Context(), method, doorOf(path, nil), body)
				req.ContentLength = -1
				req.Header.Set("Content-Type", kind)
				if who != "" {
					req.Header.Set("Authorization", who)
				}
				w := httptest.NewRecorder()
				h.handler.ServeHTTP(w, req)
				if body.read > bound+1<<20 { // and what a reader takes ahead
					t.Errorf("%s with %s read %d bytes = %d", route, kind, body.read, w.Code)
				}
				if w.Code == http.StatusInternalServerError {
					t.Errorf("%s with %s = %d %s", route, kind, w.Code, w.Body)
				}
			}
		}
	}
}

// When an answer's time is up, whatever it was doing, the caller is told so and
// not that we are at fault: 503 with when to come back, on both engines.
func TestEveryDoorSaysWhenItsTimeIsUp(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			h, _ := housed(t, engine, func(c *configs.Config) {
				c.Limits.Doors = configs.Doors{}
				for _, d := range []*configs.Door{
					&c.Limits.Doors.Page, &c.Limits.Doors.Search, &c.Limits.Doors.API, &c.Limits.Doors.Write,
					&c.Limits.Doors.Heavy, &c.Limits.Doors.SignIn, &c.Limits.Doors.Harvest,
				} {
					d.Time = 1 // a nanosecond: it is up before the first statement
				}
			})
			late := 0
			for _, route := range h.routes {
				method, path, _ := strings.Cut(route, " ")
				if method != http.MethodGet || kindOfDoor(method, path) == "free" {
					continue
				}
				ctx := web.WithActor(context.Background(), identity.Actor{Account: "0", Role: identity.Admin, Name: "Test"})
				req := httptest.NewRequestWithContext(ctx, method, doorOf(path, map[string]string{"dataset": "TN-MARHP-2026-00001"}), nil)
				w := httptest.NewRecorder()
				h.handler.ServeHTTP(w, req)
				switch {
				case w.Code == http.StatusServiceUnavailable:
					late++
					if w.Header().Get("Retry-After") == "" {
						t.Errorf("%s does not say when to come back", route)
					}
				case w.Code >= 500:
					t.Errorf("%s = %d %.200s", route, w.Code, w.Body)
				}
			}
			if late < 100 {
				t.Errorf("only %d doors ran out of time; the test tries nothing", late)
			}
		})
	}
}

// A statement that would run for minutes ends with the time of the door.
func TestAStatementEndsWithTheTimeOfItsDoor(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var n int64
		err := db.WithContext(ctx).Raw("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000000000) SELECT count(*) FROM c").Scan(&n).Error
		if err == nil || ctx.Err() == nil {
			t.Fatalf("it went on to %d, %v", n, err)
		}
		if err := db.Raw("SELECT 1").Scan(&n).Error; err != nil || n != 1 {
			t.Errorf("the connection afterwards: %d, %v", n, err)
		}
	})
}

// A harvester that reads as fast as it can is served while a stranger who
// floods the search is told to wait, and the probes of health never wait.
func TestAFloodStarvesNeitherHarvestersNorProbes(t *testing.T) {
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) {
		c.Watch.Enabled, c.Limits.Doors = false, configs.Default().Limits.Doors
		c.Limits.Doors.Search.Address = 20
	})
	status := func(path string) int {
		resp, err := http.Get(r.url + path) //nolint:noctx // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	seen := []int{}
	for range 40 {
		seen = append(seen, status("/datasets?q=eau"))
		for _, path := range []string{"/healthz", "/readyz", "/robots.txt", "/status"} {
			if got := status(path); got != http.StatusOK {
				t.Fatalf("%s beside a flood = %d", path, got)
			}
		}
		if got := status("/catalog.ttl"); got == http.StatusTooManyRequests {
			t.Fatal("a harvester must wait")
		}
	}
	if !slices.Contains(seen, http.StatusTooManyRequests) || seen[0] != http.StatusOK {
		t.Errorf("the flood was answered %v", seen)
	}
}
