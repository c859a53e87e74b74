package monitor

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// Incident is what people speak of: a service that does not answer, or many
// that do not for one cause. It has one or many outages, its members.
type Incident struct {
	ID          int64  `gorm:"primaryKey"`
	CheckID     int64  // that began it
	Service     string // whose check that is
	StartedAt   time.Time
	ConfirmedAt time.Time
	EndedAt     *time.Time
	Resolution  Resolution
	Reason      Reason // of the reading that confirmed it
	Status      int
	Detail      string

	Severity       Severity
	Reach          int        // how many services were ever in it
	CauseKind      GroundKind // what its services have in common; empty while nothing is
	Cause          string
	Alone          bool // split off by hand: nobody joins it
	AcknowledgedAt *time.Time
	AcknowledgedBy string // account
	Acknowledger   string // name, for the desk
	Revision       int    // rises by one with every act of a person; the ETag
	TouchedAt      time.Time

	Members []Member       `gorm:"-"`
	Notes   []IncidentNote `gorm:"-"` // the oldest first
	Review  *Review        `gorm:"-"` // nil before anybody began one
}

// Member is an outage with what is known of its service.
type Member struct {
	Outage
	Name        lang.Text
	Institution string
	Tier        Tier
	Check       string
	Public      bool
}

// Lasted returns how long the incident lasted until its end, or until now.
func (i *Incident) Lasted(now time.Time) time.Duration { return lasted(i.StartedAt, i.EndedAt, now) }

// Open tells whether the incident has not ended.
func (i *Incident) Open() bool { return i.EndedAt == nil }

// Shared tells whether more than one service is in it.
func (i *Incident) Shared() bool { return i.Reach > 1 }

// Failing returns how many checks fail now.
func (i *Incident) Failing() int {
	n := 0
	for _, m := range i.Members {
		if m.EndedAt == nil {
			n++
		}
	}
	return n
}

// Severity says how much an incident costs people.
type Severity string

// The severities.
const (
	Minor Severity = "minor"
	Major Severity = "major"
	Grave Severity = "critical"
)

// Severities lists the severities, the gravest first.
func Severities() []Severity { return []Severity{Grave, Major, Minor} }

// Valid tells whether s is a severity we know.
func (s Severity) Valid() bool { return slices.Contains(Severities(), s) }

// wideReach is how many services make an incident graver than the tier of any of them.
const wideReach = 5

// SeverityOf returns how grave it is that services of these tiers do not
// answer: what the gravest of them deserves, and a step more when they are many.
func SeverityOf(tiers []Tier) Severity {
	rank := 0
	for _, t := range tiers {
		switch t {
		case Critical:
			rank = 2
		case Normal:
			rank = max(rank, 1)
		case Information:
		}
	}
	if len(tiers) >= wideReach {
		rank = min(rank+1, 2)
	}
	return [...]Severity{Minor, Major, Grave}[rank]
}

// Institutions lists the institutions whose services are in it.
func (i *Incident) Institutions() []string {
	var list []string
	for _, m := range i.Members {
		if !slices.Contains(list, m.Institution) {
			list = append(list, m.Institution)
		}
	}
	return list
}

// SeenBy tells whether by may see the inside of the incident: evidence,
// addresses and internal notes. Whoever answers for one of its services may.
func (i *Incident) SeenBy(by identity.Actor) bool {
	return slices.ContainsFunc(i.Institutions(), func(slug string) bool { return by.May(identity.ReadServices, slug) })
}

// WholeSeenBy tells whether by may see the inside of all of it: who has it in
// hand, and the draft of its review.
func (i *Incident) WholeSeenBy(by identity.Actor) bool {
	list := i.Institutions()
	return len(list) > 0 && !slices.ContainsFunc(list, func(slug string) bool { return !by.May(identity.ReadServices, slug) })
}

// Public tells whether anybody may know of the incident: one of its services is public.
func (i *Incident) Public() bool {
	return slices.ContainsFunc(i.Members, func(m Member) bool { return m.Public })
}

// TakenBy is a fault unless by answers for one of its services.
func (i *Incident) TakenBy(by identity.Actor) error {
	for _, slug := range i.Institutions() {
		if by.May(identity.ManageService, slug) {
			return nil
		}
	}
	return by.Must(identity.ManageService, strings.Join(i.Institutions(), " "))
}

// RuledBy is a fault unless by answers for all of its services: what speaks
// for the whole incident is not for one of many to say.
func (i *Incident) RuledBy(by identity.Actor) error {
	for _, slug := range i.Institutions() {
		if err := by.Must(identity.ManageService, slug); err != nil {
			return err
		}
	}
	if len(i.Members) == 0 {
		return by.Must(identity.ManageService, "")
	}
	return nil
}

