package catalogue

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"sync"
)

// Encoding is one of the ways the bytes of a document travel.
type Encoding uint8

// The encodings.
const (
	Plain Encoding = iota
	Gzip
	Zstd
)

// Encodings lists them all.
func Encodings() []Encoding { return []Encoding{Plain, Gzip, Zstd} }

// String is the name of the encoding as HTTP has it.
func (e Encoding) String() string { return [...]string{"identity", "gzip", "zstd"}[e] }

// Measures are what must be known of a part before it is loaded: enough to
// announce the length and the validator of a document, and to close its gzip.
type Measures struct {
	Plain   int64             // bytes
	Deflate int64             // bytes of its raw deflate run
	Zstd    int64             // bytes of its zstd blocks
	CRC     uint32            // CRC-32 (IEEE) of the plain bytes
	Sum     [sha256.Size]byte // SHA-256 of the plain bytes
}

// Size is how many bytes the part has in the encoding.
func (m Measures) Size(e Encoding) int64 { return [...]int64{m.Plain, m.Deflate, m.Zstd}[e] }

// Loader fetches a part in an encoding; for Gzip that is its raw deflate run,
// for Zstd its blocks, both as Pack made them.
// What it returns is only read, and may be shared.
type Loader func(context.Context, Encoding) ([]byte, error)

// Part is a run of bytes of a document in every encoding. What a document
// shares with those before and after it is a part of its own, so that it is
// compressed once. A part does not change and may stand in many documents.
type Part struct {
	measures Measures // of a part in memory, only what concerns its plain bytes
	load     Loader   // nil: it is in memory
	memory   []byte
	packing  [Zstd]sync.Once
	packed   [Zstd][]byte
	spacer   bool
}

// NewPart makes a part of bytes in memory, which must not change afterwards. It
// is compressed when first asked for so.
func NewPart(b []byte) *Part { return &Part{measures: measure(b), memory: b} }

// StoredPart is a part that is fetched when it is sent.
func StoredPart(m Measures, load Loader) *Part { return &Part{measures: m, load: load} }

// Pack measures and compresses b for a store.
func Pack(b []byte) (m Measures, deflated, zstd []byte) {
	m, deflated, zstd = measure(b), deflate(b), blocks(b)
	m.Deflate, m.Zstd = int64(len(deflated)), int64(len(zstd))
	return m, deflated, zstd
}

func measure(b []byte) Measures {
	return Measures{Plain: int64(len(b)), CRC: crc32.ChecksumIEEE(b), Sum: sha256.Sum256(b)}
}

// Size is how many bytes the part has in the encoding. One in memory is
// compressed to tell.
func (p *Part) Size(e Encoding) int64 {
	if p.load == nil && e != Plain {
		return int64(len(p.inMemory(e)))
	}
	return p.measures.Size(e)
}

// Load returns the part in the encoding, as its Loader does. What comes
// back is only read: it is shared.
func (p *Part) Load(ctx context.Context, e Encoding) ([]byte, error) {
	if p.load == nil {
		return p.inMemory(e), nil
	}
	b, err := p.load(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("load part %x: %w", p.measures.Sum[:4], err)
	}
	if int64(len(b)) != p.measures.Size(e) {
		return nil, fmt.Errorf("load part %x: %d bytes of %s; want %d", p.measures.Sum[:4], len(b), e, p.measures.Size(e))
	}
	return b, nil
}

func (p *Part) inMemory(e Encoding) []byte {
	if e == Plain {
		return p.memory
	}
	n := e - 1
	p.packing[n].Do(func() {
		if e == Gzip {
			p.packed[n] = deflate(p.memory)
		} else {
			p.packed[n] = blocks(p.memory)
		}
	})
	return p.packed[n]
}
