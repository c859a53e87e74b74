package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// mostWidget is what the widget may weigh on its way.
const mostWidget = 15 << 10

func TestWidgetIsLightAndKeepsToItself(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, ok := s.assets.files[s.assets.manifest["widget.js"]]
	if !ok {
		t.Skip("no assets were built, so the widget is NOT looked at: make assets")
	}
	t.Logf("widget: %d bytes, %d compressed", len(a.plain), len(a.compressed))
	if len(a.compressed) == 0 || len(a.compressed) > mostWidget {
		t.Errorf("the widget takes %d bytes on its way; want at most %d", len(a.compressed), mostWidget)
	}
	for _, never := range []string{
		"cookie", "localStorage", "sessionStorage", "indexedDB", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
		".style.", "navigator.", "https://", "setAttribute(\"style\"",
	} {
		if strings.Contains(string(a.plain), never) {
			t.Errorf("the widget has %s in it", never)
		}
	}
}

func TestBuiltFilesStayWhereTheyAre(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.assets = assets{manifest: map[string]string{"w.js": "w-1.js"}, files: map[string]asset{"w-1.js": {"text/javascript; charset=utf-8", []byte("plain"), []byte("small")}}}
	s.Engine().GET("/w.js", s.Machine(func(c *gin.Context) error { return s.Built(c, "w.js") }))
	s.Engine().GET("/none.js", s.Machine(func(c *gin.Context) error { return s.Built(c, "none.js") }))
	get := func(path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		for n := 0; n+1 < len(headers); n += 2 {
			r.Header.Set(headers[n], headers[n+1])
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	w := get("/w.js")
	if w.Code != 200 || w.Body.String() != "plain" || w.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" ||
		w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d %q %v", w.Code, w.Body.String(), w.Header())
	}
	if again := get("/w.js", "If-None-Match", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("unchanged: %d", again.Code)
	}
	if small := get("/w.js", "Accept-Encoding", "gzip"); small.Body.String() != "small" || small.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed: %q", small.Body.String())
	}
	if none := get("/none.js"); none.Code != 404 {
		t.Errorf("what was not built: %d", none.Code)
	}
}

func TestAnonymousPagesKnowNobody(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Anonymous("/open/")
	s.Engine().GET("/open/page", s.Handle(func(c *gin.Context) error {
		page := s.Page(c, "web.name")
		c.String(http.StatusOK, string(page.Lang)+" "+page.Flash)
		return nil
	}))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/open/page?lang=ar", nil)
	r.Header.Set("Cookie", "jard_lang=en; jard_flash=WyJ3ZWIubmFtZSJd")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != 200 || w.Body.String() != "ar " || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d %q %q", w.Code, w.Body.String(), w.Header().Get("Set-Cookie"))
	}
}
