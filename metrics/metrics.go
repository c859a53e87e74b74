// Package metrics shows both domains to Prometheus. Like the dashboard it
// reads and owns nothing; labels come from closed sets only, and free text
// stands on the two info metrics alone.
package metrics

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/jard-odi/jard/monitor"
)

// Options are where the numbers come from. Every one may be left out; what
// nobody counts is not shown.
type Options struct {
	Version string

	Everything bool        // every series of every check; else at most six a service in good health
	Began      time.Time   // since when counters count; zero: unknown
	Failed     func(error) // told what could not be read; nil: nobody is

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
	Availability, Coverage []Window // the shortest first

	Objective   float64 // share of time in which it is to answer; 0: none was agreed
	Budget      float64 // share of the allowed outage that is left
	BudgetKnown bool
	Burns       []Window
}

// Window is a ratio over a window of time; Known is false when nothing can be said.
type Window struct {
	Name  string // "24h", "30d"
	Ratio float64
	Known bool
}

// Metrics gathers the numbers.
type Metrics struct {
	opts     Options
	registry *prometheus.Registry // all but the services, which are too many for it
	services *prometheus.Registry // the same as the text has by hand
	duration *durations
	lag      prometheus.Histogram
}

// New returns the metrics of o.
func New(o Options) *Metrics {
	m := &Metrics{
		opts: o, registry: prometheus.NewRegistry(), services: prometheus.NewRegistry(), duration: newDurations(o.Everything),
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
	m.registry.MustRegister(m.duration, m.lag, build, &registerCollector{o}, &mailCollector{o.Mail},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.services.MustRegister(&watched{o})
	return m
}

// Look is one look at a service.
type Look struct {
	Service, Check, Institution string
	Took, Lag                   time.Duration
}

// Observe takes note of one look.
func (m *Metrics) Observe(l Look) {
	m.duration.observe(l)
	m.lag.Observe(l.Lag.Seconds())
}

// Registry is where other rooms add metrics of their own.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Gatherer gives everything, services too.
func (m *Metrics) Gatherer() prometheus.Gatherer {
	return prometheus.Gatherers{m.services, m.registry}
}
