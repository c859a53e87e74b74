package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// What may be kept or not is said as that, on pages and to programs, and nobody
// is invited to send it again blindly. Whoever only reads is told to try again.
func TestWhatMayBeKeptOrNotIsSaid(t *testing.T) {
	s := newServer(t)
	unsure := func(*gin.Context) error { return fault.New(fault.Unknown, "database.unknown") }
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		s.shell.Engine().Handle(method, "/unknown", s.shell.Handle(unsure))
	}
	s.shell.Engine().POST("/api/v1/unknown", s.shell.Machine(unsure))
	for _, tag := range lang.All() {
		page := s.do(t, post("/unknown", url.Values{}), header("Accept-Language", string(tag)))
		if page.Code != http.StatusGatewayTimeout || page.Header().Get("Retry-After") != "" {
			t.Errorf("page in %s = %d, Retry-After %q; want 504 without", tag, page.Code, page.Header().Get("Retry-After"))
		}
		said := s.shell.Words().T(tag, "database.unknown")
		if !strings.Contains(page.Body.String(), strings.ReplaceAll(said, "'", "&#39;")) {
			t.Errorf("page in %s does not say %q", tag, said)
		}
		program := s.do(t, post("/api/v1/unknown", url.Values{}), header("Accept-Language", string(tag)))
		var p struct{ Type, Detail string }
		if err := json.Unmarshal(program.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if program.Code != http.StatusGatewayTimeout || p.Type != "urn:jard:problem:"+string(fault.Unknown) || p.Detail != said {
			t.Errorf("problem in %s = %d %+v", tag, program.Code, p)
		}
	}
	if read := s.do(t, get("/unknown")); read.Code != http.StatusServiceUnavailable || read.Header().Get("Retry-After") != "5" {
		t.Errorf("reading = %d, Retry-After %q; want 503 and 5", read.Code, read.Header().Get("Retry-After"))
	}
}
