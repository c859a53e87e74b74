package indicator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Statement is what is stated about a quarter of an institution and the bodies
// under it. It holds everything that is printed, so that what was issued can be
// shown again when names and datasets have changed.
type Statement struct {
	Institution string
	Name        lang.Text
	Quarter     string
	Until       time.Time // first instant that is not looked at: the quarter's end, or the moment of a draft
	Figures     []Figure
	Late        Lines // updates missing at the end, the longest first
	Opened      Lines // opened within the quarter
	Slipped     Lines // openings that were committed for the quarter and did not come
	Coming      Lines // openings committed for the next quarter
	Waived      Lines // let off within the quarter
	Quality     *Quality
	Answers     *Answers // nil: not measured yet
}

// Figure is one figure of the quarter beside that of the quarter before. Of is
// 0 where it is no share.
type Figure struct {
	Key     string
	N, Of   int
	WasN    int
	WasOf   int
	Percent bool
}

// The figures of a statement, in its order.
const (
	FigureInventoried = "inventoried"
	FigurePublished   = "published"
	FigureOpen        = "open"
	FigureOnTime      = "on_time"
	FigureOverdue     = "overdue"
	FigureOpened      = "opened"
	FigureWaived      = "waived"
)

// Lines are the first rows of a list, and how many there are.
type Lines struct {
	Total int
	Items []Line
}

// Line is one row of a list of a statement.
type Line struct {
	Ref    string
	Title  lang.Text
	Body   string    // slug of the body that answers for it
	Name   lang.Text // of that body
	Period string    // label of the reference period
	Day    inventory.Date
	Days   int // working days late, or days put back
	Note   string
}

// Quality is the band of the published descriptions when the statement was made.
type Quality struct {
	Band     string
	Points   float64
	Most     int
	Datasets int
}

// Issued is a statement as it was issued. It is never changed; what turns out
// otherwise is said in another revision.
type Issued struct {
	Institution string `gorm:"primaryKey"`
	Quarter     string `gorm:"primaryKey"`
	Revision    int    `gorm:"primaryKey"`
	IssuedAt    time.Time
	IssuedBy    string // account id
	Reason      string // of a revision after the first
	Hash        string // SHA-256 of Body
	Body        string // the statement as JSON
}

// TableName names the table of statements.
func (Issued) TableName() string { return "statements" }

// longestReason bounds what is written about a new revision.
const longestReason = 1000

// Issue makes a statement the next revision after last, nil when there is
// none. The quarter must be over, and a later revision says why it is there.
func Issue(by identity.Actor, s Statement, last *Issued, reason string, now time.Time) (Issued, error) {
	if err := by.Must(identity.IssueStatement, s.Institution); err != nil {
		return Issued{}, err
	}
	quarter, err := ParseQuarter(s.Quarter)
	if err != nil {
		return Issued{}, err
	}
	if now.Before(quarter.End()) {
		return Issued{}, fault.New(fault.Conflict, "statement.running", s.Quarter)
	}
	body, err := json.Marshal(s)
	if err != nil {
		return Issued{}, fmt.Errorf("write statement: %w", err)
	}
	sum := sha256.Sum256(body)
	made := Issued{
		Institution: s.Institution, Quarter: s.Quarter, Revision: 1, IssuedAt: now, IssuedBy: by.Account,
		Reason: strings.TrimSpace(reason), Hash: hex.EncodeToString(sum[:]), Body: string(body),
	}
	switch {
	case !utf8.ValidString(reason):
		return Issued{}, fault.At("reason", "fault.utf8")
	case utf8.RuneCountInString(made.Reason) > longestReason:
		return Issued{}, fault.At("reason", "fault.too_long", longestReason)
	case last == nil:
		return made, nil
	case made.Hash == last.Hash:
		return Issued{}, fault.New(fault.Conflict, "statement.unchanged", last.Revision)
	case made.Reason == "":
		return Issued{}, fault.At("reason", "statement.reason.required")
	}
	made.Revision = last.Revision + 1
	return made, nil
}

// Read returns the statement that was issued, if it is still what was hashed.
func (i Issued) Read() (Statement, error) {
	sum := sha256.Sum256([]byte(i.Body))
	if hex.EncodeToString(sum[:]) != i.Hash {
		return Statement{}, fmt.Errorf("statement %s %s, revision %d, is not what was issued", i.Institution, i.Quarter, i.Revision)
	}
	var s Statement
	if err := json.Unmarshal([]byte(i.Body), &s); err != nil {
		return s, fmt.Errorf("read statement: %w", err)
	}
	return s, nil
}

// Change is a figure or a list that a revision states otherwise than the one before.
type Change struct {
	Key     string // of a figure, or of a list
	WasN    int
	WasOf   int
	N, Of   int
	Gone    []string // refs that a list does not hold any more
	Added   []string // refs that it holds anew
	Percent bool
}

// Changes tells what is stated otherwise than before.
func (s Statement) Changes(before Statement) []Change {
	var all []Change
	was := map[string]Figure{}
	for _, f := range before.Figures {
		was[f.Key] = f
	}
	for _, f := range s.Figures {
		if b := was[f.Key]; b.N != f.N || b.Of != f.Of {
			all = append(all, Change{Key: f.Key, WasN: b.N, WasOf: b.Of, N: f.N, Of: f.Of, Percent: f.Percent})
		}
	}
	for _, list := range []struct {
		key     string
		was, is Lines
	}{
		{"late", before.Late, s.Late},
		{"opened_list", before.Opened, s.Opened},
		{"slipped", before.Slipped, s.Slipped},
		{"coming", before.Coming, s.Coming},
		{"waived_list", before.Waived, s.Waived},
	} {
		c := Change{
			Key: list.key, WasN: list.was.Total, N: list.is.Total, Gone: missing(list.was, list.is), Added: missing(list.is, list.was),
		}
		if c.WasN != c.N || len(c.Gone)+len(c.Added) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// missing lists the refs of one list that are not in the other.
func missing(one, other Lines) (refs []string) {
	for _, l := range one.Items {
		held := func(m Line) bool { return m.Ref == l.Ref && m.Period == l.Period }
		if !slices.ContainsFunc(other.Items, held) && !slices.Contains(refs, l.Ref) {
			refs = append(refs, l.Ref)
		}
	}
	return refs
}
