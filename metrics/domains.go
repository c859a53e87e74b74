package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A domain has one series however many services stand on it: by service it would be a
// seventh series of each, and one end would call as often as there are services.
var domainEnds = desc("jard_domain_not_after_timestamp_seconds", "When the registration of a domain that checks stand on ends; none while nobody knows.", "domain")

// DomainEnd is when the registration of a domain ends.
type DomainEnd struct {
	Name  string
	Until time.Time
}

// domainCollector shows when registrations end.
type domainCollector struct {
	read func() ([]DomainEnd, error)
}

// WatchDomains adds when registrations end.
func (m *Metrics) WatchDomains(read func() ([]DomainEnd, error)) {
	m.registry.MustRegister(&domainCollector{read})
}

// Describe names the metric.
func (*domainCollector) Describe(out chan<- *prometheus.Desc) { out <- domainEnds }

// Collect reads the ends.
func (d *domainCollector) Collect(out chan<- prometheus.Metric) {
	all, err := d.read()
	if err != nil {
		out <- prometheus.NewInvalidMetric(domainEnds, err)
		return
	}
	for _, one := range all {
		out <- gauge(domainEnds, float64(one.Until.Unix()), one.Name)
	}
}
