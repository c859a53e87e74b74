package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	harvestLag = desc("jard_harvest_lag_seconds",
		"How old the state of the catalogue is that a consumer took whole last; 0 while it is the current one.", "consumer")
	harvestComplete = desc("jard_harvest_last_complete_timestamp_seconds", "When a consumer took the catalogue whole last.", "consumer")
	harvestBehind   = desc("jard_harvest_versions_behind", "How many versions of the register a consumer has missed.", "consumer")
	portalFindings  = desc("jard_portal_findings", "What is wrong on the national portal and nobody acknowledged.", "kind")
	portalRead      = desc("jard_portal_last_read_timestamp_seconds", "When the national portal was read to its end last.")
	portalFailures  = desc("jard_portal_read_failures_total", "Reads of the national portal that did not come to their end.")
)

// Consumer is how a reader of the catalogue stands.
type Consumer struct {
	Name     string
	Lag      time.Duration
	Complete time.Time // zero: never
	Behind   int64
}

// Portal shows who harvests and what the portal made of it. It is registered
// beside the others, because not every installation has a portal to read.
type Portal struct {
	Consumers func() ([]Consumer, error)
	Findings  func() (map[string]int, error) // nil where no portal is read
	LastRead  func() (time.Time, error)      // zero: never
	Failures  func() uint64
}

// Describe is empty: which series there are depends on who came.
func (*Portal) Describe(chan<- *prometheus.Desc) {}

// Collect tells of consumers that took the catalogue whole at least once, and
// of the portal where one is read.
func (p *Portal) Collect(out chan<- prometheus.Metric) {
	consumers, err := p.Consumers()
	if err != nil {
		out <- prometheus.NewInvalidMetric(harvestLag, err)
	}
	for _, c := range consumers {
		if c.Complete.IsZero() {
			continue
		}
		out <- gauge(harvestLag, c.Lag.Seconds(), c.Name)
		out <- gauge(harvestComplete, float64(c.Complete.Unix()), c.Name)
		out <- gauge(harvestBehind, float64(c.Behind), c.Name)
	}
	if p.Findings == nil {
		return
	}
	findings, err := p.Findings()
	if err != nil {
		out <- prometheus.NewInvalidMetric(portalFindings, err)
	}
	for kind, n := range findings {
		out <- gauge(portalFindings, float64(n), kind)
	}
	if at, err := p.LastRead(); err != nil {
		out <- prometheus.NewInvalidMetric(portalRead, err)
	} else if !at.IsZero() {
		out <- gauge(portalRead, float64(at.Unix()))
	}
	out <- counter(portalFailures, int64(p.Failures())) //nolint:gosec // a count of reads
}
