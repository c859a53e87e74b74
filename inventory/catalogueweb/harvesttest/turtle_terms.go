package harvesttest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// object reads any term.
func (p *turtle) object() Term {
	switch c := p.peek(); {
	case c == '"' || c == '\'':
		return p.literal()
	case c == '[':
		return p.blank()
	case c == '(':
		return p.collection()
	case c == '+' || c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, word := range []string{"true", "false"} {
		rest := strings.TrimPrefix(p.in[p.at:], word)
		if len(rest) < len(p.in)-p.at && (rest == "" || !nameRune(rune(rest[0])) && rest[0] != ':' || rest[0] == '.') {
			p.at += len(word)
			return Term{Value: word, Literal: true, Datatype: xsdNS + "boolean"}
		}
	}
	return p.name()
}

// fresh is a blank node nobody named.
func (p *turtle) fresh() Term {
	p.blanks++
	return Term{Value: "_:genid" + strconv.Itoa(p.blanks)}
}

// blank reads [ … ].
func (p *turtle) blank() Term {
	p.want("[")
	node := p.fresh()
	if p.peek() != ']' {
		p.about(node)
	}
	p.want("]")
	return node
}

// collection reads ( … ).
func (p *turtle) collection() Term {
	p.want("(")
	var items []Term
	for p.peek() != ')' {
		items = append(items, p.object())
	}
	p.want(")")
	list := Term{Value: rdfNS + "nil"}
	for _, item := range slices.Backward(items) {
		node := p.fresh()
		p.g.add(node, Term{Value: rdfNS + "first"}, item)
		p.g.add(node, Term{Value: rdfNS + "rest"}, list)
		list = node
	}
	return list
}

var numberPattern = regexp.MustCompile(`^[+-]?(\d+\.\d*[eE][+-]?\d+|\.\d+[eE][+-]?\d+|\d+[eE][+-]?\d+|\d*\.\d+|\d+)`)

func (p *turtle) number() Term {
	s := numberPattern.FindString(p.in[p.at:])
	if s == "" {
		p.fail("%.20q is no number", p.in[p.at:])
	}
	p.at += len(s)
	kind := "integer"
	switch {
	case strings.ContainsAny(s, "eE"):
		kind = "double"
	case strings.Contains(s, "."):
		kind = "decimal"
	}
	return Term{Value: s, Literal: true, Datatype: xsdNS + kind}
}

var langPattern = regexp.MustCompile(`^@[a-zA-Z]+(-[a-zA-Z0-9]+)*`)

// literal reads a string with its language or datatype.
func (p *turtle) literal() Term {
	t := Term{Literal: true, Value: p.quoted()}
	if lang := langPattern.FindString(p.in[p.at:]); lang != "" {
		p.at += len(lang)
		t.Lang = strings.ToLower(lang[1:])
		return t
	}
	if strings.HasPrefix(p.in[p.at:], "^^") {
		p.at += 2
		t.Datatype = p.name().Value
		if t.Datatype == xsdNS+"string" {
			t.Datatype = ""
		}
	}
	return t
}

// quoted reads a string in any of the four kinds of quotes.
func (p *turtle) quoted() string {
	quote := p.in[p.at : p.at+1]
	long := strings.Repeat(quote, 3)
	end := quote
	if strings.HasPrefix(p.in[p.at:], long) {
		end = long
	}
	p.at += len(end)
	var b strings.Builder
	for !strings.HasPrefix(p.in[p.at:], end) {
		r := p.rune()
		switch {
		case r == '\\':
			b.WriteRune(p.escaped())
		case (r == '\n' || r == '\r') && len(end) == 1:
			p.fail("a line ends within a string")
		default:
			b.WriteRune(r)
		}
	}
	p.at += len(end)
	return b.String()
}

// escaped reads what follows a backslash in a string.
func (p *turtle) escaped() rune {
	if p.at < len(p.in) {
		if n := strings.IndexByte(`tbnrf"'\`, p.in[p.at]); n >= 0 {
			p.at++
			return []rune("\t\b\n\r\f\"'\\")[n]
		}
	}
	return p.numbered()
}
