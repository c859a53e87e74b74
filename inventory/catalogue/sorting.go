package catalogue

import (
	"cmp"
	"slices"
	"strings"
)

// sortKey is one field to sort by.
type sortKey struct {
	field int
	down  bool
}

// sortID is the order a segment is in anyway.
const sortID = -1

// sortable are the fields to sort by, by their names in CKAN.
var sortable = map[string]int{
	"id": sortID, "name": sortName, "title": sortTitle, "title_string": sortTitle, "metadata_modified": sortModified,
	"metadata_created": sortCreated, "organization": sortOrganization,
}

// defaultSort is CKAN's. Relevance is the same for all: what is found has every
// word, and the youngest comes first.
const defaultSort = "score desc, metadata_modified desc"

// readSort reads what to sort by.
func readSort(by string) ([]sortKey, error) {
	if by = strings.TrimSpace(by); by == "" || by == "rank" {
		by = defaultSort
	}
	var keys []sortKey
	for one := range strings.SplitSeq(by, ",") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		down := len(words) > 1 && strings.EqualFold(words[1], "desc")
		if len(words) > 2 || len(words) == 2 && !down && !strings.EqualFold(words[1], "asc") {
			return nil, badSearch(`Invalid "sort" parameter`)
		}
		if words[0] == "score" || words[0] == "relevance" {
			continue
		}
		field, ok := sortable[words[0]]
		if !ok {
			return nil, badSearch("sort param field can't be found: " + words[0])
		}
		keys = append(keys, sortKey{field, down})
		if field == sortID { // nothing is equal beyond it
			break
		}
	}
	return keys, nil
}

// page returns what was found from start on, rows of them, ids deciding
// between equals so that pages never overlap.
func (x *index) page(found selection, keys []sortKey, start, rows int) []spot {
	want := start + rows
	queues := make([][]uint32, len(x.parts))
	for i, p := range x.parts {
		queues[i] = p.sorted(found[i], keys, want)
	}
	var out []spot
	for n := range want {
		best := -1
		for i, q := range queues {
			if len(q) > 0 && (best < 0 || x.compare(keys, spot{i, q[0]}, spot{best, queues[best][0]}) < 0) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		if n >= start {
			out = append(out, spot{best, queues[best][0]})
		}
		queues[best] = queues[best][1:]
	}
	return out
}

func (x *index) compare(keys []sortKey, a, b spot) int {
	s, t := x.parts[a.part].segment, x.parts[b.part].segment
	for _, k := range keys {
		if c := compareSlots(k.field, s, a.slot, t, b.slot); c != 0 {
			return turned(c, k.down)
		}
	}
	return compareSlots(sortID, s, a.slot, t, b.slot)
}

func turned(c int, down bool) int {
	if down {
		return -c
	}
	return c
}

// sorted lists at most limit of what was found, in order. Much of it is
// gathered along an order that is there, little is sorted.
func (s *segment) sorted(found slots, keys []sortKey, limit int) []uint32 {
	n := found.count()
	limit = min(limit, n)
	switch {
	case limit == 0:
		return nil
	case len(keys) == 0 || keys[0].field == sortID:
		return byIDs(found, len(keys) > 0 && keys[0].down, limit)
	case n > s.size/16:
		return s.walk(found, keys, limit)
	}
	return s.sortFew(slices.AppendSeq(make([]uint32, 0, n), found.all()), keys)[:limit]
}

// byIDs lists in the order of ids, which is the segment's own.
func byIDs(found slots, down bool, limit int) []uint32 {
	out := make([]uint32, 0, limit)
	if !down {
		for slot := range found.all() {
			if out = append(out, slot); len(out) == limit {
				break
			}
		}
		return out
	}
	for slot := len(found) * 64; slot > 0 && len(out) < limit; slot-- {
		if found.has(uint32(slot - 1)) {
			out = append(out, uint32(slot-1))
		}
	}
	return out
}

// walk goes along the order of the first key, from one group of equals to the
// next; within a group the other keys decide, and then the ids.
func (s *segment) walk(found slots, keys []sortKey, limit int) []uint32 {
	o := s.orders[keys[0].field]
	out := make([]uint32, 0, limit)
	var few []uint32
	for from, to := o.next(0, 0, keys[0].down); from < to && len(out) < limit; from, to = o.next(from, to, keys[0].down) {
		few = few[:0]
		for _, slot := range o.slots[from:to] {
			if found.has(slot) {
				few = append(few, slot)
			}
		}
		if len(keys) > 1 && len(few) > 1 {
			few = s.sortGroup(few, keys[1:], limit-len(out))
		}
		out = append(out, few[:min(len(few), limit-len(out))]...)
	}
	return out
}

// next finds the group of equals behind, or downwards before, the one at hand;
// none is at hand yet when it is empty.
func (o *order) next(from, to int, down bool) (int, int) {
	if !down {
		end := to
		for end < len(o.slots) && int(o.rank[o.slots[end]]) == to {
			end++
		}
		return to, end
	}
	if from == to {
		from = len(o.slots)
	}
	if from == 0 {
		return 0, 0
	}
	return int(o.rank[o.slots[from-1]]), from
}

// sortGroup sorts those that the keys before could not tell apart. A group of
// nearly all is gathered along an order again.
func (s *segment) sortGroup(group []uint32, keys []sortKey, limit int) []uint32 {
	if len(group) <= s.size/16 {
		return s.sortFew(group, keys)
	}
	set := noSlots(s.size)
	for _, slot := range group {
		set.add(slot)
	}
	return s.sorted(set, keys, limit)
}

// sortFew sorts slots by the ranks of the fields.
func (s *segment) sortFew(few []uint32, keys []sortKey) []uint32 {
	slices.SortFunc(few, func(a, b uint32) int {
		for _, k := range keys {
			if c := s.compareRanks(k, a, b); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	})
	return few
}

func (s *segment) compareRanks(k sortKey, a, b uint32) int {
	if k.field == sortID {
		return turned(cmp.Compare(a, b), k.down)
	}
	rank := s.orders[k.field].rank
	return turned(cmp.Compare(rank[a], rank[b]), k.down)
}
