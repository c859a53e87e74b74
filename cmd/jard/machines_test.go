package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// two are two processes on one database.
func two(t *testing.T) (a, b *running) {
	t.Helper()
	where := databasetest.URL(t, database.Postgres)
	quiet := func(c *configs.Config) { c.Watch.Enabled = false }
	a, b = start(t, where, quiet), start(t, where, quiet)
	for _, r := range []*running{a, b} {
		await(t, "the database to tell of changes", func() bool { n, ok := database.NumbersOf(r.db); return ok && n.Listening })
	}
	return a, b
}

// What is changed at one process is so at the other: approved, revoked, signed
// out, asked. No request has to come back to where it was before.
func TestWhatOneProcessChangesTheOtherTells(t *testing.T) {
	a, b := two(t)
	officer, operator, admin := a.token(t, identity.Officer, "marhp"), b.token(t, identity.MCD, ""), a.token(t, identity.Admin, "")
	// Recorded at one, submitted and approved at the other, read at the first.
	status, d := a.ask(t, "POST", "/api/v1/datasets", officer, complete("Production de céréales"))
	if status != http.StatusCreated {
		t.Fatalf("create = %d %v", status, d)
	}
	ref, uuid := d["ref"].(string), d["uuid"].(string)
	b.approve(t, officer, operator, ref)
	for _, r := range []*running{a, b} {
		r.awaitHarvest(t, ref, uuid, "Production de céréales")
		if status, page := r.ask(t, "GET", "/datasets/"+ref, "", nil); status != 200 || !strings.Contains(text(page), "Production de céréales") {
			t.Errorf("the page = %d at %s", status, r.url)
		}
	}
	// A token that is revoked at one opens nothing at the other, from the next request on.
	if status, _ := b.ask(t, "GET", "/api/v1/datasets/"+ref, officer, nil); status != 200 {
		t.Errorf("with the token = %d", status)
	}
	revoke(t, a, officer)
	if status, _ := b.ask(t, "POST", "/api/v1/datasets", officer, complete("Un autre")); status != http.StatusUnauthorized {
		t.Errorf("a token revoked at the other process = %d; want 401", status)
	}
	// A service that is opened at one, and what it asks, is there at the other at once.
	service := map[string]any{
		"slug": "acte", "name": map[string]string{"fr": "Extraits", "ar": "مضامين"}, "institution": "marhp", "url": "https://acte.example.tn",
		"tier": "normal", "state": "active", "languages": []string{"fr"}, "checks": []any{map[string]any{"name": "accueil", "kind": "http", "target": "http://127.0.0.1:1/", "schedule": "@every 60s", "timeout": "5s"}},
	}
	if status, s := a.ask(t, "POST", "/api/v1/services", admin, service); status != http.StatusCreated {
		t.Fatalf("service = %d %v", status, s)
	}
	if status, s := b.ask(t, "GET", "/api/v1/services/acte", "", nil); status != 200 {
		t.Errorf("the service at the other process = %d %v", status, s)
	}
	await(t, "the survey at the other process", func() bool { status, _ := b.ask(t, "GET", "/survey/acte", "", nil); return status == 200 })
}

// revoke ends the API token at one process.
func revoke(t *testing.T, r *running, secret string) {
	t.Helper()
	ctx, store := context.Background(), identitydb.New(r.db, nil)
	by, err := store.ByToken(ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	list, err := store.Tokens(ctx, by)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if err := store.RevokeToken(ctx, by, list[0].ID); err != nil {
		t.Fatal(err)
	}
}

// once sends a creation under a key and returns the status and the answer as it came.
func (r *running) once(t *testing.T, token, key string, body any) (int, string) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/api/v1/datasets", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(said)
}

// A commit whose answer is lost: with a key the request is answered as if
// nothing had happened and done once; without one the caller is told to look.
func TestALostAnswerOfTheDatabase(t *testing.T) {
	a, b := two(t)
	officer := a.token(t, identity.Officer, "marhp")
	for _, statement := range []string{
		"CREATE SEQUENCE cuts",
		`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
			IF nextval(''cuts'') < 3 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END'`,
		"CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON datasets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()",
	} {
		if err := a.db.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	status, p := a.ask(t, "POST", "/api/v1/datasets", officer, complete("Sans clé"))
	if status != http.StatusGatewayTimeout || p["type"] != "urn:jard:problem:unknown" {
		t.Errorf("without a key = %d %v; want 504 unknown", status, p)
	}
	status, first := a.once(t, officer, "k", complete("Avec clé"))
	if status != http.StatusCreated {
		t.Fatalf("with a key = %d %s; want 201", status, first)
	}
	if status, second := b.once(t, officer, "k", complete("Avec clé")); status != http.StatusCreated || second != first {
		t.Errorf("the same key at the other process = %d %s; want the first answer %s", status, second, first)
	}
	consistent(t, a.db, 1)
	if n, _ := database.NumbersOf(a.db); n.Again["transaction"] != 1 || n.Outages["unknown"] != 2 {
		t.Errorf("numbers = %+v", n)
	}
}

// three are three processes on one database, which know of each other.
func three(t *testing.T, change func(*configs.Config)) []*running {
	t.Helper()
	where := databasetest.URL(t, database.Postgres)
	var all []*running
	for range 3 {
		all = append(all, start(t, where, func(c *configs.Config) {
			c.Watch.Enabled = false
			c.Limits.Doors.Search.Address = 30_000
			change(c)
		}))
	}
	for _, r := range all {
		await(t, "three processes to know of each other", func() bool {
			resp, err := http.Get(r.url + "/datasets") //nolint:noctx // a test's own
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			return strings.Contains(resp.Header.Get("RateLimit-Policy"), "q=10000;")
		})
	}
	return all
}

// Whoever goes from process to process, as a balancer makes everybody do, gets
// what one process would allow, and not three times as much.
func TestThreeProcessesAllowWhatOneDoes(t *testing.T) {
	all := three(t, func(c *configs.Config) { c.Limits.Doors.Page.Address = 30 })
	began, served := time.Now(), 0
	for n := range 90 {
		resp, err := http.Get(all[n%3].url + "/login") //nolint:noctx // a test's own
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			served++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("answered %d", resp.StatusCode)
		}
	}
	if back := 3 + int(time.Since(began)/(2*time.Second)); served < 30 || served > 30+back {
		t.Errorf("three processes served %d; want 30, and %d that came back meanwhile", served, back)
	}
}

// Guesses of a password count once for all processes: after five wrong ones the
// right one waits, too, wherever it is tried.
func TestGuessesCountOnceForThreeProcesses(t *testing.T) {
	all := three(t, func(*configs.Config) {})
	all[0].token(t, identity.Officer, "marhp") // makes the account
	try := func(n int, password string) int {
		t.Helper()
		resp, err := http.PostForm(all[n%3].url+"/login", url.Values{"email": {"officermarhp@example.tn"}, "password": {password}}) //nolint:noctx // a test's own
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	for n := range identity.FreeTries {
		if status := try(n, "faux mot de passe"); status != http.StatusUnauthorized && n < identity.FreeTries-1 {
			t.Fatalf("guess %d = %d", n, status)
		}
	}
	for n := range all {
		if status := try(n, "une phrase assez longue"); status != http.StatusTooManyRequests {
			t.Errorf("at process %d after %d guesses elsewhere = %d; want to wait", n, identity.FreeTries, status)
		}
	}
}
