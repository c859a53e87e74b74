package monitor

import (
	"slices"
	"time"
)

// Span is a stretch of time, its end not included: a maintenance that was
// announced, an hour in which we were blind, a window that something is asked of.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Length returns how long s lasts; never below zero.
func (s Span) Length() time.Duration { return max(0, s.To.Sub(s.From)) }

// Holds tells whether at lies in s.
func (s Span) Holds(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }

// within returns the part of s that lies in from..to.
func (s Span) within(from, to time.Time) Span {
	if s.From.Before(from) {
		s.From = from
	}
	if s.To.After(to) {
		s.To = to
	}
	return s
}

// Spans returns list in order, without overlaps and without empty ones: what
// overlaps or touches becomes one. The list itself stays as it is.
func Spans(list ...Span) []Span {
	sorted := slices.DeleteFunc(slices.Clone(list), func(s Span) bool { return s.Length() == 0 })
	slices.SortFunc(sorted, func(a, b Span) int { return a.From.Compare(b.From) })
	var joined []Span
	for _, s := range sorted {
		if n := len(joined) - 1; n >= 0 && !s.From.After(joined[n].To) {
			if s.To.After(joined[n].To) {
				joined[n].To = s.To
			}
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// Common returns the time that lies in a span of both lists, each as Spans gives it.
func Common(a, b []Span) []Span {
	var both []Span
	for m, n := 0, 0; m < len(a) && n < len(b); {
		if s := a[m].within(b[n].From, b[n].To); s.Length() > 0 {
			both = append(both, s)
		}
		if a[m].To.Before(b[n].To) {
			m++
		} else {
			n++
		}
	}
	return both
}

// Without returns the time of list that lies in no span of taken, each as
// Spans gives it.
func Without(list, taken []Span) []Span {
	var rest []Span
	for _, s := range list {
		for _, t := range taken {
			if !t.To.After(s.From) {
				continue
			}
			if !t.From.Before(s.To) {
				break
			}
			if t.From.After(s.From) {
				rest = append(rest, Span{s.From, t.From})
			}
			s.From = t.To
		}
		if s.Length() > 0 {
			rest = append(rest, s)
		}
	}
	return rest
}

// Total returns how long the spans last together.
func Total(list []Span) time.Duration {
	var sum time.Duration
	for _, s := range list {
		sum += s.Length()
	}
	return sum
}

// Inside tells whether at lies in one of the spans.
func Inside(list []Span, at time.Time) bool {
	return slices.ContainsFunc(list, func(s Span) bool { return s.Holds(at) })
}
