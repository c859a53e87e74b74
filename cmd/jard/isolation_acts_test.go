package main

import (
	"encoding/json"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// form is one that a page shows.
type form struct {
	action string
	fields []field
}

// field is one of its inputs.
type field struct {
	name, kind, value string
	options           []string // of a select or of radio buttons
	checked           bool
}

// within are the elements of a page's main part: what stands around it is the
// same on every page.
func within(page string) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			return
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode || n.Data != "main" {
				continue
			}
			for in := range n.Descendants() {
				if in.Type == html.ElementNode && !yield(in) {
					return
				}
			}
		}
	}
}

// formsOf are the forms of a page that are posted.
func formsOf(page string) []form {
	var all []form
	for n := range within(page) {
		if n.Data == "form" && strings.EqualFold(attribute(n, "method"), "post") {
			all = append(all, form{attribute(n, "action"), fieldsOf(n)})
		}
	}
	return all
}

// linkedFrom are the pages of desks that a page leads to.
func linkedFrom(page string) (links []string) {
	for n := range within(page) {
		if to := attribute(n, "href"); n.Data == "a" && (strings.HasPrefix(to, "/desk") || strings.HasPrefix(to, "/incidents/")) {
			links = append(links, to)
		}
	}
	return links
}

func fieldsOf(n *html.Node) (fields []field) {
	for in := range n.Descendants() {
		f := field{name: attribute(in, "name"), kind: in.Data, value: attribute(in, "value")}
		if in.Type != html.ElementNode || f.name == "" {
			continue
		}
		switch in.Data {
		case "input", "button":
			f.kind = attribute(in, "type")
			f.checked = has(in, "checked")
		case "textarea":
			f.value = textOf(in)
		case "select":
			for o := range in.Descendants() {
				if o.Type == html.ElementNode && o.Data == "option" {
					f.options = append(f.options, attribute(o, "value"))
					if has(o, "selected") {
						f.value = attribute(o, "value")
					}
				}
			}
		default:
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for in := range n.Descendants() {
		if in.Type == html.TextNode {
			b.WriteString(in.Data)
		}
	}
	return b.String()
}

// filled is the form as somebody sends it: mostly what stands there, with
// something else chosen here and there, and what is empty filled in.
func (f form) filled(rng *rand.Rand, w *world) string {
	values := url.Values{}
	buttons := []field{}
	for _, in := range f.fields {
		v := in.value
		switch {
		case in.kind == "submit" || in.kind == "button":
			buttons = append(buttons, in)
			continue
		case in.kind == "radio" || in.kind == "checkbox":
			if in.checked == (rng.IntN(4) == 0) {
				continue
			}
		case len(in.options) > 0 && rng.IntN(3) == 0:
			v = in.options[rng.IntN(len(in.options))]
		case in.kind == "hidden": // as it stands
		case v == "" && rng.IntN(4) > 0:
			v = likely(in, rng, w)
		}
		values.Add(in.name, v)
	}
	if len(buttons) > 0 {
		b := buttons[rng.IntN(len(buttons))]
		values.Set(b.name, b.value)
	}
	return values.Encode()
}

// likely is what somebody would write into an empty input.
func likely(in field, rng *rand.Rand, w *world) string {
	switch in.kind {
	case "date":
		return "2026-12-01"
	case "datetime-local":
		return "2026-12-01T10:00"
	case "number":
		return []string{"1", "2", "30"}[rng.IntN(3)]
	case "email":
		return "qui@example.tn"
	case "url":
		return "https://www.example.tn/a"
	case "time":
		return "10:00"
	}
	if known := w.things[in.name]; len(known) > 0 {
		return known[rng.IntN(len(known))]
	}
	if in.name == "institution" || in.name == "to" {
		return bodies[rng.IntN(2)]
	}
	return "Un texte assez long pour passer, parce que c'est ainsi."
}

// byForm has a page read by somebody and one of its forms sent by who tries:
// mostly their own page, now and then one that was meant for somebody else, as
// whoever was told an address would. The way to it begins at a.route.
func (w *world) byForm(t *testing.T, a trial) (*httptest.ResponseRecorder, string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(a.pick, 5)) //nolint:gosec // a test's own dice
	reader := w.people[a.who].token
	if rng.IntN(3) == 0 {
		reader = w.readers[rng.IntN(len(w.readers))]
	}
	target, forms := "", []form{}
	for at := a.route; len(forms) == 0; at = w.pages[rng.IntN(len(w.pages))] {
		_, path, _ := strings.Cut(at, " ")
		target = w.address(rng, path)
		page := w.send(t, http.MethodGet, target, "", "", reader)
		for range rng.IntN(3) {
			links := linkedFrom(page.Body.String())
			if page.Code != http.StatusOK || len(links) == 0 {
				break
			}
			target = links[rng.IntN(len(links))]
			page = w.send(t, http.MethodGet, target, "", "", reader)
		}
		if page.Code == http.StatusOK {
			forms = formsOf(page.Body.String())
		}
	}
	chosen := forms[rng.IntN(len(forms))]
	to, err := url.Parse(target)
	if err == nil {
		to, err = to.Parse(chosen.action)
	}
	if err != nil || openToAll("POST "+to.Path) {
		return nil, ""
	}
	return w.send(t, http.MethodPost, to.RequestURI(), chosen.filled(rng, w), "application/x-www-form-urlencoded", w.people[a.who].token), "POST " + w.patternOf(to.Path)
}

// patternOf is the route that an address belongs to, "" for none.
func (w *world) patternOf(path string) string {
	parts := strings.Split(path, "/")
	best, most := "", -1
	for _, route := range w.changes {
		method, pattern, _ := strings.Cut(route, " ")
		of := strings.Split(pattern, "/")
		if method != http.MethodPost || len(of) != len(parts) {
			continue
		}
		same := 0
		for n, part := range of {
			switch {
			case part == parts[n]:
				same++
			case !strings.HasPrefix(part, ":"):
				same = -1 << 10
			}
		}
		if same > most {
			best, most = pattern, same
		}
	}
	return best
}

// do tries an act and returns what was answered.
func (w *world) do(t *testing.T, a trial) (rec *httptest.ResponseRecorder, route string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(a.pick, 1)) //nolint:gosec // a test's own dice
	method, path, _ := strings.Cut(a.route, " ")
	if method == http.MethodGet && !strings.HasPrefix(path, "/api/") && rng.IntN(8) > 0 {
		if rec, route := w.byForm(t, a); route != "" {
			return rec, route
		}
	}
	token := w.people[a.who].token
	switch {
	case method == http.MethodGet:
		return w.send(t, method, w.address(rng, path)+"?"+w.body(rng, a.random), "", "", token), a.route
	case strings.HasPrefix(path, "/api/v1/"):
		return w.send(t, method, w.address(rng, path), w.described(rng, method, path), "application/json", token), a.route
	}
	return w.send(t, method, w.address(rng, path), w.body(rng, a.random), "application/x-www-form-urlencoded", token), a.route
}

