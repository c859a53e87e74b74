package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	satisfaction = desc("jard_satisfaction_score", "Mean on ten of what people answered about a service, on its own mode and scale.", "service", "institution", "window")
	satisfiedLow = desc("jard_satisfaction_ci_low", "Low bound of its 95 % interval.", "service", "institution", "window")
	satisfiedTop = desc("jard_satisfaction_ci_high", "High bound of its 95 % interval.", "service", "institution", "window")
	satisfiedOf  = desc("jard_satisfaction_answers", "Answers that the score is of.", "service", "institution", "window")
	changeLow    = desc("jard_satisfaction_change_low",
		"Low bound of the 95 % interval by which the share of satisfied people of a week exceeds that of the four weeks before.", "service", "institution")
	changeHigh = desc("jard_satisfaction_change_high",
		"High bound of that interval: below 0, satisfaction fell beyond chance.", "service", "institution")
	responses = desc("jard_satisfaction_responses_total", "Answers kept since the program started, by channel.", "channel")
	rejected  = desc("jard_survey_rejected_total", "Answers refused since the program started, by reason.", "reason")
	invited   = desc("jard_survey_invitations_total", "Visits to pages with the widget that it was decided about, by what was decided.", "decision")
	waveLeft  = desc("jard_survey_wave_missing_answers", "Answers that the running wave of a service still needs.", "service", "institution")
	waveShort = desc("jard_survey_wave_starving", "1 while the running wave of a service will not have its answers in time.", "service", "institution")
)

// Score is what a service's answers of a window come to.
type Score struct {
	Service, Institution, Window string
	Value, Low, High             float64
	N                            int64
}

// Change is how the share of satisfied people of a service changed.
type Change struct {
	Service, Institution string
	Low, High            float64
}

// Wave is a running wave of a service.
type Wave struct {
	Service, Institution string
	Missing              int64
	Starving             bool
}

// Survey is what people answered, in numbers.
type Survey struct {
	Scores    []Score // a window without answers has N 0 and no other figure
	Changes   []Change
	Waves     []Wave
	Responses map[string]int64
	Rejected  map[string]int64
	Invited   map[string]int64
}

// WatchSurvey adds what people answer to what is shown.
func (m *Metrics) WatchSurvey(read func() (Survey, error)) {
	m.registry.MustRegister(&surveyCollector{read})
}

type surveyCollector struct{ read func() (Survey, error) }

// Describe is empty: which series there are depends on who was answered about.
func (*surveyCollector) Describe(chan<- *prometheus.Desc) {}

// Collect is part of prometheus.Collector. Counters are shown even when the
// database is away: they are this process's own.
func (c *surveyCollector) Collect(out chan<- prometheus.Metric) {
	s, err := c.read()
	for _, one := range []struct {
		desc *prometheus.Desc
		of   map[string]int64
	}{{responses, s.Responses}, {rejected, s.Rejected}, {invited, s.Invited}} {
		for label, n := range one.of {
			out <- counter(one.desc, n, label)
		}
	}
	if err != nil {
		out <- prometheus.NewInvalidMetric(satisfaction, err)
		return
	}
	for _, one := range s.Scores {
		labels := []string{one.Service, one.Institution, one.Window}
		out <- gauge(satisfiedOf, float64(one.N), labels...)
		if one.N > 0 {
			out <- gauge(satisfaction, one.Value, labels...)
			out <- gauge(satisfiedLow, one.Low, labels...)
			out <- gauge(satisfiedTop, one.High, labels...)
		}
	}
	for _, one := range s.Changes {
		out <- gauge(changeLow, one.Low, one.Service, one.Institution)
		out <- gauge(changeHigh, one.High, one.Service, one.Institution)
	}
	for _, one := range s.Waves {
		out <- gauge(waveLeft, float64(one.Missing), one.Service, one.Institution)
		out <- gauge(waveShort, truth(one.Starving), one.Service, one.Institution)
	}
}
