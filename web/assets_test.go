package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAssetsAreServedForGoodAndCompressed(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.assets, err = loadAssets(fstest.MapFS{
		"manifest.json":  {Data: []byte(`{"app.css":"app-1.css"}`)},
		"app-1.css":      {Data: []byte("a{}")},
		"app-1.css.gz":   {Data: packed(t, "a{}")},
		"plex-1.woff2":   {Data: []byte("font")},
		".gitkeep":       {},
		"plex-1.woff2.x": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.assets.address("app.css"); got != "/static/app-1.css" {
		t.Errorf("address = %q", got)
	}
	if got := s.assets.address("none.css"); got != "" {
		t.Errorf("address of none = %q; want nothing, so that the page links to nothing", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/static/app-1.css", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != "a{}" || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("= %q %v", b, w.Header())
	}
	w = httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/static/plex-1.woff2", nil))
	if w.Header().Get("Content-Type") != "font/woff2" || w.Body.String() != "font" {
		t.Errorf("font = %q %v", w.Body, w.Header())
	}
	for _, missing := range []string{"/static/", "/static/manifest.json", "/static/../shell.go", "/static/.gitkeep"} {
		w = httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", missing, nil))
		if w.Code != 404 {
			t.Errorf("%s = %d; want 404", missing, w.Code)
		}
	}
}

func TestWithoutAssetsThereIsNothingToServe(t *testing.T) {
	if _, err := loadAssets(fstest.MapFS{".gitkeep": {}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("loadAssets of an empty folder = %v; want a missing manifest", err)
	}
}

func TestEveryTemplateIsAPageOrShared(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, whole := range s.pages {
		if _, err := whole(); err != nil { // also where it defines no content
			t.Errorf("%s.html: %v", name, err)
		}
	}
}
