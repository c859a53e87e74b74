package metrics

import "github.com/prometheus/client_golang/prometheus"

var requestsRefused = desc("jard_requests_refused_total", "Requests and connections that were turned away, by why and by kind of door.", "reason", "kind")

// Refused shows whom the shell turned away.
type Refused struct {
	Counts func() map[[2]string]int64 // by reason and kind; those that never happened, too: what begins at 1 has no rise
}

// Describe tells which series there are.
func (*Refused) Describe(out chan<- *prometheus.Desc) { out <- requestsRefused }

// Collect tells them.
func (r *Refused) Collect(out chan<- prometheus.Metric) {
	for key, n := range r.Counts() {
		out <- counter(requestsRefused, n, key[0], key[1])
	}
}
