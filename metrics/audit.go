package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	auditHead    = desc("jard_audit_head_position", "Position of the last line of the audit chain. It never falls, except after a restore.")
	auditWaiting = desc("jard_audit_unsealed_lines", "Lines of the audit trail that wait for their place in the chain; more than a few for longer than a minute is trouble.")
)

// Audit shows how far the audit chain reaches. Asked tells false when it cannot be read.
type Audit struct {
	Asked func() (head, waiting int64, ok bool)
}

// Describe tells which series there are.
func (*Audit) Describe(out chan<- *prometheus.Desc) {
	out <- auditHead
	out <- auditWaiting
}

// Collect tells them.
func (a *Audit) Collect(out chan<- prometheus.Metric) {
	head, waiting, ok := a.Asked()
	if !ok {
		return
	}
	out <- gauge(auditHead, float64(head))
	out <- gauge(auditWaiting, float64(waiting))
}
