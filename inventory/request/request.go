// Package request holds what people outside ask of the register: feedback on a
// dataset and requests for data, who reads them before the public does, who
// answers until when, and when a demand becomes an opening. Rules only.
package request

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Kind is what somebody writes about.
type Kind string

// The kinds. All but Data are feedback on one dataset.
const (
	Data     Kind = "data"     // asks for data that cannot be had yet
	Error    Kind = "error"    // something in the data is wrong
	Outdated Kind = "outdated" // the data are out of date
	Question Kind = "question"
	Reuse    Kind = "reuse" // something was made with the data
	Thanks   Kind = "thanks"
)

// Kinds lists every kind.
func Kinds() []Kind { return append([]Kind{Data}, Feedbacks()...) }

// Feedbacks lists the kinds of feedback in the order a form shows them.
func Feedbacks() []Kind { return []Kind{Error, Outdated, Question, Reuse, Thanks} }

// Valid tells whether k is a kind we know.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Owed tells whether an answer is owed. Who tells of a re-use or says thanks
// asks for nothing.
func (k Kind) Owed() bool { return k != Reuse && k != Thanks }

// Prefix begins the refs of a kind, so that people can say on the phone what they have.
func (k Kind) Prefix() string {
	if k == Data {
		return "DQ"
	}
	return "FB"
}

// State says how far a message has come.
type State string

// The states.
const (
	Received State = "received" // nobody has read it yet
	Refused  State = "refused"  // not fit for the public
	Accepted State = "accepted" // public; nobody answers for it yet
	Assigned State = "assigned" // public; an institution has to answer
	Planned  State = "planned"  // promised: a dataset of the register with a date
	Answered State = "answered"
	Declined State = "declined" // with its legal ground and a reason
	Opened   State = "opened"   // the data can be had
	Merged   State = "merged"   // counts as support of another request
	Closed   State = "closed"   // answered, and the time to come back on it is over
)

// States lists the states in the order of a message's life.
func States() []State {
	return []State{Received, Accepted, Assigned, Planned, Answered, Declined, Opened, Closed, Merged, Refused}
}

// Valid tells whether s is a state we know.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Public tells whether everybody may see a message in this state.
func (s State) Public() bool { return s.Valid() && s != Received && s != Refused && s != Merged }

// Waiting tells whether somebody still waits for a decision.
func (s State) Waiting() bool { return s == Received || s == Accepted || s == Assigned }

// Final tells whether nothing more is to come by itself.
func (s State) Final() bool {
	return s == Refused || s == Answered || s == Declined || s == Opened || s == Closed
}

// Supportable tells whether others may still say "me too".
func (s State) Supportable() bool {
	return s == Accepted || s == Assigned || s == Planned || s == Declined
}

// Refusal says why a message is not shown. The list is closed so that
// moderation can be counted and nobody is told off in free words.
type Refusal string

// The refusals.
const (
	Personal    Refusal = "personal"    // it tells of private persons
	Insult      Refusal = "insult"      // it insults or threatens
	Advertising Refusal = "advertising" // it sells something
	Unrelated   Refusal = "unrelated"   // it is about no public data
	Unclear     Refusal = "unclear"     // nobody can tell what is meant
	Elsewhere   Refusal = "elsewhere"   // another office has to be asked: a file of one's own, a complaint
)

// Refusals lists the refusals in the order a form shows them.
func Refusals() []Refusal {
	return []Refusal{Personal, Insult, Advertising, Unrelated, Unclear, Elsewhere}
}

// Request is one message from outside and what became of it. It holds nothing
// about who sent it: that is a Person, kept apart and erased.
type Request struct {
	Ref         string `gorm:"primaryKey"` // DQ-2026-0042, FB-2026-0107
	Kind        Kind
	State       State
	Outcome     State // how it ended, kept when it is closed
	Revision    int
	Institution string   // slug of who answers; empty until somebody is named
	Dataset     string   // ref: what the feedback is about, or what the request will be answered with
	Language    lang.Tag // it is written in

	Title string // what is asked for; empty for feedback
	Text  string // as sent, for the desk only
	Why   string // what for, for the desk only

	PublicTitle string // as moderated
	PublicText  string

	Words  string // stems of the title: what Alike compares
	Digest string // of what was sent: tells the same message sent twice

	ReceivedAt  time.Time
	DueAt       *time.Time // end of the last working day for a decision; nil when none is owed
	PublishedAt *time.Time
	AnsweredAt  *time.Time // first decision: answered, planned, declined, opened
	TookDays    *int       // working days it took
	FinalAt     *time.Time // from when on addresses are kept a little longer and no more

	Answer     lang.Text `gorm:"serializer:json"` // as the officer typed it
	Ground     string    // code of the legal ground of a refusal to open
	Refusal    Refusal
	MergedInto string         // ref
	PlannedFor inventory.Date // as promised to who asked
	Supports   int            // people who said "me too", merged requests included
	Moves      int            // how often it was handed to another institution
	UpdatedAt  time.Time

	Events []Event `gorm:"-"` // what the rule noted, for the store
	Tell   News    `gorm:"-"` // what people who wait are told, for the store
}

// TableName names the table of messages.
func (Request) TableName() string { return "requests" }

// Event is one step of a message's way, fit for the public.
type Event struct {
	ID          int64 `gorm:"primaryKey"`
	Ref         string
	At          time.Time
	Act         string // "publish", "assign", …
	State       State  // after it
	Institution string
	Dataset     string
	Day         inventory.Date // promised
}

// TableName names the table of events.
func (Event) TableName() string { return "request_events" }

// Role is why somebody wants to hear of a request.
type Role string

// The roles.
const (
	Asker    Role = "asker"
	Follower Role = "follower" // said "me too" and left an address
)

// Person is somebody who waits for news of a message. The address is erased
// some days after the end, or at once when they ask; the rest says nothing
// about anybody.
type Person struct {
	ID        string `gorm:"primaryKey"`
	Ref       string // of the message
	Role      Role
	Email     string // empty when none was given or it was erased
	Language  lang.Tag
	CreatedAt time.Time
	ErasedAt  *time.Time
}

// TableName names the table of persons.
func (Person) TableName() string { return "request_people" }

// Kept is how long an address is kept after the end: time enough for a letter
// that came back to be sent again.
const Kept = 30 * 24 * time.Hour

// Overdue tells whether the decision should have been made by now.
func (r *Request) Overdue(now time.Time) bool {
	return r.State.Waiting() && r.DueAt != nil && !now.Before(*r.DueAt)
}

// InTime tells whether the decision came while it was due.
func (r *Request) InTime() bool {
	return r.AnsweredAt != nil && r.DueAt != nil && r.AnsweredAt.Before(*r.DueAt)
}

// Ending is the state to show: how it ended, for what is closed.
func (r *Request) Ending() State {
	if r.State == Closed && r.Outcome != "" {
		return r.Outcome
	}
	return r.State
}

// Deadline is the end of the nth working day after from.
func Deadline(c *inventory.Workdays, from time.Time, days int) time.Time {
	const day = 24 * time.Hour // Tunis knows no summer time
	t := from.In(c.Place())
	last := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, c.Place())
	for range days {
		last = c.OnOrAfter(last.Add(day))
	}
	return last.Add(day).UTC()
}

// Took counts the working days from one moment to another, the first day left out.
func Took(c *inventory.Workdays, from, to time.Time) int {
	n := c.DaysLate(from, to)
	if c.Works(from) {
		n--
	}
	return max(n, 0)
}
