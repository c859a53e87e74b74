package catalogue

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Document is one answer, written once and then only read. It is written when
// first asked for, and compressed when first asked for so.
type Document struct {
	Type   string // content type
	write  func() []byte
	plain  sync.Once
	bytes  []byte
	etag   string
	packed sync.Once
	gzip   []byte
}

// newDocument wraps what is to be written on first use.
func newDocument(contentType string, write func() []byte) *Document {
	return &Document{Type: contentType, write: write}
}

// NewDocument wraps bytes that are there already.
func NewDocument(contentType string, b []byte) *Document {
	return newDocument(contentType, func() []byte { return b })
}

// Bytes returns the document itself.
func (d *Document) Bytes() []byte {
	d.plain.Do(func() {
		d.bytes = d.write()
		d.write = nil
		sum := sha256.Sum256(d.bytes)
		d.etag = hex.EncodeToString(sum[:12])
	})
	return d.bytes
}

// ETag returns the strong validator of the plain document, in quotes.
func (d *Document) ETag() string {
	d.Bytes()
	return `"` + d.etag + `"`
}

// GzipETag is ETag for the compressed document: other bytes, other validator.
func (d *Document) GzipETag() string {
	d.Bytes()
	return `"` + d.etag + `-gzip"`
}

// Gzip returns the document compressed.
func (d *Document) Gzip() []byte {
	d.packed.Do(func() {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(d.Bytes()) // a bytes.Buffer never fails
		_ = z.Close()
		d.gzip = b.Bytes()
	})
	return d.gzip
}
