package metrics

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/jard-odi/jard/monitor"
)

func pulse() monitor.Pulse {
	return monitor.Pulse{
		Missed: 3, Stored: 40, Waiting: 2,
		Checks: []monitor.CheckPulse{
			{
				Service: "b3", Check: "home", Standing: monitor.Up, Looked: true, Good: 9, Failed: 1, Opened: 0,
				Phases:   monitor.Phases{0, 2 * time.Millisecond, 0, 40 * time.Millisecond, time.Millisecond},
				NotAfter: time.Unix(1_800_000_000, 0),
				Reasons:  []monitor.ReasonCount{{Reason: monitor.Timeout, Count: 1}},
			},
			{Service: "rne", Check: "home", Standing: monitor.Down, Open: true, Opened: 1, Failed: 4},
			{Service: "new", Check: "home", Standing: monitor.Unknown},
		},
	}
}

func text(t *testing.T, m *Metrics, accept string) (string, int) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	req.Header.Set("Accept", accept)
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, req)
	return rec.Body.String(), rec.Code
}

func TestTheContractsNames(t *testing.T) {
	m := New(Options{
		Version: "1.2.3", Pulse: pulse, Everything: true,
		Services: func() ([]ServiceInfo, error) {
			return []ServiceInfo{{
				Slug: "b3", Institution: "mi", Title: "Bulletin n° 3", URL: "https://b3.example.tn", Tier: "critical",
				Availability: []Window{{"24h", 0.5, true}, {"30d", 0, false}}, Coverage: []Window{{"24h", 1, true}},
				Objective: 0.999, Budget: -0.25, BudgetKnown: true, Burns: []Window{{"1h", 14.4, true}, {"6h", 0, true}, {"3d", 0, false}},
			}}, nil
		},
		Datasets: func() (map[DatasetKey]int, error) { return map[DatasetKey]int{{"mi", "approved"}: 7}, nil },
		Quality:  func() (map[string]float64, error) { return map[string]float64{"mi": 280.5}, nil },
		Snapshot: func() time.Time { return time.Unix(1_700_000_000, 0) },
		Refused:  func() bool { return true },
		Pinned:   func() bool { return false },
		Harvests: func() map[string]int64 { return map[string]int64{"ckan": 4} },
	})
	m.Observe(Look{"b3", "home", "mi", 40 * time.Millisecond, 2 * time.Millisecond})
	got, code := text(t, m, "text/plain")
	if code != 200 {
		t.Fatalf("status %d:\n%s", code, got)
	}
	for _, line := range []string{
		`jard_check_up{check="home",service="b3"} 1`,
		`jard_check_up{check="home",service="rne"} 0`,
		`jard_check_attempts_total{check="home",result="good",service="b3"} 9`,
		`jard_check_attempts_total{check="home",result="failed",service="b3"} 1`,
		`jard_check_failures_total{check="home",reason="timeout",service="b3"} 1`,
		`jard_check_phase_seconds{check="home",phase="wait",service="b3"} 0.04`,
		`jard_check_duration_seconds_count{check="home",service="b3"} 1`,
		`jard_check_schedule_lag_seconds_count 1`,
		`jard_check_missed_total 3`,
		`jard_tls_not_after_timestamp_seconds{check="home",service="b3"} 1.8e+09`,
		`jard_incident_open{check="home",service="rne"} 1`,
		`jard_incidents_total{check="home",service="rne"} 1`,
		`jard_availability_ratio{service="b3",window="24h"} 0.5`,
		`jard_coverage_ratio{service="b3",window="24h"} 1`,
		`jard_service_info{institution="mi",service="b3",tier="critical",title="Bulletin n° 3",url="https://b3.example.tn"} 1`,
		`jard_slo_objective_ratio{service="b3"} 0.999`,
		`jard_slo_error_budget_remaining_ratio{service="b3"} -0.25`,
		`jard_slo_burn_rate{service="b3",window="1h"} 14.4`,
		`jard_slo_burn_rate{service="b3",window="6h"} 0`,
		`jard_metrics_series `,
		`jard_datasets{institution="mi",state="approved"} 7`,
		`jard_metadata_quality_points{institution="mi"} 280.5`,
		`jard_catalogue_snapshot_timestamp_seconds 1.7e+09`,
		`jard_harvests_total{client="ckan"} 4`,
		`jard_catalogue_refused 1`,
		`jard_catalogue_pinned 0`,
		`version="1.2.3"`,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	for _, absent := range []string{`jard_check_up{check="home",service="new"}`, `window="30d"`, `window="3d"`} {
		if strings.Contains(got, absent) {
			t.Errorf("what is not known is shown: %s", absent)
		}
	}
	if open, _ := text(t, m, "application/openmetrics-text"); !strings.HasSuffix(strings.TrimSpace(open), "# EOF") {
		t.Error("OpenMetrics is not offered")
	}
}

func TestMetricsAreWellFormed(t *testing.T) {
	m := New(Options{Version: "x", Pulse: pulse})
	m.Observe(Look{Institution: "mi", Took: time.Second})
	problems, err := testutil.GatherAndLint(m.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "jard_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	if n, err := testutil.GatherAndCount(m.Gatherer()); err != nil || n > 200 {
		t.Errorf("%d series, %v", n, err)
	}
}

func TestAFailingSourceHidesOnlyItself(t *testing.T) {
	m := New(Options{
		Pulse:    pulse,
		Datasets: func() (map[DatasetKey]int, error) { return nil, errors.New("the database is away") },
		Services: func() ([]ServiceInfo, error) { return nil, errors.New("the database is away") },
	})
	got, code := text(t, m, "text/plain")
	if code != 200 || !strings.Contains(got, "jard_check_up") || strings.Contains(got, "jard_datasets{") {
		t.Errorf("status %d:\n%s", code, got)
	}
}
