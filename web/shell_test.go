package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// people is who holds which session and token in these tests.
type people struct{}

func (people) BySession(_ context.Context, token string) (identity.Actor, error) {
	switch token {
	case "amel":
		return identity.Actor{Account: "1", Name: "Amel", Role: identity.Officer, Language: lang.Arabic}, nil
	case "new":
		return identity.Actor{Account: "2", Name: "Neuf", Role: identity.Officer, MustChange: true}, nil
	case "broken":
		return identity.Actor{}, errors.New("no database")
	}
	return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.sign_in_first")
}

func (people) ByToken(_ context.Context, token string) (identity.Actor, error) {
	if token == "secret" {
		return identity.Actor{Account: "1", Name: "Amel", Role: identity.Officer, Language: lang.Arabic}, nil
	}
	return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.token.expired")
}

// server is a shell with a few routes that fail as asked.
type server struct {
	http.Handler
	shell *web.Shell
	log   *bytes.Buffer
}

func newServer(t *testing.T, change ...func(*web.Options)) *server {
	t.Helper()
	log := &bytes.Buffer{}
	opts := web.Options{
		Log: slog.New(slog.NewJSONHandler(log, nil)), BaseURL: "http://jard.test", Authenticate: people{}, MaxBody: 1 << 20,
		Now: func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) },
	}
	for _, c := range change {
		c(&opts)
	}
	s, err := web.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	e := s.Engine()
	for kind, err := range faults() {
		e.GET("/fails/"+kind, s.Handle(func(*gin.Context) error { return err }))
		e.GET("/machine/"+kind, s.Machine(func(*gin.Context) error { return err }))
	}
	e.GET("/panics", func(*gin.Context) { panic("with a secret") })
	e.GET("/whoami", func(c *gin.Context) {
		ctx := c.Request.Context()
		c.String(http.StatusOK, "%s %s", web.ActorFrom(ctx).Name, web.LangFrom(ctx))
	})
	e.POST("/form", s.Handle(func(c *gin.Context) error { return s.Redirect(c, "/whoami", "identity.signed_out") }))
	e.GET("/datasets/:ref", s.Handle(func(c *gin.Context) error { return s.Show(c, "web_error", struct{}{}) }))
	return &server{s.Handler(), s, log}
}

func faults() map[string]error {
	return map[string]error{
		"invalid":     errors.Join(fault.At("title.fr", "fault.required"), fault.At("title.ar", "fault.too_long", 300)),
		"forbidden":   fault.New(fault.Forbidden, "identity.forbidden", "dataset.review"),
		"not_found":   fault.New(fault.NotFound, "fault.not_found"),
		"conflict":    fault.New(fault.Conflict, "fault.duplicate"),
		"stale":       fault.New(fault.Stale, "fault.duplicate"),
		"gone":        fault.New(fault.Gone, "fault.not_found"),
		"throttled":   fault.New(fault.Throttled, "fault.not_found", 90*time.Second),
		"too_large":   &http.MaxBytesError{Limit: 10 << 20},
		"unavailable": fault.New(fault.Unavailable, "fault.not_found"),
		"internal":    errors.New("a detail nobody outside may read"),
	}
}

func (s *server) do(t *testing.T, r *http.Request, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func get(target string) *http.Request {
	return httptest.NewRequestWithContext(context.Background(), http.MethodGet, "http://jard.test"+target, nil)
}

func post(target string, form url.Values) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://jard.test"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func session(name string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "jard_session", Value: name}) }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestAFaultBecomesItsStatusInEveryLanguage(t *testing.T) {
	s := newServer(t)
	for kind, status := range map[string]int{
		"invalid": 422, "forbidden": 403, "not_found": 404, "conflict": 409, "stale": 412, "gone": 410,
		"throttled": 429, "too_large": 413, "unavailable": 503, "internal": 500,
	} {
		for _, tag := range lang.All() {
			page := s.do(t, get("/fails/"+kind), header("Accept-Language", string(tag)))
			if page.Code != status {
				t.Errorf("page of %s in %s = %d; want %d", kind, tag, page.Code, status)
			}
			body := page.Body.String()
			if want := `<html lang="` + string(tag) + `" dir="` + tag.Dir() + `">`; !strings.Contains(body, want) {
				t.Errorf("page of %s in %s lacks %s", kind, tag, want)
			}
			for _, key := range []string{"web.error.kept.", "web.error.do."} {
				if strings.Contains(body, key) || !strings.Contains(body, s.shell.Words().T(tag, key+kind)) {
					t.Errorf("page of %s in %s does not say what was kept and what to do", kind, tag)
				}
			}
			if strings.Contains(body, "nobody outside") {
				t.Errorf("page of %s tells our own detail", kind)
			}
			s.checkProblem(t, kind, status, tag)
		}
	}
}

