package catalogue

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Pin says that a snapshot which is not the newest is served, since when and
// why: what somebody approved by mistake is taken back at every portal's next
// harvest, while the register is put right.
type Pin struct {
	Snapshot string
	Reason   string
	By       string // account id
	At       time.Time
}

// longestReason bounds what an operator writes.
const longestReason = 1000

// NewPin goes back to a snapshot; known says that it is still kept.
func NewPin(by identity.Actor, snapshot, reason string, known bool, now time.Time) (Pin, error) {
	if err := by.Must(identity.PinCatalogue, ""); err != nil {
		return Pin{}, err
	}
	reason, err := becauseOf(reason)
	if err != nil {
		return Pin{}, err
	}
	if !known {
		return Pin{}, fault.At("snapshot", "catalogue.pin.unknown")
	}
	actor := by.Account
	if actor == "" {
		actor = by.Name
	}
	return Pin{Snapshot: snapshot, Reason: reason, By: actor, At: now}, nil
}

// Unpin goes on with the newest snapshot; pin is what is in force.
func Unpin(by identity.Actor, pin *Pin, reason string) error {
	if err := by.Must(identity.PinCatalogue, ""); err != nil {
		return err
	}
	if pin == nil {
		return fault.New(fault.Conflict, "catalogue.pin.none")
	}
	_, err := becauseOf(reason)
	return err
}

// becauseOf asks for a reason.
func becauseOf(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", fault.At("reason", "catalogue.pin.reason_required")
	case len([]rune(reason)) > longestReason:
		return "", fault.At("reason", "catalogue.pin.reason_long", longestReason)
	}
	return reason, nil
}

// Kept is a snapshot as an operator sees it in the list of those kept.
type Kept struct {
	ID         string
	Version    int64 // of the register
	Built      time.Time
	Datasets   int
	Bytes      int64 // it takes, with what it shares with others
	LeftOut    []LeftOut
	Superseded *time.Time // nil: it is the newest
	Served     *time.Time // since when somebody has read it; nil: nobody has
	Newest     bool
	Pinned     bool
}
