// Package mail says what a message to somebody is, when it may be sent, and
// how the outbox treats one that could not be delivered. It sends nothing:
// mail/maildb keeps the outbox, mail/smtp is the door to a mail server, and
// mail/post carries from one to the other.
package mail

import (
	"errors"
	stdmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Kind says what a message is about: "digest", "designation". Letters a to z
// and underscores.
type Kind string

// Kinds of this room.
const (
	Trial Kind = "trial" // an administrator tries whether mail arrives
)

// Message is one mail to one person, in that person's language.
type Message struct {
	Kind    Kind
	Key     string // the same key is kept once, however often it is handed over; empty: always a new message
	Account string // id of the account it goes to, which may read its own mail here; empty for people outside
	To      string // address
	Name    string // of the person, for the To line; may be empty
	Lang    lang.Tag
	Subject string
	Text    string // plain text, always there
	HTML    string // the same as a whole HTML document; may be empty

	Attachments []Attachment
	Unsubscribe string // address for one-click unsubscription (RFC 8058); empty: mandatory mail
	Thread      string // mails of one thread are shown together; empty: none

	// Sensitive tells that the text lets its reader act (signed links): it is
	// removed from the outbox the moment the mail is sent.
	Sensitive bool
	At        time.Time // when it was written; zero: when it is handed over
}

// Attachment is a file that goes with a message.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"` // media type
	Data []byte `json:"data"`
}

// What a message may hold at most.
const (
	MaxSubject     = 200     // characters
	MaxBody        = 1 << 20 // bytes, of the text and of the HTML each
	MaxAttachments = 10 << 20
)

// Check refuses what must not reach a mail server: an address that is none,
// line breaks where a header would begin, text that is no text.
func (m Message) Check() error {
	var faults []error
	if !word(string(m.Kind)) {
		faults = append(faults, fault.At("kind", "mail.kind"))
	}
	if _, err := Address(m.To); err != nil {
		faults = append(faults, err)
	}
	if !m.Lang.Valid() {
		faults = append(faults, fault.At("language", "fault.language", string(m.Lang)))
	}
	faults = append(faults,
		line("subject", m.Subject, MaxSubject, true), line("name", m.Name, MaxSubject, false),
		line("key", m.Key, MaxSubject, false), line("unsubscribe", m.Unsubscribe, 2000, false),
		thread(m.Thread),
		body("text", m.Text, true), body("html", m.HTML, false), files(m.Attachments))
	return errors.Join(faults...)
}

// word tells whether s is a short name that may stand in a table of kinds.
func word(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// thread accepts what may stand in a message's identifier.
func thread(s string) error {
	if len(s) > 100 || strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}) {
		return fault.At("thread", "mail.thread")
	}
	return nil
}

// Address returns the bare, lower-case address, or refuses it. One address
// only, without a display name, whose domain has a dot.
func Address(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", fault.At("to", "fault.required")
	}
	parsed, err := stdmail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > 254 || strings.ContainsFunc(s, unfit) || strings.Contains(s, `"`) {
		return "", fault.At("to", "mail.address")
	}
	local, domain, _ := strings.Cut(s, "@")
	if len(local) > 64 || !strings.Contains(domain, ".") || strings.HasPrefix(domain, "[") {
		return "", fault.At("to", "mail.address")
	}
	return strings.ToLower(s), nil
}

// unfit tells which characters no address has: spaces, control characters and
// what is not ASCII, since few mail servers take the latter.
func unfit(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }

// line accepts text that stays on the line it is written on.
func line(field, s string, longest int, required bool) error {
	switch {
	case !utf8.ValidString(s):
		return fault.At(field, "fault.utf8")
	case required && strings.TrimSpace(s) == "":
		return fault.At(field, "fault.required")
	case strings.ContainsAny(s, "\r\n\u2028\u2029"):
		return fault.At(field, "fault.one_line")
	case strings.ContainsFunc(s, unicode.IsControl):
		return fault.At(field, "fault.control")
	case utf8.RuneCountInString(s) > longest:
		return fault.At(field, "fault.too_long", longest)
	}
	return nil
}

// body accepts readable text of a bounded length.
func body(field, s string, required bool) error {
	hidden := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	switch {
	case !utf8.ValidString(s):
		return fault.At(field, "fault.utf8")
	case required && strings.TrimSpace(s) == "":
		return fault.At(field, "fault.required")
	case len(s) > MaxBody:
		return fault.At(field, "fault.too_long", MaxBody)
	case strings.ContainsFunc(s, hidden):
		return fault.At(field, "fault.control")
	}
	return nil
}

// files accepts attachments with a plain name and a media type.
func files(all []Attachment) error {
	var faults []error
	size := 0
	for _, a := range all {
		size += len(a.Data)
		faults = append(faults, line("attachments", a.Name, 100, true))
		kind, rest, ok := strings.Cut(a.Type, "/")
		if !ok || kind == "" || rest == "" || strings.ContainsFunc(a.Type, unfit) {
			faults = append(faults, fault.At("attachments", "fault.media_type"))
		}
	}
	if size > MaxAttachments {
		faults = append(faults, fault.At("attachments", "fault.too_long", MaxAttachments))
	}
	return errors.Join(faults...)
}
