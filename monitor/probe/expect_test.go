package probe

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// asks returns a change of a check to one that asks so.
func asks(w monitor.WebSettings) func(*monitor.Check) {
	return func(c *monitor.Check) { c.Settings.Web = &w }
}

func TestWhatIsSent(t *testing.T) {
	var method, body, language, site string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		all, _ := io.ReadAll(r.Body)
		method, body, language, site = r.Method, string(all), r.Header.Get("Accept-Language"), r.Header.Get("X-Site")
		if r.URL.Path == "/move" {
			http.Redirect(w, r, "/moved", http.StatusSeeOther)
		}
	})
	asked := asks(monitor.WebSettings{
		Method: "POST", Body: `{"a":1}`, Language: "ar", Headers: []monitor.Header{{Name: "X-Site", Value: "tn"}},
	})
	want(t, look(t, prober(t), url, asked), monitor.Up, monitor.None)
	if method != "POST" || body != `{"a":1}` || language != "ar" || site != "tn" {
		t.Errorf("the service saw %s %q in %q from %q", method, body, language, site)
	}
	want(t, look(t, prober(t), url+"/move", asked), monitor.Up, monitor.None)
	if method != "GET" || body != "" || language != "ar" || site != "tn" {
		t.Errorf("after a redirect it saw %s %q in %q from %q", method, body, language, site)
	}
}

func TestHeadersGoToNoOtherHost(t *testing.T) {
	site := "none"
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { site = r.Header.Get("X-Site") })
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) })
	r := look(t, prober(t), url, asks(monitor.WebSettings{Headers: []monitor.Header{{Name: "X-Site", Value: "tn"}}}))
	want(t, r, monitor.Up, monitor.None)
	if site != "" {
		t.Errorf("the other host was sent %q", site)
	}
}

