package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	vantageSeen    = desc("jard_vantage_last_seen_timestamp_seconds", "When a vantage was heard of last.", "vantage")
	vantageUp      = desc("jard_vantage_up", "1 while a vantage is heard of, 0 while it is silent.", "vantage")
	vantageBlind   = desc("jard_vantage_blind", "1 while a vantage fails at nearly everything that others reach.", "vantage")
	vantageSpool   = desc("jard_vantage_spool_readings", "Readings that wait on the disk of a vantage.", "vantage")
	vantageLost    = desc("jard_vantage_lost_total", "Readings that a vantage had to give up because its disk was full.", "vantage")
	vantageGaps    = desc("jard_vantage_gaps_total", "Batches of a vantage that never came.", "vantage")
	vantageOffset  = desc("jard_vantage_clock_offset_seconds", "By how much the clock of a vantage is behind; corrected in its readings.", "vantage")
	vantageRefused = desc("jard_vantage_rejected_total", "What a vantage sent and was not taken: readings and whole requests. An unknown sender has no name.", "vantage", "reason")
)

// Vantage is how a place that looks at services from elsewhere stands.
type Vantage struct {
	Slug                string
	Seen                time.Time
	Waiting, Lost, Gaps int64
	Offset              time.Duration
	Silent, Blind       bool
}

// Vantages shows who looks from elsewhere. It is registered beside the others,
// because not every installation has any.
type Vantages struct {
	List    func() ([]Vantage, error)
	Refused func(tell func(vantage, reason string, n int64))
}

// Describe is empty: which series there are depends on who was enrolled.
func (*Vantages) Describe(chan<- *prometheus.Desc) {}

// Collect tells of those that are enrolled.
func (v *Vantages) Collect(out chan<- prometheus.Metric) {
	list, err := v.List()
	if err != nil {
		out <- prometheus.NewInvalidMetric(vantageSeen, err)
	}
	for _, one := range list {
		out <- gauge(vantageSeen, float64(one.Seen.Unix()), one.Slug)
		out <- gauge(vantageUp, truth(!one.Silent), one.Slug)
		out <- gauge(vantageBlind, truth(one.Blind), one.Slug)
		out <- gauge(vantageSpool, float64(one.Waiting), one.Slug)
		out <- gauge(vantageOffset, one.Offset.Seconds(), one.Slug)
		out <- counter(vantageLost, one.Lost, one.Slug)
		out <- counter(vantageGaps, one.Gaps, one.Slug)
	}
	v.Refused(func(vantage, reason string, n int64) { out <- counter(vantageRefused, n, vantage, reason) })
}
