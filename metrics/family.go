package metrics

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// family is one metric of services: there may be tens of thousands of its
// series, so it is written by hand into text and through the library into
// everything else, from one walk over what is known.
type family struct {
	name, help string
	counter    bool
	labels     []string
	sorted     []int // places of the labels, by name: as the library writes them
	desc       *prometheus.Desc
	order      int
}

// sink takes series.
type sink interface {
	add(f *family, v float64, labels ...string)
}

// collector hands series to the library.
type collector struct {
	out   chan<- prometheus.Metric
	began time.Time // since when counters count
}

func (c collector) add(f *family, v float64, labels ...string) {
	if !f.counter {
		c.out <- prometheus.MustNewConstMetric(f.desc, prometheus.GaugeValue, v, labels...)
		return
	}
	if c.began.IsZero() {
		c.out <- prometheus.MustNewConstMetric(f.desc, prometheus.CounterValue, v, labels...)
		return
	}
	c.out <- prometheus.MustNewConstMetricWithCreatedTimestamp(f.desc, prometheus.CounterValue, v, c.began, labels...)
}

// writing puts series down as Prometheus reads them, each family in a buffer of its
// own: the format wants a family in one piece, the walk goes by service.
type writing struct {
	parts []bytes.Buffer // by family
	open  bool           // OpenMetrics
}

func newWriting(open bool) *writing {
	return &writing{parts: make([]bytes.Buffer, len(families)), open: open}
}

func (t *writing) add(f *family, v float64, labels ...string) {
	b := &t.parts[f.order]
	if b.Len() == 0 {
		t.head(b, f)
	}
	line := append(b.AvailableBuffer(), f.name...)
	for n, at := range f.sorted {
		if n == 0 {
			line = append(line, '{')
		} else {
			line = append(line, ',')
		}
		line = append(line, f.labels[at]...)
		line = append(line, '=', '"')
		line = appendEscaped(line, labels[at])
		line = append(line, '"')
	}
	if len(labels) > 0 {
		line = append(line, '}')
	}
	line = append(line, ' ')
	line = strconv.AppendFloat(line, v, 'g', -1, 64)
	b.Write(append(line, '\n'))
}

// head writes what a family is. OpenMetrics names a counter without its ending.
func (t *writing) head(b *bytes.Buffer, f *family) {
	name, kind := f.name, "gauge"
	if f.counter {
		kind = "counter"
		if t.open {
			name = strings.TrimSuffix(name, "_total")
		}
	}
	help := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.help)
	if t.open {
		help = strings.ReplaceAll(help, `"`, `\"`)
	}
	b.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// appendEscaped writes the value of a label.
func appendEscaped(line []byte, value string) []byte {
	if !strings.ContainsAny(value, "\"\\\n") {
		return append(line, value...)
	}
	return append(line, strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(value)...)
}

// counting counts the series that pass to another sink.
type counting struct {
	sink
	n int
}

func (c *counting) add(f *family, v float64, labels ...string) {
	c.n++
	c.sink.add(f, v, labels...)
}

// families are all of them, in the order they are shown.
var families = []*family{
	checkUp, attempts, failures, phases, notAfter, incidentOpen, incidents, availability, coverage, objective, budget, burn, info,
	missed, stored, waiting, dropped, series, delayed, blind,
}

var (
	checkUp      = gaugeFamily(0, "jard_check_up", "1 when the service answers, 0 when it is down; absent while unknown.", "service", "check")
	attempts     = counterFamily(1, "jard_check_attempts_total", "Looks, by what came of them.", "service", "check", "result")
	failures     = counterFamily(2, "jard_check_failures_total", "Looks that were not plainly good, by reason.", "service", "check", "reason")
	phases       = gaugeFamily(3, "jard_check_phase_seconds", "Phases of the last look.", "service", "check", "phase")
	notAfter     = gaugeFamily(4, "jard_tls_not_after_timestamp_seconds", "When the first certificate of the chain expires.", "service", "check")
	incidentOpen = gaugeFamily(5, "jard_incident_open", "1 while an incident is open.", "service", "check")
	incidents    = counterFamily(6, "jard_incidents_total", "Incidents opened.", "service", "check")
	availability = gaugeFamily(7, "jard_availability_ratio", "Share of known time in which the service answered.", "service", "window")
	coverage     = gaugeFamily(8, "jard_coverage_ratio", "Share of the window of which the state is known.", "service", "window")
	objective    = gaugeFamily(9, "jard_slo_objective_ratio", "Share of time in which the service is to answer.", "service")
	budget       = gaugeFamily(10, "jard_slo_error_budget_remaining_ratio",
		"Share of the outage that the objective allows over 30 days and that is left; below 0 when it is missed.", "service")
	burn = gaugeFamily(11, "jard_slo_burn_rate",
		"How fast confirmed outage uses the budget, over a window; 1 uses it up in exactly 30 days. Absent while nothing burns.", "service", "window")
	info    = gaugeFamily(12, "jard_service_info", "What a service is called.", "service", "institution", "title", "url", "tier")
	missed  = counterFamily(13, "jard_check_missed_total", "Looks that did not happen when they were due.")
	stored  = counterFamily(14, "jard_readings_stored_total", "Readings written to the database.")
	waiting = gaugeFamily(15, "jard_readings_waiting", "Readings in memory, not yet written.")
	dropped = counterFamily(16, "jard_readings_dropped_total", "Readings given up because the database was away too long.")
	delayed = counterFamily(18, "jard_check_delayed_total", "Looks whose times say nothing because the prober itself was held up.")
	blind   = gaugeFamily(19, "jard_watch_blind", "1 while our own link is down and nothing that is seen says anything.")
	series  = gaugeFamily(17, "jard_metrics_series", "Series about services in this answer.")
)

func gaugeFamily(order int, name, help string, labels ...string) *family {
	f := &family{name: name, help: help, labels: labels, desc: desc(name, help, labels...), order: order}
	for n := range labels {
		f.sorted = append(f.sorted, n)
	}
	slices.SortFunc(f.sorted, func(a, b int) int { return strings.Compare(labels[a], labels[b]) })
	return f
}

func counterFamily(order int, name, help string, labels ...string) *family {
	f := gaugeFamily(order, name, help, labels...)
	f.counter = true
	return f
}

// bytes is everything that was written, family after family.
func (t *writing) bytes() []byte {
	size := 0
	for n := range t.parts {
		size += t.parts[n].Len()
	}
	all := make([]byte, 0, size)
	for n := range t.parts {
		all = append(all, t.parts[n].Bytes()...)
	}
	return slices.Clip(all)
}
