package monitor

import (
	"time"

	"github.com/jard-odi/jard/fault"
)

// Says returns what one reading with this reason says by itself.
func (r Reason) Says() Verdict { return r.verdict() }

// Quorum says how a check is judged that is looked at from several places.
type Quorum struct {
	// Down is from how many places it must be down to count as down; 0 means
	// more than half of those that see.
	Down int `json:"down,omitempty"`
}

// MaxQuorum bounds how many places may be asked for.
const MaxQuorum = 50

// faults returns what is wrong with q, which may be nil.
func (q *Quorum) faults(prefix string) []error {
	if q == nil || (q.Down >= 0 && q.Down <= MaxQuorum) {
		return nil
	}
	return []error{fault.At(prefix+"down", "check.quorum", MaxQuorum)}
}

// Asked returns the quorum asked for, 0 when nobody asked for one.
func (q *Quorum) Asked() int {
	if q == nil {
		return 0
	}
	return q.Down
}

// Settle makes v what stands about the check, as all places together see it;
// here is what stands as this installation alone sees it, and gives the last
// reading. It returns what that did to the incident. since is when v became true.
func (c *Current) Settle(here *Current, v Verdict, why Reason, since time.Time) (Change, time.Time) {
	was := *c
	*c = *here
	c.GoodSince, c.Successes = nil, 0 // they tell of this place alone
	c.Verdict, c.Reason, c.Since, c.IncidentAt = was.Verdict, was.Reason, was.Since, was.IncidentAt
	c.stand(v, why, since)
	switch {
	case v == Down && c.IncidentAt == nil:
		at := since
		c.IncidentAt = &at
		return Opened, at
	case v.Answers() && c.IncidentAt != nil:
		at := *c.IncidentAt
		c.IncidentAt = nil
		return Closed, at
	}
	return Unchanged, time.Time{}
}

// Last returns the last reading again, as far as the state remembers it.
func (c *Current) Last() Reading {
	r := Reading{
		Check: c.CheckID, At: c.LastAt, Verdict: c.LastVerdict, Reason: c.LastReason, Status: c.Status, Phases: c.Phases(),
		Bytes: c.Bytes, Attempt: 1, Every: time.Duration(c.EverySec) * time.Second, Detail: c.Detail, Address: c.Address,
	}
	if c.NotAfter != nil {
		r.NotAfter = *c.NotAfter
	}
	return r
}
