package assess

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Progress is how far an action is.
type Progress string

// The states of an action.
const (
	Open     Progress = "open"
	Doing    Progress = "doing"
	Done     Progress = "done"     // the owner says so
	Verified Progress = "verified" // the machine saw it twice
	Waived   Progress = "waived"   // for a reason
)

// looksToVerify is how many looks in a row have to be green: one can be luck.
const looksToVerify = 2

// dueAfter is how long an action has when nobody says otherwise, by how easy
// the criterion is to mend: a week for a header, a quarter for a procedure.
func dueAfter(ease int) int {
	return map[int]int{5: 7, 4: 30, 3: 60, 2: 90}[ease]
}

// longest is how long an action may take at most.
const longest = 2 * 365 * 24 * time.Hour

// Action is what is done about a red criterion of a service.
type Action struct {
	ID          int64 `gorm:"primaryKey"`
	Service     string
	Criterion   string
	Institution string
	State       Progress
	Owner       string // who does it, as the department names them; need be no account
	Due         time.Time
	OpenedAt    time.Time
	OpenedBy    string // empty when a red opened it
	ChangedAt   time.Time
	Reason      string     // of a waiver
	Before      []Fact     `gorm:"serializer:json"` // what was known when it was opened
	After       []Fact     `gorm:"serializer:json"` // what the machine saw when it was verified
	Greens      int        // looks in a row that were green
	Looked      *time.Time // when what was looked at last was established
	VerifiedAt  *time.Time
	Revision    int64
}

// TableName names the table.
func (Action) TableName() string { return "assess_actions" }

// NewAction opens an action about a criterion.
func NewAction(service, institution string, c *Criterion, facts []Fact, now time.Time) Action {
	days := dueAfter(c.Ease)
	if days == 0 {
		days = 180
	}
	return Action{
		Service: service, Criterion: c.Code, Institution: institution, State: Open, Due: now.AddDate(0, 0, days),
		OpenedAt: now, ChangedAt: now, Before: facts, After: []Fact{},
	}
}

// Live tells whether something is still to be done.
func (a *Action) Live() bool { return a.State == Open || a.State == Doing || a.State == Done }

// Overdue tells whether its day has passed.
func (a *Action) Overdue(now time.Time) bool { return a.Live() && now.After(a.Due) }

// Seen is what came of a look.
type Seen string

// What a look may bring.
const (
	Nothing    Seen = ""
	Once       Seen = "once" // green, and green again will do
	Proved     Seen = "verified"
	RedAgain   Seen = "reopened"
	StillWaive Seen = "waived"
)

// Look takes what the machine found: two greens in a row close the action with
// the proof, whatever state it was in; a red opens it again when it was thought
// done. The same facts seen twice are one look; amber and grey say nothing.
func (a *Action) Look(r *Result, facts []Fact, now time.Time) Seen {
	if r == nil || r.Colour == Grey || a.Looked != nil && !r.At.After(*a.Looked) {
		return Nothing
	}
	at := r.At
	switch r.Colour {
	case Green:
		a.Looked = &at
		if a.Greens++; a.State == Verified {
			return Nothing
		}
		if a.Greens < looksToVerify {
			return Once
		}
		a.State, a.VerifiedAt, a.After, a.ChangedAt = Verified, &now, facts, now
		return Proved
	case Red:
		a.Looked, a.Greens = &at, 0
		switch a.State {
		case Waived:
			return StillWaive
		case Verified:
			a.Before, a.OpenedAt, a.Due = facts, now, now.Add(a.Due.Sub(a.OpenedAt))
			fallthrough
		case Done:
			a.State, a.VerifiedAt, a.After, a.ChangedAt = Open, nil, []Fact{}, now
			return RedAgain
		}
	default:
		a.Looked, a.Greens = &at, 0
	}
	return Nothing
}

// Assign says who does it until when.
func (a *Action) Assign(by identity.Actor, now time.Time, owner string, due time.Time) error {
	if err := by.Must(identity.AssessService, a.Institution); err != nil {
		return err
	}
	var faults []error
	if owner = plain(owner); utf8.RuneCountInString(owner) > maxFile {
		faults = append(faults, fault.At("owner", "assess.action.owner", maxFile))
	}
	if due.Before(now.Add(-24*time.Hour)) || due.After(now.Add(longest)) {
		faults = append(faults, fault.At("due", "assess.action.due"))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	a.Owner, a.Due, a.ChangedAt = owner, due, now
	return nil
}

// Move changes how far it is. Verified is for the machine alone; a waiver wants
// a reason and, as it makes a red go unmended, somebody who judges.
func (a *Action) Move(by identity.Actor, now time.Time, to Progress, reason string) error {
	act := identity.AssessService
	if to == Waived {
		act = identity.JudgeAssessment
	}
	if err := by.Must(act, a.Institution); err != nil {
		return err
	}
	reason = plain(reason)
	switch {
	case to == Verified:
		return fault.At("state", "assess.action.by_machine")
	case to != Open && to != Doing && to != Done && to != Waived:
		return fault.At("state", "assess.action.state", string(to))
	case a.State == Verified && to != Open:
		return fault.New(fault.Conflict, "assess.action.verified")
	case to == Waived && (reason == "" || utf8.RuneCountInString(reason) > maxNote):
		return fault.At("reason", "assess.action.reason", maxNote)
	}
	if to != Waived {
		reason = ""
	}
	a.State, a.Reason, a.ChangedAt, a.Greens = to, reason, now, 0
	if to == Open {
		a.VerifiedAt, a.After = nil, []Fact{}
	}
	return nil
}

// Note is what somebody wrote about an action, or what the machine did.
type Note struct {
	ID     int64 `gorm:"primaryKey"`
	Action int64
	At     time.Time
	By     string // empty for the machine
	What   string // key of a sentence, of the machine's own
	Text   string
}

// TableName names the table.
func (Note) TableName() string { return "assess_notes" }

// NewNote writes about an action.
func (a *Action) NewNote(by identity.Actor, now time.Time, text string) (Note, error) {
	if err := by.Must(identity.AssessService, a.Institution); err != nil {
		return Note{}, err
	}
	if text = plain(text); text == "" || utf8.RuneCountInString(text) > maxNote {
		return Note{}, fault.At("text", "assess.action.note", maxNote)
	}
	return Note{Action: a.ID, At: now, By: by.Account, Text: text}, nil
}

// OfMachine is a note on what the machine saw.
func (a *Action) OfMachine(s Seen, now time.Time) Note {
	return Note{Action: a.ID, At: now, What: "assess.action.seen." + string(s)}
}
