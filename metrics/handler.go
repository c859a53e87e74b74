package metrics

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

// inFlight is how many answers are made at once.
const inFlight = 4

// Handler answers GET /metrics in the Prometheus and OpenMetrics text formats
// and, for native histograms, as protobuf. What cannot be read is left out and
// counted; the rest is still shown. Exemplars are never shown: they would name
// single requests.
func (m *Metrics) Handler() http.Handler {
	library := promhttp.HandlerFor(m.Gatherer(), promhttp.HandlerOpts{
		EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: inFlight,
	})
	places := make(chan struct{}, inFlight)
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.opts.Pulse != nil {
			m.duration.keep(m.opts.Pulse().Checks)
		}
		format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
		if kind := format.FormatType(); kind != expfmt.TypeTextPlain && kind != expfmt.TypeOpenMetrics {
			library.ServeHTTP(w, r)
			return
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			m.answer(w, r, format)
		default:
			http.Error(w, "Too many scrapes at once; try again later.", http.StatusServiceUnavailable)
		}
	})
	return promhttp.InstrumentMetricHandler(m.registry, answer)
}

// answer writes the services by hand, which costs a fiftieth of what the
// library takes for them, and the rest through the library.
func (m *Metrics) answer(w http.ResponseWriter, r *http.Request, format expfmt.Format) {
	own := newWriting(format.FormatType() == expfmt.TypeOpenMetrics)
	if err := (&watched{m.opts}).walk(own); err != nil && m.opts.Failed != nil {
		m.opts.Failed(err)
	}
	rest, err := m.registry.Gather() // what it could gather comes with the error
	if err != nil && m.opts.Failed != nil {
		m.opts.Failed(err)
	}
	w.Header().Set("Content-Type", string(format))
	var out io.Writer = w
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		packer := packers.Get().(*gzip.Writer) //nolint:forcetypeassert // the pool holds nothing else
		defer packers.Put(packer)
		packer.Reset(w)
		defer packer.Close() //nolint:errcheck // the reader is gone then
		out = packer
	}
	if _, err := out.Write(own.bytes()); err != nil {
		return // the reader is gone
	}
	e := expfmt.NewEncoder(out, format)
	for _, family := range rest {
		if err := e.Encode(family); err != nil {
			return
		}
	}
	if end, ok := e.(expfmt.Closer); ok {
		_ = end.Close()
	}
}

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic(fmt.Sprintf("gzip: %v", err)) // the level is a constant
	}
	return w
}}
