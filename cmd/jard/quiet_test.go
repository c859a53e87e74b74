package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Who is paged by Prometheus is not called for what was announced, nor while
// the announcements cannot be read.
func TestThePulseIsQuietInMaintenance(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var away error
	asked := 0
	q := &quiet{
		now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler),
		planned: func(_ context.Context, slugs []string, from, _ time.Time) (map[string][]monitor.Span, error) {
			if asked++; slugs != nil {
				t.Errorf("asked of %v", slugs)
			}
			return map[string][]monitor.Span{"a": {{From: from, To: from.Add(30 * time.Minute)}}}, away
		},
	}
	open := func() (list []string) {
		p := q.pulse(monitor.Pulse{Checks: []monitor.CheckPulse{{Service: "a", Open: true}, {Service: "b", Open: true}, {Service: "c"}}})
		for _, c := range p.Checks {
			if c.Open {
				list = append(list, c.Service)
			}
		}
		return list
	}
	for range 3 {
		if got := open(); len(got) != 1 || got[0] != "b" {
			t.Errorf("open: %v; want b alone", got)
		}
	}
	if asked != 1 {
		t.Errorf("the store was asked %d times within a moment", asked)
	}
	away, now = errors.New("the database is away"), now.Add(10*time.Minute)
	if got := open(); len(got) != 1 {
		t.Errorf("while nobody knows: %v", got)
	}
	now = now.Add(21 * time.Minute)
	if got := open(); len(got) != 2 {
		t.Errorf("after it: %v", got)
	}
}
