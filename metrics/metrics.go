// Package metrics shows both domains to Prometheus. Like the dashboard it
// reads and owns nothing; labels come from closed sets only, and free text
// stands on the two info metrics alone.
package metrics

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/jard-odi/jard/monitor"
)

// Options are where the numbers come from. Every one may be left out; what
// nobody counts is not shown.
type Options struct {
	Version string

	Pulse    func() monitor.Pulse          // of the running watch
	Services func() ([]ServiceInfo, error) // active ones, with their availability

	Datasets func() (map[DatasetKey]int, error) // how many of each kind
	Quality  func() (map[string]float64, error) // mean score of descriptions, by institution
	Promises func() ([]Promise, error)          // the ledger of updates
	Mail     func() ([]MailCount, error)        // the outbox
	Files    func() ([]Files, error)            // files behind distributions, by state
	Snapshot func() time.Time                   // when the catalogue was last prepared; zero: never
	Refused  func() bool                        // whether no snapshot could be made of the register as it is
	Pinned   func() bool                        // whether an earlier snapshot is served in place of the newest
	Harvests func() map[string]int64            // requests for the catalogue, by kind of client
}

// DatasetKey is what datasets are counted by.
type DatasetKey struct{ Institution, State string }

// Promise is how many promised updates of an institution are in a state, and
// how many of these fell due within the last year.
type Promise struct {
	Institution, State string
	N, Recent          int
}

// ServiceInfo is one active service.
type ServiceInfo struct {
	Slug, Institution      string
	Title, URL, Tier       string
	Availability, Coverage []Window
}

// Window is a ratio over a window of time; Known is false when nothing can be said.
type Window struct {
	Name  string // "24h", "30d"
	Ratio float64
	Known bool
}

// Metrics gathers the numbers.
type Metrics struct {
	registry *prometheus.Registry
	duration *prometheus.HistogramVec
	lag      prometheus.Histogram
}

// New returns the metrics of o.
func New(o Options) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "jard_check_duration_seconds", Help: "How long looks at services took, by institution.",
			Buckets:                     []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		}, []string{"institution"}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "jard_check_schedule_lag_seconds", Help: "Between when a look was due and when it began.",
			Buckets:                     []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30},
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "jard_build_info", Help: "Which program this is.",
		ConstLabels: prometheus.Labels{"version": o.Version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.duration, m.lag, build, &watchCollector{o}, &registerCollector{o}, &mailCollector{o.Mail},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Observe takes note of one look at a service.
func (m *Metrics) Observe(institution string, took, lag time.Duration) {
	m.duration.WithLabelValues(institution).Observe(took.Seconds())
	m.lag.Observe(lag.Seconds())
}

// Registry is where other rooms add metrics of their own.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Handler answers GET /metrics, in the Prometheus and the OpenMetrics format.
// What cannot be read is left out and counted; the rest is still shown.
func (m *Metrics) Handler() http.Handler {
	return promhttp.InstrumentMetricHandler(m.registry, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	}))
}
