package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	assessScore    = desc("jard_assessment_score", "What the set of criteria in force says of a service, on a hundred; none while too little is known.", "institution", "service")
	assessCoverage = desc("jard_assessment_coverage_ratio", "Share of the criteria's weights that is known of a service.", "institution", "service")
)

// Assessed is a service with its score.
type Assessed struct {
	Service, Institution string
	Score                *float64 // nil: too little is known
	Coverage             float64
}

// assessCollector shows the scores.
type assessCollector struct {
	read func() ([]Assessed, error)
}

// WatchAssessment adds the scores of services.
func (m *Metrics) WatchAssessment(read func() ([]Assessed, error)) {
	m.registry.MustRegister(&assessCollector{read})
}

// Describe names the metrics.
func (*assessCollector) Describe(out chan<- *prometheus.Desc) {
	out <- assessScore
	out <- assessCoverage
}

// Collect reads the scores.
func (a *assessCollector) Collect(out chan<- prometheus.Metric) {
	all, err := a.read()
	if err != nil {
		out <- prometheus.NewInvalidMetric(assessCoverage, err)
		return
	}
	for _, s := range all {
		out <- gauge(assessCoverage, s.Coverage, s.Institution, s.Service)
		if s.Score != nil {
			out <- gauge(assessScore, *s.Score, s.Institution, s.Service)
		}
	}
}