func (s *server) checkProblem(t *testing.T, kind string, status int, tag lang.Tag) {
	t.Helper()
	w := s.do(t, get("/machine/"+kind), header("Accept-Language", string(tag)))
	var p web.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("problem of %s: %v", kind, err)
	}
	if ct := w.Header().Get("Content-Type"); w.Code != status || p.Status != status || ct != "application/problem+json" {
		t.Errorf("problem of %s = %d, %d, %s; want %d as problem+json", kind, w.Code, p.Status, ct, status)
	}
	if p.Type != "urn:jard:problem:"+kind || p.Title != s.shell.Words().T(tag, "problem."+kind) || p.Instance == "" {
		t.Errorf("problem of %s in %s = %+v", kind, tag, p)
	}
	if strings.Contains(w.Body.String(), "nobody outside") {
		t.Errorf("problem of %s tells our own detail", kind)
	}
}

func TestAProblemNamesEveryField(t *testing.T) {
	s := newServer(t)
	w := s.do(t, get("/machine/invalid"), header("Accept-Language", "en"))
	var p web.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	want := []web.ProblemField{
		{Field: "title.fr", Key: "fault.required", Message: "This field is required."},
		{Field: "title.ar", Key: "fault.too_long", Message: "This text is longer than 300 characters."},
	}
	if len(p.Errors) != 2 || p.Errors[0] != want[0] || p.Errors[1] != want[1] {
		t.Errorf("errors = %+v; want %+v", p.Errors, want)
	}
}

func TestAThrottledCallerLearnsHowLongToWait(t *testing.T) {
	s := newServer(t)
	if got := s.do(t, get("/machine/throttled")).Header().Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After = %q; want 90", got)
	}
}

func TestOurOwnErrorIsLoggedOnceAndAFaultIsNot(t *testing.T) {
	s := newServer(t)
	s.do(t, get("/fails/internal"))
	s.do(t, get("/fails/not_found"))
	if n := strings.Count(s.log.String(), `"level":"ERROR"`); n != 1 {
		t.Errorf("%d error lines; want 1\n%s", n, s.log)
	}
}

func TestAPanicIsAPageAndALine(t *testing.T) {
	s := newServer(t)
	w := s.do(t, get("/panics"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a panic = %d, %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), `"msg":"panic"`) {
		t.Error("the panic is not in the log")
	}
	if w = s.do(t, get("/datasets/x")); w.Code != 500 || w.Body.Len() == 0 {
		t.Errorf("a page whose template fails = %d, %d bytes; want a whole error page", w.Code, w.Body.Len())
	}
}

