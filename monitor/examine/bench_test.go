package examine

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// BenchmarkFiveHundredServices examines 500 services, each a host of its own
// on this machine, as a night's round does, over at most two connections each.
// It prints how many requests that takes.
func BenchmarkFiveHundredServices(b *testing.B) {
	const services, workers = 500, 32
	w := newWorld(b)
	most := &peak{}
	for n := range services {
		host := fmt.Sprintf("service%03d.example.tn", n)
		w.hosts[host] = goodSite()
		if n == 0 {
			w.hosts[host] = most.of(goodSite())
		}
		w.plain[host] = http.HandlerFunc(redirectToHTTPS)
	}
	w.zones["example.tn"] = []string{"NS ns1.example.tn.", "NS ns2.other.tn.", `CAA 0 issue "letsencrypt.org"`}
	w.zones["ns1.example.tn"], w.zones["ns2.other.tn"] = []string{"A 192.0.2.1"}, []string{"A 198.51.100.1"}
	b.ResetTimer()
	for range b.N {
		e := w.examiner(b)
		var mu sync.Mutex
		requests, unknown := 0, 0
		next := make(chan int)
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for n := range next {
					r := e.Look(b.Context(), Subject{Service: "essai", URL: fmt.Sprintf("https://service%03d.example.tn/", n)})
					mu.Lock()
					requests += r.Requests
					for _, f := range r.Facts {
						if f.Unknown != "" {
							unknown++
						}
					}
					mu.Unlock()
				}
			})
		}
		for n := range services {
			next <- n
		}
		close(next)
		all.Wait()
		if unknown > services*len(browserMeasures()) {
			b.Errorf("%d facts are unknown besides those of a browser", unknown-services*len(browserMeasures()))
		}
		b.ReportMetric(float64(requests)/services, "requests/service")
	}
	if most.high() > 2 {
		b.Errorf("%d requests to a host at once; 2 are allowed", most.high())
	}
	b.ReportMetric(float64(services*b.N)/b.Elapsed().Seconds(), "services/s")
}
