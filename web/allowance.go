package web

import (
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Allowance bounds how often each caller may have something done that costs
// others: a request from this machine to an address somebody typed, a mail.
// Each process counts its part for itself.
type Allowance struct {
	Within    time.Duration
	AtMost    int        // of one caller within that time
	AtOnce    int        // of all callers, at each process; 0: any number
	Throttled string     // key of what a caller is told who must wait; takes how long
	Busy      string     // key of what is told when too many are under way
	Processes func() int // how many share AtMost; nil: one

	mu      sync.Mutex
	last    map[string][]time.Time // of each caller, the oldest first
	running int
}

// maxCallers bounds how many callers are remembered.
const maxCallers = 10_000

// Begin is a fault when the caller must wait; else end must be called.
func (a *Allowance) Begin(caller string, now time.Time) (end func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	recent := a.recent(caller, now)
	if len(recent) >= a.part() {
		return nil, fault.New(fault.Throttled, a.Throttled, a.Within-now.Sub(recent[0]))
	}
	if a.AtOnce > 0 && a.running >= a.AtOnce {
		return nil, fault.New(fault.Throttled, a.Busy)
	}
	if a.last == nil {
		a.last = map[string][]time.Time{}
	}
	if len(a.last) >= maxCallers {
		a.tidy(now)
	}
	a.last[caller] = append(recent, now)
	a.running++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.running--
	}, nil
}

// part is what this process allows a caller.
func (a *Allowance) part() int {
	if a.Processes == nil {
		return a.AtMost
	}
	return partOf(a.AtMost, max(1, a.Processes()))
}

// recent are the times of a caller that still count.
func (a *Allowance) recent(caller string, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(a.last[caller]), func(at time.Time) bool { return now.Sub(at) >= a.Within || at.After(now) })
}

// tidy forgets the callers who may do anything again, and all of them when
// there are too many others.
func (a *Allowance) tidy(now time.Time) {
	for caller := range a.last {
		if len(a.recent(caller, now)) == 0 {
			delete(a.last, caller)
		}
	}
	if len(a.last) >= maxCallers {
		clear(a.last)
	}
}
