package metrics

import "github.com/prometheus/client_golang/prometheus"

// A metric without its label values.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	datasets = desc("jard_datasets", "Datasets of the register.", "institution", "state")
	points   = desc("jard_metadata_quality_points", "Mean score of published descriptions, of 405.", "institution")
	snapshot = desc("jard_catalogue_snapshot_timestamp_seconds", "When the catalogue was last prepared.")
	refused  = desc("jard_catalogue_refused", "1 while the register has changed and no snapshot of the catalogue could be made of it.")
	pinned   = desc("jard_catalogue_pinned", "1 while an operator has an earlier snapshot served in place of the newest.")
	harvests = desc("jard_harvests_total", "Requests for the catalogue.", "client")
)

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(d *prometheus.Desc, v int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

// registerCollector shows the register.
type registerCollector struct{ o Options }

// Describe is empty, as above.
func (*registerCollector) Describe(chan<- *prometheus.Desc) {}

// Collect counts the register.
func (r *registerCollector) Collect(out chan<- prometheus.Metric) {
	if r.o.Datasets != nil {
		counts, err := r.o.Datasets()
		if err != nil {
			out <- prometheus.NewInvalidMetric(datasets, err)
		}
		for key, n := range counts {
			out <- gauge(datasets, float64(n), key.Institution, key.State)
		}
	}
	if r.o.Quality != nil {
		means, err := r.o.Quality()
		if err != nil {
			out <- prometheus.NewInvalidMetric(points, err)
		}
		for institution, mean := range means {
			out <- gauge(points, mean, institution)
		}
	}
	if r.o.Promises != nil {
		r.collectPromises(out)
	}
	r.collectFiles(out)
	if r.o.Snapshot != nil {
		if at := r.o.Snapshot(); !at.IsZero() {
			out <- gauge(snapshot, float64(at.UnixMilli())/1000)
		}
	}
	for d, holds := range map[*prometheus.Desc]func() bool{refused: r.o.Refused, pinned: r.o.Pinned} {
		if holds != nil {
			out <- gauge(d, truth(holds()))
		}
	}
	if r.o.Harvests != nil {
		for client, n := range r.o.Harvests() {
			out <- counter(harvests, n, client)
		}
	}
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
