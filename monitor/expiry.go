package monitor

import "time"

// Urgency is how soon something expires.
type Urgency string

// The urgencies, by the days that are left.
const (
	Expired    Urgency = "over"
	InAWeek    Urgency = "7"
	InTwoWeeks Urgency = "14"
	InAMonth   Urgency = "30"
	Later      Urgency = "later"
)

// Urgencies lists them, the most urgent first.
func Urgencies() []Urgency { return []Urgency{Expired, InAWeek, InTwoWeeks, InAMonth, Later} }

// UrgencyOf tells how soon at is, seen from now.
func UrgencyOf(at, now time.Time) Urgency {
	const day = 24 * time.Hour
	switch left := at.Sub(now); {
	case left <= 0:
		return Expired
	case left <= 7*day:
		return InAWeek
	case left <= 14*day:
		return InTwoWeeks
	case left <= 30*day:
		return InAMonth
	}
	return Later
}
