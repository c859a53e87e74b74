package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/web"
)

// PostgreSQL keeps neither NUL nor bytes that are no UTF-8, and fails the whole
// question; SQLite keeps both. Neither may reach a store.
func TestAnAddressThatIsNoTextIsRefused(t *testing.T) {
	s := newServer(t)
	s.shell.Engine().GET("/named/:ref", func(c *gin.Context) { c.String(http.StatusOK, "here") })
	for target, want := range map[string]int{
		"/named/a":                   200,
		"/named/%d8%a7":              200,
		"/whoami?q=%C3%A9+x%20y":     200,
		"/whoami?q=%zz":              200, // no escape at all: the room never sees it
		"/named/%00":                 422,
		"/named/%ff":                 422,
		"/whoami?theme=a%00b":        422,
		"/whoami?theme=%ed%a0%80":    422, // half of a surrogate pair
		"/whoami?a=b&%ff=c":          422,
		"/api/v1/nothing?cursor=%00": 422,
	} {
		if w := s.do(t, get(target)); w.Code != want {
			t.Errorf("%s = %d; want %d", target, w.Code, want)
		}
	}
}

func TestAJSONTextThatCannotBeKeptIsRefused(t *testing.T) {
	s := apiServer(t)
	for body, want := range map[string]int{
		`{"title":{"fr":"a \u00e9 \ud83d\ude00 \\u0000"}}`: 200,
		`{"title":{"fr":"a\u0000"}}`:                       400,
		`{"title":{"fr":"\\\u0000"}}`:                      400,
		`{"title":{"fr":"\ud83d"}}`:                        400,
		`{"title":{"fr":"\ud83d\u0041"}}`:                  400,
		`{"title":{"fr":"\ude00\ud83d"}}`:                  400,
	} {
		w, p := s.send(t, body)
		if w.Code != want || want == 400 && (len(p.Errors) != 1 || p.Errors[0].Key != "fault.utf8") {
			t.Errorf("%s = %d %+v; want %d", body, w.Code, p.Errors, want)
		}
	}
}

// parts is a form as a browser sends it when it could hold a file.
func parts(t *testing.T, target string, fields map[string]string, file int) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file > 0 {
		w, err := form.CreateFormFile("file", "list.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), file)); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+target, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func TestAFormInPartsIsReadAsStrictly(t *testing.T) {
	s := newServer(t)
	for value, want := range map[string]int{"good": 303, "a\x00": 422, "\xff": 422, strings.Repeat("x", 2<<20): 413} {
		if w := s.do(t, parts(t, "/form", map[string]string{"a": value}, 0)); w.Code != want {
			t.Errorf("%.10q = %d; want %d", value, w.Code, want)
		}
	}
}

// net/http removes the files of the request it made, and ours is a copy of it.
func TestAnUploadLeavesNoFileBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newServer(t, func(o *web.Options) { o.MaxBody = 30 << 20 })
	read := 0
	s.shell.Engine().POST("/read", s.shell.Handle(func(c *gin.Context) error {
		upload, err := c.FormFile("file")
		if err != nil {
			return err
		}
		f, err := upload.Open()
		if err != nil {
			return err
		}
		defer f.Close()
		n, err := io.Copy(io.Discard, f)
		read = int(n)
		return err
	}))
	if w := s.do(t, parts(t, "/read", nil, 20<<20), session("amel")); w.Code != 200 || read != 20<<20 {
		t.Fatalf("an upload = %d, read %d", w.Code, read)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		t.Errorf("%s is left behind", f.Name())
	}
}

func TestTheUnknownMaySendLess(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.MaxBody = 8 << 20 })
	form := url.Values{"a": {strings.Repeat("x", 2<<20)}}
	if w := s.do(t, post("/form", form)); w.Code != 413 {
		t.Errorf("2 MiB of the public = %d; want 413", w.Code)
	}
	if w := s.do(t, post("/form", form), session("amel")); w.Code != 303 {
		t.Errorf("2 MiB of an officer = %d; want 303", w.Code)
	}
}

// A body of a few bytes for each fault must not be answered by a hundred times as much.
func TestAProblemIsNoAmplifier(t *testing.T) {
	s := apiServer(t)
	body := `{"title":{"fr":"a"},"parts":[` + strings.Repeat("1,", 50_000) + `1]}`
	w, p := s.send(t, body)
	if w.Code != 422 || len(p.Errors) == 0 || w.Body.Len() > len(body) {
		t.Errorf("%d bytes with %d faults = %d, %d bytes; want fewer", len(body), len(p.Errors), w.Code, w.Body.Len())
	}
}

