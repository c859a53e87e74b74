package harvesttest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseTurtle reads Turtle 1.1, and N-Triples with it, strictly and knowing
// nothing of how the catalogue writes it. Relative IRIs are refused: a feed
// that needs to know where it came from is no feed.
func ParseTurtle(b []byte) (g *Graph, err error) {
	if !utf8.Valid(b) {
		return nil, errors.New("turtle: not UTF-8")
	}
	p := &turtle{in: string(b), g: newGraph(), prefixes: map[string]string{}}
	defer func() {
		if r := recover(); r != nil {
			refusal, ours := r.(syntaxError)
			if !ours {
				panic(r)
			}
			g, err = nil, fmt.Errorf("turtle: line %d: %s", 1+strings.Count(p.in[:p.at], "\n"), string(refusal))
		}
	}()
	for p.space(); p.at < len(p.in); p.space() {
		p.statement()
	}
	return p.g, nil
}

type syntaxError string

// turtle reads one document. It panics with a syntaxError at the first thing
// that is not Turtle.
type turtle struct {
	in       string
	at       int
	g        *Graph
	prefixes map[string]string
	blanks   int
}

func (p *turtle) fail(format string, args ...any) { panic(syntaxError(fmt.Sprintf(format, args...))) }

// space skips white space and comments.
func (p *turtle) space() {
	for p.at < len(p.in) {
		switch p.in[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		case '#':
			end := strings.IndexByte(p.in[p.at:], '\n')
			if end < 0 {
				p.at = len(p.in)
				return
			}
			p.at += end
		default:
			return
		}
	}
}

// peek is the next byte that is no space; 0 at the end.
func (p *turtle) peek() byte {
	p.space()
	if p.at >= len(p.in) {
		return 0
	}
	return p.in[p.at]
}

// take takes s if it comes next.
func (p *turtle) take(s string) bool {
	p.space()
	if strings.HasPrefix(p.in[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

func (p *turtle) want(s string) {
	if !p.take(s) {
		p.fail("%q expected, %.20q found", s, p.in[p.at:])
	}
}

func (p *turtle) statement() {
	switch {
	case p.take("@prefix "):
		p.prefix()
		p.want(".")
	case p.take("PREFIX "):
		p.prefix()
	case p.peek() == '@' || p.take("BASE "):
		p.fail("a base or an unknown directive")
	case p.peek() == '[':
		s := p.blank()
		if p.peek() != '.' {
			p.about(s)
		}
		p.want(".")
	default:
		p.about(p.subject())
		p.want(".")
	}
}

func (p *turtle) prefix() {
	p.space()
	end := strings.IndexByte(p.in[p.at:], ':')
	if end < 0 {
		p.fail("a prefix without a colon")
	}
	name := p.in[p.at : p.at+end]
	p.at += end + 1
	p.space()
	p.prefixes[name] = p.iri()
}

// about reads what is said of s: predicates and their objects.
func (p *turtle) about(s Term) {
	for {
		predicate := p.predicate()
		for {
			p.g.add(s, predicate, p.object())
			if !p.take(",") {
				break
			}
		}
		if !p.take(";") {
			return
		}
		for p.take(";") {
		}
		if c := p.peek(); c == '.' || c == ']' {
			return
		}
	}
}

func (p *turtle) predicate() Term {
	if p.peek() == 'a' && p.at+1 < len(p.in) && strings.IndexByte(" \t\r\n<", p.in[p.at+1]) >= 0 {
		p.at++
		return Term{Value: rdfType}
	}
	return p.name()
}

func (p *turtle) subject() Term {
	if p.peek() == '(' {
		return p.collection()
	}
	return p.name()
}

// name reads an IRI, a prefixed name or a blank node's label.
func (p *turtle) name() Term {
	switch p.peek() {
	case '<':
		return Term{Value: p.iri()}
	case '_':
		p.want("_:")
		if label := p.local(); label != "" {
			return Term{Value: "_:" + label}
		}
		p.fail("a blank node without a label")
	}
	start := p.at
	for p.at < len(p.in) && p.in[p.at] != ':' {
		if r, size := utf8.DecodeRuneInString(p.in[p.at:]); !nameRune(r) {
			p.fail("%.20q is neither an IRI nor a name", p.in[start:])
		} else {
			p.at += size
		}
	}
	if p.at == len(p.in) {
		p.fail("the document ends within a name")
	}
	prefix, known := p.prefixes[p.in[start:p.at]]
	if !known {
		p.fail("prefix %q is not declared", p.in[start:p.at])
	}
	p.at++
	return Term{Value: prefix + p.local()}
}

func nameRune(r rune) bool {
	return r == '-' || r == '_' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// local reads the part of a name after its colon. A dot at its end ends the
// statement.
func (p *turtle) local() string {
	var b strings.Builder
	for p.at < len(p.in) {
		r, size := utf8.DecodeRuneInString(p.in[p.at:])
		switch {
		case r == '%' || r == ':' || nameRune(r):
			b.WriteRune(r)
			p.at += size
		case r == '\\' && p.at+1 < len(p.in) && strings.IndexByte(`_~.-!$&'()*+,;=/?#@%`, p.in[p.at+1]) >= 0:
			b.WriteByte(p.in[p.at+1])
			p.at += 2
		default:
			return p.undot(b.String())
		}
	}
	return p.undot(b.String())
}

func (p *turtle) undot(s string) string {
	bare := strings.TrimRight(s, ".")
	p.at -= len(s) - len(bare)
	return bare
}

// iri reads <…>.
func (p *turtle) iri() string {
	p.want("<")
	var b strings.Builder
	for {
		r := p.rune()
		switch {
		case r == '>':
			if s := b.String(); strings.IndexByte(s, ':') > 0 {
				return s
			}
			p.fail("<%s> is relative", b.String())
		case r == '\\':
			b.WriteRune(p.numbered())
		case r <= 0x20 || strings.ContainsRune("<\"{}|^`", r):
			p.fail("%q in an IRI", r)
		default:
			b.WriteRune(r)
		}
	}
}

func (p *turtle) rune() rune {
	if p.at >= len(p.in) {
		p.fail("the document ends within a term")
	}
	r, size := utf8.DecodeRuneInString(p.in[p.at:])
	p.at += size
	return r
}

// numbered reads what follows the backslash of \uXXXX and \UXXXXXXXX.
func (p *turtle) numbered() rune {
	digits := map[rune]int{'u': 4, 'U': 8}[p.rune()]
	if digits == 0 || p.at+digits > len(p.in) {
		p.fail("an escape that is none")
	}
	n, err := strconv.ParseUint(p.in[p.at:p.at+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		p.fail("\\u%s is no character", p.in[p.at:p.at+digits])
	}
	p.at += digits
	return rune(n)
}
