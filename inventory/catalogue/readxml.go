package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// readRDFXML reads back the RDF/XML that writeRDFXML writes: descriptions, a
// property a line. Like readTurtle it refuses what it does not know.
func readRDFXML(doc []byte) ([]triple, error) {
	if !utf8.Valid(doc) {
		return nil, errors.New("read rdf/xml: not UTF-8")
	}
	out, spelled := make([]triple, 0, bytes.Count(doc, []byte("\n"))), names{}
	subject := ""
	for line := range strings.Lines(string(doc)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "</rdf:Description>" && subject != "":
			subject = ""
		case subject == "":
			value, rest, ok := quoted(line, `<rdf:Description rdf:about="`)
			if !ok || rest != ">" || value == "" {
				return nil, fmt.Errorf("read rdf/xml: description at %.60q", line)
			}
			subject = value
		default:
			t, err := readXMLProperty(line, spelled)
			if err != nil {
				return nil, err
			}
			t.subject = subject
			out = append(out, t)
		}
	}
	if subject != "" {
		return nil, errors.New("read rdf/xml: cut short")
	}
	return out, nil
}

// quoted takes an attribute off the line, up to its closing mark.
func quoted(line, before string) (value, rest string, ok bool) {
	rest, ok = strings.CutPrefix(line, before)
	if !ok {
		return "", line, false
	}
	value, rest, ok = strings.Cut(rest, `"`)
	if !ok || strings.ContainsAny(value, "<>") {
		return "", line, false
	}
	value, ok = unescapeXML(value)
	return value, rest, ok
}

func readXMLProperty(line string, spelled names) (t triple, err error) {
	fault := func() (triple, error) { return triple{}, fmt.Errorf("read rdf/xml: property at %.60q", line) }
	open, ok := strings.CutPrefix(line, "  <")
	end := strings.IndexAny(open, " >")
	if !ok || end <= 0 {
		return fault()
	}
	name, rest := open[:end], open[end:]
	if t.predicate = spelled.out(name); t.predicate == name {
		return fault()
	}
	if value, after, found := quoted(rest, ` rdf:resource="`); found {
		t.object = term{value: value, iri: true}
		if after != "/>" {
			return fault()
		}
		return t, nil
	}
	if value, after, found := quoted(rest, ` xml:lang="`); found {
		t.object.lang, rest = value, after
	} else if value, after, found := quoted(rest, ` rdf:datatype="`); found {
		t.object.datatype, rest = value, after
	}
	text, opened := strings.CutPrefix(rest, ">")
	text, closed := strings.CutSuffix(text, "</"+name+">")
	if !opened || !closed || strings.ContainsAny(text, "<>") {
		return fault()
	}
	if t.object.value, ok = unescapeXML(text); !ok {
		return fault()
	}
	return t, nil
}

// unescapeXML undoes xml.EscapeText, and knows no other references.
func unescapeXML(s string) (string, bool) {
	if !strings.Contains(s, "&") {
		return s, xmlText(s)
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String(), xmlText(b.String())
		}
		name, rest, ended := strings.Cut(after, ";")
		char, known := xmlReferences[name]
		if !ended || !known {
			return "", false
		}
		b.WriteString(char)
		s = rest
	}
}

// xmlReferences are those that xml.EscapeText writes.
var xmlReferences = map[string]string{
	"lt": "<", "gt": ">", "amp": "&", "#34": `"`, "#39": "'", "#x9": "\t", "#xA": "\n", "#xD": "\r",
}

// xmlText tells whether XML can say s at all.
func xmlText(s string) bool {
	for _, r := range s {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return false
		}
	}
	return true
}
