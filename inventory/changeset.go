package inventory

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// ChangesetState says how far a file handed in has come.
type ChangesetState string

// The states.
const (
	Unread   ChangesetState = "unread"   // kept until somebody says what its columns mean
	Proposed ChangesetState = "proposed" // read and compared; nothing of it is written
	Partly   ChangesetState = "partly"   // some of its good rows are written, the others still may be
	Applied  ChangesetState = "applied"  // every good row is written
	Undone   ChangesetState = "undone"
)

// Pending lists the states in which nothing of a changeset is written yet.
func Pending() []ChangesetState { return []ChangesetState{Unread, Proposed} }

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
	Twin   string `json:"twin,omitempty"` // letter of an earlier column of the same meaning, which is the one that counts
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

// Settlement ends a conflict: what the file says is taken for every field in
// doubt, for some of them, or (the zero value) for none; what nobody doubts is
// taken from the file in any case.
type Settlement struct {
	Theirs bool
	Fields []string
}

// Settle writes into merged, where two changes of one dataset were joined,
// what the answer takes of theirs.
func (a Settlement) Settle(merged, theirs Content, doubts []Difference) Content {
	var taken []string
	for _, d := range doubts {
		if a.Theirs || slices.Contains(a.Fields, d.Field) {
			taken = append(taken, d.Field)
		}
	}
	if len(taken) == 0 {
		return merged.Clean()
	}
	return merged.Take(theirs, taken)
}

// Settleable tells whether the conflict of a row is one that a person's answer
// ends: that two said different things, not that the dataset cannot be edited now.
func Settleable(remarks []Remark) bool {
	ends := []string{
		"import.conflict", "import.field.conflict", "import.base.unknown", "import.title.exists", "import.answer.moved",
	}
	n := 0
	for _, m := range remarks {
		switch {
		case m.Note:
		case !slices.Contains(ends, m.Key):
			return false
		default:
			n++
		}
	}
	return n > 0
}

// Choice says which rows of a changeset are applied. The zero value is every
// good row.
type Choice struct {
	All     bool               // every row of the file or none
	Rows    []int              // only these, and those that Answers settles; nil means every good one
	Answers map[int]Settlement // by row: how a conflict is settled
	Same    []int              // rows that are the dataset they look like: linked to it instead of making another
	Skip    []int              // rows to leave, whatever else is said
}

// Takes tells whether the row with the outcome is to be applied.
func (c Choice) Takes(n int, o Outcome) bool {
	if slices.Contains(c.Skip, n) {
		return false
	}
	if _, settled := c.Answers[n]; settled || slices.Contains(c.Same, n) {
		return true
	}
	return (o == Create || o == Change) && (c.Rows == nil || slices.Contains(c.Rows, n))
}

// Named lists the rows that the choice names, in order.
func (c Choice) Named() []int {
	all := slices.Concat(c.Rows, c.Same)
	for n := range c.Answers {
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(n int) bool { return slices.Contains(c.Skip, n) })
}

// MayApply tells whether by may apply the choice in the changeset's state; done is true when there is nothing left to do.
func (c *Changeset) MayApply(by identity.Actor, choice Choice) (done bool, err error) {
	if err := by.Must(identity.RecordDataset, c.Institution); err != nil {
		return false, err
	}
	bad := c.Counts[Conflict] + c.Counts[Refused]
	switch {
	case c.State == Applied && choice.Rows == nil && len(choice.Answers)+len(choice.Same) == 0:
		return true, nil
	case c.State == Undone:
		return false, fault.New(fault.Conflict, "import.undone")
	case c.State == Unread:
		return false, fault.New(fault.Conflict, "import.unread")
	case choice.All && bad > 0:
		return false, fault.New(fault.Conflict, "import.not_all", bad)
	}
	return false, nil
}

// MayDiscard tells whether by may throw the changeset away.
func (c *Changeset) MayDiscard(by identity.Actor) error {
	if err := by.Must(identity.RecordDataset, c.Institution); err != nil {
		return err
	}
	if !slices.Contains(Pending(), c.State) {
		return fault.New(fault.Conflict, "import.discard.written")
	}
	return nil
}

// MayUndo tells whether by may undo the changeset in its state; done is true when it has been undone already.
func (c *Changeset) MayUndo(by identity.Actor) (done bool, err error) {
	if err := by.Must(identity.RecordDataset, c.Institution); err != nil {
		return false, err
	}
	switch c.State {
	case Undone:
		return true, nil
	case Applied, Partly:
		return false, nil
	}
	return false, fault.New(fault.Conflict, "import.not_applied")
}
