package request

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
)

// Limits of what is sent, in characters.
const (
	MaxTitle  = 200
	MaxText   = 4000
	MaxWhy    = 1000
	MaxEmail  = 254
	MaxAnswer = 6000
	MaxReason = 2000
	minWords  = 3 // of a title or a text, in characters: less says nothing
)

// Message is what somebody outside sends.
type Message struct {
	Kind        Kind
	Dataset     string // feedback: what it is about
	Institution string // request: who is thought to hold the data; may be empty
	Title       string
	Text        string
	Why         string
	Language    lang.Tag
	Email       string
	Consent     bool // that the address is kept in order to answer
}

// Clean returns the message without what nobody typed on purpose: control
// characters, marks that turn the direction of what follows, heaps of empty lines.
func (m Message) Clean() Message {
	m.Title = strings.Join(strings.Fields(CleanText(m.Title)), " ")
	m.Text, m.Why = CleanText(m.Text), CleanText(m.Why)
	m.Email = strings.TrimSpace(m.Email)
	m.Dataset, m.Institution = strings.TrimSpace(m.Dataset), strings.TrimSpace(m.Institution)
	if m.Kind != Data {
		m.Title, m.Why, m.Institution = "", "", ""
	} else {
		m.Dataset = ""
	}
	return m
}

// CleanText returns s as it may be shown among other people's words.
func CleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), turning(r):
			return -1
		}
		return r
	}, s)
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// turning tells which characters are invisible and change how others are shown.
func turning(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x200B ||
		r == 0x061C || r == 0xFEFF || r == 0x00AD
}

// Check tells everything that is wrong with a cleaned message.
func (m Message) Check() error {
	var f faults
	switch {
	case m.Kind == "":
		f.at("kind", "fault.required")
	case !m.Kind.Valid():
		f.at("kind", "request.kind.unknown")
	}
	if m.Kind == Data {
		f.words("title", m.Title, MaxTitle, true)
	}
	f.words("text", m.Text, MaxText, m.Kind != Data)
	f.words("why", m.Why, MaxWhy, false)
	if !m.Language.Valid() {
		f.at("language", "request.language.unknown")
	}
	f.email(m.Email, m.Consent)
	return f.err()
}

// CheckEmail tells whether somebody who wants to follow left an address that
// can be written to, and agreed to it.
func CheckEmail(email string, consent bool) error {
	var f faults
	f.email(strings.TrimSpace(email), consent)
	return f.err()
}

// emailLike tells whether s is an address that the outbox will take.
func emailLike(s string) bool {
	_, err := mail.Address(s)
	return err == nil
}

// faults gathers what is wrong.
type faults []error

func (f *faults) at(field, key string, args ...any) { *f = append(*f, fault.At(field, key, args...)) }

func (f *faults) err() error { return errors.Join(*f...) }

// email checks an address that somebody may leave.
func (f *faults) email(email string, consent bool) {
	switch {
	case email == "":
	case len(email) > MaxEmail:
		f.at("email", "fault.too_long", MaxEmail)
	case !emailLike(email):
		f.at("email", "request.email.invalid")
	case !consent:
		f.at("consent", "request.consent.required")
	}
}

// words checks a text of at most limit characters.
func (f *faults) words(field, s string, limit int, must bool) {
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0 && must:
		f.at(field, "fault.required")
	case n > limit:
		f.at(field, "fault.too_long", limit)
	case n > 0 && must && (n < minWords || !strings.ContainsFunc(s, unicode.IsLetter)):
		f.at(field, "request.text.short")
	}
}

// New takes a message in. The clock begins to run: the person waits from now
// on, whoever is asked to answer later. For feedback institution is the
// dataset's.
func New(m Message, institution string, rules *Rules, c *inventory.Workdays, now time.Time) (*Request, error) {
	m = m.Clean()
	if err := m.Check(); err != nil {
		return nil, err
	}
	r := &Request{
		Kind: m.Kind, State: Received, Revision: 1, Institution: institution, Dataset: m.Dataset, Language: m.Language,
		Title: m.Title, Text: m.Text, Why: m.Why, Words: Stems(m.Title), Digest: m.digest(),
		ReceivedAt: now, UpdatedAt: now, Answer: lang.Text{},
	}
	if m.Kind.Owed() {
		due := Deadline(c, now, rules.Days(m.Kind))
		r.DueAt = &due
	}
	r.note("receive", now)
	return r, nil
}

// digest tells whether the same was sent before, however it was spaced.
func (m Message) digest() string {
	parts := []string{string(m.Kind), m.Dataset, inventory.Fold(m.Title), inventory.Fold(m.Text)}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// note keeps a step of the way.
func (r *Request) note(act string, now time.Time) {
	r.Events = append(r.Events, Event{
		Ref: r.Ref, At: now, Act: act, State: r.State, Institution: r.Institution, Dataset: r.Dataset, Day: r.PlannedFor,
	})
}

// move changes the state, counts the change, and notes it.
func (r *Request) move(to State, act string, now time.Time) {
	r.State = to
	r.Revision++
	r.UpdatedAt = now
	if to.Final() {
		r.FinalAt = &now
	} else {
		r.FinalAt = nil
	}
	r.note(act, now)
}

// oneOf tells whether the message stands in one of the states.
func (r *Request) oneOf(states ...State) bool { return slices.Contains(states, r.State) }
