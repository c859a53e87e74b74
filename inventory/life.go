package inventory

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/identity"
)

// Life says how far a dataset has come on its way to the public. The state of
// its revision stands beside it: a dataset may be open while its next revision
// is in review.
type Life string

// The lives.
const (
	Inventoried Life = "inventoried" // known to the register; nothing is promised
	Planned     Life = "planned"     // to be opened on a day that was approved
	Opened      Life = "open"        // approved as open
	LeftLife    Life = "withdrawn"   // taken out for good
)

// Lives lists them in order.
func Lives() []Life { return []Life{Inventoried, Planned, Opened, LeftLife} }

// Valid tells whether l is one we know.
func (l Life) Valid() bool { return slices.Contains(Lives(), l) }

// LifeOf is the life of what was approved: a decision or a day that nobody has
// approved binds nobody. approved is nil before the first approval.
func LifeOf(approved *Content, withdrawn bool) Life {
	switch {
	case withdrawn:
		return LeftLife
	case approved == nil:
		return Inventoried
	case approved.Openness == Open:
		return Opened
	case approved.Openness == Openable && approved.TargetDate != "":
		return Planned
	}
	return Inventoried
}

// settle draws the consequences of an approval for life and plan.
func (d *Dataset) settle() {
	d.Life = LifeOf(&d.Content, false)
	switch d.Life {
	case Planned:
		d.Committed = d.Content.TargetDate
		if d.FirstCommitted == "" {
			d.FirstCommitted = d.Committed
		}
	case Inventoried:
		d.Committed = "" // the plan was given up; what was promised first is not forgotten
	}
}

// Commitment is a day of opening as it was approved; an empty day gives the plan up.
type Commitment struct {
	DatasetID string `gorm:"primaryKey"`
	Revision  int    `gorm:"primaryKey;autoIncrement:false"`
	Day       Date
	At        time.Time
}

// Slipped is how many days the committed day lies behind the first one;
// negative when it came nearer.
func Slipped(first, day Date) int {
	from, ok := first.In(time.UTC)
	to, also := day.In(time.UTC)
	if !ok || !also {
		return 0
	}
	return int(to.Sub(from).Hours() / 24)
}

// PastReview tells whether the reason for not opening was to be looked at again by now.
func (c Content) PastReview(now time.Time) bool {
	day := c.ReviewOn()
	return (c.Openness == Restricted || c.Openness == Closed) && day != "" && day < DateOf(now, Tunis())
}

// MayEndorse tells whether by is asked for the first approval of the dataset now.
func (d *Dataset) MayEndorse(by identity.Actor) bool { return d.mayEndorse(by) == nil }
