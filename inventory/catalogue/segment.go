package catalogue

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"
)

// segment is an index of datasets in the order of their ids, column by column:
// a hundred thousand objects with a dozen strings each would be five times as
// much, and the garbage collector's daily bread. It never changes.
type segment struct {
	size      int
	id        []uuid
	name      texts
	title     texts
	created   []int64
	modified  []int64
	deleted   slots
	keywords  [keywordFields]column
	words     words
	resources owners
	sums      [][16]byte
	packed    [][]byte // shared by all segments that ever held the dataset
	orders    [sortFields]order
}

// texts is a column of strings in one piece of memory.
type texts struct {
	all string
	at  []uint32 // where each begins; one more at the end
}

// textsBuilder takes in strings one after the other.
type textsBuilder struct {
	all []byte
	at  []uint32
}

func (b *textsBuilder) add(s string) {
	b.at = append(b.at, uint32(len(b.all)))
	b.all = append(b.all, s...)
}

func (b *textsBuilder) finish() texts {
	return texts{string(b.all), slices.Clip(append(b.at, uint32(len(b.all))))}
}

func (t *texts) get(slot uint32) string { return t.all[t.at[slot]:t.at[slot+1]] }

// column is a field with any number of values, each known by a number in the
// order of the alphabet.
type column struct {
	values []string
	codes  []uint32 // of the values of each slot, one slot after the other
	at     []uint32 // where each slot's begin; one more at the end
	slots  []uint32 // by value, ascending
	slotAt []uint32 // where each value's begin; one more at the end
}

// columnBuilder takes in the values of one slot after the other.
type columnBuilder struct {
	column
	number map[string]uint32
}

func (b *columnBuilder) add(values []string) {
	if b.number == nil {
		b.number = map[string]uint32{}
	}
	b.at = append(b.at, uint32(len(b.codes)))
	for _, v := range values {
		n, ok := b.number[v]
		if !ok {
			n = uint32(len(b.values))
			v = strings.Clone(v)
			b.number[v] = n
			b.values = append(b.values, v)
		}
		b.codes = append(b.codes, n)
	}
}

// finish numbers the values by the alphabet.
func (b *columnBuilder) finish() column {
	c := column{at: slices.Clip(append(b.at, uint32(len(b.codes)))), codes: slices.Clip(b.codes), values: slices.Clone(b.values)}
	slices.Sort(c.values)
	number := make([]uint32, len(c.values))
	for n, v := range c.values {
		number[b.number[v]] = uint32(n)
	}
	for i, code := range c.codes {
		c.codes[i] = number[code]
	}
	c.invert(len(c.at) - 1)
	return c
}

// invert lists for each value where it stands.
func (c *column) invert(size int) {
	c.slotAt = make([]uint32, len(c.values)+1)
	for _, code := range c.codes {
		c.slotAt[code+1]++
	}
	for i := range c.values {
		c.slotAt[i+1] += c.slotAt[i]
	}
	next := slices.Clone(c.slotAt)
	c.slots = make([]uint32, len(c.codes))
	for slot := range size {
		for _, code := range c.codes[c.at[slot]:c.at[slot+1]] {
			c.slots[next[code]] = uint32(slot)
			next[code]++
		}
	}
}

// get lists the values of a slot.
func (c *column) get(slot uint32) []string {
	var out []string
	for _, code := range c.codes[c.at[slot]:c.at[slot+1]] {
		out = append(out, c.values[code])
	}
	return out
}

// where finds the slots that hold a value.
func (c *column) where(value string) []uint32 {
	code, ok := slices.BinarySearch(c.values, value)
	if !ok {
		return nil
	}
	return c.slots[c.slotAt[code]:c.slotAt[code+1]]
}

// owners tells whose a resource is.
type owners struct {
	hashes []uint64 // of the resources' ids, one slot after the other
	at     []uint32 // where each slot's begin; one more at the end
	order  []uint32 // places in hashes, ascending by what is there
}

// add takes in the resources of the next slot.
func (o *owners) add(hashes []uint64) {
	o.at = append(o.at, uint32(len(o.hashes)))
	o.hashes = append(o.hashes, hashes...)
}

func (o *owners) finish() owners {
	all := owners{hashes: slices.Clip(o.hashes), at: slices.Clip(append(o.at, uint32(len(o.hashes))))}
	all.order = make([]uint32, len(all.hashes))
	for i := range all.order {
		all.order[i] = uint32(i)
	}
	slices.SortFunc(all.order, func(a, b uint32) int { return cmp.Compare(all.hashes[a], all.hashes[b]) })
	return all
}

// of lists the slots that may have the resource.
func (o *owners) of(id string) []uint32 {
	hash := hashOf(id)
	from, _ := slices.BinarySearchFunc(o.order, hash, func(i uint32, h uint64) int { return cmp.Compare(o.hashes[i], h) })
	var out []uint32
	for _, i := range o.order[from:] {
		if o.hashes[i] != hash {
			break
		}
		slot, there := slices.BinarySearch(o.at, i)
		for there && slot+1 < len(o.at) && o.at[slot+1] == i {
			slot++ // those before have no resources
		}
		if !there {
			slot--
		}
		out = append(out, uint32(slot))
	}
	return out
}

