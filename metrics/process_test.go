package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestAProcessTellsOfItsPart(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(&Process{Checks: func() int { return 340 }, Left: func() time.Duration { return 4500 * time.Millisecond }}); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP jard_process_checks Checks that this process watches; several may share them.
# TYPE jard_process_checks gauge
jard_process_checks 340
# HELP jard_process_lease_remaining_seconds How long this process may go on without the database: others take over what it watches then.
# TYPE jard_process_lease_remaining_seconds gauge
jard_process_lease_remaining_seconds 4.5
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
