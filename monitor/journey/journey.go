// Package journey reads journeys: several requests, one after the other, as a
// person makes them who logs in and looks for something. A journey is written
// in YAML. This room says what one is and what is wrong with it, line by line,
// and finds forms and values in pages; it makes no request.
package journey

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"
)

// Limits of a journey.
const (
	MaxSource = 20_000 // characters
	MaxSteps  = 20
	maxItems  = 50 // fields, headers, variables, expectations of a step
	maxText   = 2000
)

// Plan is a journey that can be made.
type Plan struct {
	Variables []Pair
	Steps     []Step
}

// Step is one request and what its answer must be like.
type Step struct {
	Line    int
	Name    string
	Method  string // GET or POST; empty when a form says
	Address Text   // relative to the address before; empty when a form says
	Form    string // selector of a form on the page before
	Fill    []Pair // fields of that form
	Headers []Pair
	Data    []Pair // fields to post
	Body    Text   // or the whole of it
	Type    string // of Body
	Expect  Expect
	Take    []Take
}

// Pair is a name with a text.
type Pair struct {
	Name string
	Text Text
}

// Expect says what an answer must be like.
type Expect struct {
	Status   []Range // empty: 200 to 299
	Contains []Text
	Absent   []Text
	Matches  []string // patterns
	CSS      []string // selectors that something on the page must match
	JSON     []Pair   // path and value
	Headers  []Pair   // name and part of the value
	URL      Text     // where redirects end: a path, or an address
	Within   time.Duration
}

// Range is a range of statuses.
type Range struct{ From, To int }

// Allows tells whether status is one of those expected.
func (e Expect) Allows(status int) bool {
	if len(e.Status) == 0 {
		return status >= 200 && status <= 299
	}
	return slices.ContainsFunc(e.Status, func(r Range) bool { return r.From <= status && status <= r.To })
}

// Take keeps a part of an answer under a name: exactly one of its ways is set.
type Take struct {
	Name    string
	Pattern string // its first group, or all of it
	CSS     string // of the first element
	Attr    string // an attribute of that element; empty: its text
	JSON    string // path
	Header  string
}

// Secrets returns the names of the secrets that the step sends.
func (s *Step) Secrets() []string {
	var all []string
	for _, list := range [][]Pair{s.Fill, s.Headers, s.Data} {
		for _, p := range list {
			all = append(all, p.Text.Secrets()...)
		}
	}
	all = append(all, s.Body.Secrets()...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Secrets returns the names of the secrets that the journey sends, each once.
func (p *Plan) Secrets() []string {
	var all []string
	for n := range p.Steps {
		all = append(all, p.Steps[n].Secrets()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Text is text in which {{name}} stands for a variable and {{secret.NAME}} for
// a secret.
type Text struct {
	Raw   string
	parts []part
}

// part is text as it is, or a name.
type part struct {
	text   string
	name   string
	secret bool
}

const secretPrefix = "secret."

// parseText reads raw. It is false when a brace is not closed or a name is none.
func parseText(raw string) (Text, bool) {
	t := Text{Raw: raw}
	rest := raw
	for {
		before, after, found := strings.Cut(rest, "{{")
		if before != "" {
			t.parts = append(t.parts, part{text: before})
		}
		if !found {
			return t, true
		}
		name, end, closed := strings.Cut(after, "}}")
		name = strings.TrimSpace(name)
		p := part{name: name}
		if secret, ok := strings.CutPrefix(name, secretPrefix); ok {
			p = part{name: secret, secret: true}
		}
		if !closed || !nameForm.MatchString(p.name) {
			return t, false
		}
		t.parts = append(t.parts, p)
		rest = end
	}
}

// Names returns the variables that the text uses.
func (t Text) Names() []string { return t.used(false) }

// Secrets returns the secrets that the text uses.
func (t Text) Secrets() []string { return t.used(true) }

func (t Text) used(secret bool) []string {
	var all []string
	for _, p := range t.parts {
		if p.name != "" && p.secret == secret {
			all = append(all, p.name)
		}
	}
	return all
}

// Empty tells whether there is no text.
func (t Text) Empty() bool { return t.Raw == "" }

// Expand puts the values in. Plan has seen to it that every variable is known;
// secrets are asked for at the time they are sent.
func (t Text) Expand(variables, secrets map[string]string) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case p.name == "":
			b.WriteString(p.text)
		case p.secret:
			b.WriteString(secrets[p.name])
		default:
			b.WriteString(variables[p.name])
		}
	}
	return b.String()
}

// ranges reads "200", "200-299" and lists of them with commas.
func ranges(text string) ([]Range, bool) {
	var list []Range
	for one := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(one), "-")
		if !ranged {
			last = first
		}
		from, err1 := strconv.Atoi(strings.TrimSpace(first))
		to, err2 := strconv.Atoi(strings.TrimSpace(last))
		if err1 != nil || err2 != nil || from < 100 || to > 599 || from > to {
			return nil, false
		}
		list = append(list, Range{from, to})
	}
	return list, true
}

// Selector tells whether s is a CSS selector.
func Selector(s string) bool {
	_, err := cascadia.ParseGroup(s)
	return err == nil
}
