package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	glassOpen = desc("jard_break_glass_open", "1 while an emergency password, or the session it opened, lets somebody in.")
	glassUsed = desc("jard_break_glass_uses", "How many emergency passwords were ever used.")
)

// Emergencies are ways in past everything else.
type Emergencies struct {
	Open bool
	Used int64
}

// EmergencyCollector shows them.
type EmergencyCollector struct {
	Read   func() (Emergencies, error)
	Failed func(error) // told what could not be read; nil: nobody is
}

// Describe tells which series there are.
func (*EmergencyCollector) Describe(out chan<- *prometheus.Desc) {
	out <- glassOpen
	out <- glassUsed
}

// Collect tells them; none when they cannot be read.
func (e *EmergencyCollector) Collect(out chan<- prometheus.Metric) {
	now, err := e.Read()
	if err != nil {
		if e.Failed != nil {
			e.Failed(err)
		}
		return
	}
	open := 0.0
	if now.Open {
		open = 1
	}
	out <- gauge(glassOpen, open)
	out <- gauge(glassUsed, float64(now.Used))
}
