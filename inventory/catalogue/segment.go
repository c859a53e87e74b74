package catalogue

import (
	"bytes"
	"cmp"
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

func newTexts(records []*record, of func(*record) string) texts {
	var b strings.Builder
	t := texts{at: make([]uint32, 0, len(records)+1)}
	for _, r := range records {
		t.at = append(t.at, uint32(b.Len()))
		b.WriteString(of(r))
	}
	t.at = append(t.at, uint32(b.Len()))
	t.all = strings.Clone(b.String())
	return t
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

func newColumn(records []*record, of func(*record) []string) column {
	number := map[string]uint32{}
	total := 0
	for _, r := range records {
		for _, v := range of(r) {
			number[v] = 0
			total++
		}
	}
	c := column{values: make([]string, 0, len(number)), codes: make([]uint32, 0, total), at: make([]uint32, 0, len(records)+1)}
	for v := range number {
		c.values = append(c.values, strings.Clone(v))
	}
	slices.Sort(c.values)
	for n, v := range c.values {
		number[v] = uint32(n)
	}
	for _, r := range records {
		c.at = append(c.at, uint32(len(c.codes)))
		for _, v := range of(r) {
			c.codes = append(c.codes, number[v])
		}
	}
	c.at = append(c.at, uint32(len(c.codes)))
	c.invert(len(records))
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

func newOwners(records []*record) owners {
	o := owners{at: make([]uint32, 0, len(records)+1)}
	for _, r := range records {
		o.at = append(o.at, uint32(len(o.hashes)))
		o.hashes = append(o.hashes, r.resources...)
	}
	o.at = append(o.at, uint32(len(o.hashes)))
	o.hashes = slices.Clip(o.hashes)
	o.order = make([]uint32, len(o.hashes))
	for i := range o.order {
		o.order[i] = uint32(i)
	}
	slices.SortFunc(o.order, func(a, b uint32) int { return cmp.Compare(o.hashes[a], o.hashes[b]) })
	return o
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

// newSegment takes in records, which come in the order of their ids.
func newSegment(records []*record) *segment {
	n := len(records)
	s := &segment{
		id: make([]uuid, 0, n), created: make([]int64, 0, n), modified: make([]int64, 0, n), sums: make([][16]byte, 0, n), packed: make([][]byte, 0, n),
		size: n, words: newWords(records), deleted: noSlots(n),
		name:      newTexts(records, func(r *record) string { return r.name }),
		title:     newTexts(records, func(r *record) string { return r.title }),
		resources: newOwners(records),
	}
	for i := range s.keywords {
		s.keywords[i] = newColumn(records, func(r *record) []string { return r.keywords[i] })
	}
	for i, r := range records {
		id, _ := parseUUID(r.id) // the index took in no other
		s.id = append(s.id, id)
		s.created, s.modified = append(s.created, r.created), append(s.modified, r.modified)
		s.sums, s.packed = append(s.sums, r.sum), append(s.packed, r.packed)
		if r.deleted {
			s.deleted.add(uint32(i))
		}
	}
	for field := range s.orders {
		s.orders[field] = newOrder(s.size, func(a, b uint32) int { return compareSlots(field, s, a, s, b) })
	}
	return s
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
