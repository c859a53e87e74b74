package inventory

import (
	"time"

	"github.com/jard-odi/jard/identity"
)

// AttestPeriod confirms that the data needed no change up to the end of one
// period. It is Attest, but for a period that is over it says nothing of the
// one that runs: that one is still owed.
func (d *Dataset) AttestPeriod(by identity.Actor, o *Obligation, note string, now time.Time) error {
	if err := d.Attest(by, note, now); err != nil {
		return err
	}
	if last := DateOf(o.EndsAt.Add(-time.Second), Tunis()); last < d.Proof.Day {
		d.Proof.Day = last
	}
	return nil
}
