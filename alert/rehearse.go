package alert

import (
	"slices"
	"time"
)

// Rehearsal is what a route would have sent about events of the past.
type Rehearsal struct {
	Events   int           // it is about
	Told     int           // of these, at least once
	Messages map[Stage]int // to one receiver of each step
	Lines    []RehearsedEvent
}

// RehearsedEvent is one event of a rehearsal.
type RehearsedEvent struct {
	Event  *Event
	Stages []RehearsedStep
}

// RehearsedStep is one message that would have been sent.
type RehearsedStep struct {
	Stage Stage
	At    time.Time
}

// Total returns how many messages there would have been.
func (r *Rehearsal) Total() int {
	n := 0
	for _, m := range r.Messages {
		n += m
	}
	return n
}

// How finely a rehearsal goes through an event: a minute at a time, as long as
// that is not endless.
const (
	rehearsalTick  = time.Minute
	rehearsalTicks = 3000
)

// Rehearse goes through events as the route would have, as if it had been in
// force from the beginning. Events told together count as one message. It asks
// the same rule as the real thing, minute by minute.
func (r *Route) Rehearse(events []Event, above func(string) []string, c Calendar, now time.Time) Rehearsal {
	out := Rehearsal{Messages: map[Stage]int{}}
	seen := map[string]bool{}
	for n := range events {
		e := &events[n]
		if r.Concerns(e, Lines(e, above)) != Matches {
			continue
		}
		out.Events++
		line := RehearsedEvent{Event: e, Stages: r.rehearse(e, Lines(e, above), c, now)}
		if len(line.Stages) == 0 {
			continue
		}
		out.Told++
		out.Lines = append(out.Lines, line)
		for _, s := range line.Stages {
			key := string(s.Stage) + s.At.Truncate(rehearsalTick).String() + r.Group.of(e)
			if !seen[key] {
				seen[key] = true
				out.Messages[s.Stage]++
			}
		}
	}
	return out
}

// rehearse goes through one event.
func (r *Route) rehearse(e *Event, above []string, c Calendar, now time.Time) []RehearsedStep {
	end := now
	if e.EndedAt != nil && e.EndedAt.Add(pastWithin).Before(now) {
		end = e.EndedAt.Add(pastWithin)
	}
	tick := max(rehearsalTick, end.Sub(e.ConfirmedAt)/rehearsalTicks)
	var told []Telling
	var stages []RehearsedStep
	for at := e.ConfirmedAt; ; at = at.Add(tick) {
		at = earlier(at, end)
		then := e.as(at)
		due, _ := r.Next(&then, told, above, c, at)
		for _, d := range due {
			if !slices.ContainsFunc(told, func(t Telling) bool { return t.Step == d.Step }) {
				told = append(told, Telling{Step: d.Step, At: at})
				stages = append(stages, RehearsedStep{d.Stage, at})
			}
		}
		over := !then.Open() && (said(told, Over) || said(told, Past) || len(told) > 0 && !r.Recovery)
		if over || !at.Before(end) {
			return stages
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// as returns the event as it stood at t.
func (e *Event) as(t time.Time) Event {
	then := *e
	if then.EndedAt != nil && then.EndedAt.After(t) {
		then.EndedAt = nil
	}
	if then.AckAt != nil && then.AckAt.After(t) {
		then.AckAt = nil
	}
	return then
}
