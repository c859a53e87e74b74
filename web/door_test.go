package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/web"
)

// watched is a server that lets strangers come three times a minute, people
// five times, programs seven times, and whose clock is set by hand.
func watched(t *testing.T, change ...func(*web.Options)) (*server, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return newServer(t, append([]func(*web.Options){func(o *web.Options) {
		o.Now = func() time.Time { return now }
		o.Doors = func(_, route string) *web.Door {
			if route == "/healthz" {
				return nil
			}
			return &web.Door{Kind: "page", Rate: web.Rate{Address: 3, Account: 5, Token: 7}, Time: time.Minute}
		}
	}}, change...)...), &now
}

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = net.JoinHostPort(address, "4000") }
}

// served is how many of ten requests are answered.
func (s *server) served(t *testing.T, target string, changes ...func(*http.Request)) (n int) {
	t.Helper()
	for range 10 {
		switch w := s.do(t, get(target), changes...); w.Code {
		case http.StatusOK:
			n++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("%s = %d", target, w.Code)
		}
	}
	return n
}

// Behind a balancer a caller comes to every process, and may come to all of
// them together as often as to one.
func TestProcessesShareAnAllowance(t *testing.T) {
	processes := 3
	s, now := watched(t, func(o *web.Options) { o.Processes = func() int { return processes } })
	for who, want := range map[string]int{"": 1, "amel": 2} { // of 3 and of 5
		if got := s.served(t, "/whoami", from("192.0.2.1"), session(who)); got != want {
			t.Errorf("one process of three serves %q %d times; want %d", who, got, want)
		}
	}
	processes = 1 // the others died
	*now = now.Add(time.Minute)
	if got := s.served(t, "/whoami", from("192.0.2.1")); got != 3 {
		t.Errorf("the last process serves a stranger %d times; want 3", got)
	}
}

func TestEachCallerHasAnAllowance(t *testing.T) {
	s, now := watched(t)
	for _, tt := range []struct {
		name    string
		want    int
		changes []func(*http.Request)
	}{
		{"a stranger", 3, []func(*http.Request){from("192.0.2.1")}},
		{"the same again", 0, []func(*http.Request){from("192.0.2.1")}},
		{"another", 3, []func(*http.Request){from("192.0.2.2")}},
		{"a claim nobody believes", 0, []func(*http.Request){from("192.0.2.1"), header("X-Forwarded-For", "198.51.100.7")}},
		{"IPv6", 3, []func(*http.Request){from("2001:db8:1:2::1")}},
		{"a neighbour in its /64", 0, []func(*http.Request){from("2001:db8:1:2:5::1")}},
		{"another customer's /64", 3, []func(*http.Request){from("2001:db8:1:3::1")}},
		{"somebody signed in, at the stranger's", 5, []func(*http.Request){from("192.0.2.1"), session("amel")}},
		{"her program", 7, []func(*http.Request){from("192.0.2.1"), header("Authorization", "Bearer secret")}},
	} {
		if got := s.served(t, "/whoami", tt.changes...); got != tt.want {
			t.Errorf("%s is served %d times; want %d", tt.name, got, tt.want)
		}
	}
	if got := s.served(t, "/healthz", from("192.0.2.1")); got != 10 {
		t.Errorf("a health probe is answered %d times of 10", got)
	}
	*now = now.Add(20 * time.Second)
	if got := s.served(t, "/whoami", from("192.0.2.1")); got != 1 {
		t.Errorf("after a third of the time a third is served, not %d", got)
	}
}

func TestBehindAProxyCallersAreToldApart(t *testing.T) {
	s, _ := watched(t, func(o *web.Options) { o.TrustedProxies = []string{"10.0.0.0/8"} })
	for client, want := range map[string]int{"198.51.100.1": 3, "203.0.113.5, 198.51.100.2": 3, "198.51.100.9, 198.51.100.1": 0} {
		_ = s.served(t, "/whoami", from("10.0.0.1"), header("X-Forwarded-For", "198.51.100.1"))
		if client == "198.51.100.1" {
			continue
		}
		if got := s.served(t, "/whoami", from("10.0.0.1"), header("X-Forwarded-For", client)); got != want {
			t.Errorf("%q is served %d times; want %d: only what the proxy itself says counts", client, got, want)
		}
	}
}

func TestAProxyNobodyNamedIsToldOfOnce(t *testing.T) {
	s, _ := watched(t)
	_ = s.served(t, "/whoami", from("127.0.0.1"), header("X-Forwarded-For", "198.51.100.1"))
	if n := strings.Count(s.log.String(), "trusted_proxies"); n != 1 {
		t.Errorf("told %d times; want once\n%s", n, s.log)
	}
}

func TestNetworksThatMayComeAsTheyLike(t *testing.T) {
	s, _ := watched(t, func(o *web.Options) { o.Unpaced = []string{"192.0.2.0/24"} })
	if got := s.served(t, "/whoami", from("192.0.2.9")); got != 10 {
		t.Errorf("served %d times of 10", got)
	}
	if _, err := web.New(web.Options{Unpaced: []string{"here"}}); err == nil {
		t.Error("a network that is none was taken")
	}
}

