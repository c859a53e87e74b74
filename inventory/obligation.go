package inventory

import "time"

// ObligationState says how one promise to update stands.
type ObligationState string

// The states. Late stays late when the update comes after all: MetAt then
// says when it came.
const (
	Met    ObligationState = "met"    // proved in time
	Late   ObligationState = "late"   // not proved in time, whether or not it was later
	Due    ObligationState = "due"    // the period is over and grace still runs
	Waived ObligationState = "waived" // the operator let it off, with a reason and for a time
	Future ObligationState = "future" // the period is not over
)

// ObligationStates lists the states in the order a table shows them.
func ObligationStates() []ObligationState {
	return []ObligationState{Late, Due, Future, Met, Waived}
}

// EvidenceKind says what proves that a period is covered.
type EvidenceKind string

// The kinds. The date of a harvest is none of them: that somebody read a
// dataset says nothing about its age.
const (
	Declaration EvidenceKind = "declaration" // an officer declared the day of the new data
	Attestation EvidenceKind = "attestation" // an officer confirmed that nothing had to change
	Observed    EvidenceKind = "content"     // the file itself changed: hash or number of rows
)

// The bases: codes of the decree table, which knows article and wording.
const (
	BasisFrequency   = "frequency"   // the frequency that was approved
	BasisAttestation = "attestation" // no frequency with a date, hence a yearly confirmation
)

// Evidence is what is brought to prove that the data reach a day.
type Evidence struct {
	Kind EvidenceKind
	Day  Date   // the data are up to date as of this day
	By   string // account id; empty when the program found it
	Note string
	Hash string // of the file, where Kind is Observed
	Rows *int64 // of the table, where Kind is Observed and there is one
}

// Waiver lets a dataset off one period, until a day.
type Waiver struct {
	Period string // empty: the most pressing one
	Reason string
	Until  Date // last day on which it holds
	By     string
}

// Obligation is one row of the ledger: one dataset, one reference period.
type Obligation struct {
	DatasetID   string `gorm:"primaryKey"`
	Period      string `gorm:"primaryKey"` // label of the reference period
	Ref         string
	Institution string // slug; confines who may read the row
	Frequency   string // code that was binding when the row was opened
	Basis       string // code of the decree table's rule
	StartsAt    time.Time
	EndsAt      time.Time
	DueAt       time.Time // the period is over, and the publication lag
	LateAfter   time.Time // first instant of being late

	MetAt        *time.Time // when the evidence was brought
	Evidence     EvidenceKind
	EvidenceDay  Date
	EvidenceBy   string
	EvidenceNote string
	ContentHash  string
	ContentRows  *int64

	WaivedAt     *time.Time
	WaivedUntil  *time.Time // first instant after the waiver
	WaivedBy     string
	WaiverReason string

	ClosedAt *time.Time // the dataset was withdrawn while this row was late
}

// State says how the obligation stands at now. It is a function of the row and
// the time alone: nothing has to run for a promise to become late.
func (o *Obligation) State(now time.Time) ObligationState {
	switch {
	case o.MetAt != nil && o.MetAt.Before(o.LateAfter):
		return Met
	case o.MetAt != nil && o.WaivedUntil != nil && o.MetAt.Before(*o.WaivedUntil):
		return Waived
	case o.MetAt != nil:
		return Late
	case o.WaivedUntil != nil && now.Before(*o.WaivedUntil):
		return Waived
	case !now.Before(o.LateAfter):
		return Late
	case !now.Before(o.DueAt):
		return Due
	}
	return Future
}

// Open tells whether evidence is still awaited.
func (o *Obligation) Open() bool { return o.MetAt == nil && o.ClosedAt == nil }

// Overdue tells whether the update is late and still missing at now.
func (o *Obligation) Overdue(now time.Time) bool { return o.Open() && o.State(now) == Late }

// Limit is when the row becomes late, waiver included.
func (o *Obligation) Limit() time.Time {
	if o.WaivedUntil != nil && o.WaivedUntil.After(o.LateAfter) {
		return *o.WaivedUntil
	}
	return o.LateAfter
}

// reached tells whether data of the day cover the period: they do from its first day on.
func (o *Obligation) reached(day Date) bool { return day >= DateOf(o.StartsAt, Tunis()) }
