package assess

import (
	"errors"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Standing is what became of an answer.
type Standing string

// The standings.
const (
	Given     Standing = "given"     // counts, and is told as declared
	Confirmed Standing = "confirmed" // by somebody else who judges
	Returned  Standing = "returned"  // does not count any more
)

// Limits of what is written.
const (
	maxLink = 2000
	maxFile = 200
	maxNote = 2000
)

// Answer is what an owner or an auditor says of a measure that no machine can
// find out, with what shows it and until when it holds.
type Answer struct {
	Service     string  `gorm:"primaryKey"`
	Measure     Measure `gorm:"primaryKey"`
	Institution string
	Word        string
	Value       float64
	Link        string // of the evidence
	File        string // its name
	FileHash    string // SHA-256 of the document kept here; empty when it is kept elsewhere
	Note        string
	GivenAt     time.Time
	GivenBy     string
	Until       time.Time
	State       Standing
	JudgedAt    *time.Time
	JudgedBy    string
	Comment     string // why it was returned
	Revision    int64
}

// TableName names the table.
func (Answer) TableName() string { return "assess_answers" }

// Said is what somebody fills in.
type Said struct {
	Word  string  `json:"word"`
	Value float64 `json:"value"`
	Link  string  `json:"link"`
	File  string  `json:"file"`
	Hash  string  `json:"file_hash"` // of a document that was kept before
	Note  string  `json:"note"`
}

// Asked tells whether a measure is one that people answer in the set, and how
// long an answer holds. How many use a service may always be answered: it
// weighs the service and belongs to no criterion.
func (s *Set) Asked(m Measure) (expires string, asked bool) {
	if m == Volume {
		return "1y", true
	}
	for n := range s.Criteria {
		c := &s.Criteria[n]
		if c.Kind == Form && slices.ContainsFunc(c.Parts(), func(p Part) bool { return p.Measure == m }) {
			return c.Expires, true
		}
	}
	return "", false
}

// Give answers a measure, anew or again: what was judged before has to be
// judged again.
func (a *Answer) Give(by identity.Actor, now time.Time, set *Set, want Said) error {
	if err := by.Must(identity.AssessService, a.Institution); err != nil {
		return err
	}
	expires, asked := set.Asked(a.Measure)
	if !asked {
		return fault.At("measure", "assess.answer.not_asked", string(a.Measure))
	}
	want = want.clean()
	if err := want.validate(a.Measure); err != nil {
		return err
	}
	until, ok := holds(expires, now)
	if !ok {
		until = now.AddDate(1, 0, 0)
	}
	a.Word, a.Value, a.Link, a.File, a.FileHash, a.Note = want.Word, want.Value, want.Link, want.File, want.Hash, want.Note
	a.GivenAt, a.GivenBy, a.Until, a.State = now, by.Account, until, Given
	a.JudgedAt, a.JudgedBy, a.Comment = nil, "", ""
	return nil
}

func (w Said) clean() Said {
	w.Word, w.Link, w.File, w.Note = strings.TrimSpace(w.Word), strings.TrimSpace(w.Link), plain(w.File), plain(w.Note)
	return w
}

// plain takes control characters out of a text that people wrote, and keeps its lines.
func plain(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == utf8.RuneError {
			return -1
		}
		return r
	}, text))
}

// validate returns every fault of what was filled in.
func (w Said) validate(m Measure) error {
	var faults []error
	unit, _ := m.Unit()
	switch {
	case unit == Word && !slices.Contains(Words(), w.Word):
		faults = append(faults, fault.At("word", "assess.answer.word", strings.Join(Words(), ", ")))
	case unit == Word:
	case w.Word != "":
		faults = append(faults, fault.At("word", "assess.answer.no_word"))
	case math.IsNaN(w.Value) || w.Value < 0 || w.Value > maxLine:
		faults = append(faults, fault.At("value", "assess.answer.value"))
	case unit == Ratio && w.Value > 1:
		faults = append(faults, fault.At("value", "assess.answer.ratio"))
	case unit == Points && w.Value > maxPoints:
		faults = append(faults, fault.At("value", "assess.answer.points", maxPoints))
	case unit == Count && w.Value != math.Trunc(w.Value):
		faults = append(faults, fault.At("value", "assess.answer.count"))
	}
	if w.Link != "" && !webAddress(w.Link) {
		faults = append(faults, fault.At("link", "assess.answer.link"))
	}
	if utf8.RuneCountInString(w.File) > maxFile || strings.ContainsAny(w.File, "/\\\x00\n") || w.File != "" && path.Base(w.File) != w.File {
		faults = append(faults, fault.At("file", "assess.answer.file", maxFile))
	}
	if utf8.RuneCountInString(w.Note) > maxNote {
		faults = append(faults, fault.At("note", "assess.answer.note", maxNote))
	}
	if w.Word != No && w.Link == "" && w.File == "" {
		faults = append(faults, fault.At("link", "assess.answer.evidence"))
	}
	return errors.Join(faults...)
}

func webAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && len(link) <= maxLink && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// Confirm says that the evidence shows what was answered. Nobody confirms what
// they said themselves.
func (a *Answer) Confirm(by identity.Actor, now time.Time) error {
	if err := a.judged(by, now); err != nil {
		return err
	}
	a.State, a.Comment = Confirmed, ""
	return nil
}

// Return says why the evidence does not show it: the answer counts no more.
func (a *Answer) Return(by identity.Actor, now time.Time, comment string) error {
	if comment = plain(comment); comment == "" || utf8.RuneCountInString(comment) > maxNote {
		return errors.Join(by.Must(identity.JudgeAssessment, a.Institution), fault.At("comment", "assess.answer.comment", maxNote))
	}
	if err := a.judged(by, now); err != nil {
		return err
	}
	a.State, a.Comment = Returned, comment
	return nil
}

func (a *Answer) judged(by identity.Actor, now time.Time) error {
	if err := by.Must(identity.JudgeAssessment, a.Institution); err != nil {
		return err
	}
	if a.State == "" {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if by.Account != "" && by.Account == a.GivenBy {
		return fault.New(fault.Conflict, "assess.answer.own")
	}
	a.JudgedAt, a.JudgedBy = &now, by.Account
	return nil
}

// Fact is what the answer establishes.
func (a *Answer) Fact() Fact {
	until := a.Until
	f := Fact{Service: a.Service, Measure: a.Measure, Value: a.Value, Word: a.Word, At: a.GivenAt, Until: &until, Declared: a.State == Given}
	if a.State == Returned {
		f.Unknown, f.Value, f.Word = UnknownReturned, 0, ""
	}
	if a.Link != "" {
		f.Evidence = append(f.Evidence, Evidence{What: "assess.evidence.link", URL: a.Link})
	}
	if a.File != "" {
		text := a.File
		if a.FileHash != "" {
			text += " · SHA-256 " + a.FileHash
		}
		f.Evidence = append(f.Evidence, Evidence{What: "assess.evidence.file", Text: text})
	}
	if a.Note != "" {
		f.Evidence = append(f.Evidence, Evidence{What: "assess.evidence.note", Text: a.Note})
	}
	return f
}
