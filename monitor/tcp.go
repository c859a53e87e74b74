package monitor

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
)

// TCPSettings say what to do with a connection once it is there. Without a
// talk it is enough that it opens.
type TCPSettings struct {
	TLS    bool       `json:"tls,omitempty" doc:"Secure the connection at once"`
	Family string     `json:"family,omitempty" doc:"4 or 6: over IPv4 or IPv6 only"`
	Talk   []Exchange `json:"talk,omitempty" doc:"What to say and what to wait for, in order"`
}

// Exchange is one turn of a conversation: exactly one of its parts is set.
type Exchange struct {
	Expect   string `json:"expect,omitempty" doc:"A pattern (RE2) that must be received"`
	Send     string `json:"send,omitempty" doc:"Bytes to send, with \\r \\n \\t \\xNN"`
	StartTLS bool   `json:"starttls,omitempty" doc:"Secure the connection now"`
}

// Limits of a conversation.
const maxTalk = 20

// String writes the exchange as a line of the form.
func (e Exchange) String() string {
	switch {
	case e.StartTLS:
		return "starttls"
	case e.Send != "":
		return "> " + e.Send
	}
	return "< " + e.Expect
}

// ReadTalk reads a conversation as it is typed: a line "> text" sends,
// "< pattern" waits, "starttls" secures. What is none of them becomes an
// exchange that the rules refuse at its line.
func ReadTalk(text string) []Exchange {
	var talk []Exchange
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.EqualFold(line, "starttls"):
			talk = append(talk, Exchange{StartTLS: true})
		case strings.HasPrefix(line, ">"):
			talk = append(talk, Exchange{Send: strings.TrimSpace(line[1:])})
		case strings.HasPrefix(line, "<"):
			talk = append(talk, Exchange{Expect: strings.TrimSpace(line[1:])})
		default:
			talk = append(talk, Exchange{})
		}
	}
	return talk
}

// WriteTalk writes a conversation as it is typed.
func WriteTalk(talk []Exchange) string {
	lines := make([]string, 0, len(talk))
	for _, e := range talk {
		lines = append(lines, e.String())
	}
	return strings.Join(lines, "\n")
}

// Bytes returns what Send stands for.
func (e Exchange) Bytes() ([]byte, error) {
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(strings.ReplaceAll(e.Send, `\"`, `"`), `"`, `\"`) + `"`)
	return []byte(s), err
}

// faults returns what is wrong with the settings.
func (s *TCPSettings) faults(at string) []error {
	faults := []error{familyFault(at+"family", s.Family)}
	if len(s.Talk) > maxTalk {
		return append(faults, fault.At(at+"talk", "check.talk.too_many", maxTalk))
	}
	secured := s.TLS
	for n, e := range s.Talk {
		faults = append(faults, e.fault(at+"talk", n+1, secured))
		secured = secured || e.StartTLS
	}
	return faults
}

// fault returns what is wrong with the n-th exchange, nil when nothing is.
func (e Exchange) fault(field string, n int, secured bool) error {
	parts := 0
	for _, set := range []bool{e.Expect != "", e.Send != "", e.StartTLS} {
		if set {
			parts++
		}
	}
	switch {
	case parts != 1:
		return fault.At(field, "check.talk.line", n)
	case e.StartTLS && secured:
		return fault.At(field, "check.talk.secured", n)
	case len(e.Expect) > MaxText, len(e.Send) > MaxText:
		return fault.At(field, "check.talk.too_long", n, MaxText)
	case e.Expect != "":
		if _, err := regexp.Compile(e.Expect); err != nil {
			return fault.At(field, "check.talk.pattern", n, complaint(err))
		}
	case e.Send != "":
		if _, err := e.Bytes(); err != nil {
			return fault.At(field, "check.talk.escape", n)
		}
	}
	return nil
}
