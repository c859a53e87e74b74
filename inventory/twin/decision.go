package twin

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Verdict is what somebody decided about two datasets that look alike.
type Verdict string

// The verdicts.
const (
	Different Verdict = "different" // two datasets: not to be asked again
	Linked    Verdict = "linked"    // the same data, listed twice on purpose: each says so of the other
	Replaced  Verdict = "replaced"  // the same: one is withdrawn in favour of the other
	Reopened  Verdict = "open"      // the decision is taken back
)

// Verdicts lists what may be decided.
func Verdicts() []Verdict { return []Verdict{Different, Linked, Replaced, Reopened} }

// Decision is a verdict on a pair, as it is remembered. A is the smaller id.
type Decision struct {
	A           string `gorm:"primaryKey"`
	B           string `gorm:"primaryKey"`
	Verdict     Verdict
	Reason      string
	Institution string // of A, for the audit trail
	Account     string
	DecidedAt   time.Time
}

// TableName names the table of decisions.
func (Decision) TableName() string { return "twin_decisions" }

// Asked is what somebody wants decided.
type Asked struct {
	A, B    string // refs or ids, whichever way round
	Verdict Verdict
	Keep    string // with Replaced: which of the two stays
	Reason  string
}

// Clean returns a without space around words.
func (a Asked) Clean() Asked {
	for _, s := range []*string{&a.A, &a.B, &a.Keep, &a.Reason} {
		*s = strings.TrimSpace(*s)
	}
	return a
}

// Decide returns the decision on two datasets, before is the one that stands;
// it says every fault. Who may not judge for both institutions may judge neither.
func (a Asked) Decide(by identity.Actor, x, y *inventory.Dataset, before Verdict, now time.Time) (Decision, error) {
	for _, d := range []*inventory.Dataset{x, y} {
		if err := by.Must(identity.JudgeTwins, d.Institution); err != nil {
			return Decision{}, err
		}
	}
	switch {
	case x.ID == y.ID:
		return Decision{}, fault.At("b", "twins.decide.itself")
	case !slices.Contains(Verdicts(), a.Verdict):
		return Decision{}, fault.At("verdict", "twins.decide.verdict", string(a.Verdict))
	case before == Replaced:
		return Decision{}, fault.New(fault.Conflict, "twins.decide.replaced")
	case a.Verdict == Reopened && before == "":
		return Decision{}, fault.New(fault.Conflict, "twins.decide.undecided")
	case a.Verdict == Replaced && a.Keep != x.Ref && a.Keep != y.Ref:
		return Decision{}, fault.At("keep", "twins.decide.keep")
	case a.Verdict == Linked && (x.State == inventory.Withdrawn || y.State == inventory.Withdrawn):
		return Decision{}, fault.At("verdict", "twins.decide.withdrawn")
	}
	if a.Verdict == Replaced || a.Reason != "" {
		if err := inventory.CheckReason(a.Reason); err != nil {
			return Decision{}, err
		}
	}
	if x.ID > y.ID {
		x, y = y, x
	}
	return Decision{
		A: x.ID, B: y.ID, Verdict: a.Verdict, Reason: a.Reason, Institution: x.Institution, Account: by.Account, DecidedAt: now,
	}, nil
}

// Leaves returns the dataset that a replacement withdraws and the one that stays.
func (a Asked) Leaves(x, y *inventory.Dataset) (gone, stays *inventory.Dataset) {
	if a.Keep == x.Ref {
		return y, x
	}
	return x, y
}
