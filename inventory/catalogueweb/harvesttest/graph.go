package harvesttest

import (
	"fmt"
	"slices"
	"strings"
)

// Namespaces that harvesters look for.
const (
	rdfNS   = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsdNS   = "http://www.w3.org/2001/XMLSchema#"
	dcatNS  = "http://www.w3.org/ns/dcat#"
	dctNS   = "http://purl.org/dc/terms/"
	hydraNS = "http://www.w3.org/ns/hydra/core#"

	rdfType = rdfNS + "type"
)

// Term is a node of a graph: an IRI, a blank node ("_:a"), or a literal.
type Term struct {
	Value    string
	Literal  bool
	Lang     string
	Datatype string // of a literal; empty means a plain string
}

// Triple is a statement.
type Triple struct{ Subject, Predicate, Object Term }

// Graph keeps statements in the order in which they were read, as rdflib's
// memory does: harvesters that take "the first" depend on it.
type Graph struct {
	all     []Triple         // some perhaps twice
	about   map[string][]int // statements of each subject
	classes map[string][]string
}

func newGraph() *Graph {
	return &Graph{about: map[string][]int{}, classes: map[string][]string{}}
}

func (g *Graph) add(s, p, o Term) {
	if p.Value == rdfType && !o.Literal && !g.is(s.Value, o.Value) {
		g.classes[o.Value] = append(g.classes[o.Value], s.Value)
	}
	g.about[s.Value] = append(g.about[s.Value], len(g.all))
	g.all = append(g.all, Triple{s, p, o})
}

// is tells whether the node is known to be of the class.
func (g *Graph) is(node, class string) bool {
	for _, o := range g.objects(node, rdfType) {
		if o.Value == class {
			return true
		}
	}
	return false
}

// typed returns the nodes of a class, in order.
func (g *Graph) typed(class string) []string { return g.classes[class] }

// objects returns what is said of a subject, in order.
func (g *Graph) objects(subject, predicate string) []Term {
	var out []Term
	for _, n := range g.about[subject] {
		if t := g.all[n]; t.Predicate.Value == predicate {
			out = append(out, t.Object)
		}
	}
	return out
}

// object returns the first of them.
func (g *Graph) object(subject, predicate string) (Term, bool) {
	for _, n := range g.about[subject] {
		if t := g.all[n]; t.Predicate.Value == predicate {
			return t.Object, true
		}
	}
	return Term{}, false
}

// title is how ckanext-dcat chooses among languages: the locale's literal,
// else the first.
func (g *Graph) title(subject, locale string) string {
	first := ""
	for _, o := range g.objects(subject, dctNS+"title") {
		if o.Lang == locale && locale != "" {
			return o.Value
		}
		if first == "" {
			first = o.Value
		}
	}
	return first
}

// Statements returns the statements as sorted lines of N-Triples, each once.
func (g *Graph) Statements() []string {
	out := make([]string, 0, len(g.all))
	for _, t := range g.all {
		out = append(out, fmt.Sprintf("%s %s %s .", t.Subject.ntriples(), t.Predicate.ntriples(), t.Object.ntriples()))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (t Term) ntriples() string {
	if !t.Literal {
		if strings.HasPrefix(t.Value, "_:") {
			return t.Value
		}
		return "<" + escape(t.Value) + ">"
	}
	s := `"` + escape(t.Value) + `"`
	switch {
	case t.Lang != "":
		return s + "@" + t.Lang
	case t.Datatype != "":
		return s + "^^<" + escape(t.Datatype) + ">"
	}
	return s
}

// escape writes everything outside plain ASCII by its number, so that two
// writers of the same text write the same bytes.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r < 0x20 || r == 0x7f || r > 0x7e && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04X`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
