package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
)

// Document is one answer: its type and the parts that stand in it, one after
// the other. It does not change. Its length, validator and checksum follow from
// the measures of its parts, so that it need not be loaded to be announced.
type Document struct {
	Type string // content type

	writing sync.Once
	write   func() []*Part
	parts   []*Part
	raw     []bool // which parts stand in a zstd frame as they are
	plain   int64
	etags   [Zstd + 1]string

	closing sync.Once
	end     []byte // of the gzip
}

// Compose makes a document of parts.
func Compose(contentType string, parts ...*Part) *Document {
	return &Document{Type: contentType, write: func() []*Part { return parts }}
}

// Joined puts runs of entries between a head and a tail, parted as the format
// wants it (JSON by a comma) and by a spacer, which must mean nothing there.
func Joined(head []byte, between string, spacer byte, tail string, runs ...*Part) []*Part {
	comma, space := NewPart([]byte(between)), Spacer(spacer) // one for all: they are compressed once
	parts := make([]*Part, 0, 3*len(runs)+2)
	parts = append(parts, NewPart(head))
	for i, run := range runs {
		if i > 0 {
			parts = append(parts, comma, space)
		}
		parts = append(parts, run)
	}
	return append(parts, NewPart([]byte(tail)))
}

// NewDocument makes a document of bytes in memory.
func NewDocument(contentType string, b []byte) *Document {
	return newDocument(contentType, func() [][]byte { return [][]byte{b} })
}

// newDocument makes a document of what is written in memory on first use: a
// part of each run of bytes.
func newDocument(contentType string, write func() [][]byte) *Document {
	return &Document{Type: contentType, write: func() []*Part {
		var parts []*Part
		for _, b := range write() {
			parts = append(parts, NewPart(b))
		}
		return parts
	}}
}

// written writes the document if that has not been done.
func (d *Document) written() []*Part {
	d.writing.Do(func() {
		for _, p := range d.write() {
			if p.measures.Plain > 0 {
				d.parts = append(d.parts, p)
				d.plain += p.measures.Plain
			}
		}
		d.write = nil
		d.raw = uncompressed(d.parts)
		for _, e := range Encodings() {
			d.etags[e] = d.validator(e)
		}
	})
	return d.parts
}

// validator tells documents of other bytes apart. A document of several parts
// is known by the list of them: boundaries follow from the register, as the
// bytes do.
func (d *Document) validator(e Encoding) string {
	var sum [sha256.Size]byte
	if len(d.parts) == 1 {
		sum = d.parts[0].measures.Sum
	} else {
		h := sha256.New()
		for _, p := range d.parts {
			h.Write(p.measures.Sum[:])
		}
		h.Sum(sum[:0])
	}
	tag := hex.EncodeToString(sum[:12])
	if e != Plain {
		tag += "-" + e.String()
	}
	return `"` + tag + `"`
}

// ETag returns the strong validator of the document in the encoding, in quotes:
// other bytes, other validator.
func (d *Document) ETag(e Encoding) string {
	d.written()
	return d.etags[e]
}

// uncompressed chooses what is not compressed in a zstd frame: between two
// spacers, everything but the largest part.
func uncompressed(parts []*Part) []bool {
	raw := make([]bool, len(parts))
	largest := -1
	for i, p := range parts {
		if p.spacer {
			largest = -1
			continue
		}
		raw[i] = largest >= 0 && p.measures.Plain <= parts[largest].measures.Plain
		if !raw[i] {
			if largest >= 0 {
				raw[largest] = true
			}
			largest = i
		}
	}
	return raw
}

// Length is how many bytes the document has in the encoding.
func (d *Document) Length(e Encoding) int64 {
	parts := d.written()
	if e == Plain {
		return d.plain
	}
	n := int64(len(gzipHead) + gzipTail)
	if e == Zstd {
		n = int64(zstdHeadSize + len(zstdLast))
	}
	for i, p := range parts {
		if e == Zstd && d.raw[i] {
			n += rawSize(p.measures.Plain)
		} else {
			n += p.Size(e)
		}
	}
	return n
}

// Stream writes the document to w, one part after the other, each loaded when
// its turn comes.
func (d *Document) Stream(ctx context.Context, w io.Writer, e Encoding) error {
	return d.each(ctx, e, func(b []byte) error {
		_, err := w.Write(b)
		return err
	})
}

// Load returns the document in runs of bytes to be sent one after the other,
// with every part in memory. The runs are only read: they are shared.
func (d *Document) Load(ctx context.Context, e Encoding) (runs [][]byte, err error) {
	runs = make([][]byte, 0, len(d.written())+2)
	err = d.each(ctx, e, func(b []byte) error {
		runs = append(runs, b)
		return nil
	})
	return runs, err
}

// each calls do with every run of bytes of the document.
func (d *Document) each(ctx context.Context, e Encoding, do func([]byte) error) error {
	parts := d.written()
	before, after := d.around(e)
	if len(before) > 0 {
		if err := do(before); err != nil {
			return err
		}
	}
	for i, p := range parts {
		if err := p.pass(ctx, e, e == Zstd && d.raw[i], do); err != nil {
			return err
		}
	}
	if len(after) > 0 {
		return do(after)
	}
	return nil
}

// pass loads the part and calls do with it, as blocks that are not compressed
// if it is to be so.
func (p *Part) pass(ctx context.Context, e Encoding, raw bool, do func([]byte) error) error {
	if raw {
		e = Plain
	}
	b, err := p.Load(ctx, e)
	switch {
	case err != nil:
		return err
	case raw:
		return rawBlocks(b, do)
	}
	return do(b)
}

// around is what an encoding puts before the first part and after the last.
func (d *Document) around(e Encoding) (before, after []byte) {
	switch e {
	case Gzip:
		d.closing.Do(func() {
			var crc uint32
			for _, p := range d.parts {
				crc = joinCRC(crc, p.measures.CRC, p.measures.Plain)
			}
			d.end = gzipEnd(crc, d.plain)
		})
		return []byte(gzipHead), d.end
	case Zstd:
		return zstdHead(d.plain), []byte(zstdLast)
	}
	return nil, nil
}

// Read returns the whole document in one piece, for those who want to read it
// rather than to send it.
func (d *Document) Read(ctx context.Context, e Encoding) ([]byte, error) {
	out := make([]byte, 0, d.Length(e))
	err := d.each(ctx, e, func(b []byte) error {
		out = append(out, b...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Bytes returns the plain bytes of a document written in memory, which are only
// read. Of any other use Read: its parts may fail to load.
func (d *Document) Bytes() []byte {
	if parts := d.written(); len(parts) == 1 && parts[0].load == nil {
		return parts[0].memory
	}
	b, err := d.Read(context.Background(), Plain)
	if err != nil {
		panic(fmt.Sprintf("bytes of a document that is not in memory: %v", err))
	}
	return b
}
