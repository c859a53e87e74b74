package catalogue

import (
	"fmt"
	"strings"
)

// A query is the part of Solr's language that harvesters use: words, quoted
// phrases, field:value, field:[from TO to], field:(a OR b), AND, OR, NOT, "-",
// "+" and brackets. What merely stands side by side must all hold, and binds
// loosest, so that "organization:a OR organization:b metadata_modified:[x TO *]"
// means what its writer meant by it.
//
// It returns the slots of a segment that satisfy it, in a set of its own.
type query func(s *segment) slots

// queryError says why a query was not understood.
type queryError struct{ reason string }

func (e *queryError) Error() string { return e.reason }

// parseQuery reads a query. An empty one finds everything.
func parseQuery(s string) (q query, asks asked, err error) {
	p := &queryParser{tokens: tokenize(s)}
	if q, err = p.all(); err != nil {
		return nil, asked{}, err
	}
	if p.peek() != "" {
		return nil, asked{}, &queryError{fmt.Sprintf("Cannot parse %q", s)}
	}
	return q, p.asks, nil
}

// asked is what a query asks about that decides whether tombstones belong to
// the answer.
type asked struct {
	state bool // a condition on the state
	since bool // what was modified since some instant
	words int  // to be looked for in texts, or compared with every name
}

func (a *asked) add(b asked) {
	a.state, a.since, a.words = a.state || b.state, a.since || b.since, a.words+b.words
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
	asks   asked
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
	return func(s *segment) slots {
		found := allSlots(s.size)
		for _, q := range parts {
			if found.empty() {
				break
			}
			found.keep(q(s))
		}
		return found
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
		left = func(s *segment) slots { found := was(s); found.join(right(s)); return found }
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
		left = func(s *segment) slots { found := was(s); found.keep(right(s)); return found }
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
		return func(s *segment) slots { found := allSlots(s.size); found.without(q(s)); return found }, err
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
		p.asks.words += countWords(t)
		return anywhere(t), nil
	}
	if value == "" {
		if p.peek() != "(" {
			return nil, &queryError{fmt.Sprintf("Cannot parse %q", t)}
		}
		return p.valuesOf(field)
	}
	return p.condition(field, value)
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
	q, err := inner.all()
	p.asks.add(inner.asks)
	return q, err
}

// unquote takes quotes and escapes off a value.
func unquote(value string) string {
	value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	return strings.ReplaceAll(value, `\`, "")
}
