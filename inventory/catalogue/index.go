package catalogue

import (
	"cmp"
	"iter"
	"slices"
)

// index is what the Action API searches. It does not change; the index of the
// next snapshot shares with it all but what changed: a large segment with the
// bulk, and a small one, made anew each time, with what came since.
type index struct {
	parts []part
}

// part is a segment and which of it still holds.
type part struct {
	*segment
	live slots
}

// spot is where the index keeps a dataset.
type spot struct {
	part int
	slot uint32
}

// sinceAtLeast is how many changes gather in any case before the bulk is made anew.
const sinceAtLeast = 1000

// batch is what an index takes in: records in the order of their ids, made as
// they are asked for.
type batch struct {
	ids     []string
	records iter.Seq[*record]
}

// batchOf makes a batch of records with distinct ids.
func batchOf(records []*record) batch {
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b *record) int { return cmp.Compare(a.id, b.id) })
	b := batch{records: slices.Values(records)}
	for _, r := range records {
		b.ids = append(b.ids, r.id)
	}
	return b
}

func newPart(records iter.Seq[*record]) part {
	s := newSegment(records)
	return part{s, allSlots(s.size)}
}

// says tells whether the index has the live dataset as it is.
func (x *index) says(id string, sum [16]byte) bool {
	if x == nil {
		return false
	}
	at, ok := x.find(id)
	if !ok {
		return false
	}
	s, slot := x.of(at)
	return s.sums[slot] == sum && !s.deleted.has(slot)
}

// with returns the index that has the batch too, in the place of what has the
// same ids, and has no longer what is gone. None (nil) has nothing.
func (x *index) with(in batch, gone []string) *index {
	if x == nil {
		return &index{parts: []part{newPart(in.records)}}
	}
	if len(in.ids) == 0 && len(gone) == 0 {
		return x
	}
	next := &index{parts: slices.Clone(x.parts)}
	rest := len(in.ids)
	for i := range next.parts {
		p := &next.parts[i]
		p.live = slices.Clone(p.live)
		for _, id := range in.ids {
			p.lose(id)
		}
		for _, id := range gone {
			p.lose(id)
		}
		if i > 0 {
			rest += p.live.count()
		}
	}
	bulk := &next.parts[0]
	since := merge(append([]iter.Seq[*record]{in.records}, next.sequences(1)...)...)
	if rest > max(sinceAtLeast, bulk.size/16) || bulk.live.count() < bulk.size/2 {
		return &index{parts: []part{newPart(merge(bulk.records(), since))}}
	}
	next.parts = append(next.parts[:1:1], newPart(since))
	return next
}

// sequences lists what each part from the given one on still holds.
func (x *index) sequences(from int) []iter.Seq[*record] {
	var all []iter.Seq[*record]
	for i := range x.parts[from:] {
		all = append(all, x.parts[from+i].records())
	}
	return all
}

// merge walks several sequences as one, all in the order of ids.
func merge(all ...iter.Seq[*record]) iter.Seq[*record] {
	switch len(all) {
	case 0:
		return func(func(*record) bool) {}
	case 1:
		return all[0]
	}
	return func(yield func(*record) bool) {
		next, stop := iter.Pull(merge(all[1:]...))
		defer stop()
		other, more := next()
		for r := range all[0] {
			for ; more && other.id < r.id; other, more = next() {
				if !yield(other) {
					return
				}
			}
			if !yield(r) {
				return
			}
		}
		for ; more; other, more = next() {
			if !yield(other) {
				return
			}
		}
	}
}

func (p *part) lose(id string) {
	if u, err := parseUUID(id); err == nil {
		if slot, ok := p.byID(u); ok {
			p.live.drop(slot)
		}
	}
}

// records walks what the part still holds.
func (p *part) records() iter.Seq[*record] {
	s, live := p.segment, p.live
	return func(yield func(*record) bool) {
		for slot := range live.all() {
			if !yield(s.record(slot)) {
				return
			}
		}
	}
}

// find returns where the dataset with this id or name is. What is left of a
// withdrawn one stands behind one that lives.
func (x *index) find(key string) (found spot, ok bool) {
	id, err := parseUUID(key)
	for i, p := range x.parts {
		var slots []uint32
		if err == nil {
			if slot, is := p.byID(id); is {
				slots = append(slots, slot)
			}
		}
		for _, slot := range append(slots, p.byName(key)...) {
			if p.live.has(slot) && (!ok || !p.deleted.has(slot)) {
				found, ok = spot{i, slot}, true
			}
		}
	}
	return found, ok
}

// of returns the segment and the slot of a place.
func (x *index) of(at spot) (*segment, uint32) { return x.parts[at.part].segment, at.slot }

// deleted tells whether the dataset was withdrawn.
func (x *index) deleted(at spot) bool { return x.parts[at.part].deleted.has(at.slot) }

// packageOf appends to b the package as it is answered.
func (x *index) packageOf(b []byte, at spot) ([]byte, error) {
	return unpackJSON(b, x.parts[at.part].packed[at.slot])
}

// selection is what a search found: for each part of the index the slots.
type selection []slots

// active selects every dataset that is not withdrawn.
func (x *index) active() selection {
	found := make(selection, len(x.parts))
	for i, p := range x.parts {
		found[i] = slices.Clone(p.live)
		found[i].without(p.deleted)
	}
	return found
}

func (s selection) count() int {
	n := 0
	for _, found := range s {
		n += found.count()
	}
	return n
}

// tallied is a value with the number of datasets that have it.
type tallied struct {
	value string
	n     int
}

// tally counts the values of a field in what was found. What the small parts
// add is looked up in the large one, whose values are in order.
func (x *index) tally(field int, found selection) []tallied {
	var all []tallied
	known := 0
	for i, p := range x.parts {
		c := &p.keywords[field]
		for code, n := range c.count(found[i]) {
			value := c.values[code]
			if i == 0 {
				all = append(all, tallied{value, n})
				known++
			} else if at, ok := slices.BinarySearchFunc(all[:known], value, func(t tallied, v string) int { return cmp.Compare(t.value, v) }); ok {
				all[at].n += n
			} else {
				all = append(all, tallied{value, n})
			}
		}
	}
	return slices.DeleteFunc(all, func(t tallied) bool { return t.n == 0 })
}

// count counts each value in what was found.
func (c *column) count(found slots) []int {
	counts := make([]int, len(c.values))
	for slot := range found.all() {
		for _, code := range c.codes[c.at[slot]:c.at[slot+1]] {
			counts[code]++
		}
	}
	return counts
}

// counts is tally as a map.
func (x *index) counts(field int, found selection) map[string]int {
	out := map[string]int{}
	for _, t := range x.tally(field, found) {
		out[t.value] = t.n
	}
	return out
}

// most returns the limit values that most have, all when it is negative. The
// list is cut again and again on the way, so that a hundred thousand tags need
// not be sorted for the fifty that are shown.
func most(all []tallied, limit int) []tallied {
	compare := func(a, b tallied) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.value, b.value)) }
	if limit < 0 || len(all) <= 2*limit+100 {
		slices.SortFunc(all, compare)
		return window(all, 0, limit)
	}
	best, least := make([]tallied, 0, 2*limit+100), 0
	for _, t := range all {
		if t.n < least {
			continue
		}
		if best = append(best, t); len(best) == cap(best) {
			slices.SortFunc(best, compare)
			best = best[:limit]
			if limit > 0 {
				least = best[limit-1].n
			}
		}
	}
	slices.SortFunc(best, compare)
	return window(best, 0, limit)
}
