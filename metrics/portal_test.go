package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPortal(t *testing.T) {
	m := New(Options{})
	m.Registry().MustRegister(&Portal{
		Consumers: func() ([]Consumer, error) {
			return []Consumer{{Name: "portail", Lag: time.Hour, Complete: time.Unix(1000, 0), Behind: 3}, {Name: "other"}}, nil
		},
		Findings: func() (map[string]int, error) { return map[string]int{"missing": 2, "differs": 0}, nil },
		LastRead: func() (time.Time, error) { return time.Unix(2000, 0), nil },
		Failures: func() uint64 { return 4 },
	})
	body, _ := text(t, m, "text/plain")
	for _, line := range []string{
		`jard_harvest_lag_seconds{consumer="portail"} 3600`, `jard_harvest_last_complete_timestamp_seconds{consumer="portail"} 1000`,
		`jard_harvest_versions_behind{consumer="portail"} 3`, `jard_portal_findings{kind="missing"} 2`, `jard_portal_findings{kind="differs"} 0`,
		`jard_portal_last_read_timestamp_seconds 2000`, `jard_portal_read_failures_total 4`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	if strings.Contains(body, `consumer="other"`) {
		t.Error("who never came to the end has a lag")
	}
	away := errors.New("database away")
	broken := New(Options{})
	broken.Registry().MustRegister(&Portal{
		Consumers: func() ([]Consumer, error) { return nil, away }, Findings: func() (map[string]int, error) { return nil, away },
		LastRead: func() (time.Time, error) { return time.Time{}, away }, Failures: func() uint64 { return 0 },
	})
	if body, _ := text(t, broken, "text/plain"); strings.Contains(body, "jard_portal_findings") || strings.Contains(body, "jard_harvest_lag") {
		t.Error("what could not be read is shown")
	}
	quiet := New(Options{})
	quiet.Registry().MustRegister(&Portal{Consumers: func() ([]Consumer, error) { return nil, nil }})
	if body, _ := text(t, quiet, "text/plain"); strings.Contains(body, "jard_portal") {
		t.Error("a portal that nobody reads is shown")
	}
}
