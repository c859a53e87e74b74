package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
)

// eicar is the file that every scanner takes for a virus, and is none. It is
// put together here so that no scanner takes this file for one.
func eicar() string {
	return `X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!` + `$H+H*`
}

// fileForm is a form with one file.
func fileForm(t *testing.T, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range map[string]string{"institution": "marhp", "mode": "phone"} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	w, err := form.CreateFormFile("file", "liste.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}

// scanning is the house with a scanner of our own, or one that is away.
func scanning(t *testing.T, onFailure string, away bool) (http.Handler, *running) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scanner")
	script := "#!/bin/sh\ngrep -q EICAR-STANDARD && { echo 'stream: Eicar-Test FOUND'; exit 1; }\nexit 0\n"
	if away {
		script = "#!/bin/sh\nexit 2\n"
	}
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil { //nolint:gosec // it has to run
		t.Fatal(err)
	}
	h, r := housed(t, database.SQLite, func(c *configs.Config) {
		c.Limits.Doors = configs.Doors{}
		c.Uploads.Scan, c.Uploads.OnFailure = "command:"+path, onFailure
	})
	return h.handler, r
}

func hand(t *testing.T, h http.Handler, token, path, body, kind string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// No door takes a file that the scanner warns of, and nothing of it is kept.
func TestNoDoorTakesAFileTheScannerWarnsOf(t *testing.T) {
	h, r := scanning(t, "refuse", false)
	token, marked := r.token(t, identity.Admin, ""), "kept-xyzzy "+eicar()
	body, kind := fileForm(t, marked)
	for route := range doors(t) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodPost || path == "/login" || path == "/logout" || path == "/oai" {
			continue
		}
		w := hand(t, h, token, doorOf(path, map[string]string{}), body, kind)
		if w.Code < 300 || strings.HasPrefix(path, "/desk") && w.Code == http.StatusSeeOther {
			t.Errorf("%s = %d %.200s", route, w.Code, w.Body)
		}
	}
	for path, kind := range map[string]string{"/desk/import": kind, "/api/v1/imports?institution=marhp": kind, "/desk/services/x/lists": kind, "/desk/assessment/sets": kind} {
		w := hand(t, h, token, path, body, kind)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Eicar-Test") {
			t.Errorf("%s = %d, and does not say what was found:\n%.300s", path, w.Code, w.Body)
		}
	}
	if w := hand(t, h, token, "/api/v1/imports?institution=marhp", marked, "application/octet-stream"); w.Code != 422 || !strings.Contains(w.Body.String(), "limit.scan.found") {
		t.Errorf("a file as the body = %d %s", w.Code, w.Body)
	}
	var n int64
	if err := r.db.Raw("SELECT count(*) FROM changesets").Scan(&n).Error; err != nil || n != 0 {
		t.Errorf("%d changesets, %v", n, err)
	}
	clean, kind := fileForm(t, "Titre;Fréquence\nBarrages;annuelle\n")
	if w := hand(t, h, token, "/api/v1/imports?institution=marhp", clean, kind); w.Code >= 300 {
		t.Errorf("a clean file = %d %s", w.Code, w.Body)
	}
}

// Without a verdict a file is refused, or taken if the operator said so.
func TestAScannerThatIsAway(t *testing.T) {
	body, kind := fileForm(t, "Titre;Fréquence\nBarrages;annuelle\n")
	for onFailure, want := range map[string]int{"refuse": http.StatusServiceUnavailable, "accept": http.StatusOK} {
		h, r := scanning(t, onFailure, true)
		w := hand(t, h, r.token(t, identity.Admin, ""), "/api/v1/imports?institution=marhp", body, kind)
		if w.Code != want {
			t.Errorf("%s = %d %s; want %d", onFailure, w.Code, w.Body, want)
		}
	}
}

func TestAScannerThatCannotBeEndsTheStart(t *testing.T) {
	c := configs.Default()
	c.Uploads.Scan = "clamd:relative/path"
	if _, err := scanner(c.Uploads); err == nil || !strings.Contains(err.Error(), "uploads.scan") {
		t.Errorf("%v", err)
	}
}