func TestTheLogNamesTheRouteAndNothingOfThePerson(t *testing.T) {
	s := newServer(t)
	s.do(t, get("/fails/gone?q=amel@example.tn"), session("amel"))
	line := s.log.String()
	for _, hidden := range []string{"amel", "Amel", "q="} {
		if strings.Contains(line, hidden) {
			t.Errorf("the log holds %q: %s", hidden, line)
		}
	}
	for _, shown := range []string{`"route":"/fails/gone"`, `"status":410`, `"method":"GET"`, `"ms":`} {
		if !strings.Contains(line, shown) {
			t.Errorf("the log lacks %s: %s", shown, line)
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	s := newServer(t)
	for _, target := range []string{"/", "/whoami", "/healthz", "/api/openapi.json", "/fails/gone", "/nowhere", "/api/docs"} {
		g := s.do(t, get(target))
		r := get(target)
		r.Method = http.MethodHead
		h := s.do(t, r)
		if h.Code != g.Code || h.Body.Len() != 0 {
			t.Errorf("HEAD %s = %d with %d bytes; GET = %d", target, h.Code, h.Body.Len(), g.Code)
		}
		for name := range g.Header() {
			if name != "X-Request-Id" && h.Header().Get(name) != g.Header().Get(name) {
				t.Errorf("HEAD %s: %s = %q; GET has %q", target, name, h.Header().Get(name), g.Header().Get(name))
			}
		}
	}
	if !strings.Contains(s.log.String(), `"method":"HEAD"`) {
		t.Error("the log shows HEAD as GET")
	}
}

func TestHeadOverARealConnectionKnowsTheLength(t *testing.T) {
	s := newServer(t)
	ts := httptest.NewServer(s)
	defer ts.Close()
	for _, target := range []string{"/", "/api/openapi.json"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, ts.URL+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := ts.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.ContentLength <= 0 {
			t.Errorf("HEAD %s = %d, length %d", target, resp.StatusCode, resp.ContentLength)
		}
	}
}

func TestTheLanguageIsTheFirstOfWhatWasSaid(t *testing.T) {
	s := newServer(t)
	cookie := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "jard_lang", Value: "en"}) }
	for _, tt := range []struct {
		name   string
		change []func(*http.Request)
		want   string
	}{
		{"nothing is French", nil, " fr"},
		{"the browser's", []func(*http.Request){header("Accept-Language", "de, ar-TN;q=0.8")}, " ar"},
		{"none we speak", []func(*http.Request){header("Accept-Language", "zh")}, " fr"},
		{"nonsense", []func(*http.Request){header("Accept-Language", "\x00;;q=x")}, " fr"},
		{"the account's before the browser's", []func(*http.Request){session("amel"), header("Accept-Language", "en")}, "Amel ar"},
		{"a script's before the account's", []func(*http.Request){header("Authorization", "Bearer secret"), header("Accept-Language", "en")}, "Amel en"},
		{"the account's for a script that names none", []func(*http.Request){header("Authorization", "Bearer secret")}, "Amel ar"},
		{"the cookie's before the account's", []func(*http.Request){session("amel"), cookie}, "Amel en"},
	} {
		if got := s.do(t, get("/whoami"), tt.change...).Body.String(); got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestChoosingALanguageKeepsItAndStaysOnThePage(t *testing.T) {
	s := newServer(t)
	w := s.do(t, get("/datasets?q=eau&lang=ar&page=2"))
	if w.Code != 303 || w.Header().Get("Location") != "/datasets?page=2&q=eau" {
		t.Errorf("= %d to %q; want 303 to the page without lang", w.Code, w.Header().Get("Location"))
	}
	if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != "jard_lang" || c[0].Value != "ar" {
		t.Errorf("cookies = %v; want jard_lang=ar", c)
	}
	if w := s.do(t, get("/datasets/TN-MARHP-2026-0001?lang=ar")); w.Code == 303 || len(w.Result().Cookies()) != 1 {
		t.Errorf("a page that search engines list in Arabic = %d to %q; want it where it is", w.Code, w.Header().Get("Location"))
	}
	if w := s.do(t, get("//evil.example/?lang=ar")); strings.HasPrefix(w.Header().Get("Location"), "//") {
		t.Errorf("redirects to another host: %q", w.Header().Get("Location"))
	}
	if w := s.do(t, get("/api/v1/nothing?lang=ar")); w.Code != 404 || !strings.Contains(w.Body.String(), "صفحة") {
		t.Errorf("a program asking for Arabic = %d %s; want a problem in Arabic, no redirect", w.Code, w.Body)
	}
}

func TestSecurityHeaders(t *testing.T) {
	plain := newServer(t).do(t, get("/")).Header()
	if csp := plain.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") ||
		!strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("CSP = %q", csp)
	}
	if plain.Get("X-Content-Type-Options") != "nosniff" || plain.Get("Strict-Transport-Security") != "" {
		t.Errorf("headers over http = %v", plain)
	}
	secure := newServer(t, func(o *web.Options) { o.BaseURL = "https://jard.test" })
	if h := secure.do(t, get("/")).Header(); h.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS although base_url is https")
	}
}

func TestPagesHoldNothingInline(t *testing.T) {
	s := newServer(t)
	for _, target := range []string{"/", "/api/docs", "/fails/internal"} {
		body := s.do(t, get(target)).Body.String()
		for _, inline := range []string{"style=", "<style", "onclick=", "javascript:", "<script>"} {
			if strings.Contains(body, inline) {
				t.Errorf("%s holds %q, which the content security policy refuses", target, inline)
			}
		}
	}
}

func TestTheSessionCookieIsSafe(t *testing.T) {
	for base, want := range map[string]string{"http://jard.test": "jard_session", "https://jard.test": "__Host-jard_session"} {
		s := newServer(t, func(o *web.Options) { o.BaseURL = base })
		s.shell.Engine().GET("/begin", func(c *gin.Context) {
			s.shell.BeginSession(c, "token", time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC))
		})
		c := s.do(t, get("/begin")).Result().Cookies()[0]
		if c.Name != want || !c.HttpOnly || c.Secure != strings.HasPrefix(base, "https") || c.Path != "/" ||
			c.SameSite != http.SameSiteLaxMode || c.MaxAge != 3600 {
			t.Errorf("%s: cookie %+v", base, c)
		}
	}
}

