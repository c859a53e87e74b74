package monitor

import (
	"testing"
	"time"
)

// What all places say together, step by step, and what it does to the incident.
func TestWhatIsSettledTogether(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	type step struct {
		say    Together
		change Change
		stands Verdict
		why    Reason
		since  int // minutes after noon
	}
	say := func(v Verdict, why Reason, minute int, held bool) Together {
		return Together{Verdict: v, Reason: why, Since: at(minute), Held: held}
	}
	opens := step{say(Down, Timeout, 1, false), Opened, Down, Timeout, 1}
	for name, steps := range map[string][]step{
		"an outage and its end": {opens, {say(Up, None, 5, false), Closed, Up, None, 5}},
		"held until it is proven": {
			opens,
			{say(Up, None, 5, true), Unchanged, Degraded, Recovering, 5},
			{say(Up, None, 6, true), Unchanged, Degraded, Recovering, 5},
			{say(Up, None, 7, false), Closed, Up, None, 7},
		},
		"it fails again while it recovers: one outage": {
			opens,
			{say(Degraded, Timeout, 5, true), Unchanged, Degraded, Recovering, 5},
			{say(Down, Connect, 6, false), Unchanged, Down, Connect, 6},
			{say(Up, None, 8, false), Closed, Up, None, 8},
		},
		"some still fail, too few": {opens, {say(Degraded, Timeout, 5, false), Closed, Degraded, Timeout, 5}},
		"nobody sees: it stays open": {
			opens, {say(Unknown, OwnNetwork, 5, false), Unchanged, Unknown, OwnNetwork, 5}, {say(Up, None, 9, false), Closed, Up, None, 9},
		},
		"recovering where nothing is open": {{say(Degraded, Recovering, 1, true), Unchanged, Degraded, Recovering, 1}, {say(Up, None, 2, false), Unchanged, Up, None, 2}},
	} {
		var c Current
		opened, held := time.Time{}, (*time.Time)(nil)
		for n, s := range steps {
			here := Current{LastAt: at(n), Verdict: Up, Successes: 3, Flapping: true}
			change, start := c.Settle(&here, s.say)
			if change != s.change || c.Verdict != s.stands || c.Reason != s.why || !c.Since.Equal(at(s.since)) || c.Flapping || c.Successes != 0 {
				t.Errorf("%s, step %d: %d, %s %s since %v, %+v", name, n+1, change, c.Verdict, c.Reason, c.Since, c)
			}
			switch change {
			case Opened:
				opened = start
			case Closed:
				if !start.Equal(opened) || c.IncidentAt != nil || (held == nil) != (c.GoodSince == nil) || held != nil && !held.Equal(*c.GoodSince) {
					t.Errorf("%s: the outage of %v ends as that of %v, good since %v; want %v", name, opened, start, c.GoodSince, held)
				}
			case Unchanged:
			}
			held = nil
			if c.Reason == Recovering {
				since := c.Since
				held = &since
			}
		}
	}
}
