package catalogue

import (
	"cmp"
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

// newIndex takes in records with distinct ids.
func newIndex(records []*record) *index {
	return &index{parts: []part{newPart(records)}}
}

func newPart(records []*record) part {
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b *record) int { return cmp.Compare(a.id, b.id) })
	return part{newSegment(records), allSlots(len(records))}
}

// says tells whether the index has the record as it is.
func (x *index) says(r *record) bool {
	if x == nil {
		return false
	}
	at, ok := x.find(r.id)
	if !ok {
		return false
	}
	s, slot := x.of(at)
	return s.sums[slot] == r.sum && s.deleted.has(slot) == r.deleted
}

// with returns the index that has the records too, in the place of those with
// the same ids, and has no longer what is gone. None (nil) has nothing.
func (x *index) with(records []*record, gone []string) *index {
	if x == nil || len(x.parts) == 0 {
		return newIndex(records)
	}
	if len(records) == 0 && len(gone) == 0 {
		return x
	}
	next := &index{parts: slices.Clone(x.parts)}
	for i := range next.parts {
		p := &next.parts[i]
		p.live = slices.Clone(p.live)
		for _, r := range records {
			p.lose(r.id)
		}
		for _, id := range gone {
			p.lose(id)
		}
	}
	since := slices.Clone(records)
	for _, p := range next.parts[1:] {
		since = p.records(since)
	}
	if bulk := &next.parts[0]; len(since) > max(sinceAtLeast, bulk.size/16) || bulk.live.count() < bulk.size/2 {
		return newIndex(bulk.records(since))
	}
	next.parts = append(next.parts[:1:1], newPart(since))
	return next
}

func (p *part) lose(id string) {
	if u, err := parseUUID(id); err == nil {
		if slot, ok := p.byID(u); ok {
			p.live.drop(slot)
		}
	}
}

// records appends what the part still holds.
func (p *part) records(to []*record) []*record {
	for slot := range p.live.all() {
		to = append(to, p.record(slot))
	}
	return to
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
