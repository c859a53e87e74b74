package monitor

import (
	"testing"
	"time"
)

func TestRhythm(t *testing.T) {
	within := ApdexBound(0)
	hour := func(good, slow, failed int) *Tally {
		sum := Tally{Asked: int64(good + slow + failed), Answered: int64(good + slow)}
		for range good {
			sum.Times.Add(within)
		}
		for range slow {
			sum.Times.Add(within + time.Millisecond)
		}
		return &sum
	}
	var r Rhythm
	if _, any := r[0][0].Share(); any {
		t.Error("an hour without looks has a share")
	}
	monday := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	r.Add(monday, hour(6, 1, 1), within)
	r.Add(monday.AddDate(0, 0, 7), hour(8, 0, 0), within)
	r.Add(monday.AddDate(0, 0, 6).Add(14*time.Hour), hour(0, 0, 5), within)
	if got, _ := r[0][9].Share(); got != 0.125 {
		t.Errorf("Monday at nine: %v; want 2 of 16", got)
	}
	if got, _ := r[6][23].Share(); got != 1 {
		t.Errorf("Sunday at 23: %v; want all", got)
	}
}

func TestPhaseShares(t *testing.T) {
	var none Tally
	if _, known := none.PhaseShares(); known {
		t.Error("nothing divides into phases")
	}
	var sum Tally
	for range 4 {
		sum.count(&Reading{Verdict: Up, Attempt: 1, Phases: Phases{10 * time.Millisecond, 0, 0, 30 * time.Millisecond, 0}}, false)
	}
	mean, known := sum.PhaseShares()
	if !known || mean != (Phases{10 * time.Millisecond, 0, 0, 30 * time.Millisecond, 0}) {
		t.Errorf("mean %v", mean)
	}
	// Half of the stretch was summed up before phases were: the rest speaks for it.
	sum.Took *= 2
	sum.Times.Merge(&sum.Times)
	if again, _ := sum.PhaseShares(); again != mean {
		t.Errorf("mean %v; want %v still", again, mean)
	}
}
