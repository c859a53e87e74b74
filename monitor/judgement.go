package monitor

import (
	"math/bits"
	"time"
)

// Judging says how readings become a state that stands.
type Judging struct {
	Confirmations int // further failures in a row before a failure stands as down, or a flaw as degraded
	Closing       int // good readings in a row before an incident closes
	// Flips is how many changes between failing and answering among the last
	// readings make a check one that flaps; 0 means that nothing does.
	Flips int
}

const (
	// remembered is how many readings Recent holds.
	remembered = 20
	// defaultFlips of remembered: three hiccups, or an outage that comes and goes.
	defaultFlips = 6
	// calmFlips and fewer changes end the flapping. It is less than what began
	// it, so that the word itself does not flap.
	calmFlips = 2
	// flapClosing is how many good readings close the incident of a check that flaps.
	flapClosing = 5
)

// Take judges by nothing but the number of confirmations: one good reading
// closes an incident, and nothing flaps.
func (c *Current) Take(r *Reading, confirmations int) (Change, time.Time) {
	return c.Judge(r, Judging{Confirmations: confirmations, Closing: 1})
}

// Judge makes r the last reading and returns what that did to the incident,
// and when the incident began.
//
// A failure stands as down only once it was confirmed by further failures in a
// row; until then r is marked suspect. A flaw that may be one moment's, such as
// slowness, stands as degraded after as many. An incident closes when enough
// good readings have followed each other, more of them when the check flaps;
// until then the service stands as recovering, though each good reading counts
// as answered. A reading we could not take (our own link, a firewall) neither
// opens nor closes anything, and ends a streak that was not confirmed: nobody
// is blamed on half a proof.
func (c *Current) Judge(r *Reading, how Judging) (Change, time.Time) {
	change, start := Unchanged, time.Time{}
	c.recall(r, how.Flips)
	switch {
	case r.Verdict.Answers():
		change, start = c.answer(r, how)
	case r.Verdict == Unknown:
		if c.IncidentAt == nil {
			c.Failures, c.FailingSince = 0, nil
		}
		c.Flaws = 0
		c.stand(Unknown, r.Reason, r.At)
	default:
		change, start = c.fail(r, how.Confirmations)
	}
	c.remember(r)
	return change, start
}

// recall notes how r went and whether the check flaps. Recent holds a bit for
// each of the last readings, 1 for a failure, below a leading 1.
func (c *Current) recall(r *Reading, flips int) {
	switch {
	case flips <= 0:
		c.Recent, c.Flapping = 0, false
		return
	case r.Verdict == Unknown:
		return
	}
	recent := uint64(max(c.Recent, 1)) << 1 //nolint:gosec // never negative
	if !r.Verdict.Answers() {
		recent |= 1
	}
	if bits.Len64(recent) > remembered+1 {
		recent = recent&(1<<remembered-1) | 1<<remembered
	}
	c.Recent = int64(recent) //nolint:gosec // 21 bits
	known := bits.Len64(recent) - 1
	changes := bits.OnesCount64((recent ^ recent>>1) & (1<<max(known-1, 0) - 1))
	if c.Flapping {
		c.Flapping = changes > min(calmFlips, flips-1)
	} else {
		c.Flapping = changes >= flips
	}
}

// answer takes a good reading.
func (c *Current) answer(r *Reading, how Judging) (Change, time.Time) {
	c.Failures, c.FailingSince = 0, nil
	if c.IncidentAt != nil {
		return c.recover(r, how)
	}
	if r.Verdict == Up {
		c.Flaws = 0
		c.well(r.At)
		return Unchanged, time.Time{}
	}
	if c.Verdict == Up && !r.Reason.certain() {
		if c.Flaws++; c.Flaws <= how.Confirmations {
			return Unchanged, time.Time{}
		}
	}
	c.Flaws = 0
	c.stand(Degraded, r.Reason, r.At)
	return Unchanged, time.Time{}
}

// recover takes a good reading while an incident is open.
func (c *Current) recover(r *Reading, how Judging) (Change, time.Time) {
	if c.Successes == 0 {
		at := r.At
		c.GoodSince = &at
	}
	c.Successes++
	need := how.Closing
	if c.Flapping {
		need = max(need, flapClosing)
	}
	if c.Successes < need {
		c.stand(Degraded, Recovering, r.At)
		return Unchanged, time.Time{}
	}
	start := *c.IncidentAt
	c.IncidentAt, c.Successes, c.Flaws = nil, 0, 0
	if r.Verdict == Up {
		c.well(*c.GoodSince)
	} else {
		c.stand(r.Verdict, r.Reason, *c.GoodSince)
	}
	return Closed, start
}

// well lets a good reading stand: as up, unless the check is one that flaps.
func (c *Current) well(since time.Time) {
	if c.Flapping {
		c.stand(Degraded, Flapping, since)
		return
	}
	c.stand(Up, None, since)
}

// fail counts a failed reading.
func (c *Current) fail(r *Reading, confirmations int) (Change, time.Time) {
	c.Failures++
	c.Successes, c.GoodSince = 0, nil
	if c.FailingSince == nil {
		at := r.At
		c.FailingSince = &at
	}
	if c.IncidentAt == nil && c.Failures <= confirmations {
		r.Verdict = Suspect
		return Unchanged, time.Time{}
	}
	c.Flaws = 0
	r.Verdict = Down
	c.stand(Down, r.Reason, *c.FailingSince)
	if c.IncidentAt != nil {
		return Unchanged, time.Time{}
	}
	at := *c.FailingSince
	c.IncidentAt = &at
	return Opened, at
}

// certain tells whether a flaw with this reason is the same at every look, so
// that looking again would tell nothing.
func (r Reason) certain() bool {
	return r >= TLSExpired && r <= TLSOther || r == TLSExpiring || r == TLSWeak || r == DNSUnsigned
}

// Doubted returns how many readings in a row ask for a look to confirm them; 0
// when nothing does.
func (c *Current) Doubted() int {
	if c.IncidentAt != nil {
		return 0
	}
	return max(c.Failures, c.Flaws)
}
