package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jard-odi/jard/identity"
)

// exportVersion is that of the file of lines (docs/audit.md).
const exportVersion = 1

// Exported is a line as it leaves: hashes in hexadecimal digits, before and
// after as the canonical text that was hashed.
type Exported struct {
	Position    int64  `json:"position"`
	Prev        string `json:"prev"`
	Hash        string `json:"hash"`
	Form        int16  `json:"form"`
	ID          int64  `json:"id"`
	At          string `json:"at"`
	AtMicros    int64  `json:"at_us"`
	Adopted     bool   `json:"adopted"`
	Actor       string `json:"actor"`
	Role        string `json:"role"`
	Act         string `json:"act"`
	Subject     string `json:"subject"`
	Ref         string `json:"ref"`
	Institution string `json:"institution"`
	Reason      string `json:"reason"`
	Before      string `json:"before"`
	After       string `json:"after"`
	WhoSalt     string `json:"who_salt"`
	WhoMark     string `json:"who_mark"`
	ToldSalt    string `json:"told_salt"`
	ToldMark    string `json:"told_mark"`
}

// exportedAt writes every microsecond, so that two lines are never told apart by luck.
const exportedAt = "2006-01-02T15:04:05.000000Z"

// Export returns the sealed line as it leaves.
func (l *Line) Export() (Exported, error) {
	before, err := Canonical(l.Before)
	if err != nil {
		return Exported{}, err
	}
	after, err := Canonical(l.After)
	if err != nil {
		return Exported{}, err
	}
	e := Exported{
		Prev: hex.EncodeToString(l.Prev), Hash: hex.EncodeToString(l.Hash), Form: l.Form, ID: l.ID,
		At: l.At.UTC().Format(exportedAt), AtMicros: l.At.UnixMicro(), Adopted: l.Adopted,
		Actor: l.Actor, Role: string(l.Role), Act: l.Act, Subject: l.Subject, Ref: l.Ref, Institution: l.Institution,
		Reason: l.Reason, Before: before, After: after,
		WhoSalt: hex.EncodeToString(l.WhoSalt), WhoMark: hex.EncodeToString(l.WhoMark),
		ToldSalt: hex.EncodeToString(l.ToldSalt), ToldMark: hex.EncodeToString(l.ToldMark),
	}
	if l.Position != nil {
		e.Position = *l.Position
	}
	return e, nil
}

// Columns are the names of what Row gives.
func Columns() []string {
	return []string{
		"position", "prev", "hash", "form", "id", "at", "at_us", "adopted", "actor", "role", "act", "subject", "ref", "institution",
		"reason", "before", "after", "who_salt", "who_mark", "told_salt", "told_mark",
	}
}

// Row returns the line as cells of a table.
func (e Exported) Row() []string {
	return []string{
		fmt.Sprint(e.Position), e.Prev, e.Hash, fmt.Sprint(e.Form), fmt.Sprint(e.ID), e.At, fmt.Sprint(e.AtMicros), fmt.Sprint(e.Adopted),
		e.Actor, e.Role, e.Act, e.Subject, e.Ref, e.Institution,
		e.Reason, e.Before, e.After, e.WhoSalt, e.WhoMark, e.ToldSalt, e.ToldMark,
	}
}

// line takes an exported line back to what is checked.
func (e Exported) line() (*Line, error) {
	at, err := time.Parse(exportedAt, e.At)
	if err != nil {
		return nil, fmt.Errorf("%.40q is not a time such as %s", e.At, exportedAt)
	}
	if at.UnixMicro() != e.AtMicros {
		return nil, fmt.Errorf("at and at_us tell of different moments")
	}
	l := &Line{
		ID: e.ID, At: at, Actor: e.Actor, Role: identity.Role(e.Role), Act: e.Act, Subject: e.Subject, Ref: e.Ref, Institution: e.Institution,
		Reason: e.Reason, Form: e.Form, Adopted: e.Adopted, Position: &e.Position,
	}
	for _, one := range []struct {
		to   *[]byte
		text string
	}{{&l.Prev, e.Prev}, {&l.Hash, e.Hash}, {&l.WhoSalt, e.WhoSalt}, {&l.WhoMark, e.WhoMark}, {&l.ToldSalt, e.ToldSalt}, {&l.ToldMark, e.ToldMark}} {
		raw, err := hex.DecodeString(one.text)
		if err != nil {
			return nil, fmt.Errorf("%.80q is not in hexadecimal digits", one.text)
		}
		*one.to = raw
	}
	return l, nil
}

// bounds are the first and the last line of an export.
type bounds struct {
	Export   int        `json:"jard_audit_export,omitempty"`
	Complete bool       `json:"complete,omitempty"` // every line between after and end, none left out
	After    *exportEnd `json:"after,omitempty"`
	End      *exportEnd `json:"end,omitempty"`
	Lines    int64      `json:"lines,omitempty"`
}