func TestWhoIsAsking(t *testing.T) {
	s := newServer(t)
	if w := s.do(t, get("/whoami"), session("amel"), header("Accept-Language", "fr")); !strings.HasPrefix(w.Body.String(), "Amel") {
		t.Errorf("a session = %q", w.Body)
	}
	w := s.do(t, get("/whoami"), session("expired"))
	if w.Code != 200 || w.Body.String() != " fr" || len(w.Result().Cookies()) != 1 || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("a dead session = %d %q %v; want the public and the cookie removed", w.Code, w.Body, w.Result().Cookies())
	}
	if w := s.do(t, get("/whoami"), header("Authorization", "Bearer secret")); !strings.HasPrefix(w.Body.String(), "Amel") {
		t.Errorf("a token = %q", w.Body)
	}
	w = s.do(t, get("/api/v1/x"), header("Authorization", "Bearer dead"))
	if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || !strings.Contains(w.Body.String(), "unauthenticated") {
		t.Errorf("a dead token = %d %s", w.Code, w.Body)
	}
	if w := s.do(t, get("/whoami"), session("broken")); w.Code != 500 {
		t.Errorf("no database to ask = %d; want 500", w.Code)
	}
}

func TestThePublicIsSentToSignInAndBack(t *testing.T) {
	s := newServer(t)
	s.shell.Engine().GET("/desk/x", s.shell.Handle(func(*gin.Context) error {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}))
	w := s.do(t, get("/desk/x?a=1&b=é"))
	want := "/login?next=" + url.QueryEscape("/desk/x?a=1&b=é")
	if w.Code != 303 || w.Header().Get("Location") != want {
		t.Errorf("= %d %q; want 303 %q", w.Code, w.Header().Get("Location"), want)
	}
}

func TestAnAddressThatTravelledStaysOurs(t *testing.T) {
	for asked, want := range map[string]string{
		"/desk?x=1": "/desk?x=1", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/",
		"": "/", "javascript:alert(1)": "/", "/a//b": "/a//b", "///evil.example": "/evil.example", "/%5Cevil": "/%5Cevil",
	} {
		if got := web.Local(asked); got != want {
			t.Errorf("Local(%q) = %q; want %q", asked, got, want)
		}
	}
}

func TestAnotherSiteCannotPost(t *testing.T) {
	s := newServer(t)
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"our own page", header("Sec-Fetch-Site", "same-origin"), 303},
		{"a program without a browser", header("User-Agent", "curl"), 303},
		{"another site", header("Sec-Fetch-Site", "cross-site"), 403},
		{"an old browser on another site", header("Origin", "https://evil.example"), 403},
		{"an old browser here", header("Origin", "http://jard.test"), 303},
		{"another site's script with a token", func(r *http.Request) {
			r.Header.Set("Origin", "https://elsewhere.example")
			r.Header.Set("Authorization", "Bearer secret")
		}, 303},
	} {
		if w := s.do(t, post("/form", url.Values{"a": {"b"}}), tt.change); w.Code != tt.want {
			t.Errorf("%s = %d; want %d", tt.name, w.Code, tt.want)
		}
	}
}

func TestABadFormIsRefusedWhole(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.MaxBody = 1000 })
	for _, tt := range []struct {
		name, body string
		want       int
	}{
		{"a good one", "a=b", 303},
		{"too large", "a=" + strings.Repeat("x", 2000), 413},
		{"not UTF-8", "a=%ff%fe", 422},
		{"a NUL", "a=%00", 422},
		{"bad escapes", "a=%zz", 422},
	} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://jard.test/form", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := s.do(t, r); w.Code != tt.want {
			t.Errorf("%s = %d; want %d", tt.name, w.Code, tt.want)
		}
	}
}

func TestARouteMayTakeMore(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.MaxBody = 10 })
	s.shell.Engine().POST("/upload", s.shell.MaxBody(100), s.shell.Machine(func(c *gin.Context) error {
		_, err := io.Copy(io.Discard, c.Request.Body)
		return err
	}))
	for n, want := range map[int]int{50: 200, 200: 413} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://jard.test/upload", strings.NewReader(strings.Repeat("x", n)))
		if w := s.do(t, r); w.Code != want {
			t.Errorf("%d bytes = %d; want %d", n, w.Code, want)
		}
	}
}

