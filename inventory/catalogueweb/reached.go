package catalogueweb

import (
	"time"

	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
)

// reached says that a snapshot had every change of the register that could be
// seen at a moment.
type reached struct {
	snapshot string
	at       time.Time
}

// settling is how long a change may take from the moment it is dated to the
// moment others see it.
const settling = 2 * time.Minute

// reach notes that what is served has the version that the register had at the
// moment. While an operator holds newer editions back, or another process still
// writes the next one, it has not.
func (f *feed) reach(state cataloguedb.State, version int64, at time.Time) {
	s := f.shelf.Current()
	if s != nil && state.Pin == nil && s.ID == state.Newest && state.Version >= version {
		f.reached.Store(&reached{s.ID, at})
	}
}

// upTo is a moment from which on a reader of s must ask next time so as to miss
// nothing: what is dated before it is in s. The time of day is not that moment,
// because a change that is older may become visible later.
func (f *feed) upTo(s *catalogue.Snapshot) time.Time {
	at := s.Built
	if r := f.reached.Load(); r != nil && r.snapshot == s.ID {
		at = r.at
	}
	if now := f.now(); now.Before(at) {
		at = now
	}
	return at.Add(-settling)
}