type exportEnd struct {
	Position int64  `json:"position"`
	Hash     string `json:"hash"`
}

// Exporter writes lines to a file that proves itself.
type Exporter struct {
	to    *json.Encoder
	lines int64
	last  Head
}

// NewExporter begins a file with the lines that follow after. Complete says
// that none is left out: only then can the order be checked too.
func NewExporter(w io.Writer, after Head, complete bool) (*Exporter, error) {
	e := &Exporter{to: json.NewEncoder(w), last: after}
	e.to.SetEscapeHTML(false)
	return e, e.to.Encode(bounds{Export: exportVersion, Complete: complete, After: &exportEnd{after.Position, after.Hash.String()}})
}

// Line writes the next line.
func (e *Exporter) Line(l *Line) error {
	x, err := l.Export()
	if err != nil {
		return err
	}
	e.lines++
	h, _ := HashOf(l.Hash)
	e.last = Head{x.Position, h}
	return e.to.Encode(x)
}

// End writes the last line, without which the file counts as cut off.
func (e *Exporter) End() error {
	return e.to.Encode(bounds{End: &exportEnd{e.last.Position, e.last.Hash.String()}, Lines: e.lines})
}

// Proof is what reading an export showed.
type Proof struct {
	Lines, Adopted int64
	Complete       bool // none is left out between the first and the last
	First, Last    Head // First is the place before the first line
	Loose          Loose
}

// longestLine bounds one line of an export.
const longestLine = 32 << 20

// ReadExport checks an export line by line, hands each break to broken, and
// returns what it proves. It fails on what is no export at all.
func ReadExport(r io.Reader, expected []Head, broken func(*Break)) (Proof, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), longestLine)
	first, err := readFirst(lines)
	if err != nil {
		return Proof{}, err
	}
	p := Proof{Complete: first.Complete}
	hash, err := ParseHash(first.After.Hash)
	if err != nil || first.After.Position < 0 {
		return p, errors.Join(errors.New("line 1: after names no place of a chain"), err)
	}
	p.First = Head{first.After.Position, hash}
	c := NewChecker(p.First, broken)
	c.loose = !p.Complete
	for _, h := range expected {
		c.Expect(h)
	}
	ended, at := false, 1
	for lines.Scan() {
		at++
		if ended {
			broken(&Break{Flaw: Unreadable, Position: c.last.Position, Says: fmt.Sprintf("line %d of the file comes after its end", at)})
			break
		}
		ended = c.exported(lines.Bytes(), at)
	}
	if err := lines.Err(); err != nil {
		return p, fmt.Errorf("line %d: %w", at+1, err)
	}
	if !ended {
		broken(&Break{Flaw: EndMissing, Position: c.last.Position + 1, Says: "the file is cut off: its last line, which tells the end, is missing"})
	}
	p.Lines, p.Adopted = c.Lines()
	p.Last, p.Loose = c.Last(), c.Part()
	return p, nil
}

func readFirst(lines *bufio.Scanner) (first bounds, err error) {
	if !lines.Scan() {
		return first, errors.Join(errors.New("the file is empty"), lines.Err())
	}
	if err := strict(lines.Bytes(), &first); err != nil || first.Export == 0 || first.After == nil {
		return first, errors.Join(errors.New(`line 1: not an export of the trail; it begins with {"jard_audit_export":1,…}`), err)
	}
	if first.Export != exportVersion {
		return first, fmt.Errorf("line 1: the export is of version %d; this program reads version %d", first.Export, exportVersion)
	}
	return first, nil
}

// exported checks a line of a file and tells whether it is the end.
func (c *Checker) exported(text []byte, at int) (end bool) {
	unreadable := func(format string, args ...any) {
		c.broken(&Break{Flaw: Unreadable, Position: c.last.Position + 1, Says: fmt.Sprintf("line %d of the file: ", at) + fmt.Sprintf(format, args...)})
	}
	if bytes.HasPrefix(text, []byte(`{"end"`)) {
		var last bounds
		if err := strict(text, &last); err != nil || last.End == nil {
			unreadable("the end cannot be read")
			return true
		}
		if last.Lines != c.lines || last.End.Position != c.last.Position || last.End.Hash != c.last.Hash.String() {
			c.broken(&Break{Flaw: EndDiffers, Position: c.last.Position, Says: fmt.Sprintf(
				"the file says it ends with %d lines at position %d; it holds %d and ends at position %d", last.Lines, last.End.Position, c.lines, c.last.Position)})
		}
		return true
	}
	var e Exported
	if err := strict(text, &e); err != nil {
		unreadable("%v", err)
		return false
	}
	l, err := e.line()
	if err != nil {
		unreadable("%v", err)
		return false
	}
	c.line(l, e.Before, e.After)
	return false
}

// strict reads one JSON value without fields that are not known.
func strict(text []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return err
	}
	if dec.More() {
		return errors.New("more than one value")
	}
	return nil
}
