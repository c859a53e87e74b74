package harvest

import (
	"fmt"
	"testing"
)

// BenchmarkStep is what a request of a walk costs besides its answer, with
// 4000 others remembered.
func BenchmarkStep(b *testing.B) {
	s := NewSessions()
	for n := range 4000 {
		s.Begin(KeyOf(reader(n, CKAN), rows), reader(n, CKAN), rows, Snapshot{ID: "a"}, monday)
	}
	r := reader(1, CKAN)
	for n := 0; b.Loop(); n++ {
		k := KeyOf(r, rows)
		s.Where(k, n*100, monday)
		s.Answered(k, Step{n * 100, n*100 + 100, 1 << 30, Snapshot{ID: "a"}, false}, monday)
	}
}

// BenchmarkFlood is what a stranger who never comes back costs when the memory
// is full.
func BenchmarkFlood(b *testing.B) {
	s := NewSessions()
	for n := 0; b.Loop(); n++ {
		r := reader(n%60000, Other)
		r.Agent = fmt.Sprint(n)
		s.Begin(KeyOf(r, rows), r, rows, Snapshot{ID: "a"}, monday)
	}
}
