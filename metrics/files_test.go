package metrics

import (
	"errors"
	"strings"
	"testing"
)

func TestFiles(t *testing.T) {
	m := New(Options{Files: func() ([]Files, error) {
		return []Files{{"marhp", "broken", 3}, {"ms", "ok", 40}}, nil
	}})
	body, _ := text(t, m, "text/plain")
	for _, line := range []string{`jard_distributions{institution="marhp",state="broken"} 3`, `jard_distributions{institution="ms",state="ok"} 40`} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	broken := New(Options{Files: func() ([]Files, error) { return nil, errors.New("database away") }})
	if body, _ := text(t, broken, "text/plain"); strings.Contains(body, "jard_distributions{") {
		t.Error("what could not be read is shown")
	}
}
