package catalogueweb

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/catalogue"
)

// gzipFrom is the size below which compressing saves nobody anything.
const gzipFrom = 1024

// send answers with a document of the snapshot, or with 304 when the reader
// holds it already.
func (p *Pages) send(c *gin.Context, status int, s *catalogue.Snapshot, d *catalogue.Document) {
	body, etag := d.Bytes(), d.ETag()
	h := c.Writer.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-cache") // keep it, but ask whether it still holds
	if len(body) >= gzipFrom && takesGzip(c.Request.Header.Get("Accept-Encoding")) {
		body, etag = d.Gzip(), d.GzipETag()
		h.Set("Content-Encoding", "gzip")
	}
	if status == http.StatusOK {
		h.Set("ETag", etag)
		modified, exact := p.feed.shelf.LastModified(s)
		h.Set("Last-Modified", modified.Format(http.TimeFormat))
		if holds(c.Request, d, modified, exact) {
			h.Del("Content-Encoding")
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return
		}
	}
	h.Set("Content-Type", d.Type)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(status)
	_, _ = c.Writer.Write(body) // a reader who hangs up is no fault of ours
}

// holds tells whether the reader has the document already. The time only
// counts when it is exactly ours: after a restart, or with a clock set back, an
// older time may well belong to a newer state.
func holds(r *http.Request, d *catalogue.Document, modified time.Time, exact bool) bool {
	if match := r.Header.Get("If-None-Match"); match != "" {
		return matches(match, d)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && exact && since.Equal(modified)
}

func matches(header string, d *catalogue.Document) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == d.ETag() || tag == d.GzipETag() {
			return true
		}
	}
	return false
}

// takesGzip reads Accept-Encoding.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, quality := weighted(part)
		if name == "gzip" || name == "x-gzip" {
			return quality > 0
		}
	}
	return false
}

// weighted splits "text/turtle;q=0.8" into its name and its weight.
func weighted(part string) (name string, quality float64) {
	name, parameters, _ := strings.Cut(part, ";")
	quality = 1
	for one := range strings.SplitSeq(parameters, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		if q, err := strconv.ParseFloat(value, 64); key == "q" && err == nil {
			quality = q
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), quality
}

// htmlPage stands for the wish to read a page rather than data.
const htmlPage catalogue.Format = "html"

// offers are the types we answer with, by name.
var offers = map[string]catalogue.Format{
	"application/ld+json": catalogue.JSONLD, "application/json": catalogue.JSONLD, "*/*": catalogue.JSONLD,
	"application/*": catalogue.JSONLD, "text/turtle": catalogue.Turtle, "application/x-turtle": catalogue.Turtle,
	"application/rdf+xml": catalogue.RDFXML, "application/xml": catalogue.RDFXML, "text/xml": catalogue.RDFXML,
	"application/n-triples": catalogue.NTriples, "text/html": htmlPage, "application/xhtml+xml": htmlPage,
}

// wanted reads Accept: the best of what is wanted, the first among equals,
// JSON-LD for who does not say.
func wanted(accept string) catalogue.Format {
	best, weight := catalogue.JSONLD, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		name, quality := weighted(part)
		if f, ok := offers[name]; ok && quality > weight {
			best, weight = f, quality
		}
	}
	return best
}
