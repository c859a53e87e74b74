package search

import (
	"cmp"
	"slices"
	"strings"
)

// narrow keeps of what was found what the filters let through, and counts what
// each value of each filter would leave. One pass does both: an entry that one
// filter alone refuses counts for that filter.
func (f *finder) narrow(r Request) {
	x := f.x
	var want [Columns][]bool
	var chosen []int
	for n, values := range r.Filters {
		if values != nil {
			want[n], chosen = x.columns[n].wanted(values), append(chosen, n)
		}
	}
	var counts [Columns][]int32
	for n := range counts {
		counts[n] = make([]int32, len(x.columns[n].sets))
	}
	now := r.Now.UnixMicro()
	duties := map[Duty]*int{Late: new(int), OnTime: new(int), NoDate: new(int)}
	kept := f.hits[:0]
	for _, h := range f.hits {
		duty := dutyOf(x.late[h.doc], now)
		refused, by := 0, -1
		for _, n := range chosen {
			if !want[n][x.columns[n].codes[h.doc]] {
				refused, by = refused+1, n
			}
		}
		if r.Duty != "" && duty != r.Duty {
			refused, by = refused+1, Columns
		}
		if refused == 0 {
			kept = append(kept, h)
		}
		if !r.Facets || refused > 1 {
			continue
		}
		for n := range counts {
			if refused == 0 || by == n {
				counts[n][x.columns[n].codes[h.doc]]++
			}
		}
		if refused == 0 || by == Columns {
			*duties[duty]++
		}
	}
	f.hits = kept
	f.out.Total = len(kept)
	if r.Facets {
		f.tally(&counts, duties)
	}
}

func (f *finder) tally(counts *[Columns][]int32, duties map[Duty]*int) {
	for n := range counts {
		f.out.Facets[n] = f.x.columns[n].tally(counts[n])
	}
	f.out.Duties = map[Duty]int{}
	for duty, n := range duties {
		f.out.Duties[duty] = *n
	}
}

func dutyOf(late, now int64) Duty {
	switch {
	case late == 0:
		return NoDate
	case late <= now:
		return Late
	}
	return OnTime
}

// nearby is how many of the best are looked at again for words that stand near
// each other.
const nearby = 200

// page puts what was found in order, as far as the page needs it, and takes
// the page out.
func (f *finder) page(r Request) {
	compare := f.compare(r.Sort)
	from := min(max(r.From, 0), len(f.hits))
	to := min(from+max(r.Size, 0), len(f.hits))
	if r.Sort == ByRelevance && len(f.lists) > 1 {
		best := f.best(max(to, nearby), compare)
		f.bring(best[:min(nearby, len(best))])
		slices.SortFunc(best[:min(nearby, len(best))], compare)
		f.hits = best
	} else {
		f.hits = f.best(to, compare)
	}
	for _, h := range f.hits[from:to] {
		f.out.IDs = append(f.out.IDs, f.x.docs[h.doc].id)
	}
}

// bring raises entries in which the words stand near each other.
func (f *finder) bring(best []hit) {
	spots := newSpots(f.lists)
	for n := range best {
		if span := spots.span(f.x.docs[best[n].doc].text); span < far {
			best[n].score *= 1 + .3*float32(len(f.lists))/float32(span)
		}
	}
}

// best returns the first n of what was found, in order. Few of many are taken
// out with a heap; otherwise all are sorted.
func (f *finder) best(n int, compare func(a, b hit) int) []hit {
	if n*8 > len(f.hits) {
		slices.SortFunc(f.hits, compare)
		return f.hits
	}
	heap := slices.Clone(f.hits[:n])
	for at := n/2 - 1; at >= 0; at-- {
		sink(heap, at, compare)
	}
	for _, h := range f.hits[n:] {
		if n > 0 && compare(h, heap[0]) < 0 {
			heap[0] = h
			sink(heap, 0, compare)
		}
	}
	slices.SortFunc(heap, compare)
	return heap
}

// sink moves what stands at a place down until nothing below it comes later.
func sink(heap []hit, at int, compare func(a, b hit) int) {
	for {
		last := at
		for _, child := range [2]int{2*at + 1, 2*at + 2} {
			if child < len(heap) && compare(heap[child], heap[last]) > 0 {
				last = child
			}
		}
		if last == at {
			return
		}
		heap[at], heap[last] = heap[last], heap[at]
		at = last
	}
}

// compare is the order of results: by what was asked, then the youngest, then
// by id.
func (f *finder) compare(by Sort) func(a, b hit) int {
	docs, modified := f.x.docs, f.x.modified
	young := func(a, b hit) int {
		if c := cmp.Compare(modified[b.doc], modified[a.doc]); c != 0 {
			return c
		}
		return strings.Compare(docs[a.doc].id, docs[b.doc].id)
	}
	switch by {
	case ByModified:
		return young
	case ByTitle:
		rank := f.x.titles()
		return func(a, b hit) int { return cmp.Compare(rank[a.doc], rank[b.doc]) }
	case ByLate:
		return func(a, b hit) int {
			late := f.x.late
			// What is never late stands last; 0 minus 1 is the largest number there is.
			if c := cmp.Compare(uint64(late[a.doc]-1), uint64(late[b.doc]-1)); c != 0 {
				return c
			}
			return strings.Compare(docs[a.doc].id, docs[b.doc].id)
		}
	}
	return func(a, b hit) int {
		if a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		return young(a, b)
	}
}

// titles returns the place of every entry in the order of titles. It is kept
// until an entry changes.
func (x *Index) titles() []uint32 {
	x.titleMu.Lock()
	defer x.titleMu.Unlock()
	if len(x.titleRank) == len(x.docs) {
		return x.titleRank
	}
	order := make([]uint32, len(x.docs))
	for n := range order {
		order[n] = uint32(n)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(strings.Compare(x.docs[a].order, x.docs[b].order), strings.Compare(x.docs[a].id, x.docs[b].id))
	})
	rank := make([]uint32, len(order))
	for n, doc := range order {
		rank[doc] = uint32(n)
	}
	x.titleRank = rank
	return rank
}
