package catalogueweb

import (
	"net/http"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/catalogue"
)

func TestWhatIsWanted(t *testing.T) {
	for accept, want := range map[string]catalogue.Format{
		"":                                     catalogue.JSONLD,
		"*/*":                                  catalogue.JSONLD,
		"image/png":                            catalogue.JSONLD, // as docs/catalogue.md says: what can be read rather than a refusal
		"text/turtle":                          catalogue.Turtle,
		"TEXT/TURTLE ; Q=0.9":                  catalogue.Turtle,
		"*/*, text/turtle":                     catalogue.Turtle, // named before merely not excluded
		"text/*":                               catalogue.Turtle,
		"application/rdf+xml, text/turtle":     catalogue.RDFXML, // the first among equals
		"text/turtle;q=0, application/rdf+xml": catalogue.RDFXML,
		"text/turtle;q=0":                      catalogue.JSONLD,
		"text/turtle;q=0.2, application/n-triples;q=0.3":                         catalogue.NTriples,
		"application/ld+json;profile=\"http://www.w3.org/ns/json-ld#compacted\"": catalogue.JSONLD,
		"text/turtle;q=abc":                                               catalogue.Turtle,
		"text/turtle;q=7, application/rdf+xml":                            catalogue.Turtle, // a weight that is none is not said
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": htmlPage,
		"text/turtle, application/rdf+xml;q=0.8, text/html;q=0.9":         catalogue.Turtle,
		",;,=;q=,": catalogue.JSONLD,
	} {
		if got := wanted(accept); got != want {
			t.Errorf("Accept: %s = %s; want %s", accept, got, want)
		}
	}
}

func TestLinksToTheOtherFormats(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 2)
		for _, path := range []string{"/dataset/" + datasetID(1), "/dataset/" + datasetID(1) + ".nt", "/catalog"} {
			got := h.get(path, "Accept", "text/turtle")
			links := strings.Join(got.header.Values("Link"), ", ")
			iri := base + strings.TrimSuffix(path, ".nt")
			for _, want := range []string{
				"<" + iri + `.jsonld>; rel="alternate"; type="application/ld+json"`,
				"<" + iri + `.ttl>; rel="alternate"; type="text/turtle"`, `rel="alternate"; type="text/html"`,
			} {
				if !strings.Contains(links, want) {
					t.Errorf("%s: %s lacks %s", path, links, want)
				}
			}
			for link := range strings.SplitSeq(links, ", ") {
				address, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
				if !strings.Contains(address, "/datasets") && h.get(address).status != http.StatusOK {
					t.Errorf("%s leads nowhere", address)
				}
			}
		}
	})
}

func FuzzWanted(f *testing.F) {
	f.Add("text/turtle;q=0.5, */*;q=0.1")
	f.Fuzz(func(t *testing.T, accept string) {
		if got := wanted(accept); got == "" {
			t.Errorf("%q wants nothing", accept)
		}
	})
}
