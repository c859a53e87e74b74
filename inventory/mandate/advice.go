package mandate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Addressee is whom an advice is for.
type Addressee string

// The addressees.
const (
	ToOperator    Addressee = "operator"
	ToInstitution Addressee = "institution"
	ToDataset     Addressee = "dataset"
	ToPortal      Addressee = "portal"
)

// Addressees lists them in the order of a form.
func Addressees() []Addressee {
	return []Addressee{ToOperator, ToInstitution, ToDataset, ToPortal}
}

// AdviceState says how far an advice has come.
type AdviceState string

// The states of an advice.
const (
	Draft    AdviceState = "draft"    // the committee's own
	Adopted  AdviceState = "adopted"  // public, waits for an answer
	Answered AdviceState = "answered" // public with its answer
)

// Verdict is what the operator makes of an advice.
type Verdict string

// The verdicts.
const (
	Accepted     Verdict = "accepted"
	Partly       Verdict = "partly"
	DeclinedWith Verdict = "declined"
)

// Verdicts lists them in the order of a form.
func Verdicts() []Verdict { return []Verdict{Accepted, Partly, DeclinedWith} }

// Advice is one advice of the committee.
type Advice struct {
	ID         string `gorm:"primaryKey"`
	Number     string // "2026-003", given at the adoption; empty before
	Day        inventory.Date
	Subject    lang.Text `gorm:"serializer:json"`
	Text       lang.Text `gorm:"serializer:json"`
	Addressee  Addressee
	Target     string // slug or ref, where the addressee has one
	State      AdviceState
	Verdict    Verdict
	Answer     lang.Text `gorm:"serializer:json"`
	AnsweredOn inventory.Date
	RecordedBy string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	RequestKey string
}

// TableName names the table of advice.
func (Advice) TableName() string { return "committee_advice" }

// Write makes a draft of the committee, or changes one.
func (a *Advice) Write(by identity.Actor, w Wording, now time.Time) error {
	if err := by.Must(identity.Advise, ""); err != nil {
		return err
	}
	if a.State != "" && a.State != Draft {
		return fault.New(fault.Conflict, "mandate.advice.adopted")
	}
	w.Subject, w.Text, w.Target = w.Subject.Clean(), w.Text.Clean(), strings.TrimSpace(w.Target)
	if err := w.check(); err != nil {
		return err
	}
	if a.State == "" {
		a.RecordedBy, a.CreatedAt = by.Account, now
	}
	a.Subject, a.Text, a.Addressee, a.Target, a.State, a.UpdatedAt = w.Subject, w.Text, w.Addressee, w.Target, Draft, now
	if a.Addressee == ToOperator || a.Addressee == ToPortal {
		a.Target = ""
	}
	a.Answer = lang.Text{}
	return nil
}

// Wording is what the committee writes.
type Wording struct {
	Subject, Text lang.Text
	Addressee     Addressee
	Target        string
}

func (w Wording) check() error {
	f := &faults{}
	if w.Subject.Empty() {
		f.at("subject.fr", "fault.required")
	}
	if w.Text.Empty() {
		f.at("text.fr", "fault.required")
	}
	for _, tag := range lang.All() {
		f.line("subject."+string(tag), w.Subject[string(tag)], maxLine, false)
		f.text("text."+string(tag), w.Text[string(tag)], maxText, false)
	}
	switch {
	case !slices.Contains(Addressees(), w.Addressee):
		f.at("addressee", "fault.unknown_value", clip(string(w.Addressee)))
	case (w.Addressee == ToInstitution || w.Addressee == ToDataset) && w.Target == "":
		f.at("target", "fault.required")
	}
	f.line("target", w.Target, maxLine, false)
	return f.join()
}

// Adopt makes the advice the committee's: from now on it is public and waits
// for an answer. nth is its place among those of its year.
func (a *Advice) Adopt(by identity.Actor, day inventory.Date, nth int, now time.Time) error {
	if err := by.Must(identity.Advise, ""); err != nil {
		return err
	}
	if a.State != Draft {
		return fault.New(fault.Conflict, "mandate.advice.adopted")
	}
	f := &faults{}
	if f.day("day", day, true) && day > inventory.DateOf(now, inventory.Tunis()) {
		f.at("day", "mandate.act_day.future")
	}
	if err := f.join(); err != nil {
		return err
	}
	a.State, a.Day, a.UpdatedAt = Adopted, day, now
	a.Number = fmt.Sprintf("%s-%03d", string(day[:4]), nth)
	return nil
}

// Reply is the operator's answer: accepted, partly, or declined with the reason.
func (a *Advice) Reply(by identity.Actor, verdict Verdict, answer lang.Text, now time.Time) error {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return err
	}
	if a.State != Adopted {
		return fault.New(fault.Conflict, "mandate.advice.not_open")
	}
	f, answer := &faults{}, answer.Clean()
	if !slices.Contains(Verdicts(), verdict) {
		f.at("verdict", "fault.unknown_value", clip(string(verdict)))
	}
	if verdict != Accepted && answer.Empty() {
		f.at("answer.fr", "fault.required")
	}
	for _, tag := range lang.All() {
		f.text("answer."+string(tag), answer[string(tag)], maxText, false)
	}
	if err := f.join(); err != nil {
		return err
	}
	a.State, a.Verdict, a.Answer, a.UpdatedAt = Answered, verdict, answer, now
	a.AnsweredOn = inventory.DateOf(now, inventory.Tunis())
	return nil
}

// Age is for how many days the advice has waited for its answer, or waited.
func (a Advice) Age(now time.Time) int {
	begin, ok := a.Day.In(inventory.Tunis())
	if !ok {
		return 0
	}
	end := now
	if t, ok := a.AnsweredOn.In(inventory.Tunis()); ok {
		end = t
	}
	return max(int(end.Sub(begin).Hours()/24), 0)
}
