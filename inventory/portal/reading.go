package portal

import "time"

// Failure says why a read of the portal did not come to its end: a closed set.
type Failure string

// The failures.
const (
	NoFailure   Failure = ""
	Unreachable Failure = "unreachable" // no connection, or it broke
	Forbidden   Failure = "forbidden"   // it leads into a network that requests may not enter
	TimedOut    Failure = "timeout"
	Status      Failure = "status"     // an error of the portal's
	Throttled   Failure = "throttled"  // it asks to come back later than we can wait
	NoJSON      Failure = "no_json"    // something else than JSON, or JSON cut short
	Refused     Failure = "refused"    // success: false
	TooLarge    Failure = "too_large"  // an answer larger than any page of a portal
	Repeats     Failure = "repeats"    // the same page again and again
	Incomplete  Failure = "incomplete" // fewer packages than it says it has
	Endless     Failure = "endless"    // more pages than anybody can read
	Stopped     Failure = "stopped"    // we were told to stop
	Ourselves   Failure = "ourselves"  // our own register could not be read
)

// Failures lists the failures.
func Failures() []Failure {
	return []Failure{
		Unreachable, Forbidden, TimedOut, Status, Throttled, NoJSON, Refused, TooLarge, Repeats, Incomplete, Endless, Stopped, Ourselves,
	}
}

// Reading is one read of the portal.
type Reading struct {
	ID         string `gorm:"primaryKey"`
	Portal     string // its address
	StartedAt  time.Time
	EndedAt    time.Time
	Whole      bool
	Failure    Failure
	Detail     string // which request failed, for the operator
	Requests   int
	Packages   int            // met, of every publisher
	Told       int            // as many as the portal says it has
	Unreadable int            // packages that are none
	Matched    int            // of ours
	Offered    int            // live datasets of the register
	Open       map[Kind]int   `gorm:"serializer:json"` // findings that stand after it
	Sources    map[string]int `gorm:"serializer:json"`
}

// TableName names the table of readings.
func (Reading) TableName() string { return "portal_readings" }

// Standing is how one dataset stands with the portal.
type Standing string

// The standings.
const (
	Unknown   Standing = "unknown" // the portal was never read whole
	NotYet    Standing = "not_yet" // it may take until tomorrow
	OnPortal  Standing = "there"
	Otherwise Standing = "differs"
	Absent    Standing = "missing"
	StillOn   Standing = "undeleted"
)

// StandingOf tells how a dataset stands, from its open findings and the last
// read that came to its end.
func StandingOf(open []Finding, o Offer, lastWhole *time.Time, within time.Duration) Standing {
	if lastWhole == nil {
		return Unknown
	}
	standing := OnPortal
	for _, f := range open {
		switch f.Kind {
		case Undeleted:
			return StillOn
		case Missing:
			return Absent
		case Differs, Duplicate:
			standing = Otherwise
		}
	}
	if standing == OnPortal && (o.Withdrawn == nil) && lastWhole.Sub(o.Since) <= within {
		return NotYet
	}
	return standing
}
