package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/web"
)

// Whoever is turned away is counted once, by why and at which kind of door, and
// whoever is served is not.
func TestWhoIsTurnedAwayIsCounted(t *testing.T) {
	found, verdict := "", error(nil)
	s := newServer(t, func(o *web.Options) {
		o.Doors = func(method, route string) *web.Door {
			switch route {
			case "/slow":
				return &web.Door{Kind: "search", Time: time.Nanosecond}
			case "/whoami":
				return &web.Door{Kind: "page", Rate: web.Rate{Address: 3}}
			case "/login":
				return &web.Door{Kind: "sign_in", Rate: web.Rate{Address: 2}}
			case "/healthz":
				return nil
			}
			return &web.Door{Kind: "write"}
		}
		o.Scan = func(context.Context, io.Reader) (string, error) { return found, verdict }
		o.MinRate, o.Grace = 1<<20, 20*time.Millisecond
	})
	s.shell.Engine().GET("/slow", s.shell.Handle(func(c *gin.Context) error { return c.Request.Context().Err() }))
	s.shell.Engine().GET("/often", s.shell.Handle(func(c *gin.Context) error {
		c.Status(http.StatusTooManyRequests) // as a form is shown again
		return nil
	}))
	s.shell.Engine().GET("/told", s.shell.Handle(func(*gin.Context) error { return fault.New(fault.Throttled, "fault.not_found", time.Second) }))

	_ = s.served(t, "/whoami", from("192.0.2.1")) // 3 of 10
	for n := range 3 {
		_ = s.do(t, get("/api/nothing"), from("192.0.2.7"), header("Authorization", fmt.Sprintf("Bearer guess-%d", n)))
	}
	for _, path := range []string{"/slow", "/often", "/told", "/healthz"} {
		_ = s.do(t, get(path))
	}
	post := func(body, kind string, changes ...func(*http.Request)) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/form", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		_ = s.do(t, r, changes...)
	}
	post("a="+strings.Repeat("x", 2<<20), "application/x-www-form-urlencoded")
	post("a=b", "application/x-www-form-urlencoded", header("Content-Encoding", "gzip"))
	post("a=b", "application/x-www-form-urlencoded", header("Sec-Fetch-Site", "cross-site"))
	file, kind := upload(t)
	post(file, kind)
	found = "Eicar"
	post(file, kind)
	verdict = errors.New("away")
	post(file, kind)
	drip(t, listening(t, s.Handler))

	want := map[web.Refusal]int64{
		{"rate", "page"}: 7, {"rate", "sign_in"}: 1, {"time", "search"}: 1, {"tries", "write"}: 2, {"body", "write"}: 1, {"packed", "write"}: 1,
		{"site", "write"}: 1, {"found", "write"}: 1, {"scanner", "write"}: 1, {"slow", "write"}: 1,
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // the last is counted once its answer is sent
		got := s.shell.Refused()
		if maps.Equal(got, want) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("counted %v; want %v", got, want)
		}
	}
	all := web.Refusals("page", "search", "write", "sign_in")
	for refusal := range want {
		if !slices.Contains(all, refusal) {
			t.Errorf("%v is not among those there can be", refusal)
		}
	}
}

// upload is a form with a file.
func upload(t *testing.T) (body, kind string) {
	t.Helper()
	var b strings.Builder
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, "a;b")
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}

// drip sends the head of a form and nothing of its body.
func drip(t *testing.T, address string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /form HTTP/1.1\r\nHost: jard.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusRequestTimeout {
		t.Fatalf("a body that drips: %v, %v", resp, err)
	}
	resp.Body.Close()
}
