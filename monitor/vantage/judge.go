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
}

// Judge says what all places together see. Silent and blind ones have no say.
// It is down when it is down from quorum places; with quorum 0, from more than
// half. Down from fewer is degraded: some people do not reach it.
func Judge(places []Place, quorum int) Outcome {
	var o Outcome
	var failing, well []Place
	blind := false
	for _, p := range places {
		switch {
		case p.down():
			failing = append(failing, p)
		case p.sees():
			well = append(well, p)
		}
		blind = blind || p.Blind
	}
	o.Down, o.Seeing = len(failing), len(failing)+len(well)
	o.Needed = o.Seeing/2 + 1
	if quorum > 0 {
		o.Needed = max(1, min(quorum, o.Seeing))
	}
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

// What it takes to call a vantage blind.
const (
	blindChecks = 3   // it shares at least so many checks with others,
	blindShare  = 0.8 // fails nearly all of them, and others reach nearly all of those
)

// Views is what each vantage sees of each check.
type Views map[int16]map[int64]monitor.Verdict

// Blind lists the vantages that fail at nearly everything while others reach
// it. A failure from abroad alone is no blindness unless somebody else abroad
// reaches the same: it may well be the link between.
func (v Views) Blind(networks map[int16]Network) map[int16]bool {
	blind := map[int16]bool{}
	for id, mine := range v {
		shared, failed, contradicted := 0, 0, 0
		for check, verdict := range mine {
			if verdict == monitor.Unknown {
				continue
			}
			others, reach := v.others(id, check, networks)
			if others == 0 {
				continue
			}
			shared++
			if verdict != monitor.Down {
				continue
			}
			failed++
			if reach > 0 {
				contradicted++
			}
		}
		if shared >= blindChecks && float64(failed) >= blindShare*float64(shared) && float64(contradicted) >= blindShare*float64(failed) {
			blind[id] = true
		}
	}
	return blind
}

// others counts who else sees the check, and how many of them reach it, among
// those whose word holds against vantage id.
func (v Views) others(id int16, check int64, networks map[int16]Network) (see, reach int) {
	for other, views := range v {
		if other == id || (networks[id] == Abroad && networks[other] != Abroad) {
			continue
		}
		verdict, looked := views[check]
		if !looked || verdict == monitor.Unknown {
			continue
		}
		see++
		if verdict.Answers() {
			reach++
		}
	}
	return see, reach
}