func TestWhoComesTooOftenIsToldWhenToComeBack(t *testing.T) {
	s, _ := watched(t)
	first := s.do(t, get("/whoami"), from("192.0.2.1"))
	if got := first.Header().Get("RateLimit"); got != `"page";r=2;t=20` {
		t.Errorf("RateLimit: %s", got)
	}
	if got := first.Header().Get("RateLimit-Policy"); got != `"page";q=3;w=60` {
		t.Errorf("RateLimit-Policy: %s", got)
	}
	_ = s.served(t, "/whoami", from("192.0.2.1"))
	for tag, want := range map[string]string{
		"fr": "réessayez dans 20 secondes", "en": "try again in 20 seconds", "ar": "أعيدوا المحاولة بعد 20 ثانية",
	} {
		w := s.do(t, get("/whoami"), from("192.0.2.1"), header("Accept-Language", tag))
		if w.Code != 429 || w.Header().Get("Retry-After") != "20" || w.Header().Get("RateLimit") != `"page";r=0;t=60` {
			t.Errorf("%s: %d, Retry-After %q, RateLimit %q", tag, w.Code, w.Header().Get("Retry-After"), w.Header().Get("RateLimit"))
		}
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: does not say %q:\n%s", tag, want, w.Body)
		}
	}
	w := s.do(t, get("/machine/not_found"), from("192.0.2.1"))
	var p web.Problem
	if w.Code != 429 {
		t.Fatalf("a program = %d", w.Code)
	}
	w = s.do(t, get("/api/v1/nothing"), from("192.0.2.1"))
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Type != "urn:jard:problem:throttled" || p.Errors[0].Key != "limit.rate" {
		t.Errorf("a program is told %+v, %v", p, err)
	}
}

func TestTryingTokensIsCounted(t *testing.T) {
	s, _ := watched(t)
	got := []int{}
	for n := range 5 {
		got = append(got, s.do(t, get("/api/v1/nothing"), from("192.0.2.1"), header("Authorization", fmt.Sprintf("Bearer guess-%d", n))).Code)
	}
	if fmt.Sprint(got) != "[401 401 401 429 429]" {
		t.Errorf("guesses = %v", got)
	}
	if w := s.do(t, get("/whoami"), from("192.0.2.1"), header("Authorization", "Bearer secret")); w.Code != 200 {
		t.Errorf("whoever holds a token, at the same address = %d", w.Code)
	}
}

func TestAnAnswerThatTakesTooLongIsStopped(t *testing.T) {
	s := newServer(t, func(o *web.Options) {
		o.Doors = func(string, string) *web.Door { return &web.Door{Kind: "search", Time: 20 * time.Millisecond} }
	})
	wait := func(c *gin.Context) error {
		<-c.Request.Context().Done()
		return fmt.Errorf("read everything: %w", errInterrupted{}) // as an engine says it, in words of its own
	}
	s.shell.Engine().GET("/wide", s.shell.Handle(wait))
	s.shell.Engine().GET("/api/wide", s.shell.Machine(wait))
	for path, want := range map[string]string{"/wide": "restreignez", "/api/wide": "limit.time"} {
		w := s.do(t, get(path))
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s = %d %s", path, w.Code, w.Body)
		}
	}
}

type errInterrupted struct{}

func (errInterrupted) Error() string { return "interrupted (9)" }

// listening serves s on a port of its own, as the program does.
func listening(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestABodyThatDripsIsGivenUp(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.MinRate, o.Grace = 1<<20, 50*time.Millisecond })
	address := listening(t, s.Handler)
	for name, sent := range map[string]string{"nothing": "", "a little": "a=b"} {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /form HTTP/1.1\r\nHost: jard.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n%s", sent)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusRequestTimeout || !resp.Close || !strings.Contains(string(body), "octets par seconde") {
			t.Errorf("%s = %d, closes %t, %v\n%s", name, resp.StatusCode, resp.Close, err, body)
		}
		resp.Body.Close()
	}
}

// A body that came whole leaves its handler all the time it needs: the deadline
// of the body is none of the connection's any more.
func TestASlowAnswerToAQuickBodyIsGiven(t *testing.T) {
	s := newServer(t, func(o *web.Options) { o.MinRate, o.Grace = 1<<20, 30*time.Millisecond })
	gone := make(chan error, 1)
	s.shell.Engine().POST("/long", s.shell.Handle(func(c *gin.Context) error {
		select {
		case <-c.Request.Context().Done():
			gone <- c.Request.Context().Err()
		case <-time.After(150 * time.Millisecond): // several times the grace
			gone <- nil
		}
		return nil
	}))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listening(t, s.Handler)+"/long", strings.NewReader("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := <-gone; err != nil {
		t.Errorf("the work was stopped: %v", err)
	}
}