// address puts things into the pattern of an address.
func (w *world) address(rng *rand.Rand, path string) string {
	parts := strings.Split(path, "/")
	for n, part := range parts {
		if part == "" || part[0] != ':' && part[0] != '*' {
			continue
		}
		among := w.things[part[1:]]
		switch part[1:] {
		case "institution":
			among = bodies[:]
		case "revision":
			among = []string{"1", "2"}
		case "act":
			among = []string{"acceptance", "confirmation", "end", "cancel", "start", "acknowledgement", "note", "apply"}
		}
		if len(among) == 0 {
			among = w.things["id"]
		}
		parts[n] = among[rng.IntN(len(among))]
	}
	return strings.Join(parts, "/")
}

// send makes one request.
func (w *world) send(t *testing.T, method, target, body, kind, token string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec
}

// description is what the API says of itself.
func (w *world) description(t *testing.T) (doc described) {
	t.Helper()
	rec := w.send(t, http.MethodGet, "/api/openapi.json", "", "", "")
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || len(doc.Paths) < 80 {
		t.Fatalf("%d paths, %v", len(doc.Paths), err)
	}
	return doc
}

var patterned = regexp.MustCompile(`:(\w+)`)

// described is a body as the operation describes it, or one of those that are
// known to be taken.
func (w *world) described(rng *rand.Rand, method, path string) string {
	op := w.doc.Paths[patterned.ReplaceAllString(path, "{$1}")][strings.ToLower(method)]
	if op.RequestBody == nil || rng.IntN(4) == 0 {
		return w.object(rng)
	}
	c := &caller{doc: w.doc, rng: rng, things: w.things}
	b, _ := json.Marshal(c.value(op.RequestBody.Content["application/json"].Schema, "", 0)) // texts and numbers only
	return string(b)
}

