package catalogue

import (
	"iter"
	"math/bits"
)

// slots is a set of the places in a segment, one bit each: a hundred thousand
// datasets are 12 kB, and to combine two conditions takes microseconds.
type slots []uint64

func noSlots(n int) slots { return make(slots, (n+63)/64) }

// allSlots holds 0 to n-1.
func allSlots(n int) slots {
	s := noSlots(n)
	for i := range s {
		s[i] = ^uint64(0)
	}
	if n%64 != 0 {
		s[len(s)-1] = 1<<(n%64) - 1
	}
	return s
}

func (s slots) add(i uint32)      { s[i/64] |= 1 << (i % 64) }
func (s slots) drop(i uint32)     { s[i/64] &^= 1 << (i % 64) }
func (s slots) has(i uint32) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s slots) keep(other slots) {
	for i := range s {
		s[i] &= other[i]
	}
}

func (s slots) join(other slots) {
	for i := range s {
		s[i] |= other[i]
	}
}

func (s slots) without(other slots) {
	for i := range s {
		s[i] &^= other[i]
	}
}

func (s slots) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s slots) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// all walks the set upwards.
func (s slots) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, w := range s {
			for w != 0 {
				if !yield(uint32(i*64 + bits.TrailingZeros64(w))) {
					return
				}
				w &= w - 1
			}
		}
	}
}
