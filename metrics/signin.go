package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	signIns    = desc("jard_sign_ins_total", "How often somebody wanted to be let in, by the way and what became of it. Tokens count with each request.", "way", "outcome")
	rulesIn    = desc("jard_sign_in_rules", "Rules that give roles to people of the identity provider, as they are in force.")
	rulesSince = desc("jard_sign_in_rules_read_timestamp_seconds", "When the rules in force were read.")
	rulesFault = desc("jard_sign_in_rules_faulty", "1 while the file of rules is not what is in force, because it is faulty or cannot be read.")
)

// Rules is how the file of rules stands.
type Rules struct {
	N      int
	ReadAt time.Time
	Faulty bool
}

// SignIns shows who wanted in and what became of it.
type SignIns struct {
	Tries func(each func(way, outcome string, n int64))
	Rules func() Rules // nil: there are none
}

// Describe tells which series there are.
func (s *SignIns) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{signIns, rulesIn, rulesSince, rulesFault} {
		out <- d
	}
}

// Collect tells them.
func (s *SignIns) Collect(out chan<- prometheus.Metric) {
	s.Tries(func(way, outcome string, n int64) { out <- counter(signIns, n, way, outcome) })
	if s.Rules == nil {
		return
	}
	r := s.Rules()
	faulty := 0.0
	if r.Faulty {
		faulty = 1
	}
	out <- gauge(rulesIn, float64(r.N))
	out <- gauge(rulesSince, float64(r.ReadAt.Unix()))
	out <- gauge(rulesFault, faulty)
}
