package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/web"
)

type thingIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"100"`
	Body  struct {
		Title map[string]string `json:"title"`
		State string            `json:"state,omitempty" enum:"draft,active"`
		Parts []struct {
			URL   string `json:"url" format:"uri"`
			Bytes int    `json:"bytes,omitempty"`
		} `json:"parts,omitempty" maxItems:"2"`
		Name string `json:"name,omitempty" maxLength:"5"`
	}
}

type thingOut struct {
	ETag string `header:"ETag"`
	Body struct {
		Who string `json:"who"`
	}
}

func apiServer(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	registerThings(s)
	return s
}

func registerThings(s *server) {
	web.Register(s.shell, huma.Operation{OperationID: "add-thing", Method: "POST", Path: "/api/v1/things", Summary: "Add"},
		func(ctx context.Context, in *thingIn) (*thingOut, error) {
			switch in.Body.Title["fr"] {
			case "":
				return nil, fault.At("title.fr", "fault.required")
			case "broken":
				return nil, errors.New("a detail nobody outside may read")
			case "unchanged":
				return nil, huma.Status304NotModified()
			}
			out := &thingOut{ETag: `"1"`}
			out.Body.Who = web.ActorFrom(ctx).Name
			return out, nil
		})
	web.Register(s.shell, huma.Operation{
		OperationID: "get-thing", Method: "GET", Path: "/api/v1/things/{ref}", Security: web.PublicOperation(),
	}, func(_ context.Context, in *struct {
		Ref   string `path:"ref"`
		Limit int    `query:"limit" minimum:"1"`
	},
	) (*thingOut, error) {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	})
}

func (s *server) send(t *testing.T, body string, change ...func(*http.Request)) (*httptest.ResponseRecorder, web.Problem) {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://jard.test/api/v1/things", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Authorization", "Bearer secret")
	w := s.do(t, r, change...)
	var p web.Problem
	if w.Code >= 400 {
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%s = %d %s %s (%v); want a problem", body, w.Code, w.Header().Get("Content-Type"), w.Body, err)
		}
	}
	return w, p
}

func TestWhatIsWrongWithJSONIsSaidFieldByField(t *testing.T) {
	s := apiServer(t)
	for _, tt := range []struct {
		name, body string
		status     int
		field, key string
		message    string
	}{
		{"an unknown field", `{"title":{"fr":"a"},"colour":1}`, 422, "colour", "fault.unknown_field", "This field is unknown."},
		{"another case is unknown", `{"title":{"fr":"a"},"State":"draft"}`, 422, "State", "fault.unknown_field", ""},
		{"a missing field", `{}`, 422, "title", "fault.required", "This field is required."},
		{"a missing field of a part", `{"title":{"fr":"a"},"parts":[{}]}`, 422, "parts.0.url", "fault.required", ""},
		{"a wrong type", `{"title":"a"}`, 422, "title", "fault.api.object", "An object is expected."},
		{"a wrong type deeper", `{"title":{"fr":"a"},"parts":[{"url":"http://a","bytes":"x"}]}`, 422, "parts.0.bytes", "fault.api.integer", ""},
		{"none of the values", `{"title":{"fr":"a"},"state":"x"}`, 422, "state", "fault.api.one_of", "One of these values is expected: draft, active."},
		{"too many", `{"title":{"fr":"a"},"parts":[{"url":"a:b"},{"url":"a:b"},{"url":"a:b"}]}`, 422, "parts", "fault.api.max_items", "At most 2 items are accepted."},
		{"too long", `{"title":{"fr":"a"},"name":"abcdef"}`, 422, "name", "fault.too_long", "This text is longer than 5 characters."},
		{"cut short", `{"title":`, 400, "", "fault.json", "This is not readable JSON (byte 9)."},
		{"two documents", `{"title":{"fr":"a"}} {}`, 400, "", "fault.json", ""},
		{"not UTF-8", "{\"title\":{\"fr\":\"\xff\"}}", 400, "", "fault.utf8", ""},
		{"nothing", ``, 400, "", "fault.body_required", "The request must have a body."},
		{"a rule of ours", `{"title":{"ar":"a"}}`, 422, "title.fr", "fault.required", ""},
		{"too large", `{"title":{"fr":"` + strings.Repeat("a", 2<<20) + `"}}`, 413, "", "fault.body_too_large", "What was sent is larger than the limit of 1 MB."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, p := s.send(t, tt.body)
			if w.Code != tt.status || len(p.Errors) == 0 {
				t.Fatalf("= %d %s; want %d", w.Code, w.Body, tt.status)
			}
			if e := p.Errors[0]; e.Field != tt.field || e.Key != tt.key || tt.message != "" && e.Message != tt.message {
				t.Errorf("= %+v; want %s %s %q", e, tt.field, tt.key, tt.message)
			}
			title := map[int]string{400: "What was sent could not be read", 422: "What was sent must be corrected"}[tt.status]
			if title != "" && p.Title != title {
				t.Errorf("title = %q; want %q", p.Title, title)
			}
			if e := p.Errors[0]; e.Message == e.Key {
				t.Errorf("%s has no sentence", e.Key)
			}
		})
	}
}

func TestEveryFaultOfABodyAtOnce(t *testing.T) {
	_, p := apiServer(t).send(t, `{"title":{"fr":"a"},"state":"x","name":"abcdef","more":1}`)
	if len(p.Errors) != 3 {
		t.Errorf("errors = %+v; want 3", p.Errors)
	}
}

func TestAProblemSpeaksTheCallersLanguage(t *testing.T) {
	s := apiServer(t)
	_, p := s.send(t, `{}`, header("Accept-Language", "ar"))
	if want := "هذه الخانة إجبارية."; p.Errors[0].Message != want {
		t.Errorf("= %q; want %q", p.Errors[0].Message, want)
	}
}

func TestAQueryIsChecked(t *testing.T) {
	s := apiServer(t)
	for target, key := range map[string]string{
		"/api/v1/things/1?limit=0": "fault.api.minimum", "/api/v1/things/1?limit=x": "fault.api.integer",
	} {
		w := s.do(t, get(target))
		if w.Code != 422 || !strings.Contains(w.Body.String(), key) || !strings.Contains(w.Body.String(), `"field":"limit"`) {
			t.Errorf("%s = %d %s; want %s of limit", target, w.Code, w.Body, key)
		}
	}
	if w := s.do(t, get("/api/v1/things/1")); w.Code != 404 || !strings.Contains(w.Body.String(), "urn:jard:problem:not_found") {
		t.Errorf("a fault of the handler = %d %s", w.Code, w.Body)
	}
}

func TestAnotherContentTypeIsRefused(t *testing.T) {
	w, p := apiServer(t).send(t, `<a/>`, header("Content-Type", "application/xml"))
	if w.Code != 415 || p.Type != "urn:jard:problem:media_type" {
		t.Errorf("= %d %+v; want 415", w.Code, p)
	}
}

func TestOurOwnErrorIsHidden(t *testing.T) {
	s := apiServer(t)
	w, p := s.send(t, `{"title":{"fr":"broken"}}`)
	if w.Code != 500 || strings.Contains(w.Body.String(), "nobody outside") || p.Type != "urn:jard:problem:internal" {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
	if strings.Count(s.log.String(), "nobody outside") != 1 {
		t.Errorf("the log tells it %d times; want once", strings.Count(s.log.String(), "nobody outside"))
	}
}

func TestAStrangerIsAskedToSignInBeforeAnythingIsRead(t *testing.T) {
	s := apiServer(t)
	for _, body := range []string{`{"title":{"fr":"a"}}`, `{"titel":1}`, `{`} {
		if w, p := s.send(t, body, header("Authorization", "")); w.Code != 401 || p.Type != "urn:jard:problem:unauthenticated" {
			t.Errorf("%s without a token = %d %s; want 401", body, w.Code, p.Type)
		}
	}
	if w := s.do(t, get("/api/v1/things/x?limit=2")); w.Code != 404 {
		t.Errorf("reading what anybody may read = %d; want the rule to decide", w.Code)
	}
}

func TestAnOperationThatWorks(t *testing.T) {
	s := apiServer(t)
	w, _ := s.send(t, `{"title":{"fr":"a"}}`, header("Authorization", "Bearer secret"))
	if w.Code != 200 || w.Body.String() != "{\"who\":\"Amel\"}\n" || w.Header().Get("ETag") != `"1"` {
		t.Errorf("= %d %s %v", w.Code, w.Body, w.Header())
	}
	if w, _ := s.send(t, `{"title":{"fr":"unchanged"}}`); w.Code != 304 {
		t.Errorf("an answer that is no fault = %d; want 304", w.Code)
	}
}

func TestTheDescriptionIsOpenAPIAndAPage(t *testing.T) {
	s := apiServer(t)
	w := s.do(t, get("/api/openapi.json"))
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Security []map[string][]string }
		Components struct{ SecuritySchemes map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Fatalf("openapi %q, %v", doc.OpenAPI, err)
	}
	if len(doc.Paths["/api/v1/things"]["post"].Security) != 2 || len(doc.Paths["/api/v1/things/{ref}"]["get"].Security) != 0 {
		t.Errorf("security = %+v", doc.Paths)
	}
	if doc.Components.SecuritySchemes["bearer"] == nil || doc.Components.SecuritySchemes["session"] == nil {
		t.Errorf("schemes = %v", doc.Components.SecuritySchemes)
	}
	page := s.do(t, get("/api/docs")).Body.String()
	for _, want := range []string{`id="add-thing"`, "/api/v1/things/{ref}", "parts[].url", "[draft | active]"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
