// Package inventory is the register: datasets, the update duty each carries,
// and who may move a dataset from draft to approved. Rules only; nothing here
// stores, shows or sends.
package inventory

import (
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

	Reason      string // why it was returned or withdrawn
	ReplacedBy  string // ref of what replaces it, once withdrawn
	SubmittedBy string // account id
	SubmittedAt *time.Time
	ReviewedBy  string // account id
	ReviewedAt  *time.Time

	// Computed by Schedule whenever content or calendar changes, stored so that lists can sort by it.
	DueAt     *time.Time // end of the period that must be covered next; nil when never due
	LateAfter *time.Time // DueAt plus grace, on a working day

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Content is what an officer writes about a dataset: the part that is
// reviewed, compared, and copied to the public register on approval.
type Content struct {
	Title         lang.Text  `gorm:"serializer:json"`
	Description   lang.Text  `gorm:"serializer:json"`
	Keywords      lang.Words `gorm:"serializer:json"`
	Theme         string     // code
	Frequency     string     // code; binding once approved (decree, "update" rule)
	Licence       string     // code
	Openness      Openness
	LegalGround   string // why it is not open
	PersonalData  bool
	Anonymisation string // method, when there is personal data
	TargetDate    Date   // promised opening, for what is openable
	TemporalStart Date   // period the data covers
	TemporalEnd   Date
	Spatial       []string `gorm:"serializer:json"` // governorate codes; empty means the whole country
	ContactName   string   // a function, not a person
	ContactEmail  string
	Producer      string         // producing body as written, when it is not an institution of the register
	DataModified  Date           // when the data, not the entry, last changed
	Distributions []Distribution `gorm:"serializer:json"`
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

	Issued   time.Time // first approval
	Modified time.Time // rises strictly with every change: harvesters skip what is not newer

	DueAt     *time.Time
	LateAfter *time.Time

	WithdrawnAt      *time.Time
	WithdrawalReason string
	ReplacedBy       string // ref
}
