package catalogue

import (
	"bytes"
	"encoding/xml"
)

// rdfXMLHead opens the document with every namespace.
func rdfXMLHead() []byte {
	var b bytes.Buffer
	b.WriteString(xmlHeader + "<rdf:RDF")
	for _, p := range prefixes {
		b.WriteString("\n    xmlns:" + p.name + `="` + p.iri + `"`)
	}
	b.WriteString(">\n")
	return b.Bytes()
}

// xmlHeader opens every document in XML.
const xmlHeader = xml.Header

const rdfXMLTail = "</rdf:RDF>\n"

// writeRDFXML writes each node as a description.
func writeRDFXML(b *bytes.Buffer, nodes ...*node) {
	for _, n := range nodes {
		b.WriteString(`<rdf:Description rdf:about="`)
		escapeXML(b, n.id)
		b.WriteString("\">\n")
		for _, t := range n.types {
			b.WriteString(`  <rdf:type rdf:resource="` + expand(t) + "\"/>\n")
		}
		for _, p := range n.properties {
			for _, o := range p.terms {
				writeXMLProperty(b, p.name, o)
			}
		}
		b.WriteString("</rdf:Description>\n")
	}
}

func writeXMLProperty(b *bytes.Buffer, name string, o term) {
	b.WriteString("  <" + name)
	if o.iri {
		b.WriteString(` rdf:resource="`)
		escapeXML(b, o.value)
		b.WriteString("\"/>\n")
		return
	}
	switch {
	case o.lang != "":
		b.WriteString(` xml:lang="` + o.lang + `"`)
	case o.datatype != "":
		b.WriteString(` rdf:datatype="` + expand(o.datatype) + `"`)
	}
	b.WriteByte('>')
	escapeXML(b, o.value)
	b.WriteString("</" + name + ">\n")
}

func escapeXML(b *bytes.Buffer, s string) {
	_ = xml.EscapeText(b, []byte(s)) // a bytes.Buffer never fails
}