// The fields one can sort by besides the id.
const (
	sortModified = iota
	sortCreated
	sortName
	sortTitle
	sortOrganization
	sortFields
)

// order is all slots sorted by a field, ids deciding between equals.
type order struct {
	slots []uint32
	rank  []uint32 // by slot: where those begin that are equal to it
}

func newOrder(size int, compare func(a, b uint32) int) order {
	o := order{slots: make([]uint32, size), rank: make([]uint32, size)}
	for i := range o.slots {
		o.slots[i] = uint32(i)
	}
	slices.SortFunc(o.slots, func(a, b uint32) int { return cmp.Or(compare(a, b), cmp.Compare(a, b)) })
	for i, slot := range o.slots {
		o.rank[slot] = uint32(i)
		if i > 0 && compare(o.slots[i-1], slot) == 0 {
			o.rank[slot] = o.rank[o.slots[i-1]]
		}
	}
	return o
}

// builder makes a segment of records that come in the order of their ids. It
// holds on to none of them, so that a large register need not be in memory twice.
type builder struct {
	s           segment
	name, title textsBuilder
	keywords    [keywordFields]columnBuilder
	words       *wordsBuilder
	resources   owners
	deleted     []uint32
}

func (b *builder) add(r *record) {
	id, _ := parseUUID(r.id) // the index takes in no other
	if r.deleted {
		b.deleted = append(b.deleted, uint32(len(b.s.id)))
	}
	b.s.id = append(b.s.id, id)
	b.s.created, b.s.modified = append(b.s.created, r.created), append(b.s.modified, r.modified)
	b.s.sums, b.s.packed = append(b.s.sums, r.sum), append(b.s.packed, r.packed)
	b.name.add(r.name)
	b.title.add(r.title)
	for i := range b.keywords {
		b.keywords[i].add(r.keywords[i])
	}
	b.words.add(r.text)
	b.resources.add(r.resources)
}

func (b *builder) finish() *segment {
	s := &segment{
		size: len(b.s.id), id: slices.Clip(b.s.id), created: slices.Clip(b.s.created), modified: slices.Clip(b.s.modified),
		sums: slices.Clip(b.s.sums), packed: slices.Clip(b.s.packed), name: b.name.finish(), title: b.title.finish(),
		words: b.words.finish(), resources: b.resources.finish(), deleted: noSlots(len(b.s.id)),
	}
	for i := range s.keywords {
		s.keywords[i] = b.keywords[i].finish()
	}
	for _, slot := range b.deleted {
		s.deleted.add(slot)
	}
	for field := range s.orders {
		s.orders[field] = newOrder(s.size, func(a, b uint32) int { return compareSlots(field, s, a, s, b) })
	}
	return s
}

// newSegment takes in records, which come in the order of their ids.
func newSegment(records iter.Seq[*record]) *segment {
	b := &builder{words: newWordsBuilder()}
	for r := range records {
		b.add(r)
	}
	return b.finish()
}

// compareSlots compares a dataset of one segment with one of another.
func compareSlots(field int, s *segment, a uint32, t *segment, b uint32) int {
	switch field {
	case sortModified:
		return cmp.Compare(s.modified[a], t.modified[b])
	case sortCreated:
		return cmp.Compare(s.created[a], t.created[b])
	case sortName:
		return cmp.Compare(s.name.get(a), t.name.get(b))
	case sortTitle:
		return cmp.Compare(s.title.get(a), t.title.get(b))
	case sortOrganization:
		return cmp.Compare(s.first(keyOrganization, a), t.first(keyOrganization, b))
	}
	return bytes.Compare(s.id[a][:], t.id[b][:])
}

// first is the first value of a field, which is all there is of some.
func (s *segment) first(field int, slot uint32) string {
	c := &s.keywords[field]
	if c.at[slot] == c.at[slot+1] {
		return ""
	}
	return c.values[c.codes[c.at[slot]]]
}

// byID finds a dataset by its UUID.
func (s *segment) byID(id uuid) (uint32, bool) {
	at, ok := slices.BinarySearchFunc(s.id, id, func(a, b uuid) int { return bytes.Compare(a[:], b[:]) })
	return uint32(at), ok
}

// byName lists the datasets of this name.
func (s *segment) byName(name string) []uint32 {
	sorted := s.orders[sortName].slots
	from, _ := slices.BinarySearchFunc(sorted, name, func(slot uint32, name string) int { return cmp.Compare(s.name.get(slot), name) })
	to := from
	for to < len(sorted) && s.name.get(sorted[to]) == name {
		to++
	}
	return sorted[from:to]
}

// record takes a dataset out again as it came in.
func (s *segment) record(slot uint32) *record {
	r := &record{
		id: s.id[slot].String(), name: s.name.get(slot), title: s.title.get(slot), created: s.created[slot], modified: s.modified[slot],
		text: s.words.fields(slot), resources: s.resources.hashes[s.resources.at[slot]:s.resources.at[slot+1]], deleted: s.deleted.has(slot), sum: s.sums[slot], packed: s.packed[slot],
	}
	for i := range r.keywords {
		r.keywords[i] = s.keywords[i].get(slot)
	}
	return r
}
