package inventory

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
)

// Mark is a place in the order in which the public learns of changes. The zero
// Mark is before all of them.
type Mark struct {
	Version int64  // of the catalogue
	Dataset string // UUID; decides between changes of one version
}

// Mark is where the last change of p stands.
func (p Publication) Mark() Mark { return Mark{p.Version, p.DatasetID} }

// lastID comes after every UUID that a dataset has.
const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// MarkOf is where everything up to and with the version has been told.
func MarkOf(version int64) Mark { return Mark{version, lastID} }

// markPrefix tells our marks from other people's text, and later forms from this one.
const markPrefix = "c1."

// String writes m as the text that callers carry: its form is nobody's business but ours.
func (m Mark) String() string {
	text := markPrefix + strconv.FormatInt(m.Version, 10) + "." + m.Dataset
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// maxMark is longer than any mark we write.
const maxMark = 120

// ParseMark reads what String wrote, which came in the field; nothing is the
// zero Mark.
func ParseMark(field, text string) (Mark, error) {
	if text == "" {
		return Mark{}, nil
	}
	wrong := fault.At(field, "changes.since.invalid")
	if len(text) > maxMark {
		return Mark{}, wrong
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Mark{}, wrong
	}
	inner, ours := strings.CutPrefix(string(b), markPrefix)
	number, id, two := strings.Cut(inner, ".")
	version, err := strconv.ParseInt(number, 10, 64)
	m := Mark{version, id}
	if !ours || !two || err != nil || version < 0 || m.String() != text {
		return Mark{}, wrong
	}
	return m, nil
}

// PublicChange is what kind of change the public is told of.
type PublicChange string

// The kinds of change.
const (
	ChangeCreated   PublicChange = "created"   // it came in
	ChangeUpdated   PublicChange = "updated"   // what is said about it, or its data, changed
	ChangeWithdrawn PublicChange = "withdrawn" // it is gone; what is left is a tombstone
	ChangeRestored  PublicChange = "restored"  // it is back
)

// PublicChanges lists the kinds of change.
func PublicChanges() []PublicChange {
	return []PublicChange{ChangeCreated, ChangeUpdated, ChangeWithdrawn, ChangeRestored}
}

// ChangeSince says what has happened to p for a reader who knows everything up
// to m. Only the last state counts: what came in and changed twice since is new.
func (p Publication) ChangeSince(m Mark) PublicChange {
	switch {
	case !p.Live():
		return ChangeWithdrawn
	case p.Version == p.Entered && p.Modified.After(p.Issued):
		return ChangeRestored
	case p.Entered > m.Version || m == (Mark{}):
		return ChangeCreated
	}
	return ChangeUpdated
}

// Enter notes that the catalogue tells of this state from version on. What was
// not in it before comes in with that version.
func (p *Publication) Enter(version int64) {
	p.Version = version
	if p.Entered == 0 {
		p.Entered = version
	}
}
