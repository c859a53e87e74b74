package catalogue

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/jard-odi/jard/inventory"
)

// Publications loads live publications by their UUIDs, in the order asked; what
// is not live is left away.
func (s *Snapshot) Publications(ctx context.Context, ids ...string) ([]inventory.Publication, error) {
	wanted := map[*leaf]bool{}
	for _, id := range ids {
		if _, ok := s.Ref(id); ok {
			wanted[s.leafOf(id)] = true
		}
	}
	found := map[string]inventory.Publication{}
	asked := map[string]bool{}
	for _, id := range ids {
		asked[id] = true
	}
	for l := range wanted {
		for p, err := range l.publications(ctx, func(id string) bool { return asked[id] }) {
			if err != nil {
				return nil, fmt.Errorf("load publications: %w", err)
			}
			found[p.DatasetID] = p
		}
	}
	out := make([]inventory.Publication, 0, len(ids))
	for _, id := range ids {
		if p, ok := found[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// leafOf is the leaf that holds the entry with this UUID.
func (s *Snapshot) leafOf(id string) *leaf {
	at, _ := slices.BinarySearchFunc(s.pages, id, func(page []*leaf, id string) int {
		return cmp.Compare(page[0].entries[len(page[0].entries)-1].id, id)
	})
	return s.pages[at][0]
}

// Everything loads the live publications one after the other, in the order of
// ids, a leaf in memory at a time.
func (s *Snapshot) Everything(ctx context.Context) iter.Seq2[inventory.Publication, error] {
	return func(yield func(inventory.Publication, error) bool) {
		for _, l := range s.leaves {
			for p, err := range l.publications(ctx, nil) {
				if err != nil {
					err = fmt.Errorf("load publications: %w", err)
				}
				if !yield(p, err) || err != nil {
					return
				}
			}
		}
	}
}

// publications reads those of the leaf that are wanted; nil: all. A line is
// read only if it is.
func (l *leaf) publications(ctx context.Context, wanted func(id string) bool) iter.Seq2[inventory.Publication, error] {
	return func(yield func(inventory.Publication, error) bool) {
		if l.Datasets == 0 {
			return
		}
		b, err := l.parts[LeafRecord].Load(ctx, Plain)
		if err != nil {
			yield(inventory.Publication{}, err)
			return
		}
		n := -1
		for line := range bytes.Lines(b) {
			if n++; wanted != nil && n < len(l.entries) && !wanted(l.entries[n].id) {
				continue
			}
			var p inventory.Publication
			err := json.Unmarshal(line, &p)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}
