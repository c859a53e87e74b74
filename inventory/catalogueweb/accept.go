package catalogueweb

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/catalogue"
)

// htmlPage stands for the wish to read a page rather than data.
const htmlPage catalogue.Format = "html"

// offers are the types we answer with, by name.
var offers = map[string]catalogue.Format{
	"application/ld+json": catalogue.JSONLD, "application/json": catalogue.JSONLD, "*/*": catalogue.JSONLD,
	"application/*": catalogue.JSONLD, "text/turtle": catalogue.Turtle, "application/x-turtle": catalogue.Turtle, "text/*": catalogue.Turtle,
	"application/rdf+xml": catalogue.RDFXML, "application/xml": catalogue.RDFXML, "text/xml": catalogue.RDFXML,
	"application/n-triples": catalogue.NTriples, "text/html": htmlPage, "application/xhtml+xml": htmlPage,
}

// wanted reads Accept: the best of what is wanted; among equals a type that is
// named before one that is only not excluded, then the first. JSON-LD for who
// does not say, or wants what we do not have: an answer that can be read helps
// more than a refusal.
func wanted(accept string) catalogue.Format {
	best, weight, named := catalogue.JSONLD, 0.0, false
	for part := range strings.SplitSeq(accept, ",") {
		name, quality := weighted(part)
		f, ok := offers[name]
		isNamed := !strings.HasSuffix(name, "*")
		if ok && quality <= 1 && (quality > weight || quality == weight && weight > 0 && isNamed && !named) {
			best, weight, named = f, quality, isNamed
		}
	}
	return best
}

// alternates names the other ways to read the same thing, for readers that
// follow Link rather than guess.
func (p *Pages) alternates(c *gin.Context, iri, page string) {
	var links []string
	for _, f := range []catalogue.Format{catalogue.JSONLD, catalogue.Turtle, catalogue.RDFXML, catalogue.NTriples} {
		kind, _, _ := strings.Cut(f.ContentType(), ";")
		links = append(links, "<"+p.shell.URL(iri+"."+string(f))+`>; rel="alternate"; type="`+kind+`"`)
	}
	links = append(links, "<"+p.shell.URL(page)+`>; rel="alternate"; type="text/html"`)
	c.Writer.Header().Add("Link", strings.Join(links, ", "))
}
