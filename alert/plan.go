package alert

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// Person is somebody who may be told by mail.
type Person struct {
	Actor identity.Actor
	Email string
	Lang  lang.Tag
	Away  bool // absent today
}

// Answers tells whether the person, in that role, answers for the event.
func (p *Person) Answers(role identity.Role, e *Event) bool {
	if p.Actor.Role != role {
		return false
	}
	return !role.NeedsInstitution() || slices.ContainsFunc(e.Institutions(), func(slug string) bool {
		return slug != "" && slices.Contains(p.Actor.Institutions, slug)
	})
}

// Situation is everything that decides who is told now.
type Situation struct {
	Routes   []Route
	Events   []Event
	Told     map[string][]Telling // by event
	People   []Person
	Channels []Channel
	Above    func(institution string) []string // itself and the bodies above it
	Calendar Calendar
	Now      time.Time
}

// Parcel is one message to be written: events that one receiver is told of
// together.
type Parcel struct {
	Route   *Route
	Stage   Stage
	To      Receiver
	Person  *Person  // nil for a channel
	Channel *Channel // nil for a person
	Items   []Item
}

// Item is one event of a parcel, at one step.
type Item struct {
	Event *Event
	Step  string
}

// Echo is a telling that needs no message: another route has told the same
// receiver the same thing.
type Echo struct {
	Telling         // its message is known, or
	Same    *Parcel // will be that of this parcel
}

// Plan is what is to be told now.
type Plan struct {
	Parcels []*Parcel
	Echoes  []Echo
	Settled []string // keys of events of which nothing will ever be told again
}

// planner gathers a plan.
type planner struct {
	*Situation
	plan    Plan
	parcels map[string]*Parcel
	covered map[string]Echo // by event, stage and receiver
}

// Plan works out what is to be told. It looks at the state only: asked twice,
// with what was told the first time, it finds nothing the second time.
func (s *Situation) Plan() Plan {
	p := &planner{Situation: s, parcels: map[string]*Parcel{}, covered: map[string]Echo{}}
	for n := range s.Events {
		e := &s.Events[n]
		for _, t := range s.Told[e.Key] {
			p.covered[cover(e.Key, t.Step, Receiver{t.Channel, t.Target})] = Echo{Telling: t}
		}
		waits := false
		for r := range s.Routes {
			w := p.route(e, &s.Routes[r])
			waits = waits || w
		}
		if !e.Open() && !waits {
			p.plan.Settled = append(p.plan.Settled, e.Key)
		}
	}
	return p.plan
}

// route adds what one route has to tell of e.
func (p *planner) route(e *Event, r *Route) (waits bool) {
	told := by(r.ID, p.Told[e.Key])
	due, waits := r.Next(e, told, Lines(e, p.Above), p.Calendar, p.Now)
	for _, d := range due {
		to := p.receivers(e, d)
		if d.Again {
			to = Told(told)
		}
		for _, one := range to {
			if !slices.ContainsFunc(told, func(t Telling) bool { return t.Step == d.Step && t.Channel == one.Channel && t.Target == one.Target }) {
				p.add(e, r, d, one)
			}
		}
	}
	return waits
}

// Lines returns the institutions an event concerns and the bodies above each.
func Lines(e *Event, above func(string) []string) []string {
	var all []string
	for _, slug := range e.Institutions() {
		all = append(all, above(slug)...)
	}
	return all
}

// by returns the tellings of one route.
func by(route string, all []Telling) []Telling {
	var of []Telling
	for _, t := range all {
		if t.Route == route {
			of = append(of, t)
		}
	}
	return of
}

// cover names what somebody is told, whichever route tells it. Escalations of
// two routes are different things; a beginning is one beginning.
func cover(event, step string, to Receiver) string {
	return strings.Join([]string{event, step, to.Channel, to.Target}, "\x00")
}