// What a program sends as JSON becomes many times its size before a rule sees it.
func TestAnOperationTakesWhatItNeeds(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.MaxBody = 64 << 20 })
	registerThings(s)
	take := func(id string, security []map[string][]string) {
		op := huma.Operation{OperationID: id, Method: "POST", Path: "/api/v1/" + id, MaxBodyBytes: 8 << 20, Security: security}
		web.Register(s.shell, op, func(context.Context, *struct{ RawBody []byte }) (*struct{}, error) { return &struct{}{}, nil })
	}
	take("lists", nil)
	take("answers", web.PublicOperation())
	for _, tt := range []struct {
		path, token string
		bytes, want int
	}{
		{"things", "Bearer secret", 1 << 10, 200},
		{"things", "Bearer secret", 3 << 20, 200},
		{"things", "Bearer secret", 6 << 20, 413},
		{"things", "", 3 << 20, 401},
		{"lists", "Bearer secret", 6 << 20, 204},
		{"lists", "Bearer secret", 9 << 20, 413},
		{"lists", "", 6 << 20, 401},
		{"answers", "", 6 << 20, 204},
		{"answers", "", 9 << 20, 413},
	} {
		body := fmt.Sprintf(`{"title":{"fr":"%s"}}`, strings.Repeat("a", tt.bytes))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test/api/v1/"+tt.path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if tt.token != "" {
			r.Header.Set("Authorization", tt.token)
		}
		if w := s.do(t, r); w.Code != tt.want {
			t.Errorf("%d bytes to %s with %q = %d; want %d", tt.bytes, tt.path, tt.token, w.Code, tt.want)
		}
	}
}

func TestAMethodThatIsNotThereIsSaidWithThoseThatAre(t *testing.T) {
	s := newServer(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		w := s.do(t, httptest.NewRequestWithContext(t.Context(), method, "http://jard.test/whoami", nil))
		if w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "GET") {
			t.Errorf("%s = %d, Allow %q; want 405 and GET", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestNobodyIsLedElsewhere(t *testing.T) {
	s := newServer(t)
	for _, target := range []string{
		"//evil/?lang=fr", "/%2f/evil/?lang=fr", "/%5cevil?lang=ar", "/.//evil?lang=fr",
		"/whoami?lang=fr&lang=ar", "/whoami?%6cang=fr", "/whoami?a;b&lang=fr",
	} {
		r := get("/")
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
		if u.Host != "" {
			r.URL.Path = "//" + u.Host + u.Path
		}
		w := s.do(t, r)
		to, err := r.URL.Parse(w.Header().Get("Location"))
		if err != nil || to.Host != "jard.test" || to.Query().Has("lang") {
			t.Errorf("%s leads to %q", target, w.Header().Get("Location"))
		}
	}
	for asked, want := range map[string]string{
		"/desk?a=b": "/desk?a=b", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/",
		"javascript:alert(1)": "/", "/\t/evil.example": "/", "///evil.example": "/evil.example", "": "/", "desk": "/",
		"/%2fevil.example": "/%2fevil.example",
	} {
		if got := web.Local(asked); got != want {
			t.Errorf("Local(%q) = %q; want %q", asked, got, want)
		}
	}
}

// Sign-ins are counted by address: nobody may choose theirs, and behind a proxy
// it must not be the proxy's.
func TestAnAddressIsBelievedOfTheProxyAlone(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.TrustedProxies = []string{"10.0.0.0/8"} })
	s.shell.Engine().GET("/address", func(c *gin.Context) { c.String(http.StatusOK, c.ClientIP()) })
	for _, tt := range []struct{ name, from, header, said, want string }{
		{"directly", "192.0.2.1:5000", "X-Forwarded-For", "", "192.0.2.1"},
		{"directly, with a claim", "192.0.2.1:5000", "X-Forwarded-For", "198.51.100.1", "192.0.2.1"},
		{"by the proxy", "10.0.0.1:5000", "X-Forwarded-For", "198.51.100.1", "198.51.100.1"},
		{"by the proxy, with a claim", "10.0.0.1:5000", "X-Forwarded-For", "127.0.0.1, 198.51.100.1", "198.51.100.1"},
		{"by the proxy, with another claim", "10.0.0.1:5000", "X-Real-Ip", "198.51.100.1", "10.0.0.1"},
	} {
		r := get("/address")
		r.RemoteAddr = tt.from
		if w := s.do(t, r, header(tt.header, tt.said)); w.Body.String() != tt.want {
			t.Errorf("%s = %s; want %s", tt.name, w.Body, tt.want)
		}
	}
}

// Nothing that is sent is unpacked: a bomb has nobody to go off for.
func TestABodyThatIsPackedIsRefused(t *testing.T) {
	s := apiServer(t)
	for packed, want := range map[string]int{"": 303, "identity": 303, "gzip": 415, "br": 415, "zstd": 415, "deflate, gzip": 415, "GZIP": 415} {
		r := post("/form", url.Values{"a": {"b"}})
		r.Header.Set("Content-Encoding", packed)
		if w := s.do(t, r); w.Code != want || want == 415 && w.Header().Get("Accept-Encoding") != "identity" {
			t.Errorf("%q = %d; want %d", packed, w.Code, want)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test/api/v1/things", strings.NewReader("x"))
	r.Header.Set("Content-Encoding", "gzip")
	if w := s.do(t, r); w.Code != 415 || !strings.Contains(w.Body.String(), "limit.packed") {
		t.Errorf("a program = %d %s", w.Code, w.Body)
	}
}
