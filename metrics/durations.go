package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/jard-odi/jard/monitor"
)

// durations are how long looks took: by institution, or by check where the
// operator asked for everything.
type durations struct {
	*prometheus.HistogramVec
	byCheck bool

	mu   sync.Mutex
	seen map[[2]string]bool // checks that have a histogram
}

func newDurations(byCheck bool) *durations {
	help, labels := "How long looks at services took, by institution.", []string{"institution"}
	if byCheck {
		help, labels = "How long looks took.", []string{"service", "check"}
	}
	return &durations{byCheck: byCheck, seen: map[[2]string]bool{}, HistogramVec: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "jard_check_duration_seconds", Help: help,
		Buckets:                     []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}, labels)}
}

func (d *durations) observe(l Look) {
	if !d.byCheck {
		d.WithLabelValues(l.Institution).Observe(l.Took.Seconds())
		return
	}
	d.mu.Lock()
	d.seen[[2]string{l.Service, l.Check}] = true
	d.mu.Unlock()
	d.WithLabelValues(l.Service, l.Check).Observe(l.Took.Seconds())
}

// keep drops the histograms of checks that are not watched any more.
func (d *durations) keep(checks []monitor.CheckPulse) {
	if !d.byCheck {
		return
	}
	there := make(map[[2]string]bool, len(checks))
	for n := range checks {
		there[[2]string{checks[n].Service, checks[n].Check}] = true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.seen {
		if !there[key] {
			d.DeleteLabelValues(key[0], key[1])
			delete(d.seen, key)
		}
	}
}
