package metrics

import (
	"errors"
	"strings"
	"testing"
)

func TestRequests(t *testing.T) {
	m := New(Options{})
	m.Registry().MustRegister(&Requests{
		Counts: func() ([]RequestCount, error) {
			return []RequestCount{{"marhp", "assigned", 4}, {"", "received", 2}}, nil
		},
		Shares: func() ([]RequestShare, error) { return []RequestShare{{"marhp", 0.75}}, nil },
	})
	body, _ := text(t, m, "text/plain")
	for _, line := range []string{
		`jard_requests{institution="marhp",state="assigned"} 4`, `jard_requests{institution="",state="received"} 2`,
		`jard_requests_in_time_ratio{institution="marhp"} 0.75`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	away := errors.New("database away")
	broken := New(Options{})
	broken.Registry().MustRegister(&Requests{
		Counts: func() ([]RequestCount, error) { return nil, away },
		Shares: func() ([]RequestShare, error) { return nil, away },
	})
	if body, _ := text(t, broken, "text/plain"); strings.Contains(body, "jard_requests") {
		t.Error("what could not be read is shown")
	}
}
