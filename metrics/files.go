package metrics

import "github.com/prometheus/client_golang/prometheus"

var distributions = desc("jard_distributions", "Files behind published distributions, by how they stand.", "institution", "state")

// Files is how many files of an institution are in a state.
type Files struct {
	Institution, State string
	N                  int
}

// collectFiles shows the files.
func (r *registerCollector) collectFiles(out chan<- prometheus.Metric) {
	if r.o.Files == nil {
		return
	}
	files, err := r.o.Files()
	if err != nil {
		out <- prometheus.NewInvalidMetric(distributions, err)
		return
	}
	for _, f := range files {
		out <- gauge(distributions, float64(f.N), f.Institution, f.State)
	}
}
