package journey

import (
	"bytes"
	"encoding/json"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// Answer is what came back, as far as a journey looks at it.
type Answer struct {
	Status int
	URL    *url.URL // where redirects ended
	Header textproto.MIMEHeader
	Body   []byte
	page   *html.Node // parsed when first needed
}

// Page returns the body as HTML. What is no HTML is a page without elements.
func (a *Answer) Page() *html.Node {
	if a.page == nil {
		page, err := html.Parse(bytes.NewReader(a.Body))
		if err != nil { // it reads anything that can be read
			page = &html.Node{Type: html.DocumentNode}
		}
		a.page = page
	}
	return a.page
}

// First returns the first element that matches selector; nil without one.
func (a *Answer) First(selector string) *html.Node {
	s, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil
	}
	return cascadia.Query(a.Page(), s)
}

// Find returns what t keeps of the answer.
func (a *Answer) Find(t Take) (string, bool) {
	switch {
	case t.Pattern != "":
		p, err := regexp.Compile(t.Pattern)
		if err != nil {
			return "", false
		}
		found := p.FindSubmatch(a.Body)
		if found == nil {
			return "", false
		}
		return string(found[min(1, len(found)-1)]), true
	case t.Header != "":
		return a.Header.Get(t.Header), len(a.Header.Values(t.Header)) > 0
	case t.JSON != "":
		return a.JSON(t.JSON)
	}
	n := a.First(t.CSS)
	if n == nil {
		return "", false
	}
	if t.Attr == "" {
		return strings.TrimSpace(textOf(n)), true
	}
	return attr(n, t.Attr)
}

// Form is a form with what a browser would send of it untouched.
type Form struct {
	Method string
	Action *url.URL
	Type   string // how the fields are written
	Fields url.Values
	names  map[string]bool
}

// Has tells whether the form has a field of that name, ticked or not.
func (f *Form) Has(name string) bool { return f.names[name] }

// Form returns the first form that matches selector, false without one.
func (a *Answer) Form(selector string) (*Form, bool) {
	n := a.First(selector)
	for n != nil && n.Data != "form" {
		n = n.Parent // a selector may name a button, or a field
	}
	if n == nil {
		return nil, false
	}
	f := &Form{Method: "GET", Fields: url.Values{}, names: map[string]bool{}}
	if method, _ := attr(n, "method"); strings.EqualFold(method, "post") {
		f.Method = "POST"
	}
	f.Type, _ = attr(n, "enctype")
	action, _ := attr(n, "action")
	where, err := a.base().Parse(strings.TrimSpace(action))
	if err != nil || where.Scheme != "http" && where.Scheme != "https" {
		return nil, false
	}
	if action == "" {
		where = a.URL
	}
	f.Action = where
	f.read(n)
	return f, true
}

// base is what addresses on the page are relative to.
func (a *Answer) base() *url.URL {
	if n := a.First("base[href]"); n != nil {
		href, _ := attr(n, "href")
		if u, err := a.URL.Parse(href); err == nil {
			return u
		}
	}
	return a.URL
}

// controls are the elements of a form that send something.
var controls = cascadia.MustCompile("input[name], select[name], textarea[name], button[name]") //nolint:gochecknoglobals // never written to

// read takes in what the form would send. Of its buttons it is the first.
func (f *Form) read(form *html.Node) {
	pressed := false
	for _, n := range cascadia.QueryAll(form, controls) {
		name, _ := attr(n, "name")
		if _, disabled := attr(n, "disabled"); disabled || name == "" {
			continue
		}
		f.names[name] = true
		kind, _ := attr(n, "type")
		value, valued := attr(n, "value")
		switch kind = strings.ToLower(kind); {
		case n.Data == "textarea":
			f.Fields.Add(name, textOf(n))
		case n.Data == "select":
			f.choose(name, n)
		case kind == "checkbox" || kind == "radio":
			if _, ticked := attr(n, "checked"); ticked {
				if !valued {
					value = "on"
				}
				f.Fields.Add(name, value)
			}
		case kind == "submit", kind == "image", n.Data == "button" && kind == "":
			if !pressed {
				f.Fields.Add(name, value)
			}
			pressed = true
		case kind == "button", kind == "reset", kind == "file":
		default:
			f.Fields.Add(name, value)
		}
	}
}

var (
	options = cascadia.MustCompile("option")           //nolint:gochecknoglobals // never written to
	chosen  = cascadia.MustCompile("option[selected]") //nolint:gochecknoglobals // never written to
)

// choose adds the option that a browser would send: the one selected, else the first.
func (f *Form) choose(name string, list *html.Node) {
	n := cascadia.Query(list, chosen)
	if n == nil {
		n = cascadia.Query(list, options)
	}
	if n == nil {
		return
	}
	value, ok := attr(n, "value")
	if !ok {
		value = strings.TrimSpace(textOf(n))
	}
	f.Fields.Add(name, value)
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}

// pathForm is a path into JSON: names with dots, numbers in brackets.
var pathForm = regexp.MustCompile(`^(\$\.?)?([^.\[\]]+|\[\d{1,6}\])(\.[^.\[\]]+|\[\d{1,6}\])*$`)

func pathValid(path string) bool { return pathForm.MatchString(path) }

var pathPart = regexp.MustCompile(`[^.\[\]]+`)

// JSON returns the value at path, as text.
func (a *Answer) JSON(path string) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber() // a number is compared as it was written
	var value any
	if d.Decode(&value) != nil {
		return "", false
	}
	for _, part := range pathPart.FindAllString(strings.TrimPrefix(path, "$"), -1) {
		switch at := value.(type) {
		case map[string]any:
			next, ok := at[part]
			if !ok {
				return "", false
			}
			value = next
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(at) {
				return "", false
			}
			value = at[n]
		default:
			return "", false
		}
	}
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	case bool:
		return strconv.FormatBool(value), true
	case nil:
		return "null", true
	}
	text, err := json.Marshal(value)
	return string(text), err == nil
}