func TestExpectationsOfAnAnswer(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"state":"ok","n":12345678901234567,"items":[{"up":true},{"up":true}],"note":null}`)
		case "/moved":
			http.Redirect(w, r, "/json", http.StatusMovedPermanently)
		case "/fr":
			if r.Header.Get("Accept-Language") != "fr" {
				http.Error(w, "ar only", http.StatusNotFound)
			}
		case "/text":
			_, _ = io.WriteString(w, "{broken")
		}
	})
	host := strings.TrimPrefix(url, "http://")
	for _, tt := range []struct {
		name, path string
		expect     monitor.Expect
		web        *monitor.WebSettings
		reason     monitor.Reason
	}{
		{"values of json", "/json", monitor.Expect{JSON: monitor.ReadClaims("$.state = ok\n$.items[*].up = true\n$.n = 12345678901234567")}, nil, monitor.None},
		{"a value that is null is there", "/json", monitor.Expect{JSON: monitor.ReadClaims("$.note = null\n$.other absent")}, nil, monitor.None},
		{"one value of several", "/json", monitor.Expect{JSON: monitor.ReadClaims("$.items[1].up != true")}, nil, monitor.Assertion},
		{"descendants", "/json", monitor.Expect{JSON: monitor.ReadClaims("$..up = true")}, nil, monitor.None},
		{"json that is none", "/text", monitor.Expect{JSON: monitor.ReadClaims("$.state absent")}, nil, monitor.Assertion},
		{"a header", "/json", monitor.Expect{Headers: monitor.ReadClaims("content-type = application/json\nX-Debug absent")}, nil, monitor.None},
		{"another header", "/json", monitor.Expect{Headers: monitor.ReadClaims("Content-Type ~ ^text/")}, nil, monitor.Assertion},
		{"a pattern", "/json", monitor.Expect{Matches: []string{`"state":\s*"ok"`}, NotMatches: []string{`(?i)error`}}, nil, monitor.None},
		{"the host where it ends", "/moved", monitor.Expect{FinalHost: host}, nil, monitor.None},
		{"another host", "/moved", monitor.Expect{FinalHost: "www.example.tn"}, nil, monitor.Redirected},
		{"the redirect itself", "/moved", monitor.Expect{Location: url + "/json"}, nil, monitor.None},
		{"another redirect", "/moved", monitor.Expect{Location: "https://www.example.tn/"}, nil, monitor.Redirected},
		{"a redirect not followed", "/moved", monitor.Expect{}, &monitor.WebSettings{Stay: true}, monitor.Status},
		{"in French", "/fr", monitor.Expect{}, &monitor.WebSettings{Language: "fr"}, monitor.None},
		{"in Arabic", "/fr", monitor.Expect{}, &monitor.WebSettings{Language: "ar"}, monitor.Status},
		{"an empty page", "/empty", monitor.Expect{SoftError: monitor.SoftDegraded}, nil, monitor.SoftError},
		{"over IPv4", "/json", monitor.Expect{}, &monitor.WebSettings{Family: monitor.IPv4}, monitor.None},
		{"over IPv6, where it has no address", "/json", monitor.Expect{}, &monitor.WebSettings{Family: monitor.IPv6}, monitor.NoDNS},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := look(t, prober(t), url+tt.path, func(c *monitor.Check) { c.Expect, c.Settings.Web = tt.expect, tt.web })
			if r.Reason != tt.reason {
				t.Errorf("read %v, %q (%s); want %q", r.Verdict, r.Reason, r.Detail, tt.reason)
			}
		})
	}
}

func TestAnIPv6TargetIsReached(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	l, err := listen6(t)
	if err != nil {
		t.Logf("this machine has no IPv6 loopback, so the family is not exercised here: %v", err)
		srv.Start()
		srv.Close()
		return
	}
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	p := prober(t, allow(t, "::1/128"))
	want(t, look(t, p, srv.URL, asks(monitor.WebSettings{Family: monitor.IPv6})), monitor.Up, monitor.None)
	want(t, look(t, p, srv.URL, asks(monitor.WebSettings{Family: monitor.IPv4})), monitor.Suspect, monitor.NoDNS)
}

func TestAFirewallSaysHowLongToStayAway(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "120")
		switch r.URL.Path {
		case "/often":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/wall":
			w.Header().Set("Cf-Mitigated", "challenge")
			w.WriteHeader(http.StatusServiceUnavailable)
		default: // an outage that says when it hopes to be over is looked at on
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	for path, after := range map[string]time.Duration{"/often": 2 * time.Minute, "/wall": 2 * time.Minute, "/down": 0} {
		r := look(t, prober(t), url+path)
		if r.After != after || r.Seen == nil || r.Seen.RetryAfter != 2*time.Minute || (r.Reason == monitor.Blocked) != (after > 0) {
			t.Errorf("%s: %v, %q, to stay away %v; want %v", path, r.Verdict, r.Reason, r.After, after)
		}
	}
}

func TestAWallIsToldByItsPage(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		if r.URL.Path == "/wall" {
			_, _ = io.WriteString(w, "The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 12")
		}
	})
	r := look(t, prober(t), url+"/wall")
	want(t, r, monitor.Unknown, monitor.Blocked)
	if r.Seen.Wall != "f5" || r.Detail != "status 403, f5" || !strings.Contains(r.Seen.Excerpt, "was rejected") {
		t.Errorf("read %q, %+v", r.Detail, r.Seen)
	}
	want(t, look(t, prober(t), url+"/own"), monitor.Suspect, monitor.Status)
}

func TestACloserLook(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "secret", Path: "/", HttpOnly: true})
		_, _ = io.WriteString(w, "<title>Accueil</title><p>Écrivez à amel@example.tn</p>")
	})
	c := monitor.Check{Kind: monitor.HTTP, Target: url, Timeout: 5 * time.Second}
	plain := prober(t).Probe(t.Context(), c)
	c.Judge(&plain)
	if plain.Seen != nil || plain.Body != nil {
		t.Errorf("a plain look brought home %+v", plain.Seen)
	}
	r := prober(t).Probe(Closely(t.Context()), c)
	points := c.Review(&r)
	if r.Verdict != monitor.Up || len(points) != 1 || r.Seen.Excerpt != "Accueil · Écrivez à •@•" {
		t.Errorf("read %v with %+v and %q", r.Verdict, points, r.Seen.Excerpt)
	}
	if cookie := r.Seen.Header["Set-Cookie"]; len(cookie) != 1 || strings.Contains(cookie[0], "secret") || !strings.HasPrefix(cookie[0], "session=") {
		t.Errorf("the cookie is shown as %q", cookie)
	}
}

// Whatever path the rules let in, the library reads, and finds something or
// nothing without a panic.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"$", "$.a", "$..b", "$['x y'][0]", "$[-1].*", "$..*", `$["é"]`} {
		f.Add(p, `{"a":{"b":[1,2]},"x y":["z"]}`)
	}
	f.Fuzz(func(t *testing.T, path, body string) {
		s := monitor.Service{
			Slug: "s", Name: map[string]string{"fr": "S"}, Institution: "mi", URL: "https://s.tn/",
			Checks: []monitor.Check{{Expect: monitor.Expect{JSON: []monitor.Claim{{Name: path, Is: monitor.Present}}}}},
		}
		if s.Validate(func(string) (time.Duration, error) { return time.Minute, nil }) != nil {
			return
		}
		if !readable(path) {
			t.Errorf("the rules let %q in, which the library does not read", path)
		}
		valuesOf(s.Checks[0].Expect.JSON, []byte(body))
	})
}
