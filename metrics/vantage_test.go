package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestVantagesInNumbers(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	v := &Vantages{
		List: func() ([]Vantage, error) {
			return []Vantage{
				{Slug: "paris", Seen: time.Unix(1_700_000_000, 0), Waiting: 12, Lost: 3, Gaps: 2, Offset: -1500 * time.Millisecond},
				{Slug: "tunis", Seen: time.Unix(1_600_000_000, 0), Silent: true, Blind: true},
			}, nil
		},
		Refused: func(tell func(vantage, reason string, n int64)) { tell("paris", "future", 4); tell("", "signature", 1) },
	}
	if err := r.Register(v); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP jard_vantage_last_seen_timestamp_seconds When a vantage was heard of last.
# TYPE jard_vantage_last_seen_timestamp_seconds gauge
jard_vantage_last_seen_timestamp_seconds{vantage="paris"} 1.7e+09
jard_vantage_last_seen_timestamp_seconds{vantage="tunis"} 1.6e+09
# HELP jard_vantage_rejected_total What a vantage sent and was not taken: readings and whole requests. An unknown sender has no name.
# TYPE jard_vantage_rejected_total counter
jard_vantage_rejected_total{reason="future",vantage="paris"} 4
jard_vantage_rejected_total{reason="signature",vantage=""} 1
# HELP jard_vantage_spool_readings Readings that wait on the disk of a vantage.
# TYPE jard_vantage_spool_readings gauge
jard_vantage_spool_readings{vantage="paris"} 12
jard_vantage_spool_readings{vantage="tunis"} 0
# HELP jard_vantage_up 1 while a vantage is heard of, 0 while it is silent.
# TYPE jard_vantage_up gauge
jard_vantage_up{vantage="paris"} 1
jard_vantage_up{vantage="tunis"} 0
# HELP jard_vantage_clock_offset_seconds By how much the clock of a vantage is behind; corrected in its readings.
# TYPE jard_vantage_clock_offset_seconds gauge
jard_vantage_clock_offset_seconds{vantage="paris"} -1.5
jard_vantage_clock_offset_seconds{vantage="tunis"} 0
`
	err := testutil.GatherAndCompare(r, strings.NewReader(want), "jard_vantage_last_seen_timestamp_seconds", "jard_vantage_rejected_total",
		"jard_vantage_spool_readings", "jard_vantage_up", "jard_vantage_clock_offset_seconds")
	if err != nil {
		t.Error(err)
	}
}