// body is a form that could be meant for any door.
func (w *world) body(rng *rand.Rand, random bool) string {
	institution := bodies[rng.IntN(2)]
	ref := w.things["ref"][rng.IntN(len(w.things["ref"]))]
	id := w.things["id"][rng.IntN(len(w.things["id"]))]
	form := []string{
		"institution=" + institution, "ref=" + ref, "pick=" + ref + "%401", "id=" + id, "service=service-" + institution, "services=service-" + institution,
		"reason=Parce+que+c%27est+ainsi", "title.fr=Autre+titre", "title.ar=%D8%B9%D9%86%D9%88%D8%A7%D9%86", "description.fr=Une+description+assez+longue+pour+passer.",
		"frequency=monthly", "openness=open", "licence=LNDPO-TN", "theme=agriculture", "revision=" + strconv.Itoa(1+rng.IntN(2)), "name=Test", "name.fr=Test", "slug=autre-" + institution,
		"url=https%3A%2F%2Fwww.example.tn", "tier=normal", "state=paused", "scope=institution", "target=" + institution, "against=1", "with=" + ref, "other=" + ref,
		"a=" + ref, "b=" + w.things["ref"][rng.IntN(len(w.things["ref"]))], "decision=same", "field=frequency", "value=annual", "act=set", "text.fr=Note", "to=service-" + institution,
	}
	if random {
		form = append(form, "institutions="+institution, "institution="+bodies[0], "q="+institution, "network="+institution)
	}
	return strings.Join(form, "&")
}

// object is a body of the JSON API; what an operation does not know it refuses,
// so that only a few names are sent at once.
func (w *world) object(rng *rand.Rand) string {
	institution := bodies[rng.IntN(2)]
	ref := w.things["ref"][rng.IntN(len(w.things["ref"]))]
	all := []map[string]any{
		{},
		{"reason": "Parce que c'est ainsi"},
		{"institution": institution},
		{"title": map[string]string{"fr": "Autre titre"}},
		{"institution": institution, "edits": []map[string]any{{"field": "frequency", "act": "set", "value": "annual"}}},
		{"refs": []string{ref}},
		{"items": []map[string]any{{"ref": ref, "revision": 1}}},
		{"state": "paused"},
		{"name": map[string]string{"fr": "Autre nom"}},
		{"slug": "neuf-" + institution, "institution": institution, "name": map[string]string{"fr": "Neuf"}, "url": "https://neuf.example.tn", "tier": "normal"},
		{"service": "service-" + institution, "text": map[string]string{"fr": "Maintenance"}, "starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-01T01:00:00Z"},
		{"name": "Route", "institution": institution, "steps": []map[string]any{{"channels": []string{"mail"}}}},
		{"frequency": "monthly", "institution": institution},
	}
	if rng.IntN(4) == 0 {
		d := complete("Nouveau")
		d["institution"] = institution
		all = []map[string]any{d}
	}
	b, _ := json.Marshal(all[rng.IntN(len(all))]) // texts and numbers only
	return string(b)
}
