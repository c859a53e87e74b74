package catalogue

import (
	"bytes"
	"fmt"
)

// turtleHead declares the prefixes.
func turtleHead() []byte {
	var b bytes.Buffer
	for _, p := range prefixes {
		fmt.Fprintf(&b, "@prefix %s: <%s> .\n", p.name, p.iri)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// writeTurtle writes each node as a paragraph.
func writeTurtle(b *bytes.Buffer, nodes ...*node) {
	for _, n := range nodes {
		b.WriteString("<" + n.id + ">")
		sep := " "
		for i, t := range n.types {
			if i == 0 {
				b.WriteString(" a " + t)
			} else {
				b.WriteString(", " + t)
			}
			sep = " ;\n    "
		}
		for _, p := range n.properties {
			b.WriteString(sep + p.name + " ")
			for i, o := range p.terms {
				if i > 0 {
					b.WriteString(", ")
				}
				writeTerm(b, o)
			}
			sep = " ;\n    "
		}
		b.WriteString(" .\n\n")
	}
}

// writeTerm writes an object the way Turtle and, once names are spelled out,
// N-Triples have it.
func writeTerm(b *bytes.Buffer, o term) {
	if o.iri {
		b.WriteString("<" + o.value + ">")
		return
	}
	b.WriteByte('"')
	for _, r := range o.value {
		switch r {
		case '"':
			b.WriteString(`\"`)
		case '\\': // by its number: rdflib 6 takes "\\u0041" in N-Triples for an A
			b.WriteString(`\u005C`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			if r < ' ' || r == 0x7f {
				fmt.Fprintf(b, `\u%04X`, r)
			} else {
				b.WriteRune(r)
			}
		}
	}
	b.WriteByte('"')
	switch {
	case o.lang != "":
		b.WriteString("@" + o.lang)
	case o.datatype != "":
		b.WriteString("^^" + o.datatype)
	}
}

// writeNTriples writes one statement a line.
func writeNTriples(b *bytes.Buffer, nodes ...*node) {
	for _, t := range triples(nodes...) {
		if t.object.datatype != "" {
			t.object.datatype = "<" + t.object.datatype + ">"
		}
		b.WriteString("<" + t.subject + "> <" + t.predicate + "> ")
		writeTerm(b, t.object)
		b.WriteString(" .\n")
	}
}
