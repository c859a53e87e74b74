package web

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/lang"
)

func FuzzBody(f *testing.F) {
	for _, s := range []string{"", "{}", `{"title":{"fr":"é"}}`, `{"title":{"fr":"\\u0000"}}`, "\xff", `{"n":1e999}`, strings.Repeat("[", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v struct {
			Title map[string]string     `json:"title"`
			Parts []struct{ N float64 } `json:"parts"`
		}
		if err := unmarshal([]byte(s), &v); err != nil {
			return
		}
		for _, text := range v.Title {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				t.Errorf("%q lets %q through, which PostgreSQL would not take", s, text)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "a=b&a=c")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nc\r\n--x--\r\n")
	f.Add("multipart/form-data", "--")
	f.Add("text/plain;;;", "%")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{"Content-Type": {kind}}, Body: http.NoBody}
		r.Body = readCloser{strings.NewReader(body)}
		if err := readForm(r); err != nil {
			return
		}
		for name, all := range r.PostForm {
			for _, v := range append(all, name) {
				if !isText(v) {
					t.Errorf("a form holds %q", v)
				}
			}
		}
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func FuzzLanguage(f *testing.F) {
	for _, s := range []string{"", "ar", "fr;q=0.1, en", "*", "zz-ZZ-x-y", strings.Repeat("a,", 500), "ar-u-nu-latn;q=2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if tag := accepted(s); !tag.Valid() {
			t.Errorf("%q speaks %q", s, tag)
		}
		if p := Local(s); !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.HasPrefix(p, "/\\") {
			t.Errorf("%q leads to %q", s, p)
		}
		_, _ = readMessage(s)
	})
}

// What a browser keeps of a sentence may be anybody's: only sentences there are
// get said, and nothing in them is markup.
func FuzzFlash(f *testing.F) {
	s, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	for _, words := range []string{`["identity.signed_out"]`, `["limit.rate","x"]`, `["limit.slow","%d","%!s"]`, `["nothing"]`, `[]`, `{}`, "\xff", `["limit.scan.found","<b>\u0000"]`} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(words)))
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		w := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(w)
		c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		c.Request.AddCookie(&http.Cookie{Name: s.keptName(flashName), Value: cookie})
		for _, tag := range []lang.Tag{lang.French, lang.Arabic, lang.English} {
			if said := s.takeFlash(c, tag); !utf8.ValidString(said) {
				t.Errorf("%q says %q", cookie, said)
			}
		}
	})
}
