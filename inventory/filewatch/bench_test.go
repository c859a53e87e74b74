package filewatch

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// wideTable is a CSV file of about size bytes.
func wideTable(size int) []byte {
	var b bytes.Buffer
	b.WriteString("Date;Gouvernorat;Valeur;Observation\n")
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, "%02d/%02d/2026;Gouvernorat %d;%d,%d;rien à signaler\n", n%28+1, n%12+1, n%24, n, n%10)
	}
	return b.Bytes()
}

// BenchmarkLook fetches, hashes and profiles a file, beside fetching and hashing alone.
func BenchmarkLook(b *testing.B) {
	for _, size := range []int{10 << 10, 1 << 20, 50 << 20} {
		data := wideTable(size)
		data = data[:bytes.LastIndexByte(data[:min(len(data), size)], '\n')+1]
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.csv", time.Time{}, bytes.NewReader(data))
		}))
		b.Cleanup(server.Close)
		name := strings.ReplaceAll(fmt.Sprint(size>>10, " kB"), " ", "")
		var bare, whole time.Duration
		b.Run(name+"/bare", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL, nil)
				if err != nil {
					b.Fatal(err)
				}
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(sha256.New(), resp.Body); err != nil {
					b.Fatal(err)
				}
				resp.Body.Close()
			}
			bare = b.Elapsed() / time.Duration(b.N)
		})
		b.Run(name+"/look", func(b *testing.B) {
			f := fetcher(b, func(o *FetchOptions) { o.Timeout = time.Minute })
			b.SetBytes(int64(len(data)))
			peak := uint64(0)
			for b.Loop() {
				s := f.Look(b.Context(), fileAt(server.URL+"/a.csv"))
				if !s.Whole || s.Rows == nil {
					b.Fatalf("%+v", s)
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
			whole = b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(whole)/float64(bare), "×bare")
			b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
		})
	}
}
