package catalogue

import (
	"bytes"
	"encoding/json"
)

// jsonldHead opens a document. The context is inline, so that no reader has to
// fetch anything from anywhere to understand us.
func jsonldHead() []byte {
	var b bytes.Buffer
	b.WriteString("{\"@context\":{")
	for i, p := range prefixes {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + p.name + `":"` + p.iri + `"`)
	}
	b.WriteString("},\n\"@graph\":[\n")
	return b.Bytes()
}

const jsonldTail = "\n]}\n"

// writeJSONLD writes nodes as members of a graph, parted by commas.
func writeJSONLD(b *bytes.Buffer, nodes ...*node) {
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(`{"@id":`)
		writeJSONString(b, n.id)
		if len(n.types) > 0 {
			b.WriteString(`,"@type":`)
			writeJSONTypes(b, n.types)
		}
		for _, p := range n.properties {
			b.WriteString(`,"` + p.name + `":`)
			writeJSONTerms(b, p.terms)
		}
		b.WriteByte('}')
	}
}

func writeJSONTypes(b *bytes.Buffer, types []string) {
	b.WriteByte('[')
	for i, t := range types {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + t + `"`)
	}
	b.WriteByte(']')
}

// writeJSONTerms writes one value bare and several as a list.
func writeJSONTerms(b *bytes.Buffer, terms []term) {
	if len(terms) > 1 {
		b.WriteByte('[')
		defer b.WriteByte(']')
	}
	for i, o := range terms {
		if i > 0 {
			b.WriteByte(',')
		}
		switch {
		case o.iri:
			b.WriteString(`{"@id":`)
			writeJSONString(b, o.value)
			b.WriteByte('}')
		case o.lang != "":
			b.WriteString(`{"@language":"` + o.lang + `","@value":`)
			writeJSONString(b, o.value)
			b.WriteByte('}')
		case o.datatype == "xsd:integer": // a JSON number is one, and readers want a number here
			b.WriteString(o.value)
		case o.datatype != "":
			b.WriteString(`{"@type":"` + o.datatype + `","@value":`)
			writeJSONString(b, o.value)
			b.WriteByte('}')
		default:
			writeJSONString(b, o.value)
		}
	}
}

// writeJSONString quotes s without the escapes that only HTML needs.
func writeJSONString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	b.Truncate(b.Len() - 1)
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
