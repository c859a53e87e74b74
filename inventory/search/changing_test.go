package search

import (
	"fmt"
	"sync"
	"testing"
)

// Readers go on while entries come, change and go.
func TestSearchWhileItChanges(t *testing.T) {
	x := small(t)
	var all sync.WaitGroup
	for w := range 2 {
		all.Go(func() {
			for n := range 200 {
				id := fmt.Sprintf("w%d-%d", w, n%20)
				x.Put(doc(id, fmt.Sprintf("Barrages neufs %d", n), "سدود", "neuf", "description"))
				x.SetLate(id, int64(n))
				if n%3 == 0 {
					x.Remove(id)
				}
			}
		})
	}
	for range 3 {
		all.Go(func() {
			for n := range 200 {
				r := Request{Q: []string{"barrages", "neuvs", "", `"barrages neufs"`}[n%4], Sort: []Sort{"", ByTitle}[n%2], Size: 5, Facets: true, Now: now}
				if got := x.Search(r); got.Total < len(got.IDs) {
					t.Errorf("%d of %d", len(got.IDs), got.Total)
				}
				x.Keywords("ne", 3)
				x.Len()
			}
		})
	}
	all.Wait()
}
