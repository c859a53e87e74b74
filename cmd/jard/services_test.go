package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

const twoServices = `services:
  - slug: file-one
    name: {fr: Un}
    institution: mi
    url: https://one.example.tn/
    checks: [{name: home}]
  - slug: file-two
    name: {fr: Deux}
    institution: mf
    url: https://two.example.tn/
    state: paused
    checks: [{name: home}]
`

func TestServicesByCommand(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target, path := databasetest.URL(t, engine), filepath.Join(t.TempDir(), "services.yaml")
			jard := func(want int, args ...string) string {
				t.Helper()
				var out, errs bytes.Buffer
				p := program{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(key string) string {
					return map[string]string{"JARD_DATABASE_URL": target, "LANG": "fr_TN.UTF-8"}[key]
				}}
				if code := run(context.Background(), args, p); code != want {
					t.Fatalf("jard %v: exit %d; want %d\n%s%s", args, code, want, out.String(), errs.String())
				}
				return out.String() + errs.String()
			}
			write := func(text string) {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			jard(0, "seed")
			write(twoServices)
			if out := jard(0, "services", "plan", path); !strings.HasPrefix(out, "create file-one services.yaml:2\n") || !strings.Contains(out, "create=2 change=0 same=0 taken=0 gone=0 page=") {
				t.Errorf("plan:\n%s", out)
			}
			if out := jard(0, "services", "plan", path); !strings.Contains(out, "create=2") {
				t.Errorf("a plan changes something:\n%s", out)
			}
			jard(0, "services", "apply", path)
			if out := jard(0, "services", "apply", path); !strings.HasPrefix(out, "create=0 change=0 same=2 taken=0 gone=0 page=") {
				t.Errorf("applied twice:\n%s", out)
			}
			write(strings.Replace(twoServices, "Deux", "Second", 1))
			if out := jard(0, "services", "plan", path); !strings.Contains(out, "change file-two services.yaml:7\n       name.fr: \"Deux\" -> \"Second\"\n") {
				t.Errorf("a changed file:\n%s", out)
			}
			write(strings.Replace(twoServices, "checks: [{name: home}]", "checks: [{name: home, timeout: soon}]", 1))
			if out := jard(1, "services", "apply", path); !strings.HasPrefix(out, "services.yaml:6: services.0.checks.0.timeout: ") ||
				!strings.Contains(out, "soon") || !strings.HasSuffix(out, "10s ou 1m.\n") {
				t.Errorf("a bad file:\n%q", out)
			}
			exported := jard(0, "services", "export", "--institution", "mf")
			if !strings.Contains(exported, "slug: file-two") || strings.Contains(exported, "slug: file-one") || strings.Contains(exported, "source:") {
				t.Errorf("export:\n%s", exported)
			}
			write(jard(0, "services", "export"))
			if out := jard(0, "services", "plan", path); !strings.Contains(out, "create=0 change=0 same=2 ") || !strings.Contains(out, "gone=0 page=0\n") {
				t.Errorf("what was exported differs:\n%s", out)
			}
			for _, wrong := range [][]string{{"services"}, {"services", "guess"}, {"services", "plan"}, {"services", "apply", "a", "b"}, {"services", "plan", path, "--institution", "mi"}} {
				jard(2, wrong...)
			}
			jard(1, "services", "plan", path+".none")
		})
	}
}

// TestServeKeepsWhatFilesDeclare starts the program on a folder, changes a
// file, asks by signal, and breaks it.
func TestServeKeepsWhatFilesDeclare(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "services.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(twoServices)
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) {
		c.Watch.Services, c.Watch.Enabled, c.Metrics.Token = dir, false, "sixteen-letters-or-more"
	})
	r.until(t, "/api/v1/services?limit=500", `"slug":"file-one"`)
	write(strings.Replace(twoServices, "Un}", "Premier}", 1))
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.until(t, "/api/v1/services?limit=500", `"fr":"Premier"`)
	write("services: [")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.until(t, "/api/v1/services?limit=500", `"slug":"file-one"`)

	token := r.token(t, "mcd", "")
	if status, body := r.ask(t, http.MethodPatch, "/api/v1/services/file-one", token, map[string]any{"note": "by hand"}); status != http.StatusConflict {
		t.Errorf("what a file keeps is changed by hand: %d %v", status, body)
	}
	if status, body := r.ask(t, http.MethodPost, "/api/v1/services/file-one/takeover", token, nil); status != http.StatusOK {
		t.Errorf("taking over: %d %v", status, body)
	}
	if status, body := r.ask(t, http.MethodPatch, "/api/v1/services/file-one", token, map[string]any{"note": "by hand"}); status != http.StatusOK {
		t.Errorf("what the pages keep cannot be changed: %d %v", status, body)
	}
	for bearer, want := range map[string]int{"": 401, "sixteen-letters-or-more": 200, token: 200, "wrong": 401} {
		if status := r.scrape(t, bearer); status != want {
			t.Errorf("/metrics with %q: %d; want %d", bearer, status, want)
		}
	}
}

func (r *running) scrape(t *testing.T, bearer string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
