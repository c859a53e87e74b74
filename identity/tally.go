package identity

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jard-odi/jard/fault"
)

// Way is by what somebody wants to be let in, as the numbers call it.
type Way string

// The ways. A token is no sign-in: each request by one counts.
const (
	WayPassword   Way = "password"
	WayCode       Way = "code"
	WayRecovery   Way = "recovery"
	WayProvider   Way = "oidc"
	WayBreakGlass Way = "break_glass"
	WayToken      Way = "token"
)

// Outcome is what became of it.
type Outcome string

// The outcomes.
const (
	OutcomeIn          Outcome = "in"
	OutcomeRefused     Outcome = "refused"     // the proof was none
	OutcomeUnadmitted  Outcome = "unadmitted"  // the proof was good, and nobody here is meant by it
	OutcomeThrottled   Outcome = "throttled"   // too many failed before: it was not looked at
	OutcomeUnavailable Outcome = "unavailable" // we, or the provider, could not tell
)

// Try is one way and what became of it.
type Try struct {
	Way     Way
	Outcome Outcome
}

// Tally counts tries of this process. Every pair is there from the beginning,
// so that a first failure is seen as a rise.
type Tally struct{ n map[Try]*atomic.Int64 }

// NewTally returns one that has counted nothing.
func NewTally() *Tally {
	t := &Tally{map[Try]*atomic.Int64{}}
	for _, w := range []Way{WayPassword, WayCode, WayRecovery, WayProvider, WayBreakGlass, WayToken} {
		for _, o := range []Outcome{OutcomeIn, OutcomeRefused, OutcomeUnadmitted, OutcomeThrottled, OutcomeUnavailable} {
			t.n[Try{w, o}] = new(atomic.Int64)
		}
	}
	return t
}

// Count counts one. What is none of the ways and outcomes counts nowhere.
func (t *Tally) Count(w Way, o Outcome) {
	if n := t.n[Try{w, o}]; n != nil {
		n.Add(1)
	}
}

// Numbers are the counts so far.
func (t *Tally) Numbers() map[Try]int64 {
	all := make(map[Try]int64, len(t.n))
	for try, n := range t.n {
		all[try] = n.Load()
	}
	return all
}

// OutcomeOf is what became of a try that ended with err; none when whoever
// asked did not wait for the answer.
func OutcomeOf(err error) Outcome {
	kind, said := fault.KindOf(err)
	switch {
	case err == nil:
		return OutcomeIn
	case said && kind == fault.Throttled:
		return OutcomeThrottled
	case said && kind == fault.Forbidden:
		return OutcomeUnadmitted
	case said && kind != fault.Unavailable:
		return OutcomeRefused
	case !said && errors.Is(err, context.Canceled):
		return ""
	}
	return OutcomeUnavailable
}
