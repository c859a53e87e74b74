package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	requests       = desc("jard_requests", "Messages from outside: requests for data and feedback.", "institution", "state")
	requestsInTime = desc("jard_requests_in_time_ratio",
		"Share of the answers given within the last year's messages that came in time.", "institution")
)

// RequestCount is how many messages of an institution are in a state.
type RequestCount struct {
	Institution, State string
	N                  int
}

// RequestShare is the share of an institution's answers that came in time.
type RequestShare struct {
	Institution string
	Ratio       float64
}

// Requests shows what people outside ask. It is registered beside the others,
// because not every installation takes messages.
type Requests struct {
	Counts func() ([]RequestCount, error)
	Shares func() ([]RequestShare, error)
}

// Describe is empty: which series there are depends on what was asked.
func (*Requests) Describe(chan<- *prometheus.Desc) {}

// Collect counts the messages. What nobody is named for yet has the
// institution "".
func (r *Requests) Collect(out chan<- prometheus.Metric) {
	counts, err := r.Counts()
	if err != nil {
		out <- prometheus.NewInvalidMetric(requests, err)
	}
	for _, c := range counts {
		out <- gauge(requests, float64(c.N), c.Institution, c.State)
	}
	shares, err := r.Shares()
	if err != nil {
		out <- prometheus.NewInvalidMetric(requestsInTime, err)
	}
	for _, s := range shares {
		out <- gauge(requestsInTime, s.Ratio, s.Institution)
	}
}
