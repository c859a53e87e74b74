package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readTurtle reads back the Turtle that writeTurtle writes: declared prefixes,
// full IRIs, "a", ";" and ",", quoted literals. What it does not know is an
// error: it is there to catch us, not to be kind.
func readTurtle(doc []byte) ([]triple, error) {
	r := &turtleReader{s: string(doc), out: make([]triple, 0, bytes.Count(doc, []byte("\n"))), spelled: names{}}
	if !utf8.ValidString(r.s) {
		return nil, fmt.Errorf("read turtle: not UTF-8")
	}
	for r.space(); r.s != ""; r.space() {
		if rest, ok := strings.CutPrefix(r.s, "@prefix "); ok {
			_, after, found := strings.Cut(rest, " .\n")
			if !found {
				return nil, r.fault("prefix")
			}
			r.s = after
			continue
		}
		if err := r.statement(); err != nil {
			return nil, err
		}
	}
	return r.out, nil
}

type turtleReader struct {
	s       string
	out     []triple
	spelled names
}

func (r *turtleReader) fault(where string) error {
	return fmt.Errorf("read turtle: %s at %.60q", where, r.s)
}

func (r *turtleReader) space() { r.s = strings.TrimLeft(r.s, " \t\n") }

// statement reads one subject with everything said about it.
func (r *turtleReader) statement() error {
	subject, err := r.iri()
	if err != nil {
		return err
	}
	for {
		predicate, err := r.name()
		if err != nil {
			return err
		}
		for {
			object, err := r.object()
			if err != nil {
				return err
			}
			r.out = append(r.out, triple{subject, predicate, object})
			if !r.take(",") {
				break
			}
		}
		if r.take(".") {
			return nil
		}
		if !r.take(";") {
			return r.fault("end of statement")
		}
	}
}

// take consumes the mark if it comes next.
func (r *turtleReader) take(mark string) bool {
	r.space()
	rest, ok := strings.CutPrefix(r.s, mark)
	if ok {
		r.s = rest
	}
	return ok
}

func (r *turtleReader) iri() (string, error) {
	r.space()
	end := strings.IndexByte(r.s, '>')
	if !strings.HasPrefix(r.s, "<") || end < 0 {
		return "", r.fault("IRI")
	}
	value := r.s[1:end]
	if value == "" || strings.ContainsAny(value, "<\"{}|\\^` \n") {
		return "", r.fault("IRI")
	}
	r.s = r.s[end+1:]
	return value, nil
}

// name reads a short name, or "a", or a name spelled out as N-Triples have it.
func (r *turtleReader) name() (string, error) {
	r.space()
	if strings.HasPrefix(r.s, "<") {
		return r.iri()
	}
	end := strings.IndexAny(r.s, " ,;\n")
	if end <= 0 {
		return "", r.fault("name")
	}
	short := r.s[:end]
	if short == "a" {
		short = "rdf:type"
	}
	full := r.spelled.out(short)
	if full == short {
		return "", r.fault("name")
	}
	r.s = r.s[end:]
	return full, nil
}

func (r *turtleReader) object() (term, error) {
	r.space()
	switch {
	case strings.HasPrefix(r.s, "<"):
		iri, err := r.iri()
		return term{value: iri, iri: true}, err
	case strings.HasPrefix(r.s, `"`):
		return r.literal()
	}
	name, err := r.name()
	return term{value: name, iri: true}, err
}

func (r *turtleReader) literal() (term, error) {
	end := 1
	for end < len(r.s) && r.s[end] != '"' {
		if r.s[end] == '\n' {
			return term{}, r.fault("literal")
		}
		if r.s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.s) {
		return term{}, r.fault("literal")
	}
	value, err := strconv.Unquote(r.s[:end+1])
	if err != nil {
		return term{}, r.fault("literal")
	}
	t := term{value: value}
	r.s = r.s[end+1:]
	switch {
	case strings.HasPrefix(r.s, "@"):
		n := strings.IndexAny(r.s, " ,;\n")
		if n < 2 {
			return term{}, r.fault("language")
		}
		t.lang, r.s = r.s[1:n], r.s[n:]
	case strings.HasPrefix(r.s, "^^"):
		r.s = r.s[2:]
		if t.datatype, err = r.name(); err != nil {
			return term{}, err
		}
	}
	return t, nil
}

// readJSONLD reads back the JSON-LD that writeJSONLD writes: a flat graph of
// nodes under our inline context.
func readJSONLD(doc []byte) ([]triple, error) {
	var d struct {
		Context map[string]string            `json:"@context"`
		Graph   []map[string]json.RawMessage `json:"@graph"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return nil, fmt.Errorf("read json-ld: %w", err)
	}
	if len(d.Context) != len(prefixes) {
		return nil, fmt.Errorf("read json-ld: context has %d names", len(d.Context))
	}
	var out []triple
	for _, n := range d.Graph {
		var id string
		if err := json.Unmarshal(n["@id"], &id); err != nil || id == "" {
			return nil, fmt.Errorf("read json-ld: node without @id")
		}
		for key, raw := range n {
			if key == "@id" {
				continue
			}
			objects, err := readJSONTerms(key, raw)
			if err != nil {
				return nil, err
			}
			for _, o := range objects {
				out = append(out, triple{id, predicateOf(key), o})
			}
		}
	}
	return out, nil
}

func predicateOf(key string) string {
	if key == "@type" {
		return expand("rdf:type")
	}
	return expand(key)
}

func readJSONTerms(key string, raw json.RawMessage) ([]term, error) {
	list := []json.RawMessage{raw}
	if raw[0] == '[' {
		list = nil
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("read json-ld %s: %w", key, err)
		}
	}
	out := make([]term, 0, len(list))
	for _, one := range list {
		t, err := readJSONTerm(key, one)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func readJSONTerm(key string, raw json.RawMessage) (term, error) {
	switch {
	case key == "@type":
		var s string
		err := json.Unmarshal(raw, &s)
		return term{value: expand(s), iri: true}, err
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return term{value: s}, err
	case raw[0] != '{':
		var i json.Number
		err := json.Unmarshal(raw, &i)
		return term{value: i.String(), datatype: expand("xsd:integer")}, err
	}
	var o struct {
		ID    string  `json:"@id"`
		Value *string `json:"@value"`
		Lang  string  `json:"@language"`
		Type  string  `json:"@type"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return term{}, fmt.Errorf("read json-ld %s: %w", key, err)
	}
	if o.Value == nil {
		return term{value: o.ID, iri: true}, nil
	}
	return term{value: *o.Value, lang: o.Lang, datatype: expand(o.Type)}, nil
}
