package catalogue

import (
	"strconv"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// prefixes are the namespaces every document declares, in this order.
var prefixes = []struct{ name, iri string }{
	{"adms", "http://www.w3.org/ns/adms#"},
	{"dcat", "http://www.w3.org/ns/dcat#"},
	{"dcatap", "http://data.europa.eu/r5r/"},
	{"dct", "http://purl.org/dc/terms/"},
	{"dqv", "http://www.w3.org/ns/dqv#"},
	{"eli", "http://data.europa.eu/eli/ontology#"},
	{"foaf", "http://xmlns.com/foaf/0.1/"},
	{"hydra", "http://www.w3.org/ns/hydra/core#"},
	{"owl", "http://www.w3.org/2002/07/owl#"},
	{"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
	{"skos", "http://www.w3.org/2004/02/skos/core#"},
	{"spdx", "http://spdx.org/rdf/terms#"},
	{"vcard", "http://www.w3.org/2006/vcard/ns#"},
	{"xsd", "http://www.w3.org/2001/XMLSchema#"},
}

// term is the object of a statement: an IRI, or a literal with a language or
// a datatype. Types and datatypes are kept short, "dcat:Dataset".
type term struct {
	value    string
	lang     string
	datatype string
	iri      bool
}

// property is one property of a node with its values.
type property struct {
	name  string // short, "dct:title"
	terms []term
}

// node is one thing a document describes. Every node has an IRI of its own:
// without blank nodes two documents can be compared statement by statement,
// and a portal finds the same distribution again next time.
type node struct {
	id         string
	types      []string
	properties []property
}

// add gives n a property; no values, no property.
func (n *node) add(name string, terms ...term) {
	if len(terms) > 0 {
		n.properties = append(n.properties, property{name, terms})
	}
}

// addIRI adds a property that is one IRI, unless there is none.
func (n *node) addIRI(name, iri string) {
	if iri != "" {
		n.add(name, term{value: iri, iri: true})
	}
}

// addString adds a plain literal, unless it is empty.
func (n *node) addString(name, value string) {
	if value != "" {
		n.add(name, term{value: value})
	}
}

func (n *node) addTime(name string, t time.Time) {
	if !t.IsZero() {
		n.add(name, term{value: t.UTC().Format(time.RFC3339Nano), datatype: "xsd:dateTime"})
	}
}

func (n *node) addDate(name string, d inventory.Date) {
	if d != "" && d.Valid() {
		n.add(name, term{value: string(d), datatype: "xsd:date"})
	}
}

func (n *node) addInteger(name, datatype string, i int64) {
	n.add(name, term{value: strconv.FormatInt(i, 10), datatype: datatype})
}

// iris makes terms of IRIs.
func iris(values ...string) []term {
	terms := make([]term, 0, len(values))
	for _, v := range values {
		if v != "" {
			terms = append(terms, term{value: v, iri: true})
		}
	}
	return terms
}

// triple is one statement, with everything spelled out.
type triple struct {
	subject, predicate string
	object             term
}

// triples lists the statements about the nodes.
func triples(nodes ...*node) []triple {
	size := 0
	for _, n := range nodes {
		size += len(n.types)
		for _, p := range n.properties {
			size += len(p.terms)
		}
	}
	all, spelled := make([]triple, 0, size), names{}
	for _, n := range nodes {
		for _, t := range n.types {
			all = append(all, triple{n.id, spelled.out("rdf:type"), term{value: spelled.out(t), iri: true}})
		}
		for _, p := range n.properties {
			predicate := spelled.out(p.name)
			for _, o := range p.terms {
				o.datatype = spelled.out(o.datatype)
				all = append(all, triple{n.id, predicate, o})
			}
		}
	}
	return all
}

// expand spells out a short name; what is no short name stays.
func expand(short string) string {
	for _, p := range prefixes {
		if len(short) > len(p.name) && short[len(p.name)] == ':' && short[:len(p.name)] == p.name {
			return p.iri + short[len(p.name)+1:]
		}
	}
	return short
}

// names remembers names spelled out: a document has few, and each of them often.
type names map[string]string

// out is expand.
func (n names) out(short string) string {
	if short == "" {
		return ""
	}
	full, ok := n[short]
	if !ok {
		full = expand(short)
		n[short] = full
	}
	return full
}
