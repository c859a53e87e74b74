package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/jard-odi/jard/monitor"
)

// watched walks over what is known of services and what the watch knows of
// itself. A service that is paused or gone has no series any more, and what is
// not known has none either: staleness is Prometheus' to tell.
type watched struct {
	o Options
}

// walk hands every series to out. By default that is at most six a service in
// good health: what follows from others, what is 0 on a good day and what
// changes with every look is left to Options.Everything.
func (w *watched) walk(out sink) error {
	counted := &counting{sink: out}
	var err error
	if w.o.Pulse != nil {
		p := w.o.Pulse()
		held := int64(0)
		for n := range p.Checks {
			w.check(counted, &p.Checks[n])
			held += p.Checks[n].Delayed
		}
		counted.add(delayed, float64(held))
		counted.add(blind, truth(p.Blind))
		counted.add(missed, float64(p.Missed))
		counted.add(stored, float64(p.Stored))
		counted.add(waiting, float64(p.Waiting))
		counted.add(dropped, float64(p.Dropped))
	}
	if w.o.Services != nil {
		var services []ServiceInfo
		services, err = w.o.Services()
		for n := range services {
			w.service(counted, &services[n])
		}
	}
	out.add(series, float64(counted.n+1))
	return err
}

func (w *watched) check(out sink, c *monitor.CheckPulse) {
	if c.Standing != monitor.Unknown {
		out.add(checkUp, truth(c.Standing.Answers()), c.Service, c.Check)
	}
	out.add(attempts, float64(c.Good), c.Service, c.Check, "good")
	for _, other := range [...]struct {
		result string
		n      int64
	}{{"failed", c.Failed}, {"unknown", c.Unseen}} {
		if other.n > 0 {
			out.add(attempts, float64(other.n), c.Service, c.Check, other.result)
		}
	}
	for _, r := range c.Reasons {
		out.add(failures, float64(r.Count), c.Service, c.Check, r.Reason.String())
	}
	if c.Looked && w.o.Everything {
		for _, p := range monitor.PhaseList() {
			if d := c.Phases[p]; d > 0 {
				out.add(phases, d.Seconds(), c.Service, c.Check, p.String())
			}
		}
	}
	if !c.NotAfter.IsZero() {
		out.add(notAfter, float64(c.NotAfter.Unix()), c.Service, c.Check)
	}
	if c.Open || w.o.Everything {
		out.add(incidentOpen, truth(c.Open), c.Service, c.Check)
	}
	if c.Opened > 0 || w.o.Everything {
		out.add(incidents, float64(c.Opened), c.Service, c.Check)
	}
}

// poorCoverage is where an availability begins to say little.
const poorCoverage = 0.9

func (w *watched) service(out sink, s *ServiceInfo) {
	// The library refuses a label that is no text, and a scrape must not fail for one letter of a title.
	out.add(info, 1, s.Slug, s.Institution, strings.ToValidUTF8(s.Title, "\uFFFD"), strings.ToValidUTF8(s.URL, "\uFFFD"), s.Tier)
	for n := range s.Availability {
		if one := &s.Availability[n]; one.Known && (w.o.Everything || n == len(s.Availability)-1) {
			out.add(availability, one.Ratio, s.Slug, one.Name)
		}
	}
	for n := range s.Coverage {
		if one := &s.Coverage[n]; one.Known && (w.o.Everything || n == 0 && one.Ratio < poorCoverage) {
			out.add(coverage, one.Ratio, s.Slug, one.Name)
		}
	}
	if s.Objective <= 0 {
		return
	}
	burning := w.o.Everything
	for _, b := range s.Burns {
		if b.Known && (b.Ratio > 0 || w.o.Everything) {
			out.add(burn, b.Ratio, s.Slug, b.Name)
			burning = true
		}
	}
	if burning { // a rate is nothing without what it is a rate of
		out.add(objective, s.Objective, s.Slug)
	}
	if s.BudgetKnown {
		out.add(budget, s.Budget, s.Slug)
	}
}

// Describe is empty: which metrics there are depends on what is watched.
func (*watched) Describe(chan<- *prometheus.Desc) {}

// Collect is the walk for readers that want what text cannot carry.
func (w *watched) Collect(out chan<- prometheus.Metric) {
	if err := w.walk(collector{out, w.o.Began}); err != nil {
		out <- prometheus.NewInvalidMetric(info.desc, err)
	}
}
