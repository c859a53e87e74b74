package monitor

import "time"

// Pulse is what a running watch knows of itself: what metrics show.
type Pulse struct {
	Checks    []CheckPulse
	Missed    int64 // looks that did not happen when they were due
	Incidents int64 // opened since the program started
	Stored    int64 // readings in the database
	Waiting   int64 // readings in memory or in the spool, not yet stored
	Dropped   int64 // readings given up because the database was away too long
	Blind     bool  // our own link is down: nothing that is seen now says anything
}

// CheckPulse is one check of a Pulse.
type CheckPulse struct {
	ID                           int64
	Service, Check               string
	Institution                  string
	Standing                     Verdict
	Looked                       bool // at least once
	Phases                       Phases
	NotAfter                     time.Time // of the first certificate to expire; zero without TLS
	Open                         bool      // an incident is
	Good, Failed, Unseen, Opened int64
	Reasons                      []ReasonCount
	Missed                       []MissCount // looks that did not happen, by cause
	Delayed                      int64       // readings that the prober itself held up
	Flapping                     bool        // it answers on and off
}

// ReasonCount is how often a reason was met.
type ReasonCount struct {
	Reason Reason
	Count  int64
}

// Quiet shows no incident as open whose service is in announced maintenance at
// now: what fails in it is kept, and nobody is called.
func (p *Pulse) Quiet(planned map[string][]Span, now time.Time) {
	for n := range p.Checks {
		c := &p.Checks[n]
		c.Open = c.Open && !Inside(planned[c.Service], now)
	}
}
