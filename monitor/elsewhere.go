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

// Together is what all places that look at a check say of it.
type Together struct {
	Verdict  Verdict
	Reason   Reason
	Since    time.Time // when it became true
	Held     bool      // enough places still hold their own outage open, though they answer by now
	Flapping bool      // it comes and goes at one of them
}

// Settle makes t what stands about the check; here is what stands as this
// installation alone sees it, and gives the last reading. It returns what that
// did to the incident. An incident that enough places still hold open, because
// too few good readings have followed each other there, stays open: the check
// stands as recovering, as it would if one place alone looked.
func (c *Current) Settle(here *Current, t Together) (Change, time.Time) {
	was := *c
	*c = *here
	c.GoodSince, c.Successes, c.Flapping = nil, 0, t.Flapping // they tell of this place alone
	c.Verdict, c.Reason, c.Since, c.IncidentAt = was.Verdict, was.Reason, was.Since, was.IncidentAt
	switch {
	case t.Verdict.Answers() && c.IncidentAt != nil && t.Held:
		c.stand(Degraded, Recovering, t.Since)
	case t.Verdict == Down && c.IncidentAt == nil:
		c.stand(t.Verdict, t.Reason, t.Since)
		at := t.Since
		c.IncidentAt = &at
		return Opened, at
	case t.Verdict.Answers() && c.IncidentAt != nil:
		if was.Verdict == Degraded && was.Reason == Recovering { // it has answered since then
			good := was.Since
			c.GoodSince = &good
		}
		c.stand(t.Verdict, t.Reason, t.Since)
		at := *c.IncidentAt
		c.IncidentAt = nil
		return Closed, at
	default:
		c.stand(t.Verdict, t.Reason, t.Since)
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
