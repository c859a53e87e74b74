// Package file judges the files behind distributions: what was seen at an
// address, whether it is what was declared, when it is broken rather than away
// for a moment, and when a changed file proves that a dataset was updated.
// Rules only: fetching is inventory/filewatch's, keeping is inventorydb's.
package file

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// State says how the file of a distribution stands.
type State string

// The states.
const (
	Unknown     State = "unknown"      // nobody has looked yet
	OK          State = "ok"           // it is there and what was declared
	Moved       State = "moved"        // it is there, permanently at another address
	TooLarge    State = "too_large"    // it is there and beyond what is read
	WrongFormat State = "wrong_format" // it is there and something else than declared
	Page        State = "page"         // a page for people where a file was promised
	Login       State = "login"        // a form that asks for a password
	Empty       State = "empty"        // no bytes at all
	Failing     State = "failing"      // not there just now; too early to call it broken
	Broken      State = "broken"       // not there, several times over more than a day
	Implausible State = "implausible"  // the address is none, so nobody was asked
)

// States lists the states, what to mend first at the front.
func States() []State {
	return []State{
		Broken, Implausible, Login, Page, Empty, WrongFormat, Moved, Failing, TooLarge, Unknown, OK,
	}
}

// Valid tells whether s is a state we know.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Faulty tells whether somebody has something to mend.
func (s State) Faulty() bool { return slices.Contains(ToMend(), s) }

// ToMend lists the states in which somebody has something to mend, worst first.
func ToMend() []State { return States()[:7] }

// Reason says why a look did not see a file.
type Reason string

// The reasons.
const (
	None          Reason = ""
	NoHost        Reason = "no_host" // the address is implausible
	Refused       Reason = "refused" // it leads into a network that requests may not enter
	NoDNS         Reason = "dns"     // the name does not exist
	Connect       Reason = "connect" // nobody answers, or the line broke
	Timeout       Reason = "timeout" // the answer did not come, or not whole, in time
	TLSExpired    Reason = "tls_expired"
	TLSWrongHost  Reason = "tls_wrong_host"
	TLSIncomplete Reason = "tls_incomplete_chain"
	TLSUntrusted  Reason = "tls_untrusted"
	TLSOther      Reason = "tls_other"
	Redirects     Reason = "redirects" // they lead nowhere or in a circle
	Gone          Reason = "gone"      // 404, 410
	Denied        Reason = "denied"    // 401, 403
	Throttled     Reason = "throttled" // 429, or 503 with a date to come back
	Server        Reason = "server"    // other 5xx
	Status        Reason = "status"    // any other status that is no success
	Truncated     Reason = "truncated" // fewer bytes came than were announced
	Damaged       Reason = "damaged"   // compressed in a way that cannot be undone, or a bomb
	Ours          Reason = "ours"      // this machine could not: no space, no connection of its own
)

// Reasons lists the reasons.
func Reasons() []Reason {
	return []Reason{
		NoHost, Refused, NoDNS, Connect, Timeout, TLSExpired, TLSWrongHost, TLSIncomplete, TLSUntrusted, TLSOther, Redirects,
		Gone, Denied, Throttled, Server, Status, Truncated, Damaged, Ours,
	}
}

// Blameless tells whether a look that failed for r says nothing of the file.
func (r Reason) Blameless() bool { return r == Throttled || r == Ours }

// File is how one distribution stands. Draft is true for one that is only
// being worked on and is not, or not so, public; such a row is looked at when
// somebody asks, and never proves anything.
type File struct {
	DatasetID      string `gorm:"primaryKey"`
	DistributionID string `gorm:"primaryKey"`
	Draft          bool   `gorm:"primaryKey"`
	Ref            string
	Institution    string // slug; confines who may read the row
	URL            string // of the file
	PageURL        string // of the page about it, when it is another
	Declared       string // format as the entry says
	Host           string

	State        State
	Reason       Reason // of the last look, when it failed
	Status       int    // HTTP status of the last look; 0 when there was no answer
	PageStatus   int
	Since        time.Time // when it came into this state
	Failures     int       // in a row
	FailingSince *time.Time
	LookedAt     *time.Time
	NextAt       time.Time

	FinalURL     string // where redirects lead; empty when nowhere else
	Etag         string
	LastModified string
	Format       Format // by the bytes themselves
	Encoding     string
	Delimiter    string
	Bytes        int64
	Hash         string // sha256 of the bytes
	Digest       string // sha256 of the cells, where there is a table
	Rows         *int64
	Columns      int
	Profile      Profile `gorm:"serializer:json"`

	DateColumn string         // the column that an officer named as the one that dates the rows
	Newest     inventory.Date // in it
	SeenAt     *time.Time     // when this address gave a file first
	ChangedAt  *time.Time     // when its content was seen to have changed last
	Flag       Flag
	FlaggedAt  *time.Time
	Declaring  inventory.Date // the data date that was declared at the last look
}

// TableName names the table of files.
func (File) TableName() string { return "files" }

// Look is one look in the history of a file.
type Look struct {
	ID             int64 `gorm:"primaryKey"`
	DatasetID      string
	DistributionID string
	Draft          bool
	At             time.Time
	State          State // after it
	Reason         Reason
	Status         int
	Change         Change
	Bytes          int64
	Hash           string
	Rows           *int64
	TookMs         int64
}

// TableName names the table of looks.
func (Look) TableName() string { return "file_looks" }

// KeptLooks is how many looks of a file are kept.
const KeptLooks = 50

// Host is how a site was treated: what politeness needs to remember when the
// program starts again.
type Host struct {
	Host      string    `gorm:"primaryKey"`
	NotBefore time.Time // nobody asks it again before
	Failures  int       // looks in a row that the whole site failed
	Day       string    // that Used counts, "2026-11-22"
	Used      int       // looks on that day
}

// TableName names the table of hosts.
func (Host) TableName() string { return "file_hosts" }
