package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jard-odi/jard/monitor/vantage"
)

// A segment is one batch: however long its texts are, the installation takes it.
func TestASegmentIsABatchThatIsTaken(t *testing.T) {
	s := opened(t, t.TempDir(), 0)
	const n = vantage.MaxBatch + 20
	for i := range n {
		s.Add(vantage.Seen{Check: 1, At: int64(i), EveryS: 1, PhasesUs: []int64{0, 0, 0, 0, 0}, Detail: strings.Repeat("<", 300)})
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := s.Seal(0); err != nil {
		t.Fatal(err)
	}
	came := 0
	for {
		number, _, readings, any, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !any {
			break
		}
		body, err := json.Marshal(vantage.Batch{Sequence: number, Readings: readings})
		if err != nil || len(body) > vantage.MaxBody {
			t.Errorf("batch %d has %d bytes, %v; at most %d are taken", number, len(body), err, vantage.MaxBody)
		}
		came += len(readings)
		if err := s.Done(number); err != nil {
			t.Fatal(err)
		}
	}
	if came != n {
		t.Errorf("%d readings came of %d", came, n)
	}
}
