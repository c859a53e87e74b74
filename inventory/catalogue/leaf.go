package catalogue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
)

// Rendering is the revision of how datasets are written. It is part of every
// leaf's key: raise it whenever the same dataset is written differently, or
// processes that wrote it the old way and the new way will take one for the other.
const Rendering = 2

// A leaf is a run of datasets whose UUIDs begin with the same bits, as few bits
// as it takes for a page to hold them all: the leaf of a binary tree over the
// bits of UUIDs whose nodes are split while they hold more than a page. Where
// leaves begin and end therefore follows from the register alone, whatever the
// order of approvals, and a change of one dataset changes one leaf (or splits
// it, or merges it with its sibling) and leaves all others as they are. A page
// of the catalogue is one leaf.

// Key names a leaf by everything that it is written from.
type Key [16]byte

// String is the key as it is stored.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey reads what String wrote.
func ParseKey(s string) (k Key, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(k) {
		return k, fmt.Errorf("%q is no key of a leaf", s)
	}
	return Key(b), nil
}

// planned is a leaf to be: its key and the datasets in it.
type planned struct {
	key   Key
	marks []mark
}

// ids lists the UUIDs of the leaf's datasets, in their order.
func (p planned) ids() []string {
	out := make([]string, 0, len(p.marks))
	for _, m := range p.marks {
		out = append(out, writeUUID(m.id))
	}
	return out
}

// leavesOf cuts the marks, which it sorts, into leaves of at most size.
func leavesOf(marks []mark, size int, key func([]mark) Key) []planned {
	slices.SortFunc(marks, func(a, b mark) int { return bytes.Compare(a.id[:], b.id[:]) })
	var out []planned
	split(marks, 0, size, func(run []mark) { out = append(out, planned{key(run), run}) })
	return out
}

// split hands on every leaf of the node that holds run, whose UUIDs share the
// first bits bits.
func split(run []mark, bits, size int, leaf func([]mark)) {
	for len(run) > size && bits < 128 {
		half := sort.Search(len(run), func(i int) bool { return run[i].id[bits/8]>>(7-bits%8)&1 == 1 })
		bits++
		if half > 0 && half < len(run) {
			split(run[:half], bits, size, leaf)
			run = run[half:]
		}
	}
	if len(run) > 0 {
		leaf(run)
	}
}

// key names the leaf that holds run.
func (w *writer) key(run []mark) Key {
	h := sha256.New()
	fmt.Fprintf(h, "leaf %d %d\n%s\n", Rendering, recordFormat, w.base)
	seen := map[string]bool{}
	for _, m := range run {
		m.writeTo(h)
		if !seen[m.institution] {
			seen[m.institution] = true
			fmt.Fprintln(h, m.institution, w.standing(m.institution))
		}
	}
	return Key(h.Sum(nil)[:16])
}
