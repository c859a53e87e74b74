package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	alertsTold    = desc("jard_alerts_total", "Alerts by type of channel and what came of them since the program started: sent, mailed, retry, dead.", "channel", "result")
	alertsWaiting = desc("jard_alert_outbox_waiting", "Alerts that wait to be delivered.")
	alertsDead    = desc("jard_alert_outbox_dead", "Alerts that were given up and that somebody may send again.")
)

// AlertCount is how many deliveries through a type of channel ended in a way.
type AlertCount struct {
	Channel, Result string
	N               int64
}

// Alerts are what is known of the alerts.
type Alerts struct {
	Told          []AlertCount
	Waiting, Dead int
}

// WatchAlerts adds the alerts to what is shown.
func (m *Metrics) WatchAlerts(read func() (Alerts, error)) {
	m.registry.MustRegister(&alertCollector{read})
}

type alertCollector struct{ read func() (Alerts, error) }

// Describe is part of prometheus.Collector.
func (c *alertCollector) Describe(out chan<- *prometheus.Desc) {
	out <- alertsTold
	out <- alertsWaiting
	out <- alertsDead
}

// Collect is part of prometheus.Collector.
func (c *alertCollector) Collect(out chan<- prometheus.Metric) {
	a, err := c.read()
	if err != nil {
		out <- prometheus.NewInvalidMetric(alertsWaiting, err)
		return
	}
	for _, n := range a.Told {
		out <- prometheus.MustNewConstMetric(alertsTold, prometheus.CounterValue, float64(n.N), n.Channel, n.Result)
	}
	out <- gauge(alertsWaiting, float64(a.Waiting))
	out <- gauge(alertsDead, float64(a.Dead))
}
