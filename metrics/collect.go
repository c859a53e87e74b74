package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/jard-odi/jard/monitor"
)

// A metric without its label values.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	checkUp = desc("jard_check_up", "1 when the service answers, 0 when it is down; absent while unknown.",
		"service", "check")
	attempts = desc("jard_check_attempts_total", "Looks, by what came of them.", "service", "check", "result")
	failures = desc("jard_check_failures_total", "Looks that were not plainly good, by reason.",
		"service", "check", "reason")
	phases   = desc("jard_check_phase_seconds", "Phases of the last look.", "service", "check", "phase")
	notAfter = desc("jard_tls_not_after_timestamp_seconds", "When the first certificate of the chain expires.",
		"service", "check")
	incidentOpen = desc("jard_incident_open", "1 while an incident is open.", "service", "check")
	incidents    = desc("jard_incidents_total", "Incidents opened.", "service", "check")
	missed       = desc("jard_check_missed_total", "Looks that did not happen when they were due.")
	stored       = desc("jard_readings_stored_total", "Readings written to the database.")
	waiting      = desc("jard_readings_waiting", "Readings in memory, not yet written.")
	dropped      = desc("jard_readings_dropped_total", "Readings given up because the database was away too long.")
	availability = desc("jard_availability_ratio", "Share of known time in which the service answered.",
		"service", "window")
	coverage = desc("jard_coverage_ratio", "Share of the window of which the state is known.", "service", "window")
	info     = desc("jard_service_info", "What a service is called.", "service", "institution", "title", "url", "tier")

	datasets = desc("jard_datasets", "Datasets of the register.", "institution", "state")
	points   = desc("jard_metadata_quality_points", "Mean score of published descriptions, of 405.", "institution")
	snapshot = desc("jard_catalogue_snapshot_timestamp_seconds", "When the catalogue was last prepared.")
	refused  = desc("jard_catalogue_refused", "1 while the register has changed and no snapshot of the catalogue could be made of it.")
	pinned   = desc("jard_catalogue_pinned", "1 while an operator has an earlier snapshot served in place of the newest.")
	harvests = desc("jard_harvests_total", "Requests for the catalogue.", "client")
)

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(d *prometheus.Desc, v int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

// watchCollector shows what the watch knows at the moment of the scrape. A
// service that is paused or gone has no series any more.
type watchCollector struct{ o Options }

// Describe is empty: which metrics there are depends on what is watched.
func (*watchCollector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the watch and the services.
func (w *watchCollector) Collect(out chan<- prometheus.Metric) {
	if w.o.Pulse != nil {
		p := w.o.Pulse()
		for n := range p.Checks {
			collectCheck(out, &p.Checks[n])
		}
		out <- counter(missed, p.Missed)
		out <- counter(stored, p.Stored)
		out <- gauge(waiting, float64(p.Waiting))
		out <- counter(dropped, p.Dropped)
	}
	if w.o.Services == nil {
		return
	}
	services, err := w.o.Services()
	if err != nil {
		out <- prometheus.NewInvalidMetric(info, err)
		return
	}
	for _, s := range services {
		out <- gauge(info, 1, s.Slug, s.Institution, s.Title, s.URL, s.Tier)
		windows(out, availability, s.Slug, s.Availability)
		windows(out, coverage, s.Slug, s.Coverage)
	}
}

func windows(out chan<- prometheus.Metric, d *prometheus.Desc, service string, list []Window) {
	for _, w := range list {
		if w.Known {
			out <- gauge(d, w.Ratio, service, w.Name)
		}
	}
}

func collectCheck(out chan<- prometheus.Metric, c *monitor.CheckPulse) {
	if c.Standing != monitor.Unknown {
		up := 0.0
		if c.Standing.Answers() {
			up = 1
		}
		out <- gauge(checkUp, up, c.Service, c.Check)
	}
	for result, n := range map[string]int64{"good": c.Good, "failed": c.Failed, "unknown": c.Unseen} {
		if n > 0 || result == "good" {
			out <- counter(attempts, n, c.Service, c.Check, result)
		}
	}
	for _, r := range c.Reasons {
		out <- counter(failures, r.Count, c.Service, c.Check, r.Reason.String())
	}
	if c.Looked {
		for _, p := range monitor.PhaseList() {
			if d := c.Phases[p]; d > 0 {
				out <- gauge(phases, d.Seconds(), c.Service, c.Check, p.String())
			}
		}
	}
	if !c.NotAfter.IsZero() {
		out <- gauge(notAfter, float64(c.NotAfter.Unix()), c.Service, c.Check)
	}
	open := 0.0
	if c.Open {
		open = 1
	}
	out <- gauge(incidentOpen, open, c.Service, c.Check)
	out <- counter(incidents, c.Opened, c.Service, c.Check)
}

// registerCollector shows the register.
type registerCollector struct{ o Options }

// Describe is empty, as above.
func (*registerCollector) Describe(chan<- *prometheus.Desc) {}

// Collect counts the register.
func (r *registerCollector) Collect(out chan<- prometheus.Metric) {
	if r.o.Datasets != nil {
		counts, err := r.o.Datasets()
		if err != nil {
			out <- prometheus.NewInvalidMetric(datasets, err)
		}
		for key, n := range counts {
			out <- gauge(datasets, float64(n), key.Institution, key.State)
		}
	}
	if r.o.Quality != nil {
		means, err := r.o.Quality()
		if err != nil {
			out <- prometheus.NewInvalidMetric(points, err)
		}
		for institution, mean := range means {
			out <- gauge(points, mean, institution)
		}
	}
	if r.o.Promises != nil {
		r.collectPromises(out)
	}
	r.collectFiles(out)
	if r.o.Snapshot != nil {
		if at := r.o.Snapshot(); !at.IsZero() {
			out <- gauge(snapshot, float64(at.UnixMilli())/1000)
		}
	}
	for d, holds := range map[*prometheus.Desc]func() bool{refused: r.o.Refused, pinned: r.o.Pinned} {
		if holds != nil {
			out <- gauge(d, truth(holds()))
		}
	}
	if r.o.Harvests != nil {
		for client, n := range r.o.Harvests() {
			out <- counter(harvests, n, client)
		}
	}
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
