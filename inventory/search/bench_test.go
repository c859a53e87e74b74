package search

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search/searchtest"
)

// register makes up n entries: words as unevenly frequent as those of a
// language, in French and Arabic.
func register(n int) func(yield func(Document, error) bool) {
	return func(yield func(Document, error) bool) {
		w := searchtest.NewWords()
		for k := range n {
			d := Document{
				ID: fmt.Sprintf("%08x-0000-7000-8000-%012x", k, k), Ref: fmt.Sprintf("TN-B-2026-%06d", k), Stamp: int64(k),
				Title:       []string{w.French(7), w.Arabic(6)},
				Keywords:    []string{w.French(1), w.French(1), w.Arabic(1)},
				Institution: []string{fmt.Sprintf("Institution %d des affaires", k%60), "مؤسسة عمومية"},
				Description: []string{w.French(35), w.Arabic(25)}, Modified: int64(k) * 1000, Late: int64(k % 3 * 1e15),
				Values: [Columns][]string{
					{fmt.Sprint("i", k%60)},
					{fmt.Sprint("t", k%23)},
					{"CSV", fmt.Sprint("F", k%9)},
					{fmt.Sprint("l", k%5)},
					{"open"},
					{fmt.Sprint("f", k%12)},
					{fmt.Sprint("TN-", k%24)},
				},
			}
			d.Order = inventory.Fold(d.Title[0])
			if !yield(d, nil) {
				return
			}
		}
	}
}

// BenchmarkIndex asks an index of 100,000 entries mixed questions and prints
// what the half and all but a twentieth take; JARD_BENCH_ROWS sets another number.
func BenchmarkIndex(b *testing.B) {
	n := 100_000
	if text := os.Getenv("JARD_BENCH_ROWS"); text != "" {
		_, _ = fmt.Sscan(text, &n)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	x := New(NewSynonyms([][]string{{"eau potable", "الماء الصالح للشراب"}}))
	if err := x.Load(register(n)); err != nil {
		b.Fatal(err)
	}
	built := time.Since(begun)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("%d entries, %d words: built in %v, %d MB", n, len(x.terms), built, (after.HeapAlloc-before.HeapAlloc)>>20)
	for _, one := range []struct {
		name string
		r    Request
	}{
		{"empty", Request{}},
		{"common", Request{Q: "production"}},
		{"common-filtered", Request{Q: "production", Filters: [Columns][]string{ByTheme: {"t3"}}}},
		{"two-words", Request{Q: "production céréales"}},
		{"three-common", Request{Q: "production céréales eau potable barrages"}},
		{"rare", Request{Q: x.terms[len(x.terms)-10].word}},
		{"typo", Request{Q: "prodcution cereals"}},
		{"arabic", Request{Q: "انتاج حبوب"}},
		{"prefix", Request{Q: "pro"}},
		{"phrase", Request{Q: `"production céréales"`}},
		{"deep", Request{From: n - 1000}},
		{"deep-words", Request{Q: "production", From: 20_000}},
		{"title", Request{Sort: ByTitle}},
		{"hostile", Request{Q: strings.Repeat("prodxction ceralxes zzzzyyyy ", 100)}},
	} {
		b.Run(one.name, func(b *testing.B) {
			one.r.Size, one.r.Facets, one.r.Now = 20, true, now
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				x.Search(one.r)
				took = append(took, time.Since(begun))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
