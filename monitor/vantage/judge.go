package vantage

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Place is what one vantage sees of one check.
type Place struct {
	Vantage int16
	Network Network
	Verdict monitor.Verdict // standing; unknown when it is not fresh
	Reason  monitor.Reason
	Since   time.Time
	Silent  bool // nothing was heard of the vantage
	Blind   bool // it sees nothing at all, and others do
	// Recovering: it answers there, and an outage stays open until it has done so
	// often enough.
	Recovering bool
	Flapping   bool // it comes and goes there
}

// sees tells whether the place says anything.
func (p Place) sees() bool { return !p.Silent && !p.Blind && p.Verdict != monitor.Unknown }

func (p Place) down() bool { return p.sees() && p.Verdict == monitor.Down }

// Cause is what several views together point at.
type Cause string

// The causes.
const (
	Fine          Cause = "fine"          // it answers everywhere
	SiteDown      Cause = "site"          // it answers nowhere, or from too few places
	International Cause = "international" // it answers inside the country and not from abroad
	Inside        Cause = "inside"        // it answers from abroad and not inside
	OneNetwork    Cause = "network"       // one of the country's networks does not reach it
	Partly        Cause = "partly"        // some reach it and some do not, with no pattern
	Blinded       Cause = "blind"         // whoever fails to reach it fails to reach anything
	Unseen        Cause = "unseen"        // nobody can tell
)

// Causes lists the causes.
func Causes() []Cause {
	return []Cause{Fine, SiteDown, International, Inside, OneNetwork, Partly, Blinded, Unseen}
}

// Outcome is what all places together say about a check.
type Outcome struct {
	Verdict monitor.Verdict
	Reason  monitor.Reason
	Since   time.Time // when it became true
	Cause   Cause
	Network Network // of OneNetwork
	Down    int     // from how many places it is down,
	Seeing  int     // of how many that see
	Needed  int     // and how many are needed to call it down
	Asked   int     // how many the check asks for; 0: more than half
	// Held tells that those from which it is down and those that recover would be
	// enough: an outage that is open stays open.
	Held     bool
	Flapping bool
}

// Together is what is to stand.
func (o *Outcome) Together() monitor.Together {
	return monitor.Together{Verdict: o.Verdict, Reason: o.Reason, Since: o.Since, Held: o.Held, Flapping: o.Flapping}
}

// Judge says what all places together see. Silent and blind ones have no say.
// It is down when it is down from quorum places; with quorum 0, from more than
// half. Down from fewer is degraded: some people do not reach it.
func Judge(places []Place, quorum int) Outcome {
	var o Outcome
	var failing, well []Place
	blind, recovering := false, 0
	for _, p := range places {
		if p.sees() {
			o.Flapping = o.Flapping || p.Flapping
			if p.Recovering {
				recovering++
			}
		}
		switch {
		case p.down():
			failing = append(failing, p)
		case p.sees():
			well = append(well, p)
		}
		blind = blind || p.Blind
	}
	o.Asked = quorum
	o.Down, o.Seeing = len(failing), len(failing)+len(well)
	o.Needed = o.Seeing/2 + 1
	if quorum > 0 {
		o.Needed = max(1, min(quorum, o.Seeing))
	}
	o.Held = o.Down < o.Needed && recovering > 0 && o.Down+recovering >= o.Needed
	switch {
	case o.Seeing == 0:
		o.Verdict, o.Cause = monitor.Unknown, Unseen
		if blind {
			o.Cause = Blinded
		}
		o.Reason, o.Since = firstUnknown(places)
	case o.Down >= o.Needed:
		o.Verdict, o.Reason, o.Since = monitor.Down, failing[0].Reason, kth(failing, o.Needed)
	case o.Down > 0:
		o.Verdict, o.Reason, o.Since = monitor.Degraded, failing[0].Reason, kth(failing, 1)
	default:
		worst := slices.MaxFunc(well, func(a, b Place) int { return int(a.Verdict) - int(b.Verdict) })
		o.Verdict, o.Reason, o.Since, o.Cause = worst.Verdict, worst.Reason, worst.Since, Fine
		if blind {
			o.Cause = Blinded
		}
	}
	if o.Down > 0 {
		o.Cause, o.Network = causeOf(failing, well)
	}
	return o
}

// Follow gives a reading of this installation the verdict that availability is
// made of. A failure that the others do not confirm stays what one unconfirmed
// failure is. Where the check asks for a number of places, their word holds in
// both directions: down from so many is down, though it answers here, and
// down from fewer is a service that some do not reach.
func (o *Outcome) Follow(r *monitor.Reading) {
	switch {
	case o.Asked == 0 && r.Verdict == monitor.Down && o.Verdict != monitor.Down:
		r.Verdict = monitor.Suspect
	case o.Asked == 0:
	case o.Verdict == monitor.Down:
		if r.Verdict.Answers() || r.Verdict == monitor.Unknown {
			r.Reason = o.Reason
		}
		r.Verdict = monitor.Down
	case o.Verdict.Answers() && r.Verdict == monitor.Down:
		r.Verdict = monitor.Degraded
	}
}

// firstUnknown says why nobody sees: as the first who looked tells.
func firstUnknown(places []Place) (monitor.Reason, time.Time) {
	for _, p := range places {
		if p.Verdict == monitor.Unknown && p.Reason != monitor.None {
			return p.Reason, p.Since
		}
	}
	return monitor.None, time.Time{}
}

// kth returns when the k-th of the places began to fail: from then on there were so many.
func kth(failing []Place, k int) time.Time {
	times := make([]time.Time, 0, len(failing))
	for _, p := range failing {
		times = append(times, p.Since)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times[k-1]
}

// causeOf compares who fails with who does not.
func causeOf(failing, well []Place) (Cause, Network) {
	if len(well) == 0 {
		return SiteDown, ""
	}
	abroad := func(p Place) bool { return p.Network == Abroad }
	home := func(p Place) bool { return p.Network != Abroad }
	only := failing[0].Network
	same := func(p Place) bool { return p.Network == only }
	switch {
	case !slices.ContainsFunc(failing, home) && !slices.ContainsFunc(well, abroad):
		return International, ""
	case !slices.ContainsFunc(failing, abroad) && !slices.ContainsFunc(well, home):
		return Inside, ""
	case only != Abroad && !slices.ContainsFunc(failing, func(p Place) bool { return !same(p) }) && !slices.ContainsFunc(well, same):
		return OneNetwork, only
	case len(failing) > len(well):
		return SiteDown, ""
	}
	return Partly, ""
}
