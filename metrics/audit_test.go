package metrics

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestTheChainTellsHowFarItReaches(t *testing.T) {
	known := true
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(&Audit{Asked: func() (int64, int64, bool) { return 4711, 2, known }}); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP jard_audit_head_position Position of the last line of the audit chain. It never falls, except after a restore.
# TYPE jard_audit_head_position gauge
jard_audit_head_position 4711
# HELP jard_audit_unsealed_lines Lines of the audit trail that wait for their place in the chain; more than a few for longer than a minute is trouble.
# TYPE jard_audit_unsealed_lines gauge
jard_audit_unsealed_lines 2
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	known = false
	if n, err := testutil.GatherAndCount(r); err != nil || n != 0 {
		t.Errorf("%d series of a chain that cannot be read, %v", n, err)
	}
}
