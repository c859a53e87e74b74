package monitor

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// buckets is how many buckets a Histogram has: two to the octave, from half a
// millisecond to over a minute.
const buckets = 36

// Histogram counts response times in buckets whose bounds grow by √2, so that
// any two can be added and a percentile is never off by more than a fifth.
type Histogram [buckets]uint32

// floor is the upper bound of the first bucket.
const floor = 500 * time.Microsecond

// bucketOf returns the bucket of d.
func bucketOf(d time.Duration) int {
	if d <= floor {
		return 0
	}
	ratio := uint64((d - 1) / floor) // a bound belongs to the bucket below it
	octave := bits.Len64(ratio) - 1  // floor·2^octave < d
	n := 2*octave + 1
	if float64(d) > float64(floor)*math.Ldexp(math.Sqrt2, octave) {
		n++
	}
	return min(n, buckets-1)
}

// Bound returns the upper bound of bucket n.
func Bound(n int) time.Duration {
	return time.Duration(float64(floor) * math.Pow(2, float64(n)/2))
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

// Pack returns the counts in few bytes: the empty buckets at the end are left out.
func (h *Histogram) Pack() []byte {
	last := -1
	for n, c := range h {
		if c > 0 {
			last = n
		}
	}
	packed := make([]byte, 0, 16)
	for _, c := range h[:last+1] {
		packed = binary.AppendUvarint(packed, uint64(c))
	}
	return packed
}

// UnpackHistogram reads what Pack wrote; what cannot be read counts as empty.
func UnpackHistogram(packed []byte) Histogram {
	var h Histogram
	for n := 0; n < buckets && len(packed) > 0; n++ {
		c, size := binary.Uvarint(packed)
		if size <= 0 {
			return Histogram{}
		}
		h[n], packed = uint32(min(c, math.MaxUint32)), packed[size:] //nolint:gosec // bounded in the same line
	}
	return h
}
