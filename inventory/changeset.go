package inventory

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// ChangesetState says how far a file handed in has come.
type ChangesetState string

// The states.
const (
	Proposed ChangesetState = "proposed" // read and compared; nothing of it is written
	Applied  ChangesetState = "applied"
	Undone   ChangesetState = "undone"
)

// Changeset is a file handed in, with what it would change and, once applied,
// what it changed: one act, done and undone as a whole.
type Changeset struct {
	ID          string `gorm:"primaryKey"`
	Institution string
	Account     string // who handed it in
	Name        string // of the file
	Format      string
	State       ChangesetState
	Counts      map[Outcome]int `gorm:"serializer:json"`
	Sheets      []SheetSeen     `gorm:"serializer:json"`
	File        []byte
	CreatedAt   time.Time
	AppliedAt   *time.Time
	UndoneAt    *time.Time
}

// SheetSeen is what was found in one sheet of the file.
type SheetSeen struct {
	Name     string    `json:"name"`
	Header   int       `json:"header"`
	Headings []Heading `json:"headings"`
	Rows     int       `json:"rows"`
}

// Heading is a column of the file and the column of the inventory sheet it was taken for.
type Heading struct {
	Letter string `json:"letter"`
	Label  string `json:"label"`
	Code   string `json:"code"`
}

// Entry is what a changeset keeps of a row that it will write.
type Entry struct {
	Ref, Base, Organisation string
	Revision                int
	Given                   []string
	Content                 Content
	Source                  Source
}

// Remark is a fault as a changeset keeps it, with the cell it is about.
type Remark struct {
	Cell  string `json:"cell"`
	Field string `json:"field"`
	Key   string `json:"key"`
	Args  []any  `json:"args"`
	Note  bool   `json:"note,omitempty"` // something was left out; the row is good all the same
}

// RemarkOf keeps a fault of a row.
func (r Row) RemarkOf(f *fault.Error) Remark {
	return Remark{Cell: r.Cell(f.Field), Field: f.Field, Key: f.Key, Args: f.Args}
}

// Words returns the arguments as they were before they were kept: whole
// numbers stay whole.
func (m Remark) Words() []any {
	out := make([]any, len(m.Args))
	for n, a := range m.Args {
		if f, ok := a.(float64); ok && f == float64(int(f)) {
			a = int(f)
		}
		out[n] = a
	}
	return out
}

// MayApply tells whether by may apply the changeset in its state; done is true when it has been applied already.
func (c *Changeset) MayApply(by identity.Actor, all bool) (done bool, err error) {
	if err := by.Must(identity.RecordDataset, c.Institution); err != nil {
		return false, err
	}
	switch {
	case c.State == Applied:
		return true, nil
	case c.State == Undone:
		return false, fault.New(fault.Conflict, "import.undone")
	case all && c.Counts[Conflict]+c.Counts[Refused] > 0:
		return false, fault.New(fault.Conflict, "import.not_all", c.Counts[Conflict]+c.Counts[Refused])
	}
	return false, nil
}

// MayUndo tells whether by may undo the changeset in its state; done is true when it has been undone already.
func (c *Changeset) MayUndo(by identity.Actor) (done bool, err error) {
	if err := by.Must(identity.RecordDataset, c.Institution); err != nil {
		return false, err
	}
	switch c.State {
	case Undone:
		return true, nil
	case Applied:
		return false, nil
	}
	return false, fault.New(fault.Conflict, "import.not_applied")
}
