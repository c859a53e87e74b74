package catalogue

import (
	"fmt"
	"strings"
	"time"
)

// A query is the part of Solr's language that harvesters use: words, quoted
// phrases, field:value, field:[from TO to], field:(a OR b), AND, OR, NOT, "-",
// "+" and brackets. What merely stands side by side must all hold, and binds
// loosest, so that "organization:a OR organization:b metadata_modified:[x TO *]"
// means what its writer meant by it.
type query func(f *finding) bool

// queryError says why a query was not understood.
type queryError struct{ reason string }

func (e *queryError) Error() string { return e.reason }

// parseQuery reads a query. An empty one finds everything.
func parseQuery(s string) (query, error) {
	p := &queryParser{tokens: tokenize(s)}
	q, err := p.all()
	if err != nil {
		return nil, err
	}
	if p.peek() != "" {
		return nil, &queryError{fmt.Sprintf("Cannot parse %q", s)}
	}
	return q, nil
}

// tokenize splits a query into brackets, marks and words. A word keeps its
// field, its quotes and its range together.
func tokenize(s string) []string {
	var tokens []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')':
			tokens = append(tokens, s[i:i+1])
			i++
		case (c == '-' || c == '+' || c == '!') && i+1 < len(s) && s[i+1] != ' ':
			tokens = append(tokens, s[i:i+1])
			i++
		default:
			end := wordEnd(s, i)
			tokens = append(tokens, s[i:end])
			i = end
		}
	}
	return tokens
}

// wordEnd finds where the word that begins at i ends.
func wordEnd(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case ' ', '\t', '\n', '\r', '(', ')':
			return i
		case '"':
			i = closing(s, i, `"`)
		case '[', '{':
			i = closing(s, i, "]}")
		case '\\':
			i += 2
			continue
		}
		i++
	}
	return min(i, len(s))
}

// closing finds the mark that closes what opens at i, or the end.
func closing(s string, i int, marks string) int {
	if n := strings.IndexAny(s[i+1:], marks); n >= 0 {
		return i + 1 + n
	}
	return len(s)
}

type queryParser struct {
	tokens []string
	depth  int
}

func (p *queryParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *queryParser) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

// all reads conditions that stand side by side.
func (p *queryParser) all() (query, error) {
	var parts []query
	for p.peek() != "" && p.peek() != ")" {
		q, err := p.any()
		if err != nil {
			return nil, err
		}
		parts = append(parts, q)
	}
	return func(f *finding) bool {
		for _, q := range parts {
			if !q(f) {
				return false
			}
		}
		return true
	}, nil
}

// any reads conditions joined by OR.
func (p *queryParser) any() (query, error) {
	left, err := p.both()
	for err == nil && (p.peek() == "OR" || p.peek() == "||") {
		p.next()
		var right query
		right, err = p.both()
		was := left
		left = func(f *finding) bool { return was(f) || right(f) }
	}
	return left, err
}

// both reads conditions joined by AND.
func (p *queryParser) both() (query, error) {
	left, err := p.one()
	for err == nil && (p.peek() == "AND" || p.peek() == "&&") {
		p.next()
		var right query
		right, err = p.one()
		was := left
		left = func(f *finding) bool { return was(f) && right(f) }
	}
	return left, err
}

// maxDepth bounds brackets within brackets: nobody needs more, and a parser
// that recurses for strangers must stop somewhere.
const maxDepth = 20

func (p *queryParser) one() (query, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, &queryError{"Query is nested too deeply"}
	}
	defer func() { p.depth-- }()
	switch t := p.next(); t {
	case "", ")", "AND", "OR", "&&", "||":
		return nil, &queryError{fmt.Sprintf("Cannot parse query at %q", t)}
	case "+":
		return p.one()
	case "-", "!", "NOT":
		q, err := p.one()
		return func(f *finding) bool { return !q(f) }, err
	case "(":
		return p.bracketed()
	default:
		return p.word(t)
	}
}

func (p *queryParser) bracketed() (query, error) {
	q, err := p.all()
	if err == nil && p.next() != ")" {
		err = &queryError{"Cannot parse query: bracket is not closed"}
	}
	return q, err
}

// word reads a field with its value, or a word to be found anywhere.
func (p *queryParser) word(t string) (query, error) {
	field, value, ok := strings.Cut(t, ":")
	if !ok || strings.HasPrefix(t, `"`) {
		return anywhere(t), nil
	}
	if value == "" {
		if p.peek() != "(" {
			return nil, &queryError{fmt.Sprintf("Cannot parse %q", t)}
		}
		return p.valuesOf(field)
	}
	return condition(field, value)
}

// valuesOf reads field:(a OR b) as field:a OR field:b.
func (p *queryParser) valuesOf(field string) (query, error) {
	p.next()
	inner := &queryParser{depth: p.depth}
	open := 1
	for open > 0 {
		t := p.next()
		switch t {
		case "":
			return nil, &queryError{"Cannot parse query: bracket is not closed"}
		case "(":
			open++
		case ")":
			open--
		case "AND", "OR", "NOT", "-", "+", "!", "&&", "||":
		default:
			t = field + ":" + t
		}
		if open > 0 {
			inner.tokens = append(inner.tokens, t)
		}
	}
	return inner.all()
}

// unquote takes quotes and escapes off a value.
func unquote(value string) string {
	value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	return strings.ReplaceAll(value, `\`, "")
}

// condition is one field with a value, a prefix or a range.
func condition(field, value string) (query, error) {
	if field == "*" && value == "*" {
		return func(*finding) bool { return true }, nil
	}
	if value[0] == '[' || value[0] == '{' {
		return within(field, value)
	}
	value = unquote(value)
	switch {
	case field == "text":
		return anywhere(value), nil
	case isText(field):
		words := wanted(value)
		return func(f *finding) bool { return f.mentions(field, words) }, nil
	case value == "*":
		return func(f *finding) bool { return len(f.values(field)) > 0 }, nil
	case strings.HasSuffix(value, "*"):
		prefix := strings.TrimSuffix(value, "*")
		return func(f *finding) bool { return f.begins(field, prefix) }, nil
	}
	return func(f *finding) bool { return f.has(field, value) }, nil
}

// within reads [from TO to]; "*" leaves an end open, braces leave it out.
func within(field, value string) (query, error) {
	last := value[len(value)-1]
	parts := strings.Fields(strings.Trim(value, "[]{}"))
	if len(value) < 2 || last != ']' && last != '}' || len(parts) != 3 || parts[1] != "TO" {
		return nil, &queryError{fmt.Sprintf("Cannot parse range %q", value)}
	}
	bounds := [2]string{parts[0], parts[2]}
	if field == "metadata_modified" || field == "metadata_created" {
		for i, b := range bounds {
			at, err := instant(b)
			if err != nil {
				return nil, err
			}
			bounds[i] = at
		}
	}
	low, high := bounds[0], bounds[1]
	return func(f *finding) bool {
		for _, v := range f.values(field) {
			above := low == "*" || v > low || v == low && value[0] == '['
			below := high == "*" || v < high || v == high && last == ']'
			if above && below {
				return true
			}
		}
		return false
	}, nil
}

// instant turns a bound into the form metadata_modified is written in.
func instant(s string) (string, error) {
	s = strings.Trim(s, `"`)
	if s == "*" {
		return s, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return naiveTime(t), nil
		}
	}
	return "", &queryError{fmt.Sprintf("Invalid Date String:'%s'", s)}
}
