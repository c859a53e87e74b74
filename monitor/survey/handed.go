package survey

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// HandedState is how far a list of answers gathered elsewhere is.
type HandedState string

// The states.
const (
	HandedProposed  HandedState = "proposed"
	HandedApplied   HandedState = "applied"
	HandedUndone    HandedState = "undone"
	HandedDiscarded HandedState = "discarded"
)

// Handed is a list of answers gathered elsewhere, as somebody handed it in.
type Handed struct {
	ID          string `gorm:"primaryKey"`
	Service     string
	Institution string
	Mode        Mode
	Name        string // of the file
	Fingerprint string // of its bytes: the same list is taken once
	Set         string
	Version     int
	Sheet       *Sheet `gorm:"serializer:json"` // masked; once applied, faulty rows only
	Sound       int
	Faulty      int
	State       HandedState
	MadeAt      time.Time
	MadeBy      string
	AppliedAt   *time.Time
	UndoneAt    *time.Time
}

// Wave is what the answers of the list bear as their wave.
func (h *Handed) Wave() string { return "import." + h.ID }

// Apply lets the sound rows be taken. Where some are faulty, whoever applies
// says that they are to be left out.
func (h *Handed) Apply(by identity.Actor, soundOnly bool, now time.Time) error {
	if err := by.Must(identity.ManageSurveys, h.Institution); err != nil {
		return err
	}
	switch {
	case h.State != HandedProposed:
		return fault.New(fault.Conflict, "survey.import.state")
	case h.Sound == 0:
		return fault.New(fault.Conflict, "survey.import.none_sound")
	case h.Faulty > 0 && !soundOnly:
		return fault.New(fault.Conflict, "survey.import.faulty", h.Faulty)
	}
	h.State, h.AppliedAt = HandedApplied, &now
	return nil
}

// Undo takes an applied list back, or drops one that was not applied.
func (h *Handed) Undo(by identity.Actor, now time.Time) error {
	if err := by.Must(identity.ManageSurveys, h.Institution); err != nil {
		return err
	}
	switch h.State {
	case HandedProposed:
		h.State = HandedDiscarded
	case HandedApplied:
		h.State = HandedUndone
	case HandedUndone, HandedDiscarded:
		return fault.New(fault.Conflict, "survey.import.state")
	}
	h.UndoneAt = &now
	h.Sheet = &Sheet{Header: h.Sheet.Header}
	return nil
}

// Keep leaves only rows of these lines in the list.
func (s *Sheet) Keep(lines []int) {
	s.Rows = slices.DeleteFunc(s.Rows, func(r SheetRow) bool { return !slices.Contains(lines, r.Line) })
}
