package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
)

// described is as much of an OpenAPI document as calls are made from.
type described struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*shape `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []struct {
		Name     string `json:"name"`
		In       string `json:"in"`
		Required bool   `json:"required"`
		Schema   *shape `json:"schema"`
	} `json:"parameters"`
	RequestBody *content           `json:"requestBody"`
	Responses   map[string]content `json:"responses"`
}

type content struct {
	Content map[string]struct {
		Schema *shape `json:"schema"`
	} `json:"content"`
}

// shape is a schema.
type shape struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	Items      *shape            `json:"items"`
	Properties map[string]*shape `json:"properties"`
	Required   []string          `json:"required"`
	More       any               `json:"additionalProperties"`
	AnyOf      []*shape          `json:"anyOf"`
}

// caller makes calls from a description.
type caller struct {
	doc    described
	rng    *rand.Rand
	things map[string][]string
}

func (c *caller) of(s *shape) *shape {
	for s != nil && s.Ref != "" {
		s = c.doc.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// kinds are the types that a schema allows.
func (s *shape) kinds() []string {
	switch t := s.Type.(type) {
	case string:
		return []string{t}
	case []any:
		all := make([]string, 0, len(t))
		for _, one := range t {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return nil
}

// value makes one that a schema allows, mostly; now and then it is near, or
// hostile.
func (c *caller) value(s *shape, name string, depth int) any {
	if s = c.of(s); s == nil || depth > 6 {
		return nil
	}
	if c.rng.IntN(25) == 0 {
		return c.odd()
	}
	if len(s.AnyOf) > 0 {
		return c.value(s.AnyOf[0], name, depth+1)
	}
	if len(s.Enum) > 0 {
		return s.Enum[c.rng.IntN(len(s.Enum))]
	}
	kinds := s.kinds()
	if len(kinds) == 0 {
		return map[string]any{"fr": "texte"}
	}
	switch kinds[0] {
	case "object":
		return c.object(s, depth)
	case "array":
		list := []any{}
		for range c.rng.IntN(3) {
			list = append(list, c.value(s.Items, name, depth+1))
		}
		return list
	case "boolean":
		return c.rng.IntN(2) == 0
	case "integer", "number":
		n := float64(c.rng.IntN(50))
		if s.Minimum != nil {
			n = max(n, *s.Minimum)
		}
		if s.Maximum != nil {
			n = min(n, *s.Maximum)
		}
		return n
	}
	return c.text(s, name)
}

func (c *caller) object(s *shape, depth int) any {
	o := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if name == "$schema" || !slices.Contains(s.Required, name) && c.rng.IntN(3) > 0 {
			continue
		}
		o[name] = c.value(s.Properties[name], name, depth+1)
	}
	if len(s.Properties) == 0 {
		for _, tag := range []string{"fr", "ar"} {
			o[tag] = "Un texte"
		}
	}
	if c.rng.IntN(40) == 0 {
		o["unknown"] = c.odd()
	}
	return o
}

// text is what a name usually holds.
func (c *caller) text(s *shape, name string) string {
	switch s.Format {
	case "date-time":
		return "2026-11-22T10:00:00Z"
	case "date":
		return "2026-11-22"
	case "uri":
		return "https://www.example.tn/a"
	case "email":
		return "qui@example.tn"
	case "uuid":
		return "01900000-0000-7000-8000-000000000000"
	}
	if known := c.things[name]; len(known) > 0 {
		return known[c.rng.IntN(len(known))]
	}
	return []string{"", "x", "marhp", "2026-11-22", "2026-Q3", "open", "monthly", "@every 60s", "10s", "https://www.example.tn", "Un texte plus long, pour voir."}[c.rng.IntN(11)]
}

// odd is what no schema asks for.
func (c *caller) odd() any {
	all := hostile()
	return []any{nil, -1, 1e300, 1 << 53, "", true, []any{}, map[string]any{}, []any{nil}, all[c.rng.IntN(len(all))], strings.Repeat("x", 5000)}[c.rng.IntN(11)]
}

// request makes a call of an operation.
func (c *caller) request(t *testing.T, method, path string, op operation, token string) *http.Request {
	t.Helper()
	query := url.Values{}
	headers := http.Header{}
	for _, p := range op.Parameters {
		if p.In != "path" && !p.Required && c.rng.IntN(2) == 0 {
			continue
		}
		v := fmt.Sprint(c.value(p.Schema, p.Name, 3))
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(cut(v, 300)))
		case "query":
			query.Set(p.Name, cut(strings.Trim(v, "[]"), 300))
		case "header":
			headers.Set(p.Name, strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' {
					return 'x'
				}
				return r
			}, v))
		}
	}
	body, kind := "", ""
	if op.RequestBody != nil {
		for _, kind = range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			b, err := json.Marshal(c.value(op.RequestBody.Content[kind].Schema, "", 0))
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
		}
		if c.rng.IntN(30) == 0 {
			body = body[:c.rng.IntN(len(body)+1)]
		}
	}
	req := httptest.NewRequestWithContext(t.Context(), strings.ToUpper(method), "/", strings.NewReader(body))
	if u, err := url.Parse(path + "?" + query.Encode()); err == nil && strings.HasPrefix(path, "/") {
		req.URL = u
	}
	maps.Copy(req.Header, headers)
	if body != "" {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// off tells where an answer is not what the description says; "" when it is.
func (c *caller) off(s *shape, v any, at string) string {
	if s = c.of(s); s == nil {
		return ""
	}
	if len(s.AnyOf) > 0 {
		wrong := ""
		for _, one := range s.AnyOf {
			if wrong = c.off(one, v, at); wrong == "" {
				return ""
			}
		}
		return wrong
	}
	kinds := s.kinds()
	if len(kinds) > 0 && !slices.ContainsFunc(kinds, func(kind string) bool { return isOf(kind, v) }) {
		return fmt.Sprintf("%s is %.60v; want %v", at, v, kinds)
	}
	if len(s.Enum) > 0 && v != nil && !slices.ContainsFunc(s.Enum, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(v) }) {
		return fmt.Sprintf("%s is %.60v; want one of %v", at, v, s.Enum)
	}
	switch x := v.(type) {
	case []any:
		for n, one := range x {
			if wrong := c.off(s.Items, one, at+"."+strconv.Itoa(n)); wrong != "" {
				return wrong
			}
		}
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := x[name]; !ok {
				return at + "." + name + " is missing"
			}
		}
		for _, name := range slices.Sorted(maps.Keys(x)) {
			p, ok := s.Properties[name]
			if !ok && s.More == false {
				return at + "." + name + " is not described"
			}
			if wrong := c.off(p, x[name], at+"."+name); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

func isOf(kind string, v any) bool {
	switch x := v.(type) {
	case nil:
		return kind == "null"
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && x == float64(int64(x))
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

// turnedOff are the only reasons of a 5xx: what the installation did not turn on.
var turnedOff = []string{"file.ask.off", "checks.try.none"}

// judge tells what is wrong with an answer; "" when nothing is.
func (c *caller) judge(op operation, rec *httptest.ResponseRecorder) string {
	if rec.Code >= 500 && !slices.ContainsFunc(turnedOff, func(key string) bool { return strings.Contains(rec.Body.String(), `"`+key+`"`) }) {
		return "our fault"
	}
	described, ok := op.Responses[strconv.Itoa(rec.Code)]
	if !ok {
		described, ok = op.Responses["default"]
	}
	if rec.Code >= 400 {
		var p map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || p["type"] == nil || p["status"] != float64(rec.Code) {
			return "no problem+json"
		}
		return ""
	}
	if !ok {
		return "a status that is not described"
	}
	kind, _, _ := strings.Cut(rec.Header().Get("Content-Type"), ";")
	in, ok := described.Content[kind]
	if !ok || !strings.HasSuffix(kind, "json") || rec.Body.Len() == 0 {
		return ""
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		return "no JSON: " + err.Error()
	}
	return c.off(in.Schema, v, "answer")
}

// Calls made from our own description of the API (what it allows, what is near
// it, what is hostile), with everybody's token, are never our fault, and every
// answer is as the description says. JARD_CALLS asks for more, JARD_SEED for
// the same.
func TestCallsMadeFromTheDescription(t *testing.T) {
	calls, seed := number(t, "JARD_CALLS", 600), uint64(number(t, "JARD_SEED", int(time.Now().UnixNano()%1_000_000))) //nolint:gosec // a seed
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			h, r := housed(t, engine, func(c *configs.Config) { c.Limits.Doors = configs.Doors{} })
			c := &caller{rng: rand.New(rand.NewPCG(seed, 4))} //nolint:gosec // a test's own dice
			rec := httptest.NewRecorder()
			h.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/openapi.json", nil))
			if err := json.Unmarshal(rec.Body.Bytes(), &c.doc); err != nil || len(c.doc.Paths) < 80 {
				t.Fatalf("%d paths, %v", len(c.doc.Paths), err)
			}
			tokens := map[string]string{}
			for _, v := range visitors() {
				if v.role != identity.Public {
					tokens[v.letter] = r.token(t, v.role, v.institution)
				}
			}
			for _, title := range []string{"Un jeu publié", "Un autre jeu publié"} { // without any there is no catalogue to ask about
				r.publish(t, tokens["o"], tokens["m"], title)
			}
			await(t, "the catalogue", func() bool {
				rec := httptest.NewRecorder()
				h.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/catalog.ttl", nil))
				return rec.Code == http.StatusOK
			})
			keys := r.behindDoors(t, tokens["o"])
			c.things = map[string][]string{
				"ref": {keys["dataset"], keys["request"]}, "institution": {"marhp", "ms"}, "slug": {"marhp", "ms", "service"},
				"id": {r.changeset(t, tokens["o"]), keys["finding"], "1", "0"}, "service": {"service"}, "uuid": {},
			}
			_, _ = r.ask(t, "POST", "/api/v1/services", tokens["a"], map[string]any{
				"slug": "service", "institution": "marhp", "name": map[string]string{"fr": "Service"}, "url": "https://www.example.tn", "tier": "normal",
				"checks": []map[string]any{{"name": "accueil", "kind": "http", "target": "https://www.example.tn/", "schedule": "@every 60s"}},
			})
			paths, statuses, told := slices.Sorted(maps.Keys(c.doc.Paths)), map[int]int{}, map[string]bool{}
			for range calls {
				path := paths[c.rng.IntN(len(paths))]
				methods := slices.Sorted(maps.Keys(c.doc.Paths[path]))
				method := methods[c.rng.IntN(len(methods))]
				v := visitors()[c.rng.IntN(len(visitors()))]
				op := c.doc.Paths[path][method]
				req := c.request(t, method, path, op, tokens[v.letter])
				rec := httptest.NewRecorder()
				h.handler.ServeHTTP(rec, req)
				statuses[rec.Code]++
				if wrong := c.judge(op, rec); wrong != "" && !told[method+path+wrong] {
					told[method+path+wrong] = true
					t.Errorf("seed %d: %s %s of %s = %d: %s\n%.400s", seed, method, cut(req.URL.String(), 200), v.letter, rec.Code, wrong, rec.Body)
				}
			}
			t.Logf("seed %d: %d calls of %d paths, answers %v", seed, calls, len(paths), statuses)
		})
	}
}
