package catalogue

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// heading is what a list needs to know of a dataset, live or withdrawn,
// without reading what is said of it.
type heading struct {
	ID, Ref, Institution, Theme string
	Modified                    time.Time
	Gone                        bool
}

// headings lists everything that is or was public, in the order of ids, from
// behind the id after.
func (s *Snapshot) headings(after string) iter.Seq[heading] {
	gone := slices.DeleteFunc(slices.Sorted(maps.Keys(s.gone)), func(id string) bool { return id <= after })
	return func(yield func(heading) bool) {
		for h := range s.liveHeadings(after) {
			for len(gone) > 0 && gone[0] < h.ID {
				if !yield(headingOf(s.gone[gone[0]], true)) {
					return
				}
				gone = gone[1:]
			}
			if !yield(h) {
				return
			}
		}
		for _, id := range gone {
			if !yield(headingOf(s.gone[id], true)) {
				return
			}
		}
	}
}

func headingOf(p inventory.Publication, gone bool) heading {
	return heading{p.DatasetID, p.Ref, p.Institution, p.Content.Theme, p.Modified, gone}
}

// liveHeadings are those of what is public.
func (s *Snapshot) liveHeadings(after string) iter.Seq[heading] {
	first, found := slices.BinarySearchFunc(s.entries, after, func(e *entry, id string) int { return cmp.Compare(e.id, id) })
	if found {
		first++
	}
	return func(yield func(heading) bool) {
		for _, e := range s.entries[first:] {
			if !yield(e.heading()) {
				return
			}
		}
	}
}

func (e *entry) heading() heading {
	return heading{e.id, e.ref, e.institution, e.theme, e.modified, false}
}

// nodesAbout returns everything that a document about one dataset tells of:
// the dataset, and what it points at.
func (w *writer) nodesAbout(p inventory.Publication) []*node {
	nodes := w.describe(p)
	points := w.points(nodes)
	slices.Sort(points)
	for _, iri := range points {
		nodes = append(nodes, w.shared[iri].nodes...)
	}
	return nodes
}
