package metrics

import (
	"errors"
	"strings"
	"testing"
)

func TestPromises(t *testing.T) {
	m := New(Options{Promises: func() ([]Promise, error) {
		return []Promise{
			{"marhp", "met", 40, 9},
			{"marhp", "late", 5, 3},
			{"marhp", "waived", 2, 2},
			{"marhp", "due", 1, 1},
			{"ms", "future", 7, 0},
			{"mt", "late", 4, 4},
			{"mep", "met", 3, 0},
		}, nil
	}})
	body, _ := text(t, m, "text/plain")
	for _, line := range []string{
		`jard_obligations{institution="marhp",state="met"} 40`, `jard_obligations{institution="marhp",state="waived"} 2`,
		`jard_obligations{institution="ms",state="future"} 7`, `jard_obligations_on_time_ratio{institution="marhp"} 0.75`,
		`jard_obligations_on_time_ratio{institution="mt"} 0`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	for _, none := range []string{"ms", "mep"} {
		if strings.Contains(body, `on_time_ratio{institution="`+none+`"}`) {
			t.Errorf("%s has a ratio although nothing of it was due", none)
		}
	}
	broken := New(Options{Promises: func() ([]Promise, error) { return nil, errors.New("database away") }})
	if body, _ := text(t, broken, "text/plain"); strings.Contains(body, "jard_obligations") {
		t.Error("what could not be read is shown")
	}
}
