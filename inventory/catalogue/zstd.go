package catalogue

import (
	"bytes"
	"encoding/binary"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A zstd document here is one frame: its head, the blocks of the parts, and an
// empty last block. Many readers take a second frame for the end of the
// document, without a word, and a portal would delete what came after.
//
// Compressed blocks of different parts do not simply follow each other in a
// frame: the first of a part may say "as far back as at the start", by which it
// means 1, 4 or 8 bytes, while the reader thinks of what the last block left
// there. So between two of them stands a Spacer, which leaves just that behind;
// without one, all but the largest are sent as blocks that are not compressed
// and leave everything as it was.
const (
	zstdMagic    = "\x28\xb5\x2f\xfd"
	zstdWindow   = 20             // as a power of two: a megabyte sees a whole page, and browsers take it
	zstdLast     = "\x01\x00\x00" // an empty last block
	zstdHeadSize = len(zstdMagic) + 10
	zstdBlock    = 128 << 10 // bytes of a block at most
)

// zstdHead begins a frame of n bytes.
func zstdHead(n int64) []byte {
	b := append(make([]byte, 0, zstdHeadSize), zstdMagic...)
	b = append(b, 3<<6, (zstdWindow-10)<<3)               // the length is told in eight bytes; no checksum
	return binary.LittleEndian.AppendUint64(b, uint64(n)) //nolint:gosec // a length is not negative
}

// framer is made when first used: it holds memory.
var framer = sync.OnceValue(func() *zstd.Encoder { //nolint:gochecknoglobals // a new one costs more than a page
	z, _ := zstd.NewWriter(nil, zstd.WithWindowSize(1<<zstdWindow), zstd.WithEncoderCRC(false), // only wrong options fail
		zstd.WithLowerEncoderMem(true))
	return z
})

// blocks compresses b into blocks for any frame.
func blocks(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	frame := framer().EncodeAll(b, make([]byte, 0, len(b)/6+64))
	out := bytes.Clone(frame[frameHeadSize(frame[len(zstdMagic)]):])
	for at := 0; at < len(out); {
		header := int(out[at]) | int(out[at+1])<<8 | int(out[at+2])<<16
		out[at] &^= 1 // no longer the last
		size := header >> 3
		if header>>1&3 == 1 { // one byte repeated
			size = 1
		}
		at += 3 + size
	}
	return out
}

// frameHeadSize is how many bytes stand before the first block, by the byte
// that describes them.
func frameHeadSize(descriptor byte) int {
	single := int(descriptor >> 5 & 1)
	return len(zstdMagic) + 2 - single + [...]int{single, 2, 4, 8}[descriptor>>6]
}

// rawBlocks calls do with b as blocks that are not compressed.
func rawBlocks(b []byte, do func([]byte) error) error {
	for len(b) > 0 {
		n := min(len(b), zstdBlock)
		header := binary.LittleEndian.AppendUint32(make([]byte, 0, 4), uint32(n)<<3)[:3] //nolint:gosec // at most 128 KiB
		if err := do(header); err != nil {
			return err
		}
		if err := do(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// rawSize is how many bytes rawBlocks makes of n.
func rawSize(n int64) int64 { return n + 3*((n+zstdBlock-1)/zstdBlock) }

// spacerLength is how many characters a spacer has.
const spacerLength = 17

// Spacer is a part of seventeen equal characters, such as blanks in JSON or the
// signs that begin a comment elsewhere. It stands between large parts so that
// each can travel compressed.
func Spacer(c byte) *Part {
	p := NewPart(bytes.Repeat([]byte{c}, spacerLength))
	p.spacer = true
	p.packing[Zstd-1].Do(func() {
		// Three blocks of one sequence each: eight characters and three copied
		// from 8 back, then three from 4 back, then three from 1 back.
		p.packed[Zstd-1] = []byte{
			8<<3 | 2<<1, 0, 0, 8<<3 | 1, c, 1, 0x54, 8, 3, 0, 0b1011,
			7<<3 | 2<<1, 0, 0, 0, 1, 0x54, 0, 2, 0, 0b111,
			7<<3 | 2<<1, 0, 0, 0, 1, 0x54, 0, 2, 0, 0b100,
		}
	})
	return p
}
