package alert

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Hour is a part of the week.
type Hour string

// The hours. Each moment belongs to one.
const (
	Office  Hour = "office"  // the administration works
	Night   Hour = "night"   // outside its hours, on a working day
	Holiday Hour = "holiday" // weekend or public holiday
)

// Hours lists the hours.
func Hours() []Hour { return []Hour{Office, Night, Holiday} }

// Calendar tells what hour it is.
type Calendar struct {
	Zone     *time.Location
	Works    func(day time.Time) bool // whether the administration works on the day; nil: Monday to Friday
	From, To time.Duration            // office hours, since midnight
}

// UsualCalendar is Monday to Friday, from eight to half past five.
func UsualCalendar(zone *time.Location) Calendar {
	return Calendar{Zone: zone, From: 8 * time.Hour, To: 17*time.Hour + 30*time.Minute}
}

// Hour returns which hour t falls in.
func (c Calendar) Hour(t time.Time) Hour {
	t = t.In(c.zone())
	switch at := sinceMidnight(t); {
	case !c.works(t):
		return Holiday
	case at >= c.From && at < c.To:
		return Office
	}
	return Night
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

func (c Calendar) works(t time.Time) bool {
	if c.Works != nil {
		return c.Works(t)
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}

// Origin says who owns a route.
type Origin string

// The origins.
const (
	FromDesk Origin = "desk" // written on the pages or through the API
	FromFile Origin = "file" // written in the configuration, and changed only there
)

// Grouping says which events are told in one message.
type Grouping string

// The groupings.
const (
	Apart       Grouping = "apart"       // each by itself
	Institution Grouping = "institution" // those of one institution
	Together    Grouping = "together"    // all of them
)

// Groupings lists the groupings.
func Groupings() []Grouping { return []Grouping{Apart, Institution, Together} }

// Route is one row of the table of routing: which events are told, to whom and when.
type Route struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	Origin       Origin `gorm:"-"`
	Position     int    // in the order the page shows them; every route that matches is followed
	Enabled      bool
	Institutions []string       `gorm:"serializer:json"` // slugs; with the bodies under them; empty: all
	Tiers        []monitor.Tier `gorm:"serializer:json"` // empty: all
	Kinds        []Kind         `gorm:"serializer:json"` // empty: all
	When         []Hour         `gorm:"serializer:json"` // empty: always; outside, it waits
	Steps        []Step         `gorm:"serializer:json"` // at least one
	Group        Grouping
	Remind       time.Duration // between reminders while it lasts; 0: none
	Recovery     bool          // tell those who were told that it is over
	QuietFrom    string        // "22:00"; empty: never quiet
	QuietTo      string        // "06:30"
	WakeFor      bool          // critical services are told at once even when it is quiet
	Revision     int
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName names the table of routes.
func (Route) TableName() string { return "alert_routes" }

// Step is who is told when: the first at once or after a while, the others
// when nobody has taken it in hand by then.
type Step struct {
	After    time.Duration   `json:"after"`    // since the event counted
	Channels []string        `json:"channels"` // names
	Roles    []identity.Role `json:"roles"`    // people who answer for the service, by mail
}

// Audience lists the roles that may be told of services.
func Audience() []identity.Role {
	return []identity.Role{identity.ServiceOwner, identity.Supervisor, identity.Officer, identity.MCD, identity.Admin}
}

// Why says why a route is followed for an event, or why not. It is a closed
// set; the pages have a sentence for each.
type Why string

// The answers.
const (
	Matches          Why = "matches"
	Disabled         Why = "disabled"
	OtherKind        Why = "kind"
	OtherTier        Why = "tier"
	OtherInstitution Why = "institution"
	OtherHour        Why = "hour"  // it waits for its hours
	Quiet            Why = "quiet" // it waits until the quiet is over
)

// Now tells whether the route tells of e at now. Above maps an institution to
// itself and the bodies above it.
func (r *Route) Now(e *Event, above []string, c Calendar, now time.Time) Why {
	if why := r.Concerns(e, above); why != Matches {
		return why
	}
	if len(r.When) > 0 && !slices.Contains(r.When, c.Hour(now)) {
		return OtherHour
	}
	if r.quiet(c, now) && (!r.WakeFor || e.Tier != monitor.Critical) {
		return Quiet
	}
	return Matches
}

// Concerns tells whether the route is about e at all, whatever the hour.
func (r *Route) Concerns(e *Event, above []string) Why {
	switch {
	case !r.Enabled:
		return Disabled
	case len(r.Kinds) > 0 && !slices.Contains(r.Kinds, e.Kind):
		return OtherKind
	case len(r.Tiers) > 0 && e.Tier != "" && !slices.Contains(r.Tiers, e.Tier):
		return OtherTier
	case len(r.Institutions) > 0 && !slices.ContainsFunc(r.Institutions, func(s string) bool { return slices.Contains(above, s) }):
		return OtherInstitution
	}
	return Matches
}

// quiet tells whether now lies in the quiet hours, which may span midnight.
func (r *Route) quiet(c Calendar, now time.Time) bool {
	from, ok := clock(r.QuietFrom)
	to, also := clock(r.QuietTo)
	if !ok || !also || from == to {
		return false
	}
	at := sinceMidnight(now.In(c.zone()))
	if from < to {
		return at >= from && at < to
	}
	return at >= from || at < to
}

// clock reads "06:30".
func clock(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return sinceMidnight(t), true
}

// Channels lists the names of the channels that the route uses, each once.
func (r *Route) Channels() []string {
	var names []string
	for _, s := range r.Steps {
		for _, name := range s.Channels {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