func TestAGivenPasswordMustBeReplacedFirst(t *testing.T) {
	s := newServer(t)
	if w := s.do(t, get("/whoami"), session("new")); w.Code != 303 || w.Header().Get("Location") != "/account" {
		t.Errorf("any page = %d %q; want the account page", w.Code, w.Header().Get("Location"))
	}
	if w := s.do(t, get("/api/v1/x"), session("new")); w.Code != 403 {
		t.Errorf("the API = %d; want 403", w.Code)
	}
	if w := s.do(t, get("/healthz"), session("new")); w.Code != 200 {
		t.Errorf("/healthz = %d; want 200", w.Code)
	}
}

func TestAFlashIsSaidOnce(t *testing.T) {
	s := newServer(t)
	cookie := s.do(t, post("/form", nil)).Result().Cookies()[0]
	with := func(r *http.Request) { r.AddCookie(cookie) }
	w := s.do(t, get("/"), with)
	if !strings.Contains(w.Body.String(), s.shell.Words().T(lang.French, "identity.signed_out")) {
		t.Error("the page after does not say what was done")
	}
	if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the flash stays: %v", c)
	}
	forged := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "jard_flash", Value: "WyJjYWxsIDEyMzQiXQ"}) }
	if w := s.do(t, get("/"), forged); strings.Contains(w.Body.String(), "call 1234") {
		t.Error("a forged cookie speaks for us")
	}
	// Behind TLS no other host of the domain can plant one.
	safe := newServer(t, func(o *web.Options) { o.BaseURL = "https://jard.test" })
	planted := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "jard_flash", Value: cookie.Value}) }
	if w := safe.do(t, get("/"), planted); strings.Contains(w.Body.String(), s.shell.Words().T(lang.French, "identity.signed_out")) {
		t.Error("a cookie that a neighbour can plant speaks for us")
	}
	if c := safe.do(t, post("/form", nil)).Result().Cookies()[0]; c.Name != "__Host-jard_flash" || !c.Secure {
		t.Errorf("behind TLS the flash is %v", c)
	}
}

func TestReadiness(t *testing.T) {
	var down error
	s := newServer(t, func(o *web.Options) { o.Ready = func(context.Context) error { return down } })
	if w := s.do(t, get("/readyz")); w.Code != 200 {
		t.Errorf("/readyz = %d; want 200", w.Code)
	}
	down = errors.New("no database")
	if w := s.do(t, get("/readyz")); w.Code != 503 {
		t.Errorf("/readyz = %d; want 503", w.Code)
	}
	if w := s.do(t, get("/healthz")); w.Code != 200 {
		t.Errorf("/healthz = %d; want 200: the process is alive", w.Code)
	}
}

func TestALargePageIsCompressedForWhoCan(t *testing.T) {
	s := newServer(t)
	plain := s.do(t, get("/")).Body.String()
	w := s.do(t, get("/"), header("Accept-Encoding", "br;q=1, gzip"))
	z, err := gzip.NewReader(w.Body)
	if err != nil || w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("encoding %q, %v", w.Header().Get("Content-Encoding"), err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != plain {
		t.Errorf("the compressed page differs: %v", err)
	}
	if w := s.do(t, get("/"), header("Accept-Encoding", "gzip;q=0")); w.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for a browser that refuses it")
	}
}

func TestAnUnknownMethodIsSaidSo(t *testing.T) {
	s := newServer(t)
	r := get("/whoami")
	r.Method = http.MethodDelete
	if w := s.do(t, r); w.Code != 405 || w.Header().Get("Allow") == "" {
		t.Errorf("DELETE of a page = %d, Allow %q; want 405", w.Code, w.Header().Get("Allow"))
	}
}

func TestHomeCountsWhatItIsGiven(t *testing.T) {
	since := time.Date(2026, 11, 22, 9, 42, 0, 0, time.UTC)
	s := newServer(t, func(o *web.Options) {
		o.Home = func(context.Context) (web.HomeFigures, error) {
			return web.HomeFigures{
				Datasets: 1486, Promised: 4, UpToDate: 3, Services: 12, Working: 10, Silent: 2, SilentSince: &since,
				Newest: []web.HomeDataset{{Title: lang.Text{"fr": "Barrages <b>"}, Path: "/datasets/1", Published: since}},
			}, nil
		}
	})
	body := s.do(t, get("/")).Body.String()
	for _, want := range []string{"1\u202f486", "75\u202f%", "2 services ne répondent pas", "22 nov. 2026 à 10:42", "Barrages &lt;b&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the first page lacks %q", want)
		}
	}
	s = newServer(t, func(o *web.Options) {
		o.Home = func(context.Context) (web.HomeFigures, error) { return web.HomeFigures{}, errors.New("no database") }
	})
	if w := s.do(t, get("/")); w.Code != 500 {
		t.Errorf("without figures to be had = %d; want 500, not an empty page", w.Code)
	}
}
