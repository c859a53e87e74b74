package pack

import "math/bits"

// A range coder as in LZMA: every bit is written with the probability that
// was learned for it, so that what hardly varies costs hardly anything.

// chance is the learned probability that a bit is 0; the zero value is one half.
type chance struct {
	lean int16 // 1/65536 above or below one half
	seen uint8
}

const (
	seenMost = 100 // then the chance moves by a sixtieth
	leanMost = 1<<15 - 48
)

// steps are how far a chance moves at each sight: 65536/(n+1.6).
var steps = func() (s [seenMost + 1]int32) { //nolint:gochecknoglobals // a constant table
	for n := range s {
		s[n] = int32(65536 / (float64(n) + 1.6))
	}
	return s
}()

// zero returns the probability of 0 in 4096ths.
func (c *chance) zero() uint32 { return uint32(int32(c.lean)+1<<15) >> 4 } //nolint:gosec // 3 to 4093

func (c *chance) learn(bit uint32) {
	target := int32(leanMost)
	if bit != 0 {
		target = -leanMost
	}
	move := int64(target-int32(c.lean)) * int64(steps[c.seen]) >> 16
	c.lean = int16(int64(c.lean) + move) //nolint:gosec // between the bounds
	if c.seen < seenMost {
		c.seen++
	}
}

const least = 1 << 24 // a range below this is widened by a byte

type encoder struct {
	out   []byte
	low   uint64
	width uint32
	cache byte
	held  int // bytes that a carry may still change, the cache included
	first bool
}

func newEncoder(out []byte) encoder { return encoder{out: out, width: 1<<32 - 1, held: 1, first: true} }

func (e *encoder) shift() {
	if e.low < 0xff000000 || e.low > 0xffffffff {
		carry := byte(e.low >> 32)
		for ; e.held > 0; e.held-- {
			if !e.first { // the very first byte is always 0 and says nothing
				e.out = append(e.out, e.cache+carry)
			}
			e.first = false
			e.cache = 0xff
		}
		e.cache = byte(e.low >> 24)
	}
	e.held++
	e.low = uint64(uint32(e.low) << 8) //nolint:gosec // the upper byte went out
}

func (e *encoder) bit(c *chance, bit uint32) {
	bound := (e.width >> 12) * c.zero()
	if bit == 0 {
		e.width = bound
	} else {
		e.low += uint64(bound)
		e.width -= bound
	}
	c.learn(bit)
	for e.width < least {
		e.width <<= 8
		e.shift()
	}
}

// plain writes the lower n bits of v as they are.
func (e *encoder) plain(v uint64, n int) {
	for n > 0 {
		part := min(n, 16)
		n -= part
		e.width >>= part
		e.low += (v >> n & (1<<part - 1)) * uint64(e.width)
		for e.width < least {
			e.width <<= 8
			e.shift()
		}
	}
}

// end writes the shortest bytes that lead to where the encoder stands.
func (e *encoder) end(from int) []byte {
	top := e.low + uint64(e.width)
	for n := 24; n > 0; n -= 8 {
		mask := uint64(1)<<n - 1
		if v := (e.low + mask) &^ mask; v < top {
			e.low = v
			break
		}
	}
	for range 5 {
		e.shift()
	}
	for range 5 { // the decoder reads a few zeros beyond the end
		if n := len(e.out) - 1; n >= from && e.out[n] == 0 {
			e.out = e.out[:n]
		}
	}
	return e.out
}

type decoder struct {
	in    []byte
	at    int
	code  uint32
	width uint32
}

func newDecoder(in []byte) decoder {
	d := decoder{in: in, width: 1<<32 - 1}
	for range 4 {
		d.code = d.code<<8 | uint32(d.next())
	}
	return d
}

func (d *decoder) next() byte {
	d.at++
	if d.at > len(d.in) {
		return 0
	}
	return d.in[d.at-1]
}

// beyond tells whether more was read than can have been written.
func (d *decoder) beyond() bool { return d.at > len(d.in)+8 }

func (d *decoder) bit(c *chance) uint32 {
	bound := (d.width >> 12) * c.zero()
	var bit uint32
	if d.code < bound {
		d.width = bound
	} else {
		bit = 1
		d.code -= bound
		d.width -= bound
	}
	c.learn(bit)
	for d.width < least {
		d.width <<= 8
		d.code = d.code<<8 | uint32(d.next())
	}
	return bit
}

func (d *decoder) plain(n int) (v uint64) {
	for n > 0 {
		part := min(n, 16)
		n -= part
		d.width >>= part
		piece := min(d.code/d.width, 1<<part-1)
		d.code -= piece * d.width
		v = v<<part | uint64(piece)
		for d.width < least {
			d.width <<= 8
			d.code = d.code<<8 | uint32(d.next())
		}
	}
	return v
}

// fine is how many bits after the leading one are learned; the rest is noise.
const fine = 3

// number learns how whole numbers of one column are spread: how long they are,
// and their leading bits.
type number struct {
	length [64]chance
	lead   [64][1 << fine]chance
}

func (m *number) write(e *encoder, v uint64) {
	length := bits.Len64(v)
	node := 1
	for n := 5; n >= 0; n-- {
		bit := uint32(length>>n) & 1 //nolint:gosec // one bit
		e.bit(&m.length[node], bit)
		node = node<<1 | int(bit)
	}
	rest := length - 1
	if rest <= 0 {
		return
	}
	known := min(rest, fine)
	node = 1
	for n := range known {
		bit := uint32(v>>(rest-1-n)) & 1 //nolint:gosec // one bit
		e.bit(&m.lead[length][node], bit)
		node = node<<1 | int(bit)
	}
	e.plain(v, rest-known)
}

func (m *number) read(d *decoder) uint64 {
	node := 1
	for range 6 {
		node = node<<1 | int(d.bit(&m.length[node]))
	}
	length := node - 64
	rest := length - 1
	if rest < 0 {
		return 0
	}
	v := uint64(1)
	known := min(rest, fine)
	node = 1
	for range known {
		bit := d.bit(&m.lead[length][node])
		node = node<<1 | int(bit)
		v = v<<1 | uint64(bit)
	}
	if rest > known {
		v = v<<(rest-known) | d.plain(rest-known)
	}
	return v
}

// zigzag folds the sign into the lowest bit. Lengths stay below 64 bits: what
// is further from 0 than 2^61 is no time and no size, and is cut off.
func zigzag(v int64) uint64 {
	v = max(-1<<61, min(v, 1<<61))
	return uint64(v<<1) ^ uint64(v>>63) //nolint:gosec // bits
}

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) } //nolint:gosec // bits
