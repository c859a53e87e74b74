package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
)

// Stage says what a message is for.
type Stage string

// The stages.
const (
	Begun     Stage = "begun"     // it began, or is told of for the first time
	Escalated Stage = "escalated" // nobody has it in hand
	Reminded  Stage = "reminded"  // it lasts
	Over      Stage = "over"      // it is over, to those who were told
	Past      Stage = "past"      // it began and ended while telling had to wait
	Trial     Stage = "trial"     // somebody tries the channel
)

// Telling is the proof that somebody was told of an event, by one rule, at one
// step, through one channel: once, whoever tries again.
type Telling struct {
	Event   string `gorm:"primaryKey"`
	Route   string `gorm:"primaryKey"`
	Step    string `gorm:"primaryKey"` // "begun", "escalated-1", "reminded-3", "over", "past"
	Channel string `gorm:"primaryKey"` // name; "mail" for people
	Target  string `gorm:"primaryKey"` // account; empty for a channel
	Message string // the message that tells it
	At      time.Time
}

// TableName names the table of tellings.
func (Telling) TableName() string { return "alert_tellings" }

// ByMail is the channel of people: mail to their account.
const ByMail = "mail"

// Stage returns what the telling was for.
func (t *Telling) Stage() Stage {
	name, _, _ := strings.Cut(t.Step, "-")
	return Stage(name)
}

// Due is a step whose time has come. Those who were told before get reminders
// and the end; then channels and roles are empty and Again is true.
type Due struct {
	Step     string
	Stage    Stage
	Channels []string
	Roles    []identity.Role
	Again    bool
}

// pastWithin is how long after its end an event is news that nobody was told of.
const pastWithin = 24 * time.Hour

// Next returns what the route has to tell of e at now, and whether something
// waits: for the hour, the end of a quiet time or of maintenance. Told is what
// was told of e by this route.
func (r *Route) Next(e *Event, told []Telling, above []string, c Calendar, now time.Time) (due []Due, waits bool) {
	if r.Concerns(e, above) != Matches || len(r.Steps) == 0 {
		return nil, false
	}
	first := e.ConfirmedAt.Add(r.Steps[0].After)
	if !e.Open() {
		due = r.ending(e, told, first, now)
	} else {
		due = r.lasting(e, told, now)
	}
	if e.Planned || r.Now(e, above, c, now) != Matches {
		return nil, len(due) > 0
	}
	return due, false
}

// ending returns what is told once e is over.
func (r *Route) ending(e *Event, told []Telling, first, now time.Time) []Due {
	wanted := !e.EndedAt.Before(first) && !e.Planned && e.AckAt == nil && e.Facts.Ended != Unwatched
	switch {
	case len(told) == 0 && wanted && now.Sub(*e.EndedAt) <= pastWithin:
		return []Due{{Step: string(Past), Stage: Past, Channels: r.Steps[0].Channels, Roles: r.Steps[0].Roles}}
	case len(told) > 0 && r.Recovery && !said(told, Over) && !said(told, Past):
		return []Due{{Step: string(Over), Stage: Over, Again: true}}
	}
	return nil
}

// lasting returns what is told while e lasts.
func (r *Route) lasting(e *Event, told []Telling, now time.Time) []Due {
	var due []Due
	for n, s := range r.Steps {
		step, stage := string(Begun), Begun
		if n > 0 {
			step, stage = fmt.Sprintf("%s-%d", Escalated, n), Escalated
		}
		if now.Before(e.ConfirmedAt.Add(s.After)) || e.AckAt != nil {
			break // nobody is woken for what somebody has in hand
		}
		due = append(due, Due{Step: step, Stage: stage, Channels: s.Channels, Roles: s.Roles})
	}
	if turn := r.turn(e, told, now); turn > 0 {
		due = append(due, Due{Step: fmt.Sprintf("%s-%d", Reminded, turn), Stage: Reminded, Again: true})
	}
	return due
}

// turn returns which reminder it is time for; 0: none. Those that were missed
// are not made up for. Somebody told an hour ago needs no reminder yet.
func (r *Route) turn(e *Event, told []Telling, now time.Time) int {
	if r.Remind <= 0 || len(told) == 0 {
		return 0
	}
	last := slices.MaxFunc(told, func(a, b Telling) int { return a.At.Compare(b.At) })
	turn := int(now.Sub(e.ConfirmedAt) / r.Remind)
	if turn < 1 || now.Sub(last.At) < r.Remind/2 {
		return 0
	}
	return turn
}

func said(told []Telling, stage Stage) bool {
	return slices.ContainsFunc(told, func(t Telling) bool { return t.Stage() == stage })
}

// Receiver is where a telling goes: a channel, or an account by mail.
type Receiver struct{ Channel, Target string }

// Told returns who was told of an event, each once, in a steady order.
func Told(told []Telling) []Receiver {
	var all []Receiver
	for _, t := range told {
		if one := (Receiver{t.Channel, t.Target}); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b Receiver) int {
		return strings.Compare(a.Channel+"\x00"+a.Target, b.Channel+"\x00"+b.Target)
	})
	return all
}