// Acknowledge says that somebody looks after it. The first one counts; who
// says it again changes nothing. What several bodies share is taken on by who
// answers for all of them: one must not quieten what wakes the others.
func (i *Incident) Acknowledge(by identity.Actor, now time.Time) error {
	if err := i.TakenBy(by); err != nil {
		return err
	}
	if i.RuledBy(by) != nil {
		return fault.New(fault.Forbidden, "incident.acknowledge.shared")
	}
	switch {
	case i.AcknowledgedAt != nil:
		return nil
	case !i.Open():
		return fault.New(fault.Conflict, "incident.acknowledge.over")
	}
	i.AcknowledgedAt, i.AcknowledgedBy, i.Acknowledger = &now, by.Account, by.Name
	i.Revision++
	return nil
}

// Resolve says that it is settled, or that it never was one. What is measured
// is not talked away: while a check fails, only a false alarm can be called so.
func (i *Incident) Resolve(by identity.Actor, how Resolution, now time.Time) error {
	if err := i.RuledBy(by); err != nil {
		return err
	}
	switch {
	case how != Handled && how != Dismissed:
		return fault.At("resolution", "incident.resolve.how")
	case i.Settled():
		return fault.New(fault.Conflict, "incident.resolve.over")
	case how == Handled && i.Open():
		return fault.New(fault.Conflict, "incident.resolve.failing", i.Failing())
	}
	i.Resolution = how
	if i.Open() {
		i.EndedAt = &now
	}
	i.Revision++
	return nil
}

// Settled tells whether somebody said that nothing is left to do.
func (i *Incident) Settled() bool { return i.Resolution == Handled || i.Resolution == Dismissed }

// Split takes the outages of a service out of the incident and returns the
// incident they are from now on. Nobody joins that one for a shared ground.
func (i *Incident) Split(by identity.Actor, service string, now time.Time) (*Incident, error) {
	if err := i.RuledBy(by); err != nil {
		return nil, err
	}
	var out, stay []Member
	for _, m := range i.Members {
		if m.Service == service {
			out = append(out, m)
		} else {
			stay = append(stay, m)
		}
	}
	switch {
	case len(out) == 0:
		return nil, fault.At("service", "incident.split.not_there", clip(service, 60))
	case len(stay) == 0:
		return nil, fault.At("service", "incident.split.only")
	}
	made := alone(out, now)
	made.Alone = true
	rest := left(stay, i)
	*i = rest
	i.Revision++
	return made, nil
}

// alone is the incident of these outages alone.
func alone(members []Member, now time.Time) *Incident {
	first := members[0]
	for _, m := range members {
		if m.StartedAt.Before(first.StartedAt) {
			first = m
		}
	}
	n := &Incident{
		CheckID: first.CheckID, Service: first.Service, StartedAt: first.StartedAt, ConfirmedAt: first.ConfirmedAt,
		Reason: first.Reason, Status: first.Status, Detail: first.Detail, Revision: 1, TouchedAt: now, Members: members,
	}
	n.measure()
	return n
}

// left is what is left of i with these members.
func left(members []Member, i *Incident) Incident {
	rest, n := *i, alone(members, i.TouchedAt)
	rest.Members, rest.CheckID, rest.Service, rest.StartedAt = members, n.CheckID, n.Service, n.StartedAt
	rest.ConfirmedAt, rest.Reason, rest.Status, rest.Detail = n.ConfirmedAt, n.Reason, n.Status, n.Detail
	rest.measure()
	if rest.Reach < 2 {
		rest.CauseKind, rest.Cause = "", ""
	}
	return rest
}

// measure counts the services, judges how grave it is, and sees whether it is over.
func (i *Incident) measure() {
	tiers, last, open := map[string]Tier{}, time.Time{}, false
	resolution := Recovered
	for _, m := range i.Members {
		tiers[m.Service] = m.Tier
		switch {
		case m.EndedAt == nil:
			open = true
		case m.EndedAt.After(last):
			last, resolution = *m.EndedAt, m.Resolution
		}
	}
	list := make([]Tier, 0, len(tiers))
	for _, t := range tiers {
		list = append(list, t)
	}
	i.Reach, i.Severity = len(tiers), SeverityOf(list)
	if !open && i.EndedAt == nil && len(i.Members) > 0 {
		i.EndedAt, i.Resolution = &last, resolution
	}
}