// add puts a telling into its parcel, or among the echoes.
func (p *planner) add(e *Event, r *Route, d Due, to Receiver) {
	same := cover(e.Key, d.Step, to)
	if echo, ok := p.covered[same]; ok {
		echo.Telling = Telling{
			Event: e.Key, Route: r.ID, Step: d.Step, Channel: to.Channel, Target: to.Target, Message: echo.Message, At: p.Now,
		}
		p.plan.Echoes = append(p.plan.Echoes, echo)
		return
	}
	key := strings.Join([]string{r.ID, string(d.Stage), to.Channel, to.Target, r.Group.of(e)}, "\x00")
	parcel, ok := p.parcels[key]
	if !ok {
		parcel = &Parcel{Route: r, Stage: d.Stage, To: to, Person: p.person(to), Channel: p.channel(to)}
		if parcel.Person == nil && parcel.Channel == nil {
			return // the account or the channel is gone
		}
		p.parcels[key] = parcel
		p.plan.Parcels = append(p.plan.Parcels, parcel)
	}
	parcel.Items = append(parcel.Items, Item{e, d.Step})
	p.covered[same] = Echo{Same: parcel}
}

// of names the group of events that e is told with.
func (g Grouping) of(e *Event) string {
	switch g {
	case Together:
		return ""
	case Institution:
		return e.Institution
	case Apart:
	}
	return e.Key
}

func (s *Situation) person(to Receiver) *Person {
	if to.Channel != ByMail {
		return nil
	}
	n := slices.IndexFunc(s.People, func(p Person) bool { return p.Actor.Account == to.Target })
	if n < 0 {
		return nil
	}
	return &s.People[n]
}

func (s *Situation) channel(to Receiver) *Channel {
	if to.Channel == ByMail {
		return nil
	}
	n := slices.IndexFunc(s.Channels, func(c Channel) bool { return c.Name == to.Channel })
	if n < 0 {
		return nil
	}
	return &s.Channels[n]
}

// receivers returns whom a step tells. Those who are absent are left out,
// unless nobody of their role would be left.
func (s *Situation) receivers(e *Event, d Due) []Receiver {
	var to []Receiver
	for _, name := range d.Channels {
		to = append(to, Receiver{Channel: name})
	}
	for _, role := range d.Roles {
		var there, away []Receiver
		for n := range s.People {
			p := &s.People[n]
			if !p.Answers(role, e) {
				continue
			}
			if one := (Receiver{ByMail, p.Actor.Account}); p.Away {
				away = append(away, one)
			} else {
				there = append(there, one)
			}
		}
		if len(there) == 0 {
			there = away
		}
		to = append(to, there...)
	}
	return to
}

// Forecast says what a route would do about an event that began now.
type Forecast struct {
	Route *Route
	Why   Why
	Steps []ForecastStep // when Why is Matches, or it only waits
}

// ForecastStep is one step of a forecast.
type ForecastStep struct {
	At       time.Time // at the earliest
	Stage    Stage
	Channels []Channel
	People   []Person
	Missing  []identity.Role // roles that nobody has for this institution
}

// Foresee says what each route would do about e, the reason included when it
// would do nothing.
func (s *Situation) Foresee(e *Event) []Forecast {
	all := make([]Forecast, 0, len(s.Routes))
	for n := range s.Routes {
		r := &s.Routes[n]
		f := Forecast{Route: r, Why: r.Now(e, Lines(e, s.Above), s.Calendar, s.Now)}
		if f.Why == Matches || f.Why == OtherHour || f.Why == Quiet {
			f.Steps = s.foreseen(e, r)
		}
		all = append(all, f)
	}
	return all
}

func (s *Situation) foreseen(e *Event, r *Route) []ForecastStep {
	steps := make([]ForecastStep, 0, len(r.Steps))
	for n, step := range r.Steps {
		made := ForecastStep{At: e.ConfirmedAt.Add(step.After), Stage: Begun}
		if n > 0 {
			made.Stage = Escalated
		}
		for _, to := range s.receivers(e, Due{Channels: step.Channels, Roles: step.Roles}) {
			if p := s.person(to); p != nil {
				made.People = append(made.People, *p)
			} else if c := s.channel(to); c != nil {
				made.Channels = append(made.Channels, *c)
			}
		}
		for _, role := range step.Roles {
			if !slices.ContainsFunc(made.People, func(p Person) bool { return p.Actor.Role == role }) {
				made.Missing = append(made.Missing, role)
			}
		}
		steps = append(steps, made)
	}
	return steps
}
