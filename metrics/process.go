package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	processChecks = desc("jard_process_checks", "Checks that this process watches; several may share them.")
	processLease  = desc("jard_process_lease_remaining_seconds", "How long this process may go on without the database: others take over what it watches then.")
)

// Process shows the part of this process, where several share the watch. Each
// tells of itself only: whoever scrapes all of them sees every check once.
type Process struct {
	Checks func() int
	Left   func() time.Duration
}

// Describe tells which series there are.
func (*Process) Describe(out chan<- *prometheus.Desc) {
	out <- processChecks
	out <- processLease
}

// Collect tells them.
func (p *Process) Collect(out chan<- prometheus.Metric) {
	out <- gauge(processChecks, float64(p.Checks()))
	out <- gauge(processLease, p.Left().Seconds())
}
