package harvesttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ParseJSONLD reads JSON-LD whose context is inline: prefixes, terms and their
// types. A context that would have to be fetched, and every keyword it does
// not know, is refused.
func ParseJSONLD(b []byte) (*Graph, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("json-ld: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("json-ld: something follows the document")
	}
	p := &jsonLD{g: newGraph(), terms: map[string]string{}, types: map[string]string{}}
	if err := p.context(doc["@context"]); err != nil {
		return nil, fmt.Errorf("json-ld: %w", err)
	}
	delete(doc, "@context")
	nodes, ok := doc["@graph"].([]any)
	if !ok {
		nodes = []any{doc}
	}
	for _, n := range nodes {
		object, ok := n.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("json-ld: %v in the graph", n)
		}
		if _, err := p.node(object); err != nil {
			return nil, fmt.Errorf("json-ld: %w", err)
		}
	}
	return p.g, nil
}

type jsonLD struct {
	g      *Graph
	terms  map[string]string
	types  map[string]string // what the values of a term are, by the context
	blanks int
}

func (p *jsonLD) context(raw any) error {
	context, ok := raw.(map[string]any)
	if !ok {
		return errors.New("the context is not inline")
	}
	for term, v := range context {
		switch x := v.(type) {
		case string:
			p.terms[term] = x
		case map[string]any:
			p.terms[term], _ = x["@id"].(string)
			p.types[term], _ = x["@type"].(string)
		default:
			return fmt.Errorf("the context says %v of %q", v, term)
		}
	}
	for term, iri := range p.terms {
		p.terms[term] = p.iri(iri)
	}
	return nil
}

// iri makes the whole of a compact IRI or a term.
func (p *jsonLD) iri(s string) string {
	if whole, ok := p.terms[s]; ok && whole != s && !strings.Contains(s, ":") {
		return p.iri(whole)
	}
	if prefix, rest, ok := strings.Cut(s, ":"); ok && !strings.HasPrefix(rest, "//") {
		if whole, known := p.terms[prefix]; known {
			return whole + rest
		}
	}
	return s
}

// node reads an object that is a node of the graph.
func (p *jsonLD) node(object map[string]any) (Term, error) {
	s := Term{}
	if id, ok := object["@id"].(string); ok {
		s.Value = p.iri(id)
	} else {
		p.blanks++
		s.Value = "_:genid" + strconv.Itoa(p.blanks)
	}
	if strings.IndexByte(s.Value, ':') <= 0 {
		return s, fmt.Errorf("%q is relative", s.Value)
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch {
		case key == "@id":
		case key == "@type":
			for _, class := range asList(object[key]) {
				name, _ := class.(string)
				p.g.add(s, Term{Value: rdfType}, Term{Value: p.iri(name)})
			}
		case strings.HasPrefix(key, "@"):
			return s, fmt.Errorf("keyword %s in a node", key)
		default:
			if err := p.values(s, key, object[key]); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func asList(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

func (p *jsonLD) values(s Term, key string, v any) error {
	predicate := p.iri(key)
	if strings.IndexByte(predicate, ':') <= 0 {
		return fmt.Errorf("%q is in no vocabulary", key)
	}
	for _, one := range asList(v) {
		o, err := p.value(key, one)
		if err != nil {
			return err
		}
		p.g.add(s, Term{Value: predicate}, o)
	}
	return nil
}

func (p *jsonLD) value(key string, v any) (Term, error) {
	switch x := v.(type) {
	case string:
		if p.types[key] == "@id" {
			return Term{Value: p.iri(x)}, nil
		}
		return p.typed(x, p.types[key]), nil
	case bool:
		return p.typed(strconv.FormatBool(x), xsdNS+"boolean"), nil
	case json.Number:
		if kind := p.types[key]; kind != "" {
			return p.typed(x.String(), kind), nil
		}
		if strings.ContainsAny(x.String(), ".eE") {
			return Term{}, fmt.Errorf("%s %s: numbers that are not whole change their writing", key, x)
		}
		return p.typed(x.String(), xsdNS+"integer"), nil
	case map[string]any:
		if _, literal := x["@value"]; literal {
			return p.literal(x)
		}
		return p.node(x)
	}
	return Term{}, fmt.Errorf("%v as a value of %s", v, key)
}

func (p *jsonLD) typed(value, datatype string) Term {
	if datatype = p.iri(datatype); datatype == xsdNS+"string" {
		datatype = ""
	}
	return Term{Value: value, Literal: true, Datatype: datatype}
}

func (p *jsonLD) literal(x map[string]any) (Term, error) {
	value, ok := x["@value"].(string)
	if !ok {
		value = fmt.Sprint(x["@value"])
	}
	kind, _ := x["@type"].(string)
	t := p.typed(value, kind)
	lang, _ := x["@language"].(string)
	t.Lang = strings.ToLower(lang)
	for key := range x {
		if !slices.Contains([]string{"@value", "@type", "@language"}, key) {
			return t, fmt.Errorf("keyword %s in a literal", key)
		}
	}
	return t, nil
}
