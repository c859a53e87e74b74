package catalogueweb

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/web"
)

// wholeUpTo is the size, as sent, up to which a document is in memory before
// its header goes out, so that what cannot be loaded is a 503 and never a page
// cut short. Larger ones are streamed.
const wholeUpTo = 8 << 20

// send answers with a document of the snapshot, or with 304 when the reader
// holds it already.
func (p *Pages) send(c *gin.Context, status int, s *catalogue.Snapshot, d *catalogue.Document) error {
	h := c.Writer.Header()
	if h["Vary"] == nil {
		h["Vary"] = varies[:1:1]
	} else {
		h.Add("Vary", "Accept-Encoding")
	}
	h["Access-Control-Allow-Origin"], h["Cache-Control"] = anybody[:1:1], asking[:1:1]
	e := catalogue.Plain
	if d.Length(catalogue.Plain) >= compressFrom {
		e = encodingFor(c.Request.Header.Get("Accept-Encoding"))
	}
	if status == http.StatusOK {
		modified, exact := p.feed.shelf.LastModified(s)
		lines := [...]string{d.ETag(e), p.written(modified)}
		h["Etag"], h["Last-Modified"] = lines[:1:1], lines[1:2:2]
		if holds(c.Request, d, modified, exact) {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return nil
		}
	}
	return p.deliver(c, status, d, e)
}

// anybody may read it from any page, and is to ask whether what they keep still
// holds: lists of one, which nobody changes.
var (
	anybody = []string{"*"}
	asking  = []string{"no-cache"}
)

// varies is what an answer depends on besides its address.
var varies = []string{"Accept-Encoding"}

// written is a time as headers have it. Most who ask are told the same.
func (p *Pages) written(t time.Time) string {
	last := p.lastModified.Load()
	if last == nil || !last.at.Equal(t) {
		last = &stamp{t, t.Format(http.TimeFormat)}
		p.lastModified.Store(last)
	}
	return last.text
}

type stamp struct {
	at   time.Time
	text string
}

// deliver sends the document itself.
func (p *Pages) deliver(c *gin.Context, status int, d *catalogue.Document, e catalogue.Encoding) error {
	ctx, length := c.Request.Context(), d.Length(e)
	var runs [][]byte
	if length <= wholeUpTo {
		var err error
		if runs, err = d.Load(ctx, e); err != nil {
			c.Writer.Header().Del("ETag")
			c.Writer.Header().Del("Last-Modified")
			return unavailable(err)
		}
	}
	h := c.Writer.Header()
	lines := [...]string{e.String(), d.Type, strconv.FormatInt(length, 10)}
	if e != catalogue.Plain {
		h["Content-Encoding"] = lines[:1:1]
	}
	h["Content-Type"], h["Content-Length"] = lines[1:2:2], lines[2:3:3]
	c.Status(status)
	if web.MethodFrom(ctx) == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return nil
	}
	if runs == nil {
		return p.stream(c, d, e)
	}
	web.Steady(c.Writer)
	for _, run := range runs {
		if _, err := c.Writer.Write(run); err != nil {
			break // a reader who hangs up is no fault of ours
		}
	}
	return nil
}

// stream sends a large document, one part in memory at a time. When one cannot
// be loaded the connection is cut: the reader sees less than was announced, and
// does not take it for the whole.
func (p *Pages) stream(c *gin.Context, d *catalogue.Document, e catalogue.Encoding) error {
	err := d.Stream(c.Request.Context(), reader{c.Writer}, e)
	if err == nil || errors.Is(err, errHungUp) {
		return nil
	}
	p.feed.log.ErrorContext(c.Request.Context(), "document cut short", "route", c.FullPath(),
		"request", web.RequestID(c.Request.Context()), "err", err)
	panic(http.ErrAbortHandler)
}

// reader is who reads what is written; that they hung up is told apart from
// what is our fault.
type reader struct{ gin.ResponseWriter }

var errHungUp = errors.New("the reader hung up")

// Write passes b on.
func (r reader) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	if err != nil {
		err = errHungUp
	}
	return n, err
}

// holds tells whether the reader has the document already. The time only
// counts when it is exactly ours: after a restart, or with a clock set back, an
// older time may well belong to a newer state.
func holds(r *http.Request, d *catalogue.Document, modified time.Time, exact bool) bool {
	if match := r.Header.Get("If-None-Match"); match != "" {
		return matches(match, d)
	}
	header := r.Header.Get("If-Modified-Since")
	if header == "" {
		return false
	}
	since, err := http.ParseTime(header)
	return err == nil && exact && since.Equal(modified)
}

// matches reads If-None-Match, which holds the validator of any encoding.
func matches(header string, d *catalogue.Document) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" {
			return true
		}
		for _, e := range catalogue.Encodings() {
			if tag == d.ETag(e) {
				return true
			}
		}
	}
	return false
}
