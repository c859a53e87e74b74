package inventory

import "github.com/jard-odi/jard/fault"

// Row is one entry of somebody else's list, read but not yet compared with
// the register.
type Row struct {
	Line         int    // in the file, from 1
	Organisation string // the producing body as the list names it: its slug there
	Content      Content
	Source       Source         // Hash is left to the import
	Notes        []*fault.Error // what was read but not understood, and therefore left out

	// What only a sheet says. Given lists the fields that the sheet has columns for; nil means that the
	// entry says everything about itself.
	Ref      string // of the dataset that the row is about; empty for a new one
	Revision int    // the revision that the row was made from; 0 when the sheet does not say
	Base     string // ImportHash of that revision
	Given    []string
	Sheet    string
	Columns  map[string]string // field to the letter of its column
	Err      error             // why the row cannot be used: faults, all of them

	Same string // ref of the dataset that a person said the row is: nothing is made or changed, it only learns the source

	// How a person settled a conflict, having seen the dataset at a revision.
	Answer *Settlement
	Seen   int
}

// Outcome says what an import does with a row.
type Outcome string

// The outcomes.
const (
	Create    Outcome = "create"
	Change    Outcome = "change"
	Unchanged Outcome = "unchanged"
	Conflict  Outcome = "conflict" // changed here and there since the last import: a person must decide
	Refused   Outcome = "refused"
)

// Outcomes lists the outcomes in the order a report names them.
func Outcomes() []Outcome { return []Outcome{Create, Change, Unchanged, Conflict, Refused} }
