// Package inventory is the register: datasets, the update duty each carries,
// and who may move a dataset from draft to approved. Rules only; nothing here
// stores, shows or sends.
package inventory

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
)

// State says where a dataset stands between its officer and the operator.
type State string

// The states. Editing an approved dataset makes it a draft again while what
// was approved stays public.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Returned  State = "returned"
	Approved  State = "approved"
	Withdrawn State = "withdrawn"
)

// Valid tells whether s is a state we know.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// States lists the states in the order of a dataset's life.
func States() []State { return []State{Draft, Submitted, Returned, Approved, Withdrawn} }

// Openness is the decision on opening a dataset.
type Openness string

// The decisions.
const (
	Open       Openness = "open"
	Openable   Openness = "openable"
	Restricted Openness = "restricted"
	Closed     Openness = "closed"
)

// Opennesses lists the decisions from the widest to the narrowest.
func Opennesses() []Openness { return []Openness{Open, Openable, Restricted, Closed} }

// Valid tells whether o is a decision we know.
func (o Openness) Valid() bool { return slices.Contains(Opennesses(), o) }

// Dataset is one entry of the register: what the officer is working on. What
// the public sees is its Publication.
type Dataset struct {
	ID          string `gorm:"primaryKey"` // UUID; the portal's id for it, for ever
	Ref         string // TN-MARHP-2026-0001; never reused
	Name        string // slug; empty until the first approval and fixed by it, because harvesters take it for identity
	Institution string // slug of the body that answers for it
	State       State
	Revision    int     // rises by one with every change; the ETag
	Content     Content `gorm:"embedded"`
	Source      Source  `gorm:"embedded;embeddedPrefix:source_"`

	Life           Life // derived from what was approved; kept so that lists can choose by it
	FirstCommitted Date // the first day of opening that was approved, for ever
	Committed      Date // the one that stands; empty when the plan was given up

	FirstStep  FirstStep // whether a submission needs the head of the institution first
	EndorsedBy string    // account id
	EndorsedAt *time.Time
	AsksFirst  bool `gorm:"-"` // set by the store: the institution asks for the first step now

	Reason      string // why it was returned or withdrawn
	ReplacedBy  string // ref of what replaces it, once withdrawn
	SubmittedBy string // account id
	SubmittedAt *time.Time
	ReviewedBy  string // account id
	ReviewedAt  *time.Time

	// What was approved last; 0 and empty before the first approval. The state may be draft again since.
	ApprovedRevision int
	ApprovedHash     string

	// The most pressing open row of the ledger, mirrored so that lists can sort by it. Both are nil before the
	// first approval, when nothing binds yet, and after withdrawal.
	DueAt     *time.Time // end of the period that must be covered next; nil when never due
	LateAfter *time.Time // DueAt plus grace, on a working day, or the end of a waiver

	Search    string // the entry's words as Fold writes them: what search compares
	Refreshed bool   `gorm:"-"` // set by Refresh: the data date counts for the public at once, without review

	FileSigns    Signs           // of persons, in the columns of its files: counts, never values
	Declarations PersonalRecords // what officers answered to signs, the latest last
	SignsWaiting int             // signs that nobody has answered; -1 while nobody has looked

	Said []ReviewComment `gorm:"-"` // set by ReturnWith: what the store keeps in the same transaction

	Proof  *Evidence `gorm:"-"` // set by Refresh and Attest: what the ledger takes in the same transaction
	LetOff *Waiver   `gorm:"-"` // set by Waive

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Content is what an officer writes about a dataset: the part that is
// reviewed, compared, and copied to the public register on approval.
type Content struct {
	Title        lang.Text  `gorm:"serializer:json"`
	Description  lang.Text  `gorm:"serializer:json"`
	Keywords     lang.Words `gorm:"serializer:json"`
	Theme        string     // code
	Frequency    string     // code; binding once approved (decree, "update" rule)
	Licence      string     // code
	Openness     Openness
	LegalGround  string // why it is not open
	PersonalData bool
	// PersonalUnknown says that nobody has answered yet whether there is personal data. Only imports set it:
	// a missing answer in somebody else's list must not pass for a "no".
	PersonalUnknown bool
	Anonymisation   string // method, when there is personal data
	TargetDate      Date   // promised opening, for what is openable
	TemporalStart   Date   // period the data covers
	TemporalEnd     Date
	Spatial         []string `gorm:"serializer:json"` // governorate codes; empty means the whole country
	ContactName     string   // a function, not a person
	ContactEmail    string
	Producer        string         // producing body as written, when it is not an institution of the register
	DataModified    Date           // when the data, not the entry, last changed
	Distributions   []Distribution `gorm:"serializer:json"`
	Extra           Extra          // what the inventory sheet asks besides
}

// Distribution is one way to get the data.
type Distribution struct {
	ID          string    `json:"id"` // UUID, stable across revisions
	Title       lang.Text `json:"title,omitempty"`
	URL         string    `json:"url"`                    // page or file where it can be had
	DownloadURL string    `json:"download_url,omitempty"` // the file itself
	Format      string    `json:"format,omitempty"`       // CSV, XLSX, … as the EU file-type list names it
	MediaType   string    `json:"media_type,omitempty"`
	Bytes       int64     `json:"bytes,omitempty"`
}

// Source says where an imported entry came from, so that importing it again
// changes nothing.
type Source struct {
	Portal string // host of the catalogue
	ID     string // its id there
	Hash   string // hash of the content as last imported
}

// Publication is a dataset as the public and every harvester see it: a copy of
// the revision that was approved. It outlives the dataset's next drafts, and
// after withdrawal it stays as a tombstone.
type Publication struct {
	DatasetID    string `gorm:"primaryKey"`
	Ref          string
	Name         string
	Institution  string
	Revision     int     // the revision that was approved
	Hash         string  // hash of that content: what exactly was approved
	Content      Content `gorm:"embedded"`
	SourcePortal string
	SourceID     string
	SameAs       IDs // ids of public datasets that the operator found to be the same data

	Issued   time.Time // first approval
	Modified time.Time // rises strictly with every change: harvesters skip what is not newer

	Version int64 // of the catalogue that first told of this state; rises in the order of commits
	Entered int64 // of the catalogue it came in with

	Life           Life
	FirstCommitted Date // as Dataset has it

	BoundFrom time.Time // start of the first period that the approved frequency binds

	DueAt     *time.Time
	LateAfter *time.Time

	WithdrawnAt      *time.Time
	WithdrawalReason string
	ReplacedBy       string // ref

	Files []FileFact `gorm:"serializer:json"` // what was seen of the files, for readers of the catalogue

	Search  string // as Dataset.Search, of the approved content
	Formats string // " CSV XLSX ": the formats of the distributions, for filters
}

// Live tells whether the dataset is still in the catalogue.
func (p Publication) Live() bool { return p.WithdrawnAt == nil }

// Overdue tells whether the update duty was missed at now.
func (p Publication) Overdue(now time.Time) bool {
	return p.Live() && p.LateAfter != nil && !now.Before(*p.LateAfter)
}

// Overdue tells whether the update duty of the approved revision was missed at now.
func (d Dataset) Overdue(now time.Time) bool {
	return d.State != Withdrawn && d.LateAfter != nil && !now.Before(*d.LateAfter)
}
