package monitor

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// perOctave is how many buckets double the bound, buckets how many there are:
// from half a millisecond to nearly two minutes.
const (
	perOctave = 4
	buckets   = 72
)

// Histogram counts response times in buckets whose bounds grow by the fourth
// root of two, so that any two can be added and a percentile, an upper bound,
// is never more than a fifth too high; its middle is within a tenth.
type Histogram [buckets]uint32

// floor is the upper bound of the first bucket.
const floor = 500 * time.Microsecond

// bounds are the upper bounds of the buckets.
var bounds = func() (list [buckets]time.Duration) { //nolint:gochecknoglobals // a constant table
	for n := range list {
		list[n] = time.Duration(float64(floor) * math.Pow(2, float64(n)/perOctave))
	}
	return list
}()

// bucketOf returns the bucket of d. A bound belongs to the bucket below it.
func bucketOf(d time.Duration) int {
	if d <= floor {
		return 0
	}
	octave := bits.Len64(uint64((d-1)/floor)) - 1 // floor·2^octave < d
	n := perOctave*octave + 1
	for n < buckets-1 && d > bounds[n] {
		n++
	}
	return min(n, buckets-1)
}

// Bound returns the upper bound of bucket n.
func Bound(n int) time.Duration {
	return time.Duration(float64(floor) * math.Pow(2, float64(n)/perOctave))
}

// Add counts d.
func (h *Histogram) Add(d time.Duration) { h[bucketOf(d)]++ }

// Merge adds the counts of other.
func (h *Histogram) Merge(other *Histogram) {
	for n, c := range other {
		h[n] += c
	}
}

// Count returns how many were counted.
func (h *Histogram) Count() uint64 {
	var sum uint64
	for _, c := range h {
		sum += uint64(c)
	}
	return sum
}

// Quantile returns the time below which the share q lies, and false when
// nothing was counted.
func (h *Histogram) Quantile(q float64) (time.Duration, bool) {
	total := h.Count()
	if total == 0 {
		return 0, false
	}
	want := uint64(math.Ceil(q * float64(total)))
	var seen uint64
	for n, c := range h {
		if seen += uint64(c); seen >= max(want, 1) {
			return Bound(n), true
		}
	}
	return Bound(buckets - 1), true
}

// packMark begins what Pack writes. The form before, which had two buckets to
// the octave and counted one after the other, never began so: no number is
// written longer than it must be.
const packMark = "\x80\x00"

// Pack returns the counts in few bytes: how many empty buckets, then a count,
// and so on.
func (h *Histogram) Pack() []byte {
	packed := make([]byte, 0, 24)
	packed = append(packed, packMark...)
	empty := uint64(0)
	for _, c := range h {
		if c == 0 {
			empty++
			continue
		}
		packed = binary.AppendUvarint(binary.AppendUvarint(packed, empty), uint64(c))
		empty = 0
	}
	return packed
}

// UnpackHistogram reads what Pack wrote, now or when there were two buckets to
// the octave; what cannot be read counts as empty.
func UnpackHistogram(packed []byte) Histogram {
	rest, ours := bytes.CutPrefix(packed, []byte(packMark))
	if !ours {
		return unpackHalves(packed)
	}
	var h Histogram
	for n := uint64(0); len(rest) > 0; n++ {
		empty, size := binary.Uvarint(rest)
		if size <= 0 || empty >= buckets || n+empty >= buckets {
			return Histogram{}
		}
		n += empty
		c, length := binary.Uvarint(rest[size:])
		if length <= 0 {
			return Histogram{}
		}
		h[n], rest = uint32(min(c, math.MaxUint32)), rest[size+length:] //nolint:gosec // bounded in the same line
	}
	return h
}

// unpackHalves reads counts of half octaves. Each such bucket ends where one
// of ours does, so nothing that was true of an old percentile becomes untrue.
func unpackHalves(packed []byte) Histogram {
	const step, old = perOctave / 2, 36
	var h Histogram
	for n := 0; n < old && len(packed) > 0; n++ {
		c, size := binary.Uvarint(packed)
		if size <= 0 {
			return Histogram{}
		}
		h[n*step], packed = uint32(min(c, math.MaxUint32)), packed[size:] //nolint:gosec // bounded in the same line
	}
	return h
}

// Below returns how many were counted in the buckets that end at or below d.
func (h *Histogram) Below(d time.Duration) uint64 {
	var sum uint64
	for n, c := range h {
		if Bound(n) > d {
			break
		}
		sum += uint64(c)
	}
	return sum
}
