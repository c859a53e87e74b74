package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
)

// onlySometimes are names that rules and dashboards ask for and a healthy Jard
// does not show, each with the reason.
var onlySometimes = map[string]string{
	"jard_mail_oldest_queued_timestamp_seconds": "only while a letter waits",
	"jard_portal_findings":                      "only where a portal is read",
	"jard_portal_last_read_timestamp_seconds":   "only where a portal is read",
	"jard_portal_read_failures_total":           "only where a portal is read",
	"jard_harvest_lag_seconds":                  "only after somebody took the catalogue whole",
	"jard_slo_burn_rate":                        "only while nothing hides it",
	"jard_sign_in_rules_faulty":                 "only where rules give roles",
	"jard_domain_not_after_timestamp_seconds":   "only where the end of a domain is known: the demo stands on loopback",
	"up":                                        "Prometheus' own",
	"process_resident_memory_bytes":             "the system's",
	"process_cpu_seconds_total":                 "the system's",
	"jard_check_duration_seconds_bucket":        "a part of jard_check_duration_seconds",
	"jard_check_schedule_lag_seconds_bucket":    "a part of jard_check_schedule_lag_seconds",
	"jard_catalogue_snapshot_timestamp_seconds": "only after the first edition",
}

// whatDashboardsAskForIsShown runs the demo that was filled, scrapes it, and
// looks every metric up that a dashboard, a rule or an alert names.
func whatDashboardsAskForIsShown(t *testing.T, target, services string) {
	r := start(t, target, func(c *configs.Config) {
		c.Metrics.Detail, c.Watch.Services = "check", services
		c.Backup.Folder = t.TempDir()
		c.Watch.RecheckAfter, c.Watch.RecheckAgain = configs.Duration(10*time.Millisecond), configs.Duration(20*time.Millisecond)
	})
	body := r.until(t, "/metrics", `jard_check_attempts_total\{check="page",result="good",service="demo-etat-civil"\} [1-9]`,
		`jard_check_failures_total\{.*service="demo-visite-technique"\} [1-9]`, `jard_availability_ratio`)
	shown := map[string]bool{}
	for line := range strings.Lines(body) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "#" && f[1] == "TYPE" {
			shown[f[2]] = true
		}
	}
	name := regexp.MustCompile(`\b(jard_[a-z0-9_]+|process_[a-z_]+)\b`)
	asked := map[string]string{}
	for _, path := range []string{"prometheus/alerts.yml", "prometheus/recording.yml", "grafana/dashboards/overview.json", "grafana/dashboards/service.json"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "deploy", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		for _, expr := range regexp.MustCompile(`(?m)"?expr"?:\s*(\|\n(?:\s{10,}.*\n)+|.*)`).FindAllString(string(text), -1) {
			expr = regexp.MustCompile(`\b\w+:jard_[a-z0-9_:]+`).ReplaceAllString(expr, "") // what rules record
			for _, m := range name.FindAllString(expr, -1) {
				asked[m] = path
			}
		}
	}
	if len(asked) < 20 {
		t.Fatalf("only %d names are asked for: this test reads the files wrongly", len(asked))
	}
	for metric, path := range asked {
		if _, excused := onlySometimes[metric]; !excused && !shown[metric] {
			t.Errorf("%s asks for %s, which Jard does not show", path, metric)
		}
	}
	promtoolMetrics(t, body)
}

// until asks for path until the answer holds every pattern.
func (r *running) until(t *testing.T, path string, patterns ...string) string {
	t.Helper()
	deadline := time.After(90 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		missing := slices.IndexFunc(patterns, func(p string) bool { return !regexp.MustCompile(p).Match(body) })
		if missing < 0 {
			return string(body)
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s never shows %s:\n%s", path, patterns[missing], body)
		}
	}
}

// promtoolMetrics has Prometheus' own tool look at a real scrape.
func promtoolMetrics(t *testing.T, body string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not on this machine, so the scrape is NOT checked by it: apt-get install prometheus")
		return
	}
	cmd := exec.CommandContext(t.Context(), tool, "check", "metrics")
	cmd.Stdin = strings.NewReader(body)
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "jard_") {
			t.Error(line)
		}
	}
	if err != nil && len(out) == 0 {
		t.Error(fmt.Errorf("promtool check metrics: %w", err))
	}
}
