package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	officer = desc("jard_institution_officer", "How an institution stands with its open-data officer; one state is 1.", "institution", "state")
	vacant  = desc("jard_institutions_without_officer", "Institutions for which no confirmed officer answers.")
)

// officersCollector shows who lacks an officer.
type officersCollector struct {
	read func() (map[string]string, error)
}

// WatchOfficers adds how institutions stand with their officers, by slug.
func (m *Metrics) WatchOfficers(read func() (map[string]string, error)) {
	m.registry.MustRegister(&officersCollector{read})
}

// Describe names the metrics.
func (*officersCollector) Describe(out chan<- *prometheus.Desc) {
	out <- officer
	out <- vacant
}

// Collect reads the standings.
func (o *officersCollector) Collect(out chan<- prometheus.Metric) {
	all, err := o.read()
	if err != nil {
		out <- prometheus.NewInvalidMetric(vacant, err)
		return
	}
	n := 0
	for institution, state := range all {
		out <- gauge(officer, 1, institution, state)
		if state != "held" && state != "ending" {
			n++
		}
	}
	out <- gauge(vacant, float64(n))
}
