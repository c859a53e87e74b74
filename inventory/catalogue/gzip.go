package catalogue

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
)

// A gzip file here is one member: its head, the deflate runs of the parts, an
// empty last block, and the checksum of all. Each run ends on a whole byte and
// looks back at nothing before it, so that runs may stand in any order. (Each
// part as a member of its own would be allowed, too, but browsers and some
// libraries stop reading after the first.)
const (
	gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" // deflate, no name, no time, no system
	gzipLast = "\x03\x00"                                 // the empty last block
	gzipTail = len(gzipLast) + 8                          // with checksum and length
)

// deflateLevel packs pages almost as small as the highest levels, in a third of the time.
const deflateLevel = 6

// deflaters are lent out: a new one costs more than a page.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, deflateLevel) // only a wrong level fails
	return w
}}

// deflate compresses b into a run.
func deflate(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	out.Grow(len(b)/6 + 64)
	w.Reset(&out)
	_, _ = w.Write(b) // a bytes.Buffer never fails
	_ = w.Flush()
	return bytes.Clone(out.Bytes())
}

// gzipEnd ends a gzip of n bytes with that checksum.
func gzipEnd(crc uint32, n int64) []byte {
	b := append(make([]byte, 0, gzipTail), gzipLast...)
	b = binary.LittleEndian.AppendUint32(b, crc)
	return binary.LittleEndian.AppendUint32(b, uint32(n)) //nolint:gosec // the length modulo 2^32, as gzip has it
}

// joinCRC returns the CRC-32 of what a is of, followed by n bytes that b is of:
// a checksum is a polynomial modulo another one, and n bytes more multiply it
// by x^8n.
func joinCRC(a, b uint32, n int64) uint32 {
	power, square := uint32(1)<<31, uint32(1)<<23 // x^0 and x^8, highest bit first
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			power = timesModulo(power, square)
		}
		square = timesModulo(square, square)
	}
	return timesModulo(power, a) ^ b
}

// timesModulo multiplies two polynomials modulo that of CRC-32.
func timesModulo(a, b uint32) (product uint32) {
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		odd := b & 1
		b >>= 1
		if odd == 1 {
			b ^= crc32.IEEE
		}
	}
	return product
}
