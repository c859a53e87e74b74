package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/web"
)

type boundedIn struct {
	Free  string   `query:"free"`
	Named string   `query:"named" maxLength:"2000"`
	Many  []string `query:"many"`
	Match string   `header:"If-Match"`
}

// A parameter that says nothing of its length is bounded all the same, and the
// description tells by how much.
func TestEveryParameterIsBounded(t *testing.T) {
	s := newServer(t)
	web.Register(s.shell, huma.Operation{OperationID: "bounded", Method: http.MethodGet, Path: "/api/v1/bounded"},
		func(context.Context, *boundedIn) (*struct{}, error) { return nil, nil }) //nolint:nilnil // nothing to say
	for query, want := range map[string]int{
		"free=" + strings.Repeat("x", 1000):         204,
		"free=" + strings.Repeat("x", 1001):         422,
		"named=" + strings.Repeat("x", 2000):        204,
		"many=" + strings.Repeat("x,", 99) + "x":    204,
		"many=" + strings.Repeat("x,", 100) + "x":   422,
		"free=" + strings.Repeat("%D8%B9", 1000):    204, // letters, not bytes
		"free=" + strings.Repeat("%D8%B9", 1001):    422,
		"free=a&free=" + strings.Repeat("x", 5_000): 204, // the first counts
	} {
		if w := s.do(t, get("/api/v1/bounded?"+query)); w.Code != want {
			t.Errorf("%.30s of %d = %d %s; want %d", query, len(query), w.Code, w.Body, want)
		}
	}
	if w := s.do(t, get("/api/v1/bounded"), header("If-Match", strings.Repeat("x", 1001))); w.Code != 422 {
		t.Errorf("a header = %d", w.Code)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name   string
				Schema struct{ MaxLength, MaxItems int }
			}
		}
	}
	if err := json.Unmarshal(s.do(t, get("/api/openapi.json")).Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"free": 1000, "named": 2000, "many": 100, "If-Match": 1000}
	for _, p := range doc.Paths["/api/v1/bounded"]["get"].Parameters {
		if got := max(p.Schema.MaxLength, p.Schema.MaxItems); got != want[p.Name] {
			t.Errorf("%s is described with %d; want %d", p.Name, got, want[p.Name])
		}
	}
}
