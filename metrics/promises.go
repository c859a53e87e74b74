package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	obligations = desc("jard_obligations", "Promised updates, one a dataset and reference period.", "institution", "state")
	onTime      = desc("jard_obligations_on_time_ratio",
		"Share of the updates whose last day was within the last year that came in time; waived ones do not count.", "institution")
)

// collectPromises shows the ledger. An institution of which nothing was due
// has no ratio: none is neither good nor bad.
func (r *registerCollector) collectPromises(out chan<- prometheus.Metric) {
	promises, err := r.o.Promises()
	if err != nil {
		out <- prometheus.NewInvalidMetric(obligations, err)
		return
	}
	met, judged := map[string]int{}, map[string]int{}
	for _, p := range promises {
		out <- gauge(obligations, float64(p.N), p.Institution, p.State)
		switch p.State {
		case "met":
			met[p.Institution] += p.Recent
			judged[p.Institution] += p.Recent
		case "late":
			judged[p.Institution] += p.Recent
		}
	}
	for institution, n := range judged {
		if n > 0 {
			out <- gauge(onTime, float64(met[institution])/float64(n), institution)
		}
	}
}
