package catalogueweb

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
)

// BenchmarkFeedBesideStaticFile asks for a page of the catalogue and for the
// same bytes as a file served by net/http, turn and turn about, and reports
// both and their ratio.
func BenchmarkFeedBesideStaticFile(b *testing.B) {
	h := open(b, databasetest.Open(b), 525)
	for name, address := range map[string]string{
		"catalog.jsonld": "/catalog.jsonld", "catalog.ttl": "/catalog.ttl", "data.json": "/data.json",
		"package_search": "/api/3/action/package_search?rows=100&start=0&sort=id+asc",
	} {
		for _, encoding := range []string{"identity", "gzip"} {
			b.Run(name+"/"+encoding, func(b *testing.B) {
				body := h.get(address, "Accept-Encoding", encoding).body
				dir := b.TempDir()
				h.must(os.WriteFile(filepath.Join(dir, "file"), body, 0o600))
				static := httptest.NewServer(http.FileServer(http.Dir(dir)))
				b.Cleanup(static.Close)
				ours, theirs := newStopwatch(h.client, base+address, encoding), newStopwatch(static.Client(), static.URL+"/file", encoding)
				for b.Loop() {
					ours.ask(b, len(body))
					theirs.ask(b, len(body))
				}
				b.ReportMetric(ours.rate(len(body))/1e6, "MB/s")
				b.ReportMetric(theirs.rate(len(body))/1e6, "static-MB/s")
				b.ReportMetric(ours.rate(len(body))/theirs.rate(len(body)), "ratio")
				b.ReportMetric(ours.percentile(0.99), "p99-ms")
				b.ReportMetric(theirs.percentile(0.99), "static-p99-ms")
				b.ReportMetric(float64(len(body)), "bytes")
			})
		}
	}
}

// stopwatch asks one address again and again.
type stopwatch struct {
	client   *http.Client
	url      string
	encoding string
	took     []time.Duration
}

func newStopwatch(c *http.Client, url, encoding string) *stopwatch {
	return &stopwatch{client: c, url: url, encoding: encoding}
}

func (s *stopwatch) ask(b *testing.B, want int) {
	start := time.Now()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.url, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", s.encoding)
	resp, err := s.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || int(n) != want {
		b.Fatal(n, want, err)
	}
	s.took = append(s.took, time.Since(start))
}

// rate is in bytes a second.
func (s *stopwatch) rate(size int) float64 {
	var sum time.Duration
	for _, d := range s.took {
		sum += d
	}
	return float64(size*len(s.took)) / sum.Seconds()
}

// percentile is in milliseconds.
func (s *stopwatch) percentile(p float64) float64 {
	sorted := slices.Sorted(slices.Values(s.took))
	return float64(sorted[int(p*float64(len(sorted)-1))].Microseconds()) / 1000
}

// BenchmarkSearchUnseen asks questions nobody asked before, so that no answer is kept.
func BenchmarkSearchUnseen(b *testing.B) {
	h := open(b, databasetest.Open(b), 525)
	watch := newStopwatch(h.client, "", "identity")
	for n := 0; b.Loop(); n++ {
		watch.url = fmt.Sprintf("%s/api/3/action/package_search?rows=100&q=olives+-nothing%d", base, n)
		start := time.Now()
		if a := h.get(watch.url); a.status != http.StatusOK {
			b.Fatal(a.status)
		}
		watch.took = append(watch.took, time.Since(start))
	}
	b.ReportMetric(watch.percentile(0.99), "p99-ms")
}
