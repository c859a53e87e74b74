package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// BenchmarkHome is the first page through the whole shell, plain and compressed.
func BenchmarkHome(b *testing.B) {
	newest := make([]web.HomeDataset, 5)
	for i := range newest {
		newest[i] = web.HomeDataset{Title: lang.Text{"fr": "Barrages", "ar": "السدود"}, Path: "/datasets/1", Published: time.Unix(1, 0)}
	}
	s, err := web.New(web.Options{Home: func(context.Context) (web.HomeFigures, error) {
		return web.HomeFigures{Datasets: 525, Institutions: 7, Promised: 9, UpToDate: 8, Services: 12, Working: 12, Newest: newest}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	handler := s.Handler()
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(encoding, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Accept-Encoding", encoding)
			var size int
			for b.Loop() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes/page")
		})
	}
}
