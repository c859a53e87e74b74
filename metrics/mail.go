package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	letters    = desc("jard_mail", "Letters in the outbox: queued, sent, failed.", "state")
	oldestMail = desc("jard_mail_oldest_queued_timestamp_seconds", "When the letter that has waited longest was written; absent while none waits.")
)

// MailCount is how many letters are in a state, and when the first of them was written.
type MailCount struct {
	State string
	N     int
	First time.Time
}

// mailCollector shows the outbox.
type mailCollector struct{ read func() ([]MailCount, error) }

// Describe is part of prometheus.Collector.
func (c *mailCollector) Describe(out chan<- *prometheus.Desc) {
	out <- letters
	out <- oldestMail
}

// Collect is part of prometheus.Collector.
func (c *mailCollector) Collect(out chan<- prometheus.Metric) {
	if c.read == nil {
		return
	}
	counts, err := c.read()
	if err != nil {
		out <- prometheus.NewInvalidMetric(letters, err)
		return
	}
	for _, n := range counts {
		out <- gauge(letters, float64(n.N), n.State)
		if n.State == "queued" && n.N > 0 {
			out <- gauge(oldestMail, float64(n.First.UnixMilli())/1000)
		}
	}
}
