package metrics

import (
	"errors"
	"strings"
	"testing"
)

func TestOfficers(t *testing.T) {
	m := New(Options{})
	m.WatchOfficers(func() (map[string]string, error) {
		return map[string]string{"marhp": "held", "ms": "ending", "mt": "awaiting", "me": "none", "mj": "disabled", "mf": "ended"}, nil
	})
	body, _ := text(t, m, "text/plain")
	for _, line := range []string{
		`jard_institution_officer{institution="marhp",state="held"} 1`, `jard_institution_officer{institution="mt",state="awaiting"} 1`,
		`jard_institutions_without_officer 4`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	broken := New(Options{})
	broken.WatchOfficers(func() (map[string]string, error) { return nil, errors.New("database away") })
	if body, _ := text(t, broken, "text/plain"); strings.Contains(body, "jard_institution") {
		t.Error("what could not be read is shown")
	}
}
