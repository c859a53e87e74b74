package harvesttest

import (
	"slices"
	"strings"
	"testing"
)

// The same small graph, as each format may write it.
var sameGraph = map[string]struct {
	read func([]byte) (*Graph, error)
	text string
}{
	"turtle": {ParseTurtle, `@prefix dct: <http://purl.org/dc/terms/> . # a comment
@prefix : <https://a.example/> .
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
:x a dct:Thing ; dct:title "L'\"olive\"\n\u00e9"@fr, 'زيت'@ar ; dct:extent 12 ;
   dct:issued "2026-08-20"^^xsd:date ; ; dct:format """a "b" c""" .
<https://a.example/x> dct:relation :y.z .`},
	"n-triples": {ParseTurtle, `<https://a.example/x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://purl.org/dc/terms/Thing> .
<https://a.example/x> <http://purl.org/dc/terms/title> "L'\"olive\"\n\u00E9"@fr .
<https://a.example/x> <http://purl.org/dc/terms/title> "\u0632\u064A\u062A"@ar .
<https://a.example/x> <http://purl.org/dc/terms/extent> "12"^^<http://www.w3.org/2001/XMLSchema#integer> .
<https://a.example/x> <http://purl.org/dc/terms/issued> "2026-08-20"^^<http://www.w3.org/2001/XMLSchema#date> .
<https://a.example/x> <http://purl.org/dc/terms/format> "a \"b\" c"^^<http://www.w3.org/2001/XMLSchema#string> .
<https://a.example/x> <http://purl.org/dc/terms/relation> <https://a.example/y.z> .`},
	"rdf/xml": {ParseRDFXML, `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/">
<dct:Thing rdf:about="https://a.example/x"><dct:title xml:lang="fr">L'"olive"
é</dct:title><dct:title xml:lang="ar">زيت</dct:title>
<dct:extent rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">12</dct:extent>
<dct:issued rdf:datatype="http://www.w3.org/2001/XMLSchema#date">2026-08-20</dct:issued><dct:format>a "b" c</dct:format>
<dct:relation><rdf:Description rdf:about="https://a.example/y.z"/></dct:relation></dct:Thing></rdf:RDF>`},
	"json-ld": {ParseJSONLD, `{"@context":{"dct":"http://purl.org/dc/terms/","xsd":"http://www.w3.org/2001/XMLSchema#","link":{"@id":"dct:relation","@type":"@id"}},
"@graph":[{"@id":"https://a.example/x","@type":"dct:Thing","dct:title":[{"@value":"L'\"olive\"\né","@language":"fr"},{"@value":"زيت","@language":"ar"}],
"dct:extent":12,"dct:issued":{"@type":"xsd:date","@value":"2026-08-20"},"dct:format":"a \"b\" c","link":"https://a.example/y.z"}]}`},
}

func TestEveryFormatIsReadAsTheSameGraph(t *testing.T) {
	reference, err := ParseTurtle([]byte(sameGraph["turtle"].text))
	if err != nil {
		t.Fatal(err)
	}
	if len(reference.Statements()) != 7 || reference.title("https://a.example/x", "ar") != "زيت" ||
		reference.title("https://a.example/x", "en") != "L'\"olive\"\né" {
		t.Errorf("%d statements:\n%s", len(reference.Statements()), strings.Join(reference.Statements(), "\n"))
	}
	for name, f := range sameGraph {
		g, err := f.read([]byte(f.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !slices.Equal(g.Statements(), reference.Statements()) {
			t.Errorf("%s reads\n%s", name, strings.Join(g.Statements(), "\n"))
		}
	}
}

func TestReadersRefuseWhatIsNotTheirFormat(t *testing.T) {
	for text, want := range map[string]string{
		`<a> <https://b/> <https://c/> .`:                      `turtle: line 1: <a> is relative`,
		`x:a x:b x:c .`:                                        `turtle: line 1: prefix "x" is not declared`,
		"<https://a/> <https://b/> \"c\nd\" .":                 `turtle: line 2: a line ends within a string`,
		`<https://a/> <https://b/> <https://c d/> .`:           `turtle: line 1: ' ' in an IRI`,
		`<https://a/> <https://b/> "c"`:                        `turtle: line 1: "." expected, "" found`,
		`<https://a/> <https://b/> "c" <https://d/> .`:         `turtle: line 1: "." expected, "<https://d/> ." found`,
		`@base <https://a/> .`:                                 `turtle: line 1: a base or an unknown directive`,
		`<https://a/> <https://b/> "\ud800" .`:                 `turtle: line 1: \ud800 is no character`,
		"<https://a/> <https://b/> \"\xff\" .":                 `turtle: not UTF-8`,
		`<https://a/> <https://b/> "c`:                         `turtle: line 1: the document ends within a term`,
		"<https://a/> <https://b/> \"c\" .\n<https://a/> <htt": `turtle: line 2: the document ends within a term`,
	} {
		if _, err := ParseTurtle([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"@graph":[]}`:                              `json-ld: the context is not inline`,
		`{"@context":"https://a/context"}`:           `json-ld: the context is not inline`,
		`{"@context":{},"@graph":[{"@id":"a"}]}`:     `json-ld: "a" is relative`,
		`{"@context":{},"@id":"https://a/","b":"c"}`: `json-ld: "b" is in no vocabulary`,
		`{"@context":{}} {}`:                         `json-ld: something follows the document`,
	} {
		if _, err := ParseJSONLD([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	for _, text := range []string{
		``, `<html/>`, `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="a"/></rdf:RDF>`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">text</rdf:RDF>`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/><a/>`,
	} {
		if g, err := ParseRDFXML([]byte(text)); err == nil {
			t.Errorf("%s is read as %d statements", text, len(g.Statements()))
		}
	}
}

// FuzzReaders sees that no bytes break a reader, and that what is read can be
// written and read again.
func FuzzReaders(f *testing.F) {
	for _, s := range sameGraph {
		f.Add([]byte(s.text))
	}
	f.Add([]byte(`_:a <https://b/> ( 1 2.5 true [ <https://c/> -1e3 ] ) .`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func([]byte) (*Graph, error){ParseTurtle, ParseRDFXML, ParseJSONLD} {
			_, _ = read(b)
		}
		g, err := ParseTurtle(b)
		if err != nil {
			return
		}
		lines := g.Statements()
		again, err := ParseTurtle([]byte(strings.Join(lines, "\n")))
		if err != nil || !slices.Equal(again.Statements(), lines) {
			t.Fatalf("%v\n%q\n%q", err, lines, b)
		}
	})
}

func TestMungeAsCKANDoes(t *testing.T) {
	for title, want := range map[string]string{
		"Production d'olives 2024": "production-dolives-2024", "الفلاحة": "__", "عدد السكان حسب الولاية 2024": "2024",
		"Œuvres à l'École": "oeuvres-a-lecole", "a": "a_", strings.Repeat("x", 200) + " 2024": strings.Repeat("x", 90) + "-2024",
	} {
		if got := munge(title); got != want {
			t.Errorf("munge(%q) = %q; want %q", title, got, want)
		}
	}
	for tag, good := range map[string]bool{
		"qualité de l'air": false, "qualité de lʼair": true, "prix (TND)": false, "الصحّة": false, "الصحة": true, "a": false, "a.b-c_d": true,
	} {
		if err := validTag(tag); (err == nil) != good {
			t.Errorf("validTag(%q) = %v", tag, err)
		}
	}
}
