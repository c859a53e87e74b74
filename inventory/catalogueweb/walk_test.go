package catalogueweb

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// BenchmarkCKANWalk100k walks a large register over HTTP as CKAN's harvester
// does: pages of a hundred by id, until one brings nothing new.
func BenchmarkCKANWalk100k(b *testing.B) {
	h := stock(b, databasetest.Open(b), large())
	shell, err := web.New(web.Options{Log: slog.New(slog.DiscardHandler), BaseURL: base})
	h.must(err)
	s := catalogue.Settings{BaseURL: base, Title: lang.Text{"fr": "Registre"}, Contact: "contact@jard.example"}
	source := Source{Register: h, Institutions: identitydb.New(h.db, time.Now), Snapshots: cataloguedb.New(h.db, time.Now)}
	p := New(shell, source, s, time.Now, slog.New(slog.DiscardHandler))
	p.Routes()
	h.must(p.Refresh(context.Background()))
	h.serve(shell.Handler())
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(encoding, func(b *testing.B) {
			watch := newStopwatch(h.client, "", encoding)
			for b.Loop() {
				h.walk(watch, encoding == "identity")
			}
			b.ReportMetric(watch.percentile(0.5), "p50-ms")
			b.ReportMetric(watch.percentile(0.99), "p99-ms")
		})
	}
}

// walk asks for every page; with check it also reads what they hold.
func (h *house) walk(watch *stopwatch, check bool) {
	seen := map[string]bool{}
	for start := 0; start <= large(); start += 100 {
		began := time.Now()
		address := fmt.Sprintf("%s/api/3/action/package_search?rows=100&start=%d&sort=id+asc", base, start)
		req, err := http.NewRequestWithContext(h.tb.Context(), http.MethodGet, address, nil)
		h.must(err)
		req.Header.Set("Accept-Encoding", watch.encoding)
		resp, err := h.client.Do(req)
		h.must(err)
		body, err := io.ReadAll(resp.Body)
		h.must(err)
		_ = resp.Body.Close()
		watch.took = append(watch.took, time.Since(began))
		if resp.StatusCode != http.StatusOK || len(body) == 0 {
			h.tb.Fatalf("%s: %d", address, resp.StatusCode)
		}
		if check {
			h.tick(body, seen)
		}
	}
	if check && len(seen) != large() {
		h.tb.Fatalf("%d datasets; want %d", len(seen), large())
	}
}

// tick notes which datasets a page brings.
func (h *house) tick(body []byte, seen map[string]bool) {
	var page struct {
		Result struct {
			Results []struct{ ID string }
		}
	}
	h.must(json.Unmarshal(body, &page))
	for _, one := range page.Result.Results {
		if seen[one.ID] {
			h.tb.Fatalf("%s comes twice", one.ID)
		}
		seen[one.ID] = true
	}
}
