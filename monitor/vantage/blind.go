package vantage

import "github.com/jard-odi/jard/monitor"

// What it takes to call a vantage blind.
const (
	blindChecks = 3   // it shares at least so many checks with others,
	blindShare  = 0.8 // fails nearly all of them, and others reach nearly all of those
)

// Tally counts, vantage by vantage, what tells that one is blind. It is kept up
// check by check: what changed about one check costs nothing of the others.
type Tally struct {
	networks []Network
	counts   []count
}

// count is what speaks for and against one vantage.
type count struct{ shared, failed, contradicted int }

// Mark is what one check says of one vantage's eyes.
type Mark uint8

// The bits of a mark.
const (
	shares       Mark = 1 << iota // others see the check too
	fails                         // it fails for this one,
	contradicted                  // and some of the others reach it
)

// NewTally returns the tally of vantages that stand in these networks.
func NewTally(networks []Network) *Tally {
	return &Tally{networks: networks, counts: make([]count, len(networks))}
}

// Marks appends to to what a check says of each vantage; seen is what each sees
// of it, unknown when it sees nothing.
func (t *Tally) Marks(to []Mark, seen []monitor.Verdict) []Mark {
	for n, mine := range seen {
		m := Mark(0)
		if mine != monitor.Unknown {
			others, reach := t.others(n, seen)
			if others > 0 {
				m |= shares
			}
			if others > 0 && mine == monitor.Down {
				m |= fails
				if reach > 0 {
					m |= contradicted
				}
			}
		}
		to = append(to, m)
	}
	return to
}

// others counts who else sees the check, and how many of them reach it, among
// those whose word holds against vantage n. A failure from abroad alone is no
// blindness unless somebody else abroad reaches the same: it may well be the
// link between.
func (t *Tally) others(n int, seen []monitor.Verdict) (see, reach int) {
	for other, verdict := range seen {
		if other == n || verdict == monitor.Unknown || (t.networks[n] == Abroad && t.networks[other] != Abroad) {
			continue
		}
		see++
		if verdict.Answers() {
			reach++
		}
	}
	return see, reach
}

// Replace takes back what a check said before, and takes what it says now.
func (t *Tally) Replace(before, now []Mark) {
	for n, m := range before {
		t.counts[n].add(m, -1)
	}
	for n, m := range now {
		t.counts[n].add(m, 1)
	}
}

func (c *count) add(m Mark, by int) {
	if m&shares != 0 {
		c.shared += by
	}
	if m&fails != 0 {
		c.failed += by
	}
	if m&contradicted != 0 {
		c.contradicted += by
	}
}

// Blind tells whether vantage n fails at nearly everything while others reach it.
func (t *Tally) Blind(n int) bool {
	c := t.counts[n]
	return c.shared >= blindChecks && float64(c.failed) >= blindShare*float64(c.shared) && float64(c.contradicted) >= blindShare*float64(c.failed)
}
