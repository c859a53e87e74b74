package examine

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"github.com/jard-odi/jard/monitor/assess"
)

// maxWeighed is how many files of a page are weighed in one look.
const maxWeighed = 14

// together is how many requests of one look are under way at once.
const together = 2

// weigh adds up what a first visit brings: the page and the files it names.
// Those beyond the bound are taken to weigh what the others do.
func (v *visit) weigh(ctx context.Context) {
	files := v.files()
	few := files[:min(len(files), maxWeighed)]
	weights := make([]int64, len(few))
	v.each(len(few), func(n int) { weights[n] = v.weight(ctx, few[n]) })
	sum, known := int64(0), 0
	var heaviest int64 = -1
	var heavy *url.URL
	for n, w := range weights {
		if w < 0 {
			continue
		}
		known++
		if sum += w; w > heaviest {
			heaviest, heavy = w, few[n]
		}
	}
	requests := float64(len(files) + len(v.home.hops))
	v.number(assess.PageRequests, requests, 0, note("examine.evidence.files", len(files)))
	if len(files) > 0 && known == 0 {
		v.rest("examine.unknown.no_weight", []assess.Measure{assess.PageWeight, assess.PageCost})
		return
	}
	least := float64(v.home.wire + sum)
	total := least
	if known > 0 {
		total += float64(len(files)-known) * float64(sum) / float64(known)
	}
	evidence := []assess.Evidence{note("examine.evidence.weighed", known, len(files), v.home.wire)}
	if heavy != nil {
		evidence = append(evidence, quote("examine.evidence.heaviest", heavy.String(), "", heaviest))
	}
	f := assess.Fact{Measure: assess.PageWeight, Value: total, N: int64(known), Evidence: evidence}
	if known < len(files) {
		f.Low = &least
	}
	v.put(f)
	price := v.e.o.Price
	if !(price.PerMB > 0) {
		v.unknown(assess.PageCost, "examine.unknown.no_price")
		return
	}
	v.number(assess.PageCost, price.Cost(total), 0, quote("examine.evidence.price", "", price.Offer+" ("+price.Source+")", price.PerMB*1000))
}

// files are those that come with the page, each once.
func (v *visit) files() []*url.URL {
	var files []*url.URL
	seen := map[string]bool{}
	for _, a := range v.home.page.Assets {
		if target := v.home.resolve(a.URL); target != nil && !seen[target.String()] {
			seen[target.String()] = true
			files = append(files, target)
		}
	}
	return files
}

// weight is how many bytes a file brings; less than none when nobody knows.
func (v *visit) weight(ctx context.Context, target *url.URL) int64 {
	a, err := v.ask(ctx, target, how{method: http.MethodHead})
	if err == nil && a.good() && a.wire >= 0 {
		return a.wire
	}
	if err != nil && len(a.hops) == 0 {
		return -1
	}
	a, err = v.ask(ctx, target, how{count: true, limit: v.e.o.Limits.Asset})
	if err != nil || !a.good() {
		return -1
	}
	return a.wire
}

// each does something for each of n, a few together.
func (v *visit) each(n int, do func(int)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range min(together, n) {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}
