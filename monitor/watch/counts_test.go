package watch

import (
	"log/slog"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// TestCountersNeverGoBack changes a check, pauses it and resumes it: what
// metrics count goes on from where it was.
func TestCountersNeverGoBack(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w := &Watch{
		opts: Options{Now: func() time.Time { return now }, Zone: time.UTC}, log: slog.New(slog.DiscardHandler), targets: map[int64]*target{},
	}
	check := monitor.Check{ID: 7, Service: "b3", Name: "home", Target: "http://127.0.0.1/", Schedule: "@every 60s", Timeout: time.Second}
	there := []monitordb.Watched{{Check: check, Institution: "mi"}}
	w.adopt(there)
	w.targets[7].counts.good, w.targets[7].counts.opened = 5, 1
	there[0].Check.UpdatedAt = now
	w.adopt(there)
	if got := w.targets[7].counts; got.good != 5 || got.opened != 1 {
		t.Errorf("after a change: %+v", got)
	}
	w.adopt(nil)
	if len(w.targets) != 0 {
		t.Fatal("what is paused is still watched")
	}
	w.adopt(there)
	if got := w.targets[7].counts; got.good != 5 || got.opened != 1 {
		t.Errorf("after a pause: %+v", got)
	}
}
